// Who the daemon and the helper are after a start: in every thread, and in each of the situations
// the launcher tells apart. What cannot be given up ends the start.

import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NeighbourResult } from "../../src/helper/helper.ts";
import { HelperVerb, Layout } from "../../src/helper/protocol.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import {
  ADDON,
  HELPER,
  isRoot,
  linkOf,
  listenRequest,
  neighbourRequest,
  SCRIPT_PROCESS,
  StandIn,
  type StandInOptions,
  threadStatuses,
} from "./stand-in.ts";

const NONE = "0000000000000000";
/** CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW. */
const THREE = "0000000000003400";
const SOURCE = new URL("../../helper/", import.meta.url);

let network: Network;
let server: Namespace;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
});
afterEach(() => network?.dispose());

function start(options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return StandIn.start(server, {
    leaseFile: `${network.directory}/leases`,
    controlSocket: `${network.directory}/control`,
    ...options,
  });
}

/** Every thread of the daemon: no capability in any set, no way to get one. */
function expectNothing(pid: number, boundingSet = NONE): void {
  const threads = threadStatuses(pid);
  expect(threads.length).toBeGreaterThan(5);
  for (const status of threads) {
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) expect(status.get(set)).toBe(NONE);
    expect(status.get("CapBnd")).toBe(boundingSet);
    expect(status.get("NoNewPrivs")).toBe("1");
  }
}

function expectHelper(pid: number, uid: string | undefined): void {
  const [status, ...others] = threadStatuses(pid);
  expect(others).toEqual([]);
  expect(status?.get("CapPrm")).toBe(THREE);
  expect(status?.get("CapEff")).toBe(THREE);
  for (const set of ["CapInh", "CapBnd", "CapAmb"]) expect(status?.get(set)).toBe(NONE);
  expect(status?.get("NoNewPrivs")).toBe("1");
  expect(status?.get("Seccomp")).toBe("2");
  if (uid !== undefined) {
    expect(status?.get("Uid")).toBe(Array(4).fill(uid).join("\t"));
    expect(status?.get("Gid")).toBe(Array(4).fill(uid).join("\t"));
    expect(status?.get("Groups")).toBe("");
  }
}

