// A firewall process and a script process that were taken over: what they try with the system calls of their own, and what
// comes of it. The helper's and the daemon's attempts are in escape.test.ts.

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { isRoot } from "./stand-in.ts";

const SOURCE = fileURLToPath(new URL("sibling-attempts.c", import.meta.url));
const BUILT = fileURLToPath(new URL("../../native/build/Release/", import.meta.url));
/** Starts a program with one end of a pair of sockets on descriptor 3, as the launcher does. */
const START = `import os, socket, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
pid = os.fork()
if pid == 0:
    os.dup2(theirs.fileno(), 3)
    os.closerange(4, 64)
    os.execve(sys.argv[3], sys.argv[3:], {"LD_PRELOAD": sys.argv[1], "ATTEMPT": sys.argv[2]})
theirs.close()
ours.settimeout(10)
# It says that it is ready, then tries; a keeper would start another worker.
ours.recv(4096)
ours.settimeout(1)
try:
    while ours.recv(4096):
        pass
except TimeoutError:
    pass
ours.close()
_, status = os.waitpid(pid, 0)
`;
const UID = 64_999;

let network: Network;
let server: Namespace;
let library: string;

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  network = await Network.create();
  server = await network.namespace("server");
  chmodSync(network.directory, 0o755);
  library = join(network.directory, "attempts.so");
  execFileSync("cc", ["-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library, SOURCE]);
  chmodSync(library, 0o755);
});
afterAll(() => network?.dispose());

/** How a system call of the program ended: "done", an error, or "killed". */
async function attempt(program: string, args: readonly string[], call: string): Promise<string> {
  const argv = ["python3", "-c", START, library, call, `${BUILT}${program}`, ...args];
  const { stderr } = await server.run(argv);
  const lines = stderr.split("\n").filter((line) => line !== "");
  expect(lines[0], `${call}: ${stderr}`).toBe("tries");
  return lines.find((line) => line !== "tries") ?? "killed";
}

describe.skipIf(!mayMakeNetworks)("a firewall process that was taken over", () => {
  const uid = isRoot ? String(UID) : "keep";

  it.each([
    "openat -100 /etc/passwd 0",
    "openat -100 /tmp/escaped 0101 0600",
    "socket 2 1 0",
    "socket 17 3 0",
    "socket 16 3 12",
    "kill 1 0",
    "setuid 0",
    "mount none /tmp tmpfs 0 0",
    "unshare 0x10000000",
    "ptrace 16 1 0 0",
    "execve /bin/true 0 0",
    "clone 17 0 0 0 0",
    "getppid",
    "bpf 0 0 0",
    "mmap 0 4096 5 0x22 -1 0",
  ])("is killed when it calls %s", async (call) => {
    expect(await attempt("anydhcpd-firewall", [uid, uid, "inet filter guests"], call)).toBe("killed");
    expect(existsSync("/tmp/escaped")).toBe(false);
  });
});

describe.skipIf(!isRoot || !mayMakeNetworks)("a script process that was taken over", () => {
  it.each([
    ["openat -100 /etc/shadow 0", "EACCES"],
    ["openat -100 /etc/escaped 0101 0600", "EACCES"],
    ["openat -100 /proc/1/environ 0", "EACCES"],
    ["socket 17 3 0", "EPERM"],
    ["kill 1 9", "EPERM"],
    ["setuid 0", "EPERM"],
    ["setgid 0", "EPERM"],
    ["mount none /tmp tmpfs 0 0", "EPERM"],
    ["chroot /", "EPERM"],
    ["ptrace 16 1 0 0", "EPERM"],
    ["sethostname escaped 7", "EPERM"],
  ])("has no privilege for %s", async (call, error) => {
    expect(await attempt("anydhcpd-script", [String(UID), String(UID), "plain", "/bin/true"], call)).toBe(error);
  });

  it("may do what any user may: the test would see it", async () => {
    const args = [String(UID), String(UID), "plain", "/bin/true"];
    expect(await attempt("anydhcpd-script", args, "openat -100 /etc/passwd 0")).toBe("done");
  });
});
