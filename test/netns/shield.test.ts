// The kernel shield (--shield xdp) on a real kernel: what it drops and what it never drops, on the wire and by both backends.
// Rates are low here, so that a flood is a few hundred frames.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { buildFrame } from "../support/frames.ts";
import { buildMessage, type MessageParts, macOf } from "../support/message-builder.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { GIADDR, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { Capture, type DhcpFrame, nextXid, RawClient, sendFrames } from "../support/wire-tools.ts";

const SHIELD = fileURLToPath(new URL("../../native/build/Release/anydhcpd-shield", import.meta.url));
const CTL = fileURLToPath(new URL("../../bin/anydhcpctl", import.meta.url));
const HOLD = fileURLToPath(new URL("../support/hold-shield.py", import.meta.url));
const KNOWN = "02:00:5e:00:53:07";
const RATES = `shield {
  hardware-address 1 burst 3;
  relay-port 1 burst 5;
  relay 1 burst 20;
  new-clients 1 burst 30;
}`;
const FLOOD = 400;

/** What the kernel says a process may do: each set of capabilities, and whether it has a filter of system calls. */
const NO_PRIVILEGE = { CapEff: "0", CapPrm: "0", CapInh: "0", CapAmb: "0", CapBnd: "0", NoNewPrivs: "1", Seccomp: "2" };

let scene: Scene;
let daemon: Daemon;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

const hex = (octets: number): string => octets.toString(16).padStart(2, "0");
/** The hardware address of a client that nobody has seen. */
const stranger = (number: number): string =>
  `02:66:${hex(number >> 16)}:${hex((number >> 8) & 255)}:${hex(number & 255)}:01`;

const discover = (parts: Partial<MessageParts>): Uint8Array => buildMessage({ type: 1, xid: nextXid(), ...parts });

/** Frames of as many clients as are new. */
function newClients(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => buildFrame({ payload: discover({ chaddr: stranger(i) }) }));
}

async function start(backend: string, { config = RATES, args = [] as string[] } = {}): Promise<void> {
  daemon = await Daemon.start(scene.network, scene.server, {
    ...{ backend, config: sceneConfig({ global: config }), args: ["--shield=xdp", ...args] },
  });
}

interface Told {
  readonly counters: Readonly<Record<string, number>>;
  readonly shield: readonly Readonly<Record<string, string | number>>[];
}

async function told(): Promise<Told> {
  return (await daemon.status()) as unknown as Told;
}

/** Waits until the daemon has counted so much. */
async function counted(name: string, least: number): Promise<Told> {
  let last = await told();
  await eventually(`${name} is at least ${least}`, async () => {
    last = await told();
    return (last.counters[name] ?? 0) >= least;
  });
  return last;
}

/** Names of the interfaces of the server that have a program of ours. */
async function shieldedLinks(): Promise<readonly string[]> {
  const links = JSON.parse(await scene.server.exec(["ip", "-d", "-j", "link"])) as {
    ifname: string;
    xdp?: { prog?: { name?: string } };
  }[];
  return links.filter(({ xdp }) => xdp?.prog?.name === "anydhcpd_shield").map(({ ifname }) => ifname);
}

