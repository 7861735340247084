// The udp backend on the real kernel, under a server of a few lines and a scripted helper: which
// datagrams reach it, once each; by which source, interface and link-layer address replies leave;
// and how listeners follow interfaces. The engine is not in it: see the end-to-end tests for that.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BackendProgram } from "../support/backend-program.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { Capture, nextXid, RawClient } from "../support/wire-tools.ts";

const MAC = "02:00:00:00:00:07";

let network: Network;
let server: Namespace;
let client: Namespace;

/** A server with lan0 (10.0.0.1/24) on one cable to a client. */
beforeEach(async () => {
  network = await Network.create();
  server = await network.namespace("server");
  client = await network.namespace("client");
  await network.veth(server, "lan0", client, "eth0");
  await server.ip("addr add 10.0.0.1/24 dev lan0");
});
afterEach(() => network.dispose());

const discover = (more: object = {}): object => ({ type: "DISCOVER", chaddr: MAC, xid: nextXid(), ...more });

async function hardwareAddress(): Promise<string> {
  return JSON.parse(await server.ip("-json link show lan0"))[0].address;
}

/** Another program that takes port 67. */
async function squat(): Promise<void> {
  const program =
    "import socket\ns = socket.socket(2, 2)\ns.bind(('0.0.0.0', 67))\nprint('bound', flush=True)\ninput()";
  await server.spawn(["python3", "-c", program]).waitForLine((line) => line === "bound");
}

/** A relay's address on the client's side, with a route back to it. */
async function makeRelay(giaddr: string): Promise<void> {
  await client.ip(`addr add ${giaddr}/24 dev eth0`);
  await client.ip("route add 192.0.2.53/32 dev eth0");
  await client.ip("route add 10.0.0.0/24 dev eth0");
  await server.ip(`route add ${giaddr}/32 dev lan0`);
}

/** Sends a relayed DISCOVER to `to` and returns the reply as the relay's interface sees it. */
async function relayed(raw: RawClient, to: string, giaddr = "172.16.0.1") {
  const capture = await Capture.start(client, "eth0");
  const mac = await hardwareAddress();
  const message = discover({ giaddr, hops: 1 });
  const frame = { destinationMac: mac, source: giaddr, destination: to, sourcePort: 67 };
  await raw.exchange({ message, frame, expect: 0, waitMs: 0, lingerMs: 0 });
  return await capture.waitFor(`a reply to ${giaddr}`, (seen) => seen.message.op === 2);
}