describe.skipIf(!isRoot)("started as root", () => {
  it("runs the daemon as nobody, says so, and the helper as somebody else", async () => {
    const standIn = await start();
    for (const status of threadStatuses(standIn.pid)) {
      expect(status.get("Uid")).toBe(Array(4).fill("65534").join("\t"));
      expect(status.get("Gid")).toBe(Array(4).fill("65534").join("\t"));
      expect(status.get("Groups")).toBe("");
    }
    expectNothing(standIn.pid);
    expectHelper(standIn.helperPid, "65533");
    expect(standIn.notes).toMatch(
      /there is no user _anydhcpd: running as uid 65534, .*; to add the user: useradd --system /,
    );
    expect(standIn.notes).toContain("the helper runs as uid 65533");
  });

  it("is the process that was started", async () => {
    const standIn = await start();
    expect(standIn.pid).toBe(standIn.program.pid);
  });

  it("runs both as their own users where these exist", async () => {
    const passwd = `${network.directory}/passwd`;
    const users = "_anydhcpd:x:747:748::/:/bin/false\n_anydhcpd-helper:x:749:750::/:/bin/false\n";
    writeFileSync(passwd, `${readFileSync("/etc/passwd", "utf8")}${users}`);
    await server.exec(["mount", "--bind", passwd, "/etc/passwd"]);
    const standIn = await start();
    expect([standIn.ready.uid, standIn.ready.gid]).toEqual([747, 748]);
    expect(threadStatuses(standIn.helperPid)[0]?.get("Uid")).toBe(Array(4).fill("749").join("\t"));
    expect(threadStatuses(standIn.helperPid)[0]?.get("Gid")).toBe(Array(4).fill("750").join("\t"));
    expect(standIn.notes).not.toContain("there is no user");
  });

  it("changes to other ids in a user namespace that maps several", async () => {
    const holder = server.spawn(["unshare", "--user", "--net", "sh", "-c", "echo here; cat"]);
    await holder.waitForLine((line) => line === "here");
    for (const map of ["uid_map", "gid_map"]) {
      writeFileSync(`/proc/${holder.pid}/${map}`, "0 0 1\n1 100001 65535\n");
    }
    const inside = `/proc/${holder.pid}/ns`;
    const wrapper = ["nsenter", `--user=${inside}/user`, `--net=${inside}/net`, "-S", "0", "-G", "0"];
    const standIn = await start({ wrapper });
    expect([standIn.ready.uid, standIn.ready.gid]).toEqual([65534, 65534]);
    expectNothing(standIn.pid);
    expectHelper(standIn.helperPid, "165533");
  });

  it("starts without helper where it has no capability, and says what that means", async () => {
    chmodSync(network.directory, 0o777);
    const wrapper = ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", "--bounding-set=-all"];
    const standIn = await start({ wrapper: [...wrapper, "--inh-caps=-all"] });
    expect([standIn.ready.uid, standIn.ready.gid]).toEqual([4711, 4711]);
    expectNothing(standIn.pid);
    expect(standIn.launch.helper).toBeUndefined();
    expect(standIn.notes).toContain("no helper: replies that need a neighbour entry are broadcast");
  });

  it("keeps its uid where it may not change it, and says so", async () => {
    const standIn = await start({
      wrapper: ["setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-all"],
      leaseFile: `${network.directory}/leases`,
    });
    expect(standIn.ready.uid).toBe(0);
    expectNothing(standIn.pid);
    expect(standIn.notes).toContain("uid 0 is kept, without capabilities: CAP_SETUID and CAP_SETGID are missing");
    expectHelper(standIn.helperPid, undefined);
  });

  it("keeps the uid of a service manager that has given it three capabilities", async () => {
    chmodSync(network.directory, 0o777);
    const three = "+net_admin,+net_bind_service,+net_raw";
    const ids = ["--reuid=4711", "--regid=4711", "--clear-groups"];
    const wrapper = ["setpriv", ...ids, `--inh-caps=${three}`, `--ambient-caps=${three}`];
    const standIn = await start({ wrapper });
    expect([standIn.ready.uid, standIn.ready.gid]).toEqual([4711, 4711]);
    // Without CAP_SETPCAP the bounding set cannot be emptied; no_new_privs makes it powerless.
    expectNothing(standIn.pid, threadStatuses(process.pid)[0]?.get("CapBnd"));
    const { fd } = await standIn.ask(listenRequest("0.0.0.0"));
    expect(fd).toBeGreaterThan(2);
    expect(threadStatuses(standIn.helperPid)[0]?.get("CapEff")).toBe(THREE);
  });

  it("opens listeners, but sets no neighbour entry, in a container without CAP_NET_ADMIN", async () => {
    const bounding = "-all,+chown,+dac_override,+setuid,+setgid,+setpcap,+net_bind_service,+net_raw";
    await server.ip("link add lan0 type veth peer name far0");
    await server.ip("link set lan0 up");
    await server.ip("addr add 10.1.0.1/24 dev lan0");
    const standIn = await start({ wrapper: ["setpriv", `--bounding-set=${bounding}`, "--inh-caps=-all"] });
    expectNothing(standIn.pid);
    expect(threadStatuses(standIn.helperPid)[0]?.get("CapEff")).toBe("0000000000002400");
    expect((await standIn.ask(listenRequest("0.0.0.0"))).fd).toBeGreaterThan(2);
    const { ifindex } = await linkOf(server, "lan0");
    const request = neighbourRequest(HelperVerb.neighbourSet, [{ ifindex, address: "10.1.0.50" }]);
    expect((await standIn.ask(request)).octets[Layout.neighbourReply.results]).toBe(NeighbourResult.failed);
  });

  it("does without the private root where it may not mount, and says so", async () => {
    const standIn = await start({ wrapper: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"] });
    expectNothing(standIn.pid);
    expect(standIn.notes).toContain("no private root, so Landlock alone keeps the daemon to its files: CAP_SYS_ADMIN");
    expect((await standIn.do("list", "/")).error).toBe("EACCES");
    expect((await standIn.do("read", "/proc/version")).error).toBe("EACCES");
    expect((await standIn.do("write", [`${network.directory}/leases`, ""])).error).toBe("EACCES");
  });
});

describe("started as root of a user namespace with one uid", () => {
  it("keeps the uid and empties the daemon's capability sets", async () => {
    const standIn = await start({ wrapper: ["unshare", "--user", "--map-root-user", "--net"] });
    expect(standIn.ready.uid).toBe(0);
    expectNothing(standIn.pid);
    expectHelper(standIn.helperPid, undefined);
    expect(standIn.notes).toContain("uid 0 is kept, without capabilities: no other is mapped here");
    const { fd } = await standIn.ask(listenRequest("0.0.0.0"));
    expect(fd).toBeGreaterThan(2);
  });
});

describe("the helper's system-call filter", () => {
  it("allows at most 12 calls", () => {
    const text = readFileSync(new URL("sandbox.c", SOURCE), "utf8");
    const calls = text.match(/^\t+ALLOW(_WITH(_EITHER)?)?\(/gm) ?? [];
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThanOrEqual(12);
  });

  it("leaves the helper no memory to allocate, and the helper calls for none", () => {
    expect(readFileSync(new URL("sandbox.c", SOURCE), "utf8")).not.toMatch(/SYS_(brk|mmap|mremap)/);
    const undefinedNames = execFileSync("nm", ["-D", "--undefined-only", HELPER], { encoding: "utf8" });
    expect(undefinedNames).toMatch(/ U recvmsg/);
    expect(undefinedNames).not.toMatch(/ U \S*(alloc|strdup|asprintf|fopen|opendir|getline|qsort)/);
  });
});

describe("a step that fails", () => {
  /** Builds a library in front of libc's calls: the one named in FAIL returns an error, or lies. */
  function shim(): string {
    const source = `${network.directory}/shim.c`;
    const library = `${network.directory}/shim.so`;
    writeFileSync(source, SHIM);
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"]);
    return library;
  }

  const steps = ["capset", "no_new_privs", "ambient"];
  const launcherSteps = [
    "rlimit",
    "landlock_create",
    "landlock_add",
    "landlock_restrict",
    "seccomp",
    ...(isRoot ? ["chdir"] : []),
  ];
  const rootSteps = ["setgroups", "setresgid", "setresuid", "bounding", "keepcaps", "lie:setresuid", "lie:setresgid"];
  const failing = [...steps, ...(isRoot ? rootSteps : []), "lie:capset", "lie:no_new_privs"];

  it.each([...failing, ...launcherSteps])("ends the launcher before the daemon runs: %s", async (step) => {
    const program = StandIn.launch(server, {
      leaseFile: `${network.directory}/leases`,
      controlSocket: `${network.directory}/control`,
      env: { LD_PRELOAD: shim(), FAIL: step },
    });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.output).toMatch(/^anydhcpd: /m);
    expect(program.output).not.toContain("ready");
  });

  it.each(["dumpable", "rlimit:processes", "seccomp"])("keeps the daemon from going on: %s", async (step) => {
    // The launcher passes no library on to the daemon, so its step is called by a Node of its own.
    const script = `require(${JSON.stringify(ADDON)}).enterSandbox(false); console.log("went on")`;
    const argv = ["env", `LD_PRELOAD=${shim()}`, `FAIL=${step}`, process.execPath, "-e", script];
    const { code, stdout, stderr } = await server.run(argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/Error: .*cannot (refuse to be traced|limit the number|install the system-call)/);
  });

  it.each([
    ["kernel", "landlock_missing"],
    ["container", "landlock_refused"],
  ])("is no step in a %s without Landlock, unless --require-sandbox makes it one", async (_where, fault) => {
    const without = { LD_PRELOAD: shim(), FAIL: fault };
    const standIn = await start({ env: without });
    expect(standIn.notes).toContain(
      "this kernel or container has no Landlock: one fence less around the daemon's files",
    );
    const program = StandIn.launch(server, {
      ...{ leaseFile: `${network.directory}/leases`, controlSocket: `${network.directory}/control2` },
      ...{ env: without, args: ["--require-sandbox"] },
    });
    expect(await program.ended).toEqual({ code: 78, signal: null });
    expect(program.output).toMatch(/^anydhcpd: --require-sandbox: this kernel has version 0 of Landlock/m);
  });

  it.each([...failing, "dumpable", "seccomp", "rlimit"])("ends the helper before it serves: %s", async (step) => {
    const ids = isRoot ? ["65533", "65533"] : ["keep", "keep"];
    const argv = ["python3", "-c", START_SIBLING, HELPER, shim(), step, ...ids, "sockets"];
    const { code, stdout, stderr } = await server.run(argv);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1 0\n" });
    expect(stderr).toMatch(/^anydhcpd-helper: /);
    expect(stderr).not.toContain("started by");
  });

  const scriptSteps = [...failing, "rlimit", ...(isRoot ? ["chdir"] : [])];
  it.each(scriptSteps)("ends the process of the event script before it runs one: %s", async (step) => {
    const ids = isRoot ? ["65533", "65533"] : ["keep", "keep"];
    const argv = ["python3", "-c", START_SIBLING, SCRIPT_PROCESS, shim(), step, ...ids, "plain", "/bin/true"];
    const { code, stdout, stderr } = await server.run(argv);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1 0\n" });
    expect(stderr).toMatch(/^anydhcpd-script: /);
    expect(stderr).not.toContain("started by");
  });
});

/** Starts a program that runs beside the daemon with the library in front, and prints its exit status and how much it has said to us. */
const START_SIBLING = `
import os, socket, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
child = os.fork()
if child == 0:
    os.dup2(theirs.fileno(), 3)
    environment = {"LD_PRELOAD": sys.argv[2], "FAIL": sys.argv[3]}
    os.execve(sys.argv[1], [os.path.basename(sys.argv[1]), *sys.argv[4:]], environment)
theirs.close()
said = len(ours.recv(64))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said)
`;

const SHIM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0: not this one; 1: fail; 2: claim to have done it. */
static int how(const char *name) {
  const char *wanted = getenv("FAIL");
  if (wanted == NULL) return 0;
  if (strcmp(wanted, name) == 0) return 1;
  return strncmp(wanted, "lie:", 4) == 0 && strcmp(wanted + 4, name) == 0 ? 2 : 0;
}
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MEDDLE(what) do { int h = how(what); if (h == 2) return 0; if (h == 1) { errno = EPERM; return -1; } } while (0)

int setgroups(size_t n, const gid_t *g) { MEDDLE("setgroups"); return REAL(setgroups)(n, g); }
int setresuid(uid_t a, uid_t b, uid_t c) { MEDDLE("setresuid"); return REAL(setresuid)(a, b, c); }
int setresgid(gid_t a, gid_t b, gid_t c) { MEDDLE("setresgid"); return REAL(setresgid)(a, b, c); }
int setrlimit64(__rlimit_resource_t r, const struct rlimit64 *l) { if (r == RLIMIT_NPROC) MEDDLE("rlimit:processes"); MEDDLE("rlimit"); return REAL(setrlimit64)(r, l); }
int setrlimit(__rlimit_resource_t r, const struct rlimit *l) { if (r == RLIMIT_NPROC) MEDDLE("rlimit:processes"); MEDDLE("rlimit"); return REAL(setrlimit)(r, l); }
int chdir(const char *p) { MEDDLE("chdir"); return REAL(chdir)(p); }
int prctl(int option, ...) {
  va_list l; va_start(l, option);
  unsigned long a = va_arg(l, unsigned long), b = va_arg(l, unsigned long), c = va_arg(l, unsigned long),
      d = va_arg(l, unsigned long);
  va_end(l);
  if (option == PR_SET_NO_NEW_PRIVS) MEDDLE("no_new_privs");
  if (option == PR_CAPBSET_DROP) MEDDLE("bounding");
  if (option == PR_SET_KEEPCAPS) MEDDLE("keepcaps");
  if (option == PR_CAP_AMBIENT) MEDDLE("ambient");
  if (option == PR_SET_DUMPABLE) MEDDLE("dumpable");
  return REAL(prctl)(option, a, b, c, d);
}
long syscall(long number, ...) {
  va_list l; va_start(l, number);
  long a = va_arg(l, long), b = va_arg(l, long), c = va_arg(l, long), d = va_arg(l, long), e = va_arg(l, long),
      f = va_arg(l, long);
  va_end(l);
  if (number == SYS_capset) MEDDLE("capset");
  if (number == SYS_seccomp) MEDDLE("seccomp");
  if (number == 444 && how("landlock_missing") == 1) { errno = ENOSYS; return -1; }
  if (number == 444 && how("landlock_refused") == 1) { errno = EPERM; return -1; }
  if (number == 444 && a != 0) MEDDLE("landlock_create");
  if (number == 445) MEDDLE("landlock_add");
  if (number == 446) MEDDLE("landlock_restrict");
  return REAL(syscall)(number, a, b, c, d, e, f);
}
`;