describe.skipIf(!mayMakeNetworks).each(backends)("the kernel shield, %s backend", (backend) => {
  it("drops a flood of new hardware addresses in the kernel and no renewal beside it", async () => {
    await start(backend);
    const client = await RawClient.start(scene.client, "eth0");
    const lease = (await client.lease(KNOWN)).message;
    const renewals = Array.from({ length: FLOOD }, () => {
      const payload = buildMessage({ type: 3, chaddr: KNOWN, ciaddr: lease.yiaddr, xid: nextXid() });
      return buildFrame({ payload, source: lease.yiaddr });
    });
    const flood = newClients(FLOOD);
    const frames = flood.flatMap((frame, i) => [frame, renewals[i] ?? frame]);
    // The ring of a veth whose driver runs the program has 256 places.
    for (let at = 0; at < frames.length; at += 100) await sendFrames(scene.client, "eth0", frames.slice(at, at + 100));
    await counted("shield-other", FLOOD);
    let acknowledged = 0;
    await eventually("every renewal is answered", async () => {
      const { "ack-rebind": first = 0, "ack-repeated": again = 0 } = (await told()).counters;
      acknowledged = first + again;
      return acknowledged >= FLOOD;
    });
    expect(acknowledged).toBe(FLOOD);
    const { counters, shield } = await told();
    expect(counters["shield-new-client"]).toBeGreaterThan(FLOOD - 80);
    expect(counters["shield-new-client"]).toBeLessThan(FLOOD);
    expect(shield.find((one) => one["interface"] === "lan0")?.["newClient"]).toBe(counters["shield-new-client"]);
    expect(daemon.log.match(/drops DHCPDISCOVERs of clients without a lease above their rate/g)).toHaveLength(1);
  });

  it("holds a hardware address to its rate", async () => {
    await start(backend);
    const frames = Array.from({ length: 50 }, () => buildFrame({ payload: discover({ chaddr: stranger(1) }) }));
    await sendFrames(scene.client, "eth0", frames);
    const { counters } = await counted("shield-hardware-address", 40);
    expect(counters["shield-passed"]).toBeGreaterThanOrEqual(3);
    expect(counters["shield-new-client"]).toBe(0);
  });

  it("lets a client with a lease ask again in the middle of a flood, and after the daemon was started again", async () => {
    await start(backend);
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(KNOWN)).message;
    const capture = await Capture.start(scene.client, "eth0");
    const again = async (): Promise<void> => {
      const from = capture.mark;
      const mine = buildFrame({ payload: discover({ chaddr: KNOWN, broadcast: true }) });
      await sendFrames(scene.client, "eth0", [...newClients(FLOOD), mine]);
      const isMine = ({ message }: DhcpFrame): boolean => message.type === "OFFER" && message.chaddr === KNOWN;
      expect((await capture.waitFor("an OFFER", isMine, from)).message.yiaddr).toBe(yiaddr);
      await counted("shield-new-client", FLOOD - 80);
    };
    await again();
    await daemon.stop();
    await daemon.start();
    await again();
  });

  it("holds a relay's port to its rate, and serves new clients at another one", async () => {
    await start(backend, { config: `${RATES} listen on ${UPLINK_ADDRESS};` });
    const capture = await Capture.start(scene.relay, "up0");
    const mac = macOf(await scene.mac("up0"));
    const relayed = (chaddr: string, port: number): Uint8Array => {
      const payload = discover({ chaddr, giaddr: GIADDR, hops: 1, agentInformation: [1, 2, 0, port] });
      const to = { source: "10.9.0.2", sourcePort: 67, destination: UPLINK_ADDRESS, destinationMac: mac };
      return buildFrame({ payload, ...to });
    };
    const frames = Array.from({ length: 200 }, (_, i) => relayed(stranger(i), 1));
    await sendFrames(scene.relay, "up0", frames);
    await counted("shield-relay-port", 180);
    await sendFrames(scene.relay, "up0", [relayed(KNOWN, 2)]);
    const isMine = ({ message }: DhcpFrame): boolean => message.type === "OFFER" && message.chaddr === KNOWN;
    await capture.waitFor("an OFFER", isMine);
    expect((await told()).counters["shield-new-client"]).toBe(0);
    expect(daemon.log).toContain("drops DHCPDISCOVERs of relay ports above their rate");
  });

  it("holds a relay without option 82 to its rate", async () => {
    await start(backend);
    const mac = macOf(await scene.mac("up0"));
    const frames = Array.from({ length: 100 }, (_, i) => {
      const payload = discover({ chaddr: stranger(i), giaddr: GIADDR, hops: 1 });
      const to = { source: "10.9.0.2", sourcePort: 67, destination: UPLINK_ADDRESS, destinationMac: mac };
      return buildFrame({ payload, ...to });
    });
    await sendFrames(scene.relay, "up0", frames);
    const { counters } = await counted("shield-relay", 70);
    expect(counters["shield-relay-port"]).toBe(0);
  });

  it("follows interfaces that come and go, and a reload's rates", async () => {
    await start(backend);
    expect((await shieldedLinks()).toSorted()).toEqual(["lan0", "up0"]);
    await scene.network.veth(scene.server, "late0", scene.client, "eth1");
    await scene.server.ip("addr add 192.168.77.2/24 dev late0");
    await eventually("late0 has the shield", async () => (await shieldedLinks()).includes("late0"));
    await scene.server.ip("link del late0");
    await daemon.waitForLog("no longer a kernel shield on late0");
    expect((await shieldedLinks()).toSorted()).toEqual(["lan0", "up0"]);
    const from = daemon.mark;
    daemon.configure(sceneConfig({ global: "shield { new-clients unlimited; }" }));
    daemon.program.signal("SIGHUP");
    await daemon.waitForLog("reloaded", from);
    await sendFrames(scene.client, "eth0", newClients(FLOOD));
    const { counters } = await counted("shield-passed", FLOOD);
    expect(counters["shield-new-client"]).toBe(0);
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("is gone when the daemon has ended by %s", async (signal) => {
    await start(backend);
    expect(await shieldedLinks()).toContain("lan0");
    await daemon.stop(signal);
    await eventually("no interface has the shield", async () => (await shieldedLinks()).length === 0);
    await eventually("its process has ended", () => scene.server.processes().length === 0);
  });

  it("leaves the process that holds it nothing but the maps and the program", async () => {
    await start(backend);
    const [shield = 0] = scene.server.processesNamed("anydhcpd-shield");
    const status = readFileSync(`/proc/${shield}/status`, "utf8");
    for (const [name, value] of Object.entries(NO_PRIVILEGE)) {
      const found = new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
      expect([name, found.replace(/^0+(?=.)/, "")]).toEqual([name, value]);
    }
    expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).not.toBe("0");
  });

  it("says so when its process is gone, and serves on", async () => {
    await start(backend);
    const [shield = 0] = scene.server.processesNamed("anydhcpd-shield");
    process.kill(shield, "SIGKILL");
    await daemon.waitForLog("the process of the kernel shield has ended");
    expect(await shieldedLinks()).toEqual([]);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(KNOWN)).message.type).toBe("ACK");
    expect((await told()).shield.map(({ mode }) => mode)).toEqual(["none", "none"]);
  });

  it("leaves an interface alone that has another program, and serves its clients", async () => {
    const other = scene.server.spawn(["python3", "-B", HOLD, SHIELD, "lan0"]);
    await other.waitForLine((line) => line === "attached");
    await start(backend);
    expect(daemon.log).toMatch(/no kernel shield on lan0 \(E(?:BUSY|EXIST): another XDP program is there\)/);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(KNOWN)).message.type).toBe("ACK");
    expect((await told()).shield.find((one) => one["interface"] === "lan0")?.["mode"]).toBe("none");
  });
});

