// A daemon that was taken over, in the sandbox of the real one: what it tries from its main thread, from libuv's pool,
// from a worker thread and from native code on each of them, and the reason with which the kernel refuses it.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseIpv4 } from "../../src/base/ipv4.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { isRoot, listenRequest, StandIn, threadStatuses } from "./stand-in.ts";

const PLACES = ["main", "pool", "worker"];
const RAW_CALLS = fileURLToPath(new URL("raw-calls.c", import.meta.url));
const STATE = "db";
const INET = 2;
const NETLINK = 16;
const PACKET = 17;
const STREAM = 1;

let network: Network;
let server: Namespace;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
  await server.ip("link set lo up");
  await server.ip("link add lan0 type veth peer name far0");
  await server.ip("link set lan0 up");
  await server.ip("addr add 192.168.77.1/24 dev lan0");
});
afterEach(() => network?.dispose());

/** A stand-in in the daemon's sandbox, ready to try. */
async function takenOver(wrapper: readonly string[], mayConnect = false): Promise<StandIn> {
  const raw = join(network.directory, "raw-calls.node");
  execFileSync("cc", ["-shared", "-fPIC", "-D_GNU_SOURCE", "-o", raw, RAW_CALLS]);
  await server.exec(["install", "-d", "-m", "777", join(network.directory, STATE)]);
  const standIn = await StandIn.start(server, {
    wrapper,
    leaseFile: join(network.directory, STATE, "dhcpd.leases"),
    controlSocket: join(network.directory, "control"),
    // What it loads lies beside its configuration, which it may read.
    args: ["-c", join(network.directory, "dhcpd.conf")],
  });
  expect(await standIn.do("prepare", raw)).toEqual({ did: "prepare", value: null });
  expect(await standIn.do("enterSandbox", mayConnect)).toEqual({ did: "enterSandbox", value: null });
  return standIn;
}

type Attempt = readonly (string | number)[];

/** Tries from everywhere; how it ended, each answer once. */
async function tryIt(standIn: StandIn, attempt: Attempt, places = PLACES): Promise<string> {
  const outcomes = new Set<unknown>();
  for (const place of places) {
    const { value, error } = await standIn.do("attempt", [place, ...attempt]);
    outcomes.add(value ?? error);
  }
  return [...outcomes].join(" ");
}

/** System calls that the filter refuses, with arguments that the kernel would otherwise consider. */
const refusedCalls: readonly Attempt[] = [
  ["clone", 17, 0, 0, 0, 0],
  ["clone3", 0, 0],
  ["unshare", 0x10000000],
  ["mount", "none", "/tmp", "tmpfs", 0, 0],
  ["chroot", "/"],
  ["setuid", 0],
  ["setgid", 0],
  ["setgroups", 0, 0],
  ["capset", 0, 0],
  ["socket", INET, STREAM, 0],
  ["socket", INET, 2, 0],
  ["socket", PACKET, 3, 0],
  ["socket", NETLINK, 3, 12],
  ["socketpair", 1, STREAM, 0, 0],
  ["connect", 3, 0, 0],
  ["perf_event_open", 0, 0, -1, -1, 0],
  ["keyctl", 0, -3, 0],
  ["userfaultfd", 0],
  ["io_uring_setup", 8, 0],
  ["memfd_create", "x", 0],
  ["prctl", 4, 1, 0, 0, 0],
  ["ioctl", 0, 0x5412, " "],
  ["setrlimit", 6, 0],
  ["pidfd_open", 1, 0],
];

