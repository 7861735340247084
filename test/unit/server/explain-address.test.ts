// What the server says of an address: whose it is, of which pool or host, why nobody gets it, and who would.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import { formatAddressExplanation, formatExplanation } from "../../../src/control/explain-text.ts";
import type { AddressExplanation } from "../../../src/server/explanation.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CONFIG = `listen on 192.0.2.53;
default-lease-time 600;
class "phones" { match if option vendor-class-identifier = "phone"; }
subnet 10.0.0.0 netmask 255.255.255.0 {
  option routers 10.0.0.254;
  ping-check off;
  pool { range 10.0.0.10 10.0.0.19; allow members of "phones"; }
  pool { range 10.0.0.30 10.0.0.31; deny unknown-clients; }
  pool { range 10.0.0.50 10.0.0.59; }
}
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.11; }
host tv { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.0.20; }
`;

let world: SimulatedServer;

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());
beforeEach(async () => {
  world = await SimulatedServer.start(CONFIG, ["10.0.0.1/24"]);
});

function explain(address: string): AddressExplanation {
  const before = world.server.status();
  const explanation = world.server.explainer.explainAddress(parseIpv4(address) ?? 0);
  expect(world.server.status(), "explaining changes nothing").toEqual(before);
  return explanation;
}

describe("an address", () => {
  it("that somebody has is told with its client, its times and its pool, and what others would get", () => {
    const address = world.lease("02:00:00:00:00:09");
    const { lease, pool, subnet, client, newcomer } = explain(address);
    expect(lease?.record).toMatchObject({ endsAt: world.wallOffset + Math.floor(world.elapsedMs / 1000) + 600 });
    expect(lease?.place?.subnet).toBe("10.0.0.0/24");
    expect([pool, subnet]).toEqual([
      { ranges: ["10.0.0.50 10.0.0.59"], at: "test.conf:9:16", permits: [] },
      { name: "10.0.0.0/24", at: "test.conf:4:1" },
    ]);
    expect(client).toMatchObject({ reply: "DHCPOFFER", reason: "offer-current", address });
    expect(newcomer).toMatchObject({ reply: "DHCPOFFER", reason: "offer-new" });
    expect(newcomer?.address).not.toBe(address);
  });

  it("that is free is offered to a newcomer that asks for it, by an interface or a relay as its link has it", () => {
    expect(explain("10.0.0.57")).toMatchObject({
      newcomer: { address: "10.0.0.57", linkBecause: "it comes by the interface lan0" },
    });
    const { lease, newcomer } = explain("10.1.0.10");
    expect(lease).toBeUndefined();
    expect(newcomer).toMatchObject({ address: "10.1.0.10", linkBecause: "the relay's address (giaddr) is 10.1.0.1" });
  });

  it("that a host reserves is told with the host, and nobody else gets it", () => {
    const { hosts, newcomer, pool } = explain("10.0.0.20");
    expect(hosts).toEqual([{ name: "tv", at: "test.conf:12:1" }]);
    expect(pool).toBeUndefined();
    expect(newcomer?.address).not.toBe("10.0.0.20");
  });

  it.each([
    ["10.0.0.1", "it is this server's own address"],
    ["192.0.2.53", "the server listens on it (listen on)"],
    ["10.0.0.254", "it is a router of the subnet (option routers)"],
    ["10.0.0.0", "it is the network's own address"],
    ["10.0.0.255", "it is the network's broadcast address"],
    ["10.0.0.99", "it is in no range and no fixed-address"],
    ["172.16.0.1", "no subnet of the configuration has it"],
  ])("that no client gets is told with the reason: %s", (address, reason) => {
    expect(explain(address).withheld).toBe(reason);
  });

  it("that was declined is told with who declined it, and one that was abandoned before the start with where to look", () => {
    const chaddr = "02:00:00:00:00:09";
    const requested = world.lease(chaddr);
    world.send({ type: 4, chaddr, requested, serverId: "10.0.0.1" });
    world.store.finish();
    expect(explain(requested)).toMatchObject({
      abandonedBecause: `declined by ${chaddr}`,
      lease: { record: { state: 5 } },
      newcomer: { reason: "offer-new" },
    });
    expect(explain(requested).newcomer?.address).not.toBe(requested);
  });
});

describe("an address where a host without a lease answers", () => {
  it("is told with since when, until when no new client gets it, and what ends that", async () => {
    world = await SimulatedServer.start(CONFIG.replace("ping-check off;", ""), ["10.0.0.1/24"]);
    const address = parseIpv4("10.0.0.55") ?? 0;
    world.backend.answering.push(address);
    world.pass(1500);
    const { inUse, ...told } = world.server.explainer.explainAddress(address);
    const now = world.wallOffset + world.elapsedMs / 1000;
    const { since = 0, until = 0 } = inUse ?? {};
    expect([since > now - 3, since <= now, until > now + 290, until <= now + 301]).toEqual([true, true, true, true]);
    const times = { since: "2027-01-15T08:00:01Z", until: "2027-01-15T08:05:01Z" };
    expect(formatAddressExplanation({ ...told, lease: undefined, inUse: times })).toMatch(
      /^in use +by a host .* since 2027-01-15T08:00:01Z\ngiven +to no new client until 2027-01-15T08:05:01Z, .*forgive 10\.0\.0\.55$/m,
    );
    const pools = world.server.explainer.explain({
      ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 9), type: "discover", options: [] },
    })?.pools;
    expect(pools?.at(-1)).toMatchObject({ free: 9 });
    expect(world.server.status().subnets[0]).toMatchObject({ size: 22, inUse: 1, free: 21 });
  });
});

describe("the pools of a message", () => {
  it("is told of an address with whom it is for, and where that is said", () => {
    const { pool } = explain("10.0.0.10");
    expect(pool?.permits).toEqual([{ name: 'allow members of "phones"', at: "test.conf:7:37" }]);
    const text = formatAddressExplanation({ address: "10.0.0.10", hosts: [], ...(pool && { pool }) });
    expect(text).toContain(
      '\npool       10.0.0.10 10.0.0.19 (test.conf:7:16); allow members of "phones" (test.conf:7:37)\n',
    );
  });

  it("are told with why the address is of one of them and not of the others", () => {
    const { explainer } = world.server;
    const because = (vendorClass: string): readonly string[] | undefined =>
      explainer
        .explain({
          ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 9), type: "discover" },
          options: [{ code: 60, value: Buffer.from(vendorClass) }],
        })
        ?.pools.map((pool) => pool.because);
    expect(because("other")).toEqual([
      'it is for members of "phones" (test.conf:7:37), which the client is not',
      "deny unknown clients (test.conf:8:37)",
      expect.stringMatching(/^10\.0\.0\.5\d is one of these$/),
    ]);
    expect(because("phone")).toEqual([
      expect.stringMatching(/^10\.0\.0\.1\d is one of these$/),
      "deny unknown clients (test.conf:8:37)",
      "not needed: the client has an address elsewhere",
    ]);
  });

  it("are told of a client that renews through a router, with the line that the log would have", async () => {
    world = await SimulatedServer.start(CONFIG.replace("listen on 192.0.2.53;", "ping-check off;"), ["10.0.0.1/24"]);
    const relay = {
      remoteAddress: parseIpv4("10.1.0.1") ?? 0,
      localAddress: parseIpv4("10.0.0.1") ?? 0,
      remotePort: 67,
    };
    const query = { chaddr: "02:00:00:00:00:09", giaddr: "10.1.0.1" };
    world.send({ type: 1, ...query }, relay);
    const requested = world.addresses.at(-1) ?? "";
    world.send({ type: 3, ...query, requested, serverId: "10.0.0.1" }, relay);
    world.store.finish();
    const [line] =
      world.server.explainer.explain({
        ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 9), type: "request", options: [] },
        ciaddr: parseIpv4(requested) ?? 0,
      })?.log ?? [];
    expect(line).toBe(`DHCPREQUEST for ${requested} from 02:00:00:00:00:09 via a routed network`);
  });

  it("are told with the classes that have a name, and not with the branches of a boot block", async () => {
    const boot = 'boot { server 10.0.0.9; bios "a"; uefi-x64 "b"; }';
    world = await SimulatedServer.start(CONFIG.replace("ping-check off;", `ping-check off; ${boot}`), ["10.0.0.1/24"]);
    const explanation = world.server.explainer.explain({
      ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 9), type: "discover" },
      options: [
        { code: 60, value: Buffer.from("phone") },
        { code: 93, value: Uint8Array.of(0, 7) },
      ],
    });
    expect(explanation).toMatchObject({ classes: ["phones"], bootFile: "b" });
  });

  it("are told with what has become of their addresses where none is free", async () => {
    const [owner, other] = ["02:00:00:00:00:09", "02:00:00:00:00:0a"];
    world = await SimulatedServer.start(CONFIG.replace("10.0.0.50 10.0.0.59", "10.0.0.50 10.0.0.52"), ["10.0.0.1/24"]);
    const requested = world.lease(owner);
    world.send({ type: 4, chaddr: owner, requested, serverId: "10.0.0.1" });
    world.store.finish();
    world.lease(owner);
    world.lease(other);
    const explanation = world.server.explainer.explain({
      ...{ hardware: Uint8Array.of(2, 0, 0, 0, 0, 0x0b), type: "discover", options: [] },
    });
    expect(explanation).toMatchObject({ reason: "drop-pool-empty", reply: "" });
    expect(explanation?.pools.at(-1)).toMatchObject({
      ...{ isPermitted: true, free: 0, because: "none free: 2 leased, 1 abandoned" },
    });
    if (explanation === undefined) throw new TypeError("there is such an interface");
    expect(formatExplanation(explanation)).toMatch(/: permitted; none free: 2 leased, 1 abandoned$/m);
  });
});