describe.skipIf(!mayMakeNetworks)("the kernel shield", () => {
  it("is attached to an interface that takes the place of another with the same number", async () => {
    await start("udp");
    await scene.server.ip("link add late0 index 77 type veth peer name late1");
    await scene.server.ip("addr add 192.168.77.2/24 dev late0");
    await scene.server.ip("link set late0 up");
    await eventually("late0 has the shield", async () => (await shieldedLinks()).includes("late0"));
    const batch = join(scene.network.directory, "replace");
    writeFileSync(
      batch,
      [
        "link del late0",
        "link add late0 index 77 type veth peer name late1",
        "addr add 192.168.77.2/24 dev late0",
        "link set late0 up\n",
      ].join("\n"),
    );
    await scene.server.exec(["ip", "-batch", batch]);
    await eventually("late0 has it again", async () => (await shieldedLinks()).includes("late0"));
  });

  it("is not attached where the daemon does not get its port", async () => {
    const other = await Daemon.start(scene.network, scene.server, { config: sceneConfig(), name: "other" });
    daemon = new Daemon(scene.network, scene.server, {
      ...{ backend: "udp", config: sceneConfig(), args: ["--shield=xdp"] },
    });
    await expect(daemon.start()).rejects.toThrow("67");
    expect(daemon.log).not.toContain("kernel shield on");
    expect((await other.stop()).code).toBe(0);
  });

  /** What the daemon does whose shield cannot be there, with the reason for it. */
  async function expectServesWithout(reason: string): Promise<void> {
    const error = daemon.program.lines.find((line) => line.includes('"level":50'));
    expect(error).toContain(`${reason}: clients are served without the kernel shield until the daemon is restarted`);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(KNOWN)).message.type).toBe("ACK");
    const { code, stdout } = await scene.server.run([CTL, "health", "--json", "--control", daemon.controlSocket]);
    const { state, checks } = JSON.parse(stdout) as { state: string; checks: { name: string }[] };
    expect({ code, state }).toEqual({ code: 0, state: "healthy" });
    expect(checks.find(({ name }) => name === "shield")).toMatchObject({
      state: "warning",
      reason: expect.stringContaining(reason),
    });
  }

  it("is done without where the kernel refuses it, which log and health say", async () => {
    // Of all that the launcher starts the shield's process alone asks for programs of the kernel.
    const filter = `import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
BPF = {"x86_64": 321, "aarch64": 280, "riscv64": 280}[os.uname().machine]
code = b"".join(struct.pack("HBBI", *one) for one in ((0x20, 0, 0, 0), (0x15, 0, 1, BPF), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(kept := ctypes.create_string_buffer(code))))
assert libc.prctl(22, 2, program, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])`;
    daemon = await Daemon.start(scene.network, scene.server, {
      ...{ backend: "udp", config: sceneConfig(), args: ["--shield=xdp"] },
      wrapper: ["python3", "-c", filter],
    });
    expect(daemon.log).toContain("the kernel refuses the shield its maps (Operation not permitted), as it does in a");
    await expectServesWithout(
      "the process of the kernel shield did not start, for the reason that it wrote to standard error",
    );
    // proc(5): the state, and the parent.
    const all = await scene.server.exec(["sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null || :"]);
    expect(all).not.toContain(`(anydhcpd-shield) Z ${daemon.program.pid} `);
  });

  it("is done without where a service manager has no process for it", async () => {
    daemon = await Daemon.start(scene.network, scene.server, {
      ...{ backend: "udp", config: sceneConfig(), args: ["--shield=xdp"] },
      wrapper: ["env", "ANYDHCPD_SHIELD=/nowhere.sock"],
    });
    await expectServesWithout("cannot be reached by /nowhere.sock (No such file or directory)");
  });

  it("says so when its process does not answer, and serves on", async () => {
    await start("udp");
    const [shield = 0] = scene.server.processesNamed("anydhcpd-shield");
    process.kill(shield, "SIGSTOP");
    await daemon.waitForLog("the process of the kernel shield does not answer", 0, 40_000);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease(KNOWN)).message.type).toBe("ACK");
    expect((await told()).shield.map(({ mode }) => mode)).toEqual(["none", "none"]);
    process.kill(shield, "SIGCONT");
    await eventually("the shield is gone", async () => (await shieldedLinks()).length === 0);
  }, 60_000);

  it("is refused where nobody may load programs, and says what is missing", async () => {
    daemon = new Daemon(scene.network, scene.server, {
      ...{ backend: "udp", config: sceneConfig(), args: ["--shield=xdp"] },
      wrapper: ["setpriv", "--bounding-set", "-bpf,-sys_admin"],
    });
    await expect(daemon.start()).rejects.toThrow("--shield needs CAP_NET_ADMIN and CAP_BPF");
  });

  it("loads its program with CAP_NET_ADMIN and CAP_BPF alone", async () => {
    daemon = await Daemon.start(scene.network, scene.server, {
      ...{ backend: "udp", config: sceneConfig(), args: ["--shield=xdp"] },
      wrapper: ["setpriv", "--bounding-set", "-sys_admin,-perfmon"],
    });
    expect(await shieldedLinks()).toContain("lan0");
  });
});