describe.skipIf(!mayMakeNetworks)("the udp backend", () => {
  it("sends to a client without an address by its hardware address, without ARP, and leaves no entry", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    const capture = await Capture.start(client, "eth0");
    const events = server.spawn(["ip", "monitor", "neigh"]);
    const raw = await RawClient.start(client, "eth0");
    const reply = await raw.ask(discover());
    expect(reply).toMatchObject({
      destinationMac: MAC,
      destination: "10.0.0.107",
      source: "10.0.0.1",
      sourcePort: 67,
      destinationPort: 68,
      checksum: "good",
      dontFragment: false,
    });
    await events.waitForLine((line) => line.includes(`10.0.0.107 dev lan0 lladdr ${MAC} REACHABLE`));
    await events.waitForLine((line) => /^(Deleted|delete) 10\.0\.0\.107 dev lan0/.test(line));
    expect(await server.ip("neigh show nud all dev lan0")).not.toContain("10.0.0.107");
    expect(capture.arp()).toEqual([]);
    expect(backend.said("sent")).toMatchObject([{ delivery: "neighbour", result: 0 }]);
  });

  it("broadcasts out of the interface that was asked, one reply each, and from its address", async () => {
    const other = await network.namespace("other");
    await network.veth(server, "lan1", other, "eth0");
    await server.ip("addr add 10.1.0.1/24 dev lan1");
    await BackendProgram.start(network, server, { networks: ["10.0.0.", "10.1.0."] });
    const seen = [await Capture.start(client, "eth0"), await Capture.start(other, "eth0")];
    const [one, two] = [await RawClient.start(client, "eth0"), await RawClient.start(other, "eth0")];
    expect(await one.ask(discover({ broadcast: true }))).toMatchObject({
      source: "10.0.0.1",
      destination: "255.255.255.255",
      destinationMac: "ff:ff:ff:ff:ff:ff",
      checksum: "good",
    });
    expect(await two.ask(discover({ broadcast: true }))).toMatchObject({ source: "10.1.0.1" });
    const replies = seen.map((capture) => capture.dhcp().filter((frame) => frame.message.op === 2).length);
    expect(replies).toEqual([1, 1]);
  });

  it("answers a relay from the address it was sent to: primary, secondary, anycast on lo", async () => {
    await server.ip("addr add 10.0.0.2/24 dev lan0");
    await server.ip("addr add 192.0.2.53/32 dev lo");
    await makeRelay("172.16.0.1");
    await BackendProgram.start(network, server, { interfaces: ["lan0"], addresses: ["10.0.0.2", "192.0.2.53"] });
    const raw = await RawClient.start(client, "eth0");
    for (const address of ["10.0.0.1", "10.0.0.2", "192.0.2.53"]) {
      const reply = await relayed(raw, address);
      expect(reply).toMatchObject({ source: address, destination: "172.16.0.1", destinationPort: 67 });
      expect(reply.message.serverId).toBe(address);
    }
  });

  it.each([
    ["the interface", { interfaces: ["lan0"] }],
    ["its network", { networks: ["10.0.0."] }],
    ["the interface and its address", { interfaces: ["lan0"], addresses: ["10.0.0.1"] }],
    [
      "the interface, its secondary and an anycast address",
      { interfaces: ["lan0"], addresses: ["10.0.0.2", "192.0.2.53"] },
    ],
    ["a wildcard", { wildcard: true, networks: ["10.0.0."] }],
    ["a wildcard beside everything", { wildcard: true, interfaces: ["lan0"], addresses: ["10.0.0.1", "192.0.2.53"] }],
  ])("answers once however it is sent to, asked to serve %s", async (_what, wish) => {
    await server.ip("addr add 10.0.0.2/24 dev lan0");
    await server.ip("addr add 192.0.2.53/32 dev lo");
    await client.ip("addr add 10.0.0.9/24 dev eth0");
    const backend = await BackendProgram.start(network, server, wish);
    const raw = await RawClient.start(client, "eth0");
    const mac = await hardwareAddress();
    expect((await raw.ask(discover())).source).toBe("10.0.0.1");
    const unicast = { destinationMac: mac, source: "10.0.0.9", destination: "10.0.0.1" };
    expect((await raw.ask(discover({ ciaddr: "10.0.0.9" }), unicast)).source).toBe("10.0.0.1");
    expect(backend.said("arrival")).toHaveLength(2);
  });

  it("hears a broadcast once where a macvlan stands on the interface", async () => {
    await server.ip("link add mv0 link lan0 type macvlan mode bridge");
    await server.ip("link set mv0 up");
    await server.ip("addr add 10.0.0.3/24 dev mv0");
    const backend = await BackendProgram.start(network, server, { networks: ["10.0.0."] });
    const raw = await RawClient.start(client, "eth0");
    await raw.ask(discover({ broadcast: true }));
    expect(backend.said("arrival")).toMatchObject([{ interface: "lan0" }]);
    expect(backend.said("sent").at(-1)?.counters).toMatchObject({ "receive-interface-not-served": 1 });
  });

  it("broadcasts instead where there is no helper, one that refuses or one that is silent", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    const raw = await RawClient.start(client, "eth0");
    for (const mode of ["refuse", "silent"] as const) {
      await backend.setHelper(mode);
      expect(await raw.ask(discover())).toMatchObject({ destination: "255.255.255.255", source: "10.0.0.1" });
      expect(await raw.ask(discover())).toMatchObject({ destination: "255.255.255.255", source: "10.0.0.1" });
    }
    expect(backend.said("notice").filter((line) => line.level === "warn")).toHaveLength(2);
    const counters = backend.said("sent").at(-1)?.counters;
    expect(counters).toMatchObject({ "neighbour-refused": 2, "neighbour-unanswered": 2, sent: 4 });
  });

  it("broadcasts to new clients where it never had a helper", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"], isWithoutHelper: true });
    const raw = await RawClient.start(client, "eth0");
    expect(await raw.ask(discover())).toMatchObject({ destination: "255.255.255.255" });
    expect(backend.said("sent")).toMatchObject([{ delivery: "broadcast", counters: { "neighbour-no-helper": 1 } }]);
  });

  it("serves an interface that was deleted and has come back under the same name", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    await server.ip("link del lan0");
    await backend.waitFor(
      "the loss",
      (line) => line.event === "notice" && /no listener is left/.test(line.message ?? ""),
    );
    const mark = backend.mark;
    await network.veth(server, "lan0", client, "eth0");
    await server.ip("addr add 10.0.0.1/24 dev lan0");
    await backend.waitFor("its return", (line) => line.event === "interfaces" && line.listeners?.length === 2, mark);
    const raw = await RawClient.start(client, "eth0");
    expect(await raw.ask(discover())).toMatchObject({ source: "10.0.0.1", destination: "10.0.0.107" });
  });

  it("listens at addresses that are added later, and lets go of those that are removed", async () => {
    await makeRelay("172.16.0.1");
    const backend = await BackendProgram.start(network, server, {
      networks: ["10.0.0.", "10.7.0."],
      addresses: ["192.0.2.53"],
    });
    const mark = backend.mark;
    await server.ip("addr add 10.7.0.1/24 dev lan0");
    await server.ip("addr add 192.0.2.53/32 dev lo");
    await backend.waitFor("10.7.0.1", (line) => line.listeners?.includes("10.7.0.1") ?? false, mark);
    const raw = await RawClient.start(client, "eth0");
    expect((await relayed(raw, "192.0.2.53")).source).toBe("192.0.2.53");
    expect((await relayed(raw, "10.7.0.1")).source).toBe("10.7.0.1");
    const beforeLoss = backend.mark;
    await server.ip("addr del 10.7.0.1/24 dev lan0");
    await backend.waitFor("its end", (line) => line.listeners?.includes("10.7.0.1") === false, beforeLoss);
  });

  it("drops what claims to come from one of our own addresses", async () => {
    await server.sysctl("net/ipv4/conf/all/accept_local", 1);
    await server.sysctl("net/ipv4/conf/lan0/accept_local", 1);
    await server.sysctl("net/ipv4/conf/all/rp_filter", 0);
    await server.sysctl("net/ipv4/conf/lan0/rp_filter", 0);
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    const raw = await RawClient.start(client, "eth0");
    const { replies } = await raw.exchange({
      message: discover(),
      frame: { source: "10.0.0.1" },
      expect: 0,
      waitMs: 300,
    });
    expect(replies).toEqual([]);
    await raw.ask(discover({ broadcast: true }));
    expect(backend.said("sent").at(-1)?.counters).toMatchObject({ "receive-own-source": 1 });
  });

  it("keeps out what is no request before it is woken", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    const raw = await RawClient.start(client, "eth0");
    await raw.exchange({ message: discover({ op: 2 }), expect: 0, waitMs: 200 });
    await raw.exchange({ message: discover(), cut: 200, expect: 0, waitMs: 200 });
    await raw.ask(discover({ broadcast: true }));
    expect(backend.said("arrival")).toHaveLength(1);
    expect(backend.said("sent").at(-1)?.counters).toMatchObject({ "receive-lost": 2 });
  });

  it("changes from single addresses to a wildcard and back when the configuration does", async () => {
    await server.ip("addr add 192.0.2.53/32 dev lo");
    const wish = { interfaces: ["lan0"], addresses: ["192.0.2.53"] };
    const wild = { wildcard: true, interfaces: ["lan0"] };
    for (const [before, after, listeners] of [
      [wish, wild, ["0.0.0.0"]],
      [wild, wish, ["10.0.0.1", "255.255.255.255", "192.0.2.53"]],
    ] as const) {
      const backend = await BackendProgram.start(network, server, { ...before, reloaded: after });
      const mark = backend.mark;
      backend.reload();
      const changed = await backend.waitFor("the change", (line) => line.event === "interfaces", mark);
      expect(changed.listeners).toEqual(listeners);
      const raw = await RawClient.start(client, "eth0");
      expect((await raw.ask(discover())).source).toBe("10.0.0.1");
      await backend.program.kill();
    }
  });

  it("ends when the last listener is gone and its port is taken by the time it comes back", async () => {
    const backend = await BackendProgram.start(network, server, { interfaces: ["lan0"] });
    await server.ip("link del lan0");
    await backend.waitFor("the loss", (line) => /no listener is left/.test(line.message ?? ""));
    await squat();
    await network.veth(server, "lan0", client, "eth0");
    await server.ip("addr add 10.0.0.1/24 dev lan0");
    const end = await backend.waitFor("the end", (line) => line.event === "fatal");
    expect(end.message).toContain("the last listener is lost");
  });

  it("tells who holds the port and starts nothing", async () => {
    await squat();
    const wish = { interfaces: ["lan0"], portHolders: "4711 dnsmasq" };
    const backend = BackendProgram.launch(network, server, wish);
    const refused = await backend.waitFor("the error", (line) => line.event === "refused");
    expect(refused.code).toBe("bind-in-use");
    expect(refused.message).toContain("10.0.0.1 port 67: the port is taken by pid 4711 (dnsmasq)");
    expect(await backend.program.ended).toMatchObject({ code: 1 });
  });

  it("waits with nothing to listen on, and says for what [U9]", async () => {
    const backend = BackendProgram.launch(network, server, { networks: ["10.99.0."] });
    const warning = await backend.waitFor("the warning", (line) => line.event === "notice" && line.level === "warn");
    expect(warning.message).toContain("waits for an address in 10.99.0.0/24");
    await backend.waitFor("that it is ready", (line) => line.event === "ready");
  });

  it("refuses to start where nothing could ever be served, and says what to do [U9]", async () => {
    const nowhere = BackendProgram.launch(network, server, { interfaces: ["lo"], networks: ["10.99.0."] });
    const refused = await nowhere.waitFor("the error", (line) => line.event === "refused");
    expect(refused).toMatchObject({ code: "no-interface" });
    expect(refused.message).toContain("lo: a loopback or point-to-point interface cannot be served");
    const empty = BackendProgram.launch(network, server, {});
    const error = await empty.waitFor("the error", (line) => line.event === "refused");
    expect(error).toMatchObject({ code: "no-interface" });
    expect(error.message).toContain("the configuration has no subnet");
  });
});
