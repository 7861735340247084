// The helper's contract: listeners it opens, and that whoever breaks the protocol is left.

import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HELPER_BATCH } from "../../src/base/limits/helper.ts";
import { NeighbourResult } from "../../src/helper/helper.ts";
import {
  HELPER_VERSION,
  HelperVerb,
  Layout,
  ListenKind,
  ListenOutcome,
  RequestWriter,
} from "../../src/helper/protocol.ts";
import { CompiledC } from "../support/compiled-c.ts";
import { ip } from "../support/message-builder.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import {
  HELPER,
  isAlive,
  isRoot,
  linkOf,
  listenRequest,
  neighbourRequest,
  neighboursOf,
  packetRequest,
  StandIn,
} from "./stand-in.ts";

const LAYOUT = new URL("print-layout.c", import.meta.url);
const { EADDRINUSE, EADDRNOTAVAIL } = constants.errno;

describe("the message contract", () => {
  it("is the same in C and in TypeScript", () => {
    const program = new CompiledC(LAYOUT);
    const lines = program.run().stdout.trim().split("\n");
    program.dispose();
    const inC = Object.fromEntries(lines.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])]));
    const inTypeScript: Record<string, number> = { version: HELPER_VERSION, batch: HELPER_BATCH };
    for (const [name, verb] of Object.entries(HelperVerb)) inTypeScript[`verb.${name}`] = verb;
    for (const [name, kind] of Object.entries(ListenKind)) inTypeScript[`kind.${name}`] = kind;
    for (const name of ["ok", "refused", "full", "failed"] as const)
      inTypeScript[`result.${name}`] = NeighbourResult[name];
    for (const [message, { octets, ...fields }] of Object.entries(Layout)) {
      inTypeScript[message] = octets;
      for (const [name, offset] of Object.entries(fields)) inTypeScript[`${message}.${name}`] = offset;
    }
    expect(inC).toEqual(inTypeScript);
    expect(ListenOutcome).toEqual({
      ok: inC["result.ok"],
      refused: inC["result.refused"],
      failed: inC["result.failed"],
    });
  });
});

