// What the processes may do once they serve, as the kernel says it: main nothing, on any thread; the
// helper three capabilities and a system-call filter. And starts from awkward places.

import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, isMessage, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene, sceneConfig } from "../support/scene.ts";
import { RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NET_BIND_SERVICE = 1n << 10n;
const NET_ADMIN = 1n << 12n;
const NET_RAW = 1n << 13n;
const SYS_NICE = 1n << 23n;
/** Whether this user namespace has another uid to change to. */
const hasManyUids = !/^\s*\d+\s+\d+\s+1\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

/** /proc/PID/status of a process or thread, by field. */
function statusOf(path: string): ReadonlyMap<string, string> {
  const lines = readFileSync(`${path}/status`, "utf8").split("\n");
  return new Map(lines.map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()]));
}

const capabilities = (status: ReadonlyMap<string, string>, set: string): bigint => BigInt(`0x${status.get(set)}`);

/** Checks every thread of main: no capability, none to gain, a system-call filter. Returns their effective uids. */
function expectPowerless(pid: number): ReadonlySet<string | undefined> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  expect(tasks.length).toBeGreaterThan(1);
  const uids = new Set<string | undefined>();
  for (const task of tasks) {
    const status = statusOf(`/proc/${pid}/task/${task}`);
    for (const set of ["CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"]) {
      expect([set, capabilities(status, set)]).toEqual([set, 0n]);
    }
    expect(status.get("NoNewPrivs")).toBe("1");
    expect(status.get("Seccomp")).toBe("2");
    for (const uid of status.get("Uid")?.split("\t") ?? []) uids.add(uid);
  }
  return uids;
}