const oneUid = ["unshare", "--user", "--map-root-user"];
const wrappers: [string, readonly string[]][] = [["root of a user namespace with one uid", oneUid]];
if (isRoot) {
  wrappers.push(["root", []]);
  wrappers.push(["root without the right to mount", ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"]]);
}

describe.each(wrappers)("a daemon that was started by %s and then taken over", (_whom, wrapper) => {
  it("reads and writes no file but what it needs", async () => {
    const standIn = await takenOver(wrapper);
    const outside = /^(ENOENT|EACCES|EROFS)( (ENOENT|EACCES|EROFS))*$/;
    for (const path of ["/etc/shadow", "/root/.profile", "/proc/1/environ", `/proc/${standIn.helperPid}/mem`])
      expect([path, await tryIt(standIn, ["read", path])]).toEqual([path, expect.stringMatching(outside)]);
    for (const path of ["/", "/tmp/", "/etc/", "/usr/", "/dev/", "/proc/self/", `${network.directory}/`].map(
      (place) => `${place}escaped`,
    ))
      expect([path, await tryIt(standIn, ["write", path])]).toEqual([path, expect.stringMatching(outside)]);
    expect(await tryIt(standIn, ["write", join(network.directory, STATE, "dhcpd.leases.new")])).toBe("done");
  });

  it("makes nothing but plain files in its own directory", async () => {
    const standIn = await takenOver(wrapper);
    const inside = join(network.directory, STATE, "x");
    expect(await tryIt(standIn, ["link", "/etc/shadow", inside], ["main", "worker"])).toBe("EPERM");
    expect(await tryIt(standIn, ["call", "mkdirat", -100, inside, 0o700])).toBe("EPERM");
    expect(await tryIt(standIn, ["call", "mknodat", -100, inside, 0o010600, 0])).toBe("EPERM");
  });

  it("starts no program, thread or process, and opens no socket to anybody [B9, B14]", async () => {
    const standIn = await takenOver(wrapper);
    const threads = ["main", "worker"];
    expect(await tryIt(standIn, ["spawn", "/bin/true"], threads)).toBe("EPERM");
    expect(await tryIt(standIn, ["listen", 4711], threads)).toBe("EPERM");
    expect(await tryIt(standIn, ["connect", 4711], threads)).toBe("EPERM");
    for (const call of refusedCalls) expect([call, await tryIt(standIn, ["call", ...call])]).toEqual([call, "EPERM"]);
  });

  it("lets a thread that was being started when the filter came get what glibc asks for", async () => {
    const standIn = await takenOver(wrapper);
    for (const call of ["rseq", "set_robust_list"])
      expect([call, await tryIt(standIn, ["call", call, 0, 0, 0, 0])]).toEqual([call, "EINVAL"]);
  });

  it("signals nobody but its own threads", async () => {
    const standIn = await takenOver(wrapper);
    const { helperPid } = standIn;
    for (const call of [
      ["kill", helperPid, 9],
      ["kill", -1, 9],
      ["tkill", helperPid, 9],
      ["tgkill", helperPid, helperPid, 9],
    ])
      expect([call, await tryIt(standIn, ["call", ...call])]).toEqual([call, "EPERM"]);
    expect(threadStatuses(helperPid)).toHaveLength(1);
  });
});

describe("a daemon that was taken over", () => {
  it.each([
    ["execve", "/bin/true", 0, 0],
    ["execveat", -100, "/bin/true", 0, 0, 0],
    ["ptrace", 16, 1, 0, 0],
    ["process_vm_readv", 1, 0, 0, 0, 0, 0],
    ["process_vm_writev", 1, 0, 0, 0, 0, 0],
    ["bpf", 0, 0, 0],
  ])("is killed when it calls %s", async (...call) => {
    for (const place of PLACES) {
      const standIn = await takenOver(oneUid);
      standIn.program.write(`${JSON.stringify(["attempt", [place, "call", ...call]])}\n`);
      expect(await standIn.program.ended).toEqual({ code: null, signal: "SIGSYS" });
    }
  });
});

describe.skipIf(!isRoot)("a daemon that was taken over, and has sockets", () => {
  it("sends from no address that is not this machine's, though to any [B2]", async () => {
    const standIn = await takenOver([]);
    const { fd } = await standIn.ask(listenRequest("0.0.0.0"));
    expect(fd).toBeGreaterThan(2);
    const [own, foreign, neighbour] = ["192.168.77.1", "198.51.100.1", "192.168.77.9"].map(
      (text) => parseIpv4(text) ?? 0,
    );
    expect((await standIn.do("sendFrom", [fd, foreign, neighbour])).value).toMatch(/^(ENETUNREACH|EINVAL)$/);
    expect((await standIn.do("sendFrom", [fd, own, neighbour])).value).toBe("done");
    expect(await tryIt(standIn, ["call", "bind", fd, "\u0002", 16])).toBe("EINVAL");
    expect(await tryIt(standIn, ["call", "connect", fd, "\u0002", 16])).toBe("EPERM");
  });
});

describe("a daemon that may connect", () => {
  it("may make Internet sockets, and listen on none", async () => {
    const standIn = await takenOver(["unshare", "--user", "--map-root-user"], true);
    await server.ip("link set lo up");
    expect(await tryIt(standIn, ["call", "socket", INET, STREAM, 0])).toBe("done");
    expect(await tryIt(standIn, ["connect", 4711], ["main", "worker"])).toBe("ECONNREFUSED");
    expect(await tryIt(standIn, ["listen", 4711], ["main", "worker"])).toBe("EACCES");
    expect(await tryIt(standIn, ["call", "socket", PACKET, 3, 0])).toBe("EPERM");
    expect(await tryIt(standIn, ["call", "socket", INET, 3, 1])).toBe("EPERM");
  });
});
