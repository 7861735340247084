// Packet sockets from the helper: only for a daemon that was started to use them, behind the very
// filter that src/backend/filter/filter.ts describes, which whoever holds the socket cannot take off.

import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encode } from "../../src/backend/filter/assembler.ts";
import { FRAME_FILTER, OBSERVE_FILTER } from "../../src/backend/filter/filter.ts";
import { Layout, ListenKind, ListenOutcome } from "../../src/helper/protocol.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { isAlive, linkOf, listenRequest, packetRequest, StandIn } from "./stand-in.ts";

const { ENODEV, EPERM, EPROTONOSUPPORT } = constants.errno;
const INSPECTOR = fileURLToPath(new URL("../support/inspect-filter.py", import.meta.url));

/** Sends IPv4 frames that no DHCP server has to do with, out of interfaces, until it is ended. */
const NOISE = `import socket, sys
frame = bytes.fromhex("ffffffffffff" "020000000007" "0800" "4500001c0001000040110000" "0a000001" "0a0000ff" "1388003500080000")
sockets = []
for name in sys.argv[1:]:
    sockets.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    sockets[-1].bind((name, 0))
print("sending", flush=True)
while True:
    for s in sockets:
        try:
            s.send(frame)
        except OSError:
            pass
`;
/** How many packets are queued in sockets of another process: process id, descriptors. */
const COUNT_QUEUED = `import ctypes, json, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
pidfd = os.pidfd_open(int(sys.argv[1]))
sockets = [socket.socket(fileno=libc.syscall(438, pidfd, int(fd), 0)) for fd in sys.argv[2:]]
received = 0
for s in sockets:
    s.setblocking(False)
    while True:
        try:
            s.recv(1)
        except BlockingIOError:
            break
        received += 1
print(json.dumps({"sockets": len(sockets), "received": received}))
`;

describe.skipIf(!mayMakeNetworks)("a helper that may open packet sockets", () => {
  let network: Network;
  let server: Namespace;
  let standIn: StandIn;
  let ifindex: number;

  beforeEach(async () => {
    network = await Network.create();
    server = await network.namespace("server");
    await server.ip("link add lan0 type veth peer name far0");
    await server.ip("link set lan0 up");
    ifindex = (await linkOf(server, "lan0")).ifindex;
    standIn = await StandIn.start(server, {
      leaseFile: `${network.directory}/leases`,
      controlSocket: `${network.directory}/control`,
      args: ["--backend=bpf"],
    });
  });
  afterEach(() => network.dispose());

  const ask = async (octets: Uint8Array): Promise<{ result: number; error: number; fd: number }> => {
    const { octets: reply, fd } = await standIn.ask(octets);
    const words = new Uint32Array(Uint8Array.from(reply).buffer);
    const at = Layout.listenReply;
    return { result: words[at.result / 4] ?? -1, error: words[at.error / 4] ?? -1, fd };
  };

  it("opens one for IPv4 on that interface alone, with the filter on it, locked", async () => {
    const { result, fd } = await ask(packetRequest(ifindex, 4 << 20));
    expect(result).toBe(ListenOutcome.ok);
    const seen = JSON.parse(await server.exec(["python3", "-B", INSPECTOR, String(standIn.pid), String(fd)]));
    expect(seen).toEqual({
      ifindex,
      protocol: 0x0800,
      filter: Buffer.from(encode(FRAME_FILTER)).toString("hex"),
      attach: EPERM,
      detach: EPERM,
      unlock: EPERM,
      auxiliary: 1,
      ignoresOutgoing: 1,
      // The kernel doubles what it is told.
      receiveBuffer: 8 << 20,
    });
  });

  // A wrong order shows in most runs, not in each: what fails once has failed.
  it("opens them so that nothing gets in before the filter, nor from another interface", { retry: 0 }, async () => {
    await server.ip("link set far0 up");
    await server.ip("link add other0 type veth peer name other1");
    for (const name of ["other0", "other1"]) await server.ip(`link set ${name} up`);
    const noise = server.spawn(["python3", "-c", NOISE, "far0", "other1"]);
    await noise.waitForLine((line) => line === "sending");
    const fds: string[] = [];
    for (let i = 0; i < 100; i++) fds.push(String((await ask(packetRequest(ifindex))).fd));
    const counts = JSON.parse(await server.exec(["python3", "-c", COUNT_QUEUED, String(standIn.pid), ...fds]));
    await noise.kill();
    expect(counts).toEqual({ sockets: 100, received: 0 });
  });

  it("opens none that hears other servers", async () => {
    const octets = packetRequest(ifindex);
    octets[Layout.listenRequest.kind] = ListenKind.observe;
    expect((await ask(octets)).result).toBe(ListenOutcome.refused);
  });

  it.each([[["--observe", "bpf"]], [["--observe=bpf"]]])(
    "opens one to look on, and no other, when told so by %j",
    async (args) => {
      const watching = await StandIn.start(server, {
        leaseFile: `${network.directory}/other`,
        controlSocket: `${network.directory}/control-2`,
        args,
      });
      const octets = packetRequest(ifindex);
      const refused = await watching.ask(octets);
      expect([refused.fd, refused.octets[Layout.listenReply.result]]).toEqual([-1, ListenOutcome.refused]);
      octets[Layout.listenRequest.kind] = ListenKind.observe;
      const { fd } = await watching.ask(octets);
      const seen = JSON.parse(await server.exec(["python3", "-B", INSPECTOR, String(watching.pid), String(fd)]));
      const locked = { attach: EPERM, detach: EPERM, unlock: EPERM };
      expect(seen).toMatchObject({ ...locked, ifindex, filter: Buffer.from(encode(OBSERVE_FILTER)).toString("hex") });
    },
  );

  it("opens one on an interface that is down", async () => {
    await server.ip("link set lan0 down");
    expect((await ask(packetRequest(ifindex))).result).toBe(ListenOutcome.ok);
  });

  it("says that an interface is gone, or is not Ethernet", async () => {
    expect(await ask(packetRequest(4711))).toEqual({ result: ListenOutcome.failed, error: ENODEV, fd: -1 });
    const lo = (await linkOf(server, "lo")).ifindex;
    expect(await ask(packetRequest(lo))).toEqual({ result: ListenOutcome.failed, error: EPROTONOSUPPORT, fd: -1 });
    expect(await server.exec(["tail", "-n", "+2", "/proc/net/packet"])).toBe("");
  });

  it.each<[string, keyof typeof Layout.listenRequest, number]>([
    ["no interface", "ifindex", 0],
    ["an impossible interface", "ifindex", 0x80000000],
    ["an address", "address", 1],
  ])("refuses one with %s", async (_what, field, value) => {
    const octets = packetRequest(ifindex);
    new Uint32Array(octets.buffer)[Layout.listenRequest[field] / 4] = value;
    expect(await ask(octets)).toEqual({ result: ListenOutcome.refused, error: 0, fd: -1 });
    expect(isAlive(standIn.helperPid)).toBe(true);
  });

  it("refuses a UDP listener on an interface, and opens one without", async () => {
    const octets = listenRequest("0.0.0.0");
    new Uint32Array(octets.buffer)[Layout.listenRequest.ifindex / 4] = ifindex;
    expect((await ask(octets)).result).toBe(ListenOutcome.refused);
    expect((await ask(listenRequest("0.0.0.0"))).result).toBe(ListenOutcome.ok);
  });
});