describe.skipIf(!mayMakeNetworks).each(backends)("a daemon that was started as root, %s backend", (backend) => {
  it("has no privilege on any thread of main, which is the process that was started", async (context) => {
    if (!hasManyUids) return context.skip("only one uid is mapped here");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(CHADDR);
    const uids = expectPowerless(daemon.pid);
    expect(uids.size).toBe(1);
    expect(uids).not.toContain("0");
    expect(readlinkSync(`/proc/${daemon.pid}/exe`)).toBe(readlinkSync("/proc/self/exe"));
    const status = statusOf(`/proc/${daemon.pid}`);
    expect(status.get("Groups") ?? "").toBe("");
    expect(status.get("Gid")?.split("\t")).not.toContain("0");
  });

  it("keeps three capabilities at most in the helper, under its own uid and a system-call filter", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const helpers = scene.server.processesNamed("anydhcpd-helper");
    expect(helpers).toHaveLength(1);
    const shields = scene.server.processesNamed("anydhcpd-shield");
    expect(scene.server.processes().toSorted()).toEqual([daemon.pid, ...helpers, ...shields].toSorted());
    const status = statusOf(`/proc/${helpers[0]}`);
    for (const set of ["CapEff", "CapPrm", "CapBnd"]) {
      expect(capabilities(status, set) & ~(NET_BIND_SERVICE | NET_ADMIN | NET_RAW)).toBe(0n);
    }
    expect(status.get("NoNewPrivs")).toBe("1");
    expect(status.get("Seccomp")).toBe("2");
    if (hasManyUids) {
      expect(status.get("Uid")?.split("\t")).not.toContain("0");
      expect(status.get("Uid")).not.toBe(statusOf(`/proc/${daemon.pid}`).get("Uid"));
    }
  });

  it("lets the helper go before others where the processor is busy: replies wait for it", async (context) => {
    const own = capabilities(statusOf("/proc/self"), "CapEff");
    if (!hasManyUids || (own & SYS_NICE) === 0n) return context.skip("needs CAP_SYS_NICE");
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const [helper = 0] = scene.server.processesNamed("anydhcpd-helper");
    expect(getPriority(helper)).toBe(getPriority(daemon.pid) - 10);
  });

  it("lets its main thread go before the compiler's, and the threads that wait for the disk as well", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const own = getPriority(daemon.pid);
    const threads = readdirSync(`/proc/${daemon.pid}/task`).map(Number);
    const nicer = threads.filter((thread) => thread !== daemon.pid && getPriority(thread) === own + 10);
    const same = threads.filter((thread) => thread !== daemon.pid && getPriority(thread) === own);
    expect(nicer.length + same.length).toBe(threads.length - 1);
    // V8 has four at most, and libuv's pool is of four.
    expect(nicer.length).toBeGreaterThan(1);
    // proc(5): the 41st word, the 39th behind the name; 3 is SCHED_BATCH.
    const policyOf = (thread: number): number =>
      Number(readFileSync(`/proc/${daemon.pid}/task/${thread}/stat`, "latin1").split(") ").at(-1)?.split(" ")[38]);
    expect(new Set(nicer.map(policyOf))).toEqual(new Set([3]));
    expect(new Set([...same, daemon.pid].map(policyOf))).toEqual(new Set([0]));
    expect(same).toHaveLength(4);
  });

  it("takes the helper with it when it is killed", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    await daemon.stop("SIGKILL");
    await eventually("the helper has ended", () => scene.server.processes().length === 0);
  });

  it("serves from a clone that its user cannot read, and with a lease file where its user cannot write", async () => {
    const home = join(scene.network.directory, "home");
    mkdirSync(join(home, "clone"), { recursive: true });
    const db = join(home, "db");
    mkdirSync(db);
    chmodSync(db, 0o700);
    chmodSync(home, 0o700);
    await scene.server.exec(["mount", "--bind", ROOT, join(home, "clone")]);
    const config = join(home, "dhcpd.conf");
    writeFileSync(config, sceneConfig(), { mode: 0o600 });
    const leases = join(db, "dhcpd.leases");
    const control = join(scene.network.directory, "control.sock");
    const words = ["-c", config, "-l", leases, `--control=${control}`, `--backend=${backend}`];
    const daemon = scene.server.spawn([join(home, "clone", "bin", "anydhcpd"), ...words]);
    await daemon.waitForLine((line) => isMessage(line, "ready"), { timeoutMs: 20_000 });
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expectPowerless(daemon.pid);
    expect((await daemon.stop()).code).toBe(0);
    expect(readLeases(readFileSync(leases, "utf8")).get(yiaddr)).toMatchObject({ hardware: CHADDR, state: "active" });
    rmSync(leases);
  });

  it("reads and writes a lease file that is mounted by itself on a name in its directory", async () => {
    const [given, db] = [join(scene.network.directory, "given"), join(scene.network.directory, "db")];
    mkdirSync(db);
    const leases = join(db, "dhcpd.leases");
    writeFileSync(leases, "");
    const ends = "ends never;\n  binding state active;";
    const hardware = "hardware ethernet 02:00:00:00:00:99;";
    writeFileSync(given, `lease 192.168.77.120 {\n  starts 4 2026/01/01 10:00:00;\n  ${ends}\n  ${hardware}\n}\n`);
    await scene.server.exec(["mount", "--bind", given, leases]);
    const daemon = await Daemon.start(scene.network, scene.server, {
      ...{ backend, config: sceneConfig(), args: ["-l", leases] },
    });
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expect((await daemon.stop()).code).toBe(0);
    const kept = readLeases(readFileSync(given, "utf8"));
    expect(kept.get("192.168.77.120")).toMatchObject({ hardware: "02:00:00:00:00:99", state: "active" });
    expect(kept.get(yiaddr)).toMatchObject({ hardware: CHADDR, state: "active" });
  });

  it("has empty sets with one uid mapped too, and serves", async () => {
    const daemon = new Daemon(scene.network, scene.server, { backend, config: sceneConfig() });
    const script = join(scene.network.directory, "inside.sh");
    // A network of its own: capabilities of a user namespace count only there. Both ends of the cable
    // are the daemon's, which is enough to see it serve.
    const words = `-c ${daemon.configFile} -l ${scene.network.directory}/inside.leases --control=${scene.network.directory}/inside.sock --backend=${backend}`;
    writeFileSync(
      script,
      `set -e\nip link set lo up\nip link add lan0 type veth peer name eth0\n` +
        `ip addr add 192.168.77.1/24 dev lan0\nip link set lan0 up\nip link set eth0 up\n` +
        `exec ${ROOT}bin/anydhcpd ${words}\n`,
    );
    const inside = scene.server.spawn(["unshare", "--user", "--map-root-user", "--net", "--mount", "sh", script]);
    await inside.waitForLine((line) => isMessage(line, "ready"), { timeoutMs: 20_000 });
    expectPowerless(inside.pid);
    const raw = scene.server.spawn([
      "nsenter",
      `--user=/proc/${inside.pid}/ns/user`,
      `--net=/proc/${inside.pid}/ns/net`,
      "--preserve-credentials",
      "python3",
      "-B",
      join(ROOT, "demo/tools/client.py"),
      "eth0",
    ]);
    await raw.waitForLine((line) => line.includes('"ready"'));
    raw.write(`${JSON.stringify({ op: "send", message: { type: "DISCOVER", chaddr: CHADDR } })}\n`);
    const answer = JSON.parse(await raw.waitForLine((line) => line.startsWith('{"event": "sent"')));
    expect(answer.replies).toHaveLength(1);
    expect(answer.replies[0]).toMatchObject({ destinationMac: CHADDR, message: { type: "OFFER" } });
    expect((await inside.stop()).code).toBe(0);
  });
});