describe.skipIf(!mayMakeNetworks)("the helper", () => {
  let network: Network;
  let server: Namespace;
  let standIn: StandIn;
  let ifindex: number;

  beforeEach(async () => {
    network = await Network.create();
    server = await network.namespace("server");
    await server.ip("link add lan0 type veth peer name far0");
    await server.ip("link set lan0 up");
    await server.ip("addr add 10.1.0.1/24 dev lan0");
    ifindex = (await linkOf(server, "lan0")).ifindex;
    standIn = await StandIn.start(server, {
      leaseFile: `${network.directory}/leases`,
      controlSocket: `${network.directory}/control`,
    });
  });
  afterEach(() => network.dispose());

  const listen = async (octets: Uint8Array): Promise<{ result: number; error: number; fd: number }> => {
    const { octets: reply, fd } = await standIn.ask(octets);
    expect(reply.length).toBe(Layout.listenReply.octets);
    const words = new Uint32Array(Uint8Array.from(reply).buffer);
    return { result: words[2] ?? -1, error: words[3] ?? -1, fd };
  };

  const sockets = (): Promise<string> => server.exec(["ss", "-ulanmH", "sport = :67"]);

  it.each(["10.1.0.1", "255.255.255.255", "0.0.0.0"])(
    "opens %s on port 67 and passes the descriptor",
    async (address) => {
      const { result, fd } = await listen(listenRequest(address));
      expect(result).toBe(ListenOutcome.ok);
      expect(fd).toBeGreaterThan(2);
      expect(await sockets()).toContain(`${address}:67`);
    },
  );

  it.skipIf(!isRoot)("gives a listener the receive buffer that was asked for, within limits", async () => {
    await listen(listenRequest("10.1.0.1", false, 4 << 20));
    await listen(listenRequest("255.255.255.255", false, 1 << 30));
    await listen(listenRequest("127.0.0.1", false, 1));
    // The kernel doubles what it is told.
    const text = await sockets();
    expect(text).toMatch(/10\.1\.0\.1:67[\s\S]*?rb8388608/);
    expect(text).toMatch(/255\.255\.255\.255:67[\s\S]*?rb33554432/);
    expect(text).toMatch(/127\.0\.0\.1:67[\s\S]*?rb131072/);
  });

  it("says with which error an address cannot be bound", async () => {
    expect(await listen(listenRequest("10.1.0.9"))).toEqual({
      result: ListenOutcome.failed,
      error: EADDRNOTAVAIL,
      fd: -1,
    });
    expect((await listen(listenRequest("10.1.0.1"))).result).toBe(ListenOutcome.ok);
    expect(await listen(listenRequest("10.1.0.1"))).toEqual({
      result: ListenOutcome.failed,
      error: EADDRINUSE,
      fd: -1,
    });
  });

  it("binds an absent address where that is asked for", async () => {
    expect((await listen(listenRequest("10.1.0.9", true))).result).toBe(ListenOutcome.ok);
    expect(await sockets()).toContain("10.1.0.9:67");
  });

  it.each(["224.0.0.1", "240.0.0.1"])("refuses to listen on %s", async (address) => {
    expect(await listen(listenRequest(address, true))).toEqual({ result: ListenOutcome.refused, error: 0, fd: -1 });
    expect(await sockets()).toBe("");
  });

  it("opens an ICMP socket", async () => {
    const writer = new RequestWriter();
    const { result, fd } = await listen(writer.octets.slice(0, writer.listen(1, { kind: "icmp" })));
    expect(result).toBe(ListenOutcome.ok);
    expect(fd).toBeGreaterThan(2);
  });

  it("refuses kinds of sockets that it does not know", async () => {
    const octets = listenRequest("0.0.0.0");
    for (const kind of [0, 5, 255]) {
      octets[Layout.listenRequest.kind] = kind;
      expect(await listen(octets)).toEqual({ result: ListenOutcome.refused, error: 0, fd: -1 });
    }
  });

  it("binds a TCP socket to port 67, beside the UDP one", async () => {
    const writer = new RequestWriter();
    const request = (address: string): Uint8Array =>
      writer.octets.slice(0, writer.listen(1, { kind: "tcp", address: ip(address), freebind: false }));
    expect((await listen(listenRequest("10.1.0.1"))).result).toBe(ListenOutcome.ok);
    const { result, fd } = await listen(request("10.1.0.1"));
    expect(result).toBe(ListenOutcome.ok);
    expect(fd).toBeGreaterThan(2);
  });

  it("refuses a TCP socket with what only others have", async () => {
    const refused = { result: ListenOutcome.refused, error: 0, fd: -1 };
    const writer = new RequestWriter();
    const octets = writer.octets.slice(
      0,
      writer.listen(1, { kind: "tcp", address: ip("255.255.255.255"), freebind: false }),
    );
    expect(await listen(octets)).toEqual(refused);
    for (const field of [Layout.listenRequest.receiveOctets, Layout.listenRequest.ifindex]) {
      const wrong = writer.octets.slice(0, writer.listen(1, { kind: "tcp", address: ip("10.1.0.1"), freebind: false }));
      wrong[field] = 1;
      expect(await listen(wrong)).toEqual(refused);
    }
  });

  it("refuses packet sockets to a daemon that was not started to use them", async () => {
    const refused = { result: ListenOutcome.refused, error: 0, fd: -1 };
    expect(await listen(packetRequest(ifindex))).toEqual(refused);
    expect((await listen(listenRequest("10.1.0.1"))).result).toBe(ListenOutcome.ok);
  });

  it("repeats the sequence number and count of a request", async () => {
    const request = neighbourRequest(HelperVerb.neighbourSet, [{ ifindex, address: "10.1.0.50" }], 0xfedcba98);
    const { octets } = await standIn.ask(request);
    const header = Buffer.from(request.subarray(0, Layout.header.octets)).toString("hex");
    expect(octets.subarray(0, Layout.header.octets).toString("hex")).toBe(header);
    expect(octets.length).toBe(Layout.neighbourReply.octets);
  });

  const good = (): Uint8Array => neighbourRequest(HelperVerb.neighbourSet, [{ ifindex, address: "10.1.0.50" }]);
  const changed = (octets: Uint8Array, at: number, value: number): Uint8Array => {
    octets[at] = value;
    return octets;
  };
  const highest = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 3 : 0;
  const resized = (octets: Uint8Array, length: number): Uint8Array => {
    const result = new Uint8Array(length);
    result.set(octets.subarray(0, length));
    return result;
  };

  it.each<[string, () => Uint8Array]>([
    ["of one octet", () => Uint8Array.of(HELPER_VERSION)],
    ["of a header only", () => good().subarray(0, 8)],
    ["one octet too short", () => good().subarray(0, 23)],
    ["one octet too long", () => resized(good(), 25)],
    ["with an entry more than it says", () => resized(good(), 40)],
    ["with no entry", () => changed(resized(good(), 8), Layout.header.count + (highest === 3 ? 0 : 1), 0)],
    ["with 65 entries", () => changed(resized(good(), 8 + 65 * 16), Layout.header.count + (highest === 3 ? 0 : 1), 65)],
    ["of 60,000 octets", () => resized(good(), 60_000)],
    ["of another version", () => changed(good(), Layout.header.version, HELPER_VERSION + 1)],
    ["with verb 0", () => changed(good(), Layout.header.verb, 0)],
    ["with the helper's own verb", () => changed(good(), Layout.header.verb, 1)],
    ["with an unknown verb", () => changed(good(), Layout.header.verb, 6)],
    ["with the reserved half of a hardware address", () => changed(good(), 8 + 8 + highest, 1)],
    ["to listen, one octet too short", () => listenRequest("0.0.0.0").subarray(0, 19)],
    ["to listen, one octet too long", () => resized(listenRequest("0.0.0.0"), 21)],
    ["to listen, with a port in the reserved octets", () => changed(listenRequest("0.0.0.0"), 10, 68)],
    ["to listen, with freebind 2", () => changed(listenRequest("0.0.0.0"), Layout.listenRequest.freebind, 2)],
    ["to listen, with a count", () => changed(listenRequest("0.0.0.0"), Layout.header.count, 1)],
  ])("ends at a request %s, and deletes what it has set", async (_what, octets) => {
    await standIn.ask(neighbourRequest(HelperVerb.neighbourSet, [{ ifindex, address: "10.1.0.60" }]));
    const pid = standIn.helperPid;
    await standIn.send(octets());
    await standIn.waitForEnd();
    await eventually("the helper's end", () => !isAlive(pid));
    expect([...(await neighboursOf(server, "lan0")).values()].filter((entry) => entry.includes("REACHABLE"))).toEqual(
      [],
    );
    expect(await sockets()).toBe("");
    expect(standIn.program.output).toMatch(/anydhcpd-helper: (listen |neighbour )?request /);
  });

  it("ends when descriptors are passed to it", async () => {
    const output = await server.exec(["python3", "-c", PASS_A_DESCRIPTOR, HELPER]);
    expect(output).toBe("1\n");
  });

  it("ends when its end of the socket is closed, or the daemon is stopped", async () => {
    const pid = standIn.helperPid;
    await standIn.ask(good());
    await standIn.do("closeHelper");
    await eventually("the helper's end", () => !isAlive(pid));
    expect((await neighboursOf(server, "lan0")).get("10.1.0.50") ?? "FAILED").toContain("FAILED");
  });

  it("deletes what it has set when it is told to end", async () => {
    const pid = standIn.helperPid;
    await standIn.ask(good());
    process.kill(pid, "SIGTERM");
    await standIn.waitForEnd();
    expect((await neighboursOf(server, "lan0")).get("10.1.0.50") ?? "FAILED").toContain("FAILED");
  });

  it("is not disturbed by the signals that are meant for the daemon", async () => {
    const pid = standIn.helperPid;
    for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE"] as const) process.kill(pid, signal);
    const { octets } = await standIn.ask(good());
    expect(octets[Layout.neighbourReply.results]).toBe(NeighbourResult.ok);
  });

  it("leaves no entry that outlives it when it is killed", async () => {
    await standIn.ask(good());
    process.kill(standIn.helperPid, "SIGKILL");
    await standIn.waitForEnd();
    expect((await neighboursOf(server, "lan0")).get("10.1.0.50")).toMatch(/ (REACHABLE|STALE)$/);
  });
});

/** Starts the helper by itself, passes it a descriptor with a good request, and prints its exit status. */
const PASS_A_DESCRIPTOR = `
import os, socket, struct, subprocess, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
child = os.fork()
if child == 0:
    os.dup2(theirs.fileno(), 3)
    os.execv(sys.argv[1], ["anydhcpd-helper", "keep", "keep", "sockets"])
theirs.close()
assert ours.recv(64)[:2] == b"\\x03\\x01"
request = struct.pack("=BBHIBBHIII", 3, 2, 0, 1, 1, 0, 0, 0, 1 << 20, 0)
socket.send_fds(ours, [request], [0])
assert ours.recv(64) == b""
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;
