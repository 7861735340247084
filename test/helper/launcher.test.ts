// What the launcher prepares and refuses: the control socket, the holders of port 67, the daemon's
// flags, descriptors and signals left behind by whoever started it.

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { ADDON, ANYDHCPD, HELPER, isRoot, LAUNCHER, STAND_IN_MAIN, StandIn, type StandInOptions } from "./stand-in.ts";

const ADM = /^adm:[^:]*:(\d+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1];

let network: Network;
let server: Namespace;
let control: string;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
  control = join(network.directory, "control");
});
afterEach(() => network?.dispose());

function options(more: Partial<StandInOptions> = {}): StandInOptions {
  return { leaseFile: join(network.directory, "dhcpd.leases"), controlSocket: control, ...more };
}

async function refusal(more: Partial<StandInOptions> = {}, code = 1): Promise<string> {
  const program = StandIn.launch(server, options(more));
  expect(await program.ended).toEqual({ code, signal: null });
  return program.output;
}

describe("the control socket", () => {
  it("is for its owner and group only", async () => {
    await StandIn.start(server, options());
    const { mode } = statSync(control);
    expect(mode & 0o170000).toBe(0o140000);
    expect(mode & 0o777).toBe(0o660);
  });

  it("is for the members of the group that is named, and only of one that there is [U19]", async (context) => {
    if (!isRoot) return context.skip("needs the machine's groups");
    await StandIn.start(server, options({ args: ["--control-group", "adm"] }));
    const { gid, mode } = statSync(control);
    expect({ gid: String(gid), mode: mode & 0o777 }).toEqual({ gid: ADM, mode: 0o660 });
    expect(await refusal({ args: ["--control-group", "nosuchgroup"] }, 78)).toContain(
      '--control-group: there is no group "nosuchgroup": create it (groupadd --system nosuchgroup)',
    );
  });

  it("replaces one that a dead daemon has left", async () => {
    const first = await StandIn.start(server, options());
    await first.program.kill();
    const left = statSync(control).ctimeMs;
    await StandIn.start(server, options());
    expect(statSync(control).ctimeMs).toBeGreaterThan(left);
  });

  it("of a daemon that answers is left alone", async () => {
    await StandIn.start(server, options());
    const output = await refusal({ leaseFile: join(network.directory, "other.leases") });
    expect(output).toContain(`${control}: another anydhcpd answers there: stop it, or give this one its own`);
  });

  it("does not replace what is no socket", async () => {
    writeFileSync(control, "precious\n");
    expect(await refusal()).toContain(`${control}: is there and is not a socket: remove it`);
    expect(readFileSync(control, "utf8")).toBe("precious\n");
  });

  it("does not replace a socket of another kind, which somebody may have open", async () => {
    const holder = server.spawn(["python3", "-c", HOLD_DATAGRAMS, control]);
    await holder.waitForLine((line) => line === "bound");
    const { ino } = statSync(control);
    expect(await refusal()).toContain(`${control}: a socket that is not ours is there`);
    expect(statSync(control).ino).toBe(ino);
  });

  it("can be named in the environment, and the flag wins", async () => {
    const other = join(network.directory, "other");
    const { leaseFile } = options();
    const first = await StandIn.start(server, { leaseFile, env: { ANYDHCPD_CONTROL: other } });
    expect(existsSync(other)).toBe(true);
    await first.program.kill();
    await StandIn.start(server, options({ env: { ANYDHCPD_CONTROL: join(network.directory, "third") } }));
    expect(existsSync(control)).toBe(true);
    expect(existsSync(join(network.directory, "third"))).toBe(false);
  });
});

describe("the holders of port 67", () => {
  it("are named, with characters that are fit for a log", async () => {
    const holder = server.spawn(["python3", "-c", HOLD_PORT, "67"]);
    await holder.waitForLine((line) => line === "bound");
    const other = server.spawn(["python3", "-c", HOLD_PORT, "68"]);
    await other.waitForLine((line) => line === "bound");
    const standIn = await StandIn.start(server, options());
    expect(standIn.launch.portHolders).toEqual([`${holder.pid} evil??name`]);
  });

  it("are none where the port is free", async () => {
    const standIn = await StandIn.start(server, options());
    expect(standIn.launch.portHolders).toEqual([]);
  });
});

describe("the daemon's flags", () => {
  const serves = async (args: readonly string[]): Promise<boolean> => {
    const standIn = await StandIn.start(server, options({ args }));
    const hasHelper = standIn.launch.helper !== undefined;
    await standIn.program.kill();
    return hasHelper;
  };

  it.each([
    ["-dfv"],
    ["-u"],
    ["-u10.0.0.1", "-u10.0.0.2"],
    ["-c", "-n"],
    ["-c-n"],
    ["-vc", "/n"],
    ["--backend=udp", "--strict", "lan0", "n"],
    ["--", "-n"],
    ["-"],
  ])("%s start the helper", async (...args) => {
    expect(await serves(args)).toBe(true);
  });

  it.each([["-n"], ["-dnv"], ["-h"], ["--help"], ["lan0", "-n"], ["--version"]])(
    "%s only check or explain: no helper, no sockets",
    async (...args) => {
      expect(await serves(args)).toBe(false);
    },
  );

  it.each([["-c"], ["-A", "table"], ["-z"], ["-un"], ["-u", "10.0.0.1"], ["--backend"]])(
    "%s are wrong: status 2 and a sentence, and nothing is touched",
    async (...args) => {
      const program = StandIn.launch(server, options({ args }));
      expect(await program.ended).toEqual({ code: 2, signal: null });
      expect(program.output).toMatch(/^anydhcpd: .* \(see anydhcpd --help\)$/);
      expect(existsSync(control)).toBe(false);
    },
  );

  it("reach the daemon as they are", async () => {
    const program = server.spawn(["sh", "-c", 'exec "$0" -n "two words" "" "*"', ANYDHCPD], {
      ANYDHCPD_MAIN: STAND_IN_MAIN,
      STAND_IN_ADDON: ADDON,
    });
    await program.waitForLine((line) => line.startsWith('{"ready"'));
    const words = readFileSync(`/proc/${program.pid}/cmdline`, "utf8").split("\0");
    expect(words.slice(-5)).toEqual(["-n", "two words", "", "*", ""]);
  });
});

describe("what the starter has left behind", () => {
  it("does not reach the daemon: descriptors, blocked and ignored signals", async () => {
    const secret = join(network.directory, "secret");
    writeFileSync(secret, "");
    const standIn = await StandIn.start(server, options({ wrapper: ["python3", "-c", LEAVE_BEHIND, secret] }));
    const status = readFileSync(`/proc/${standIn.pid}/status`, "utf8");
    expect(status).toMatch(/^SigBlk:\s*0+$/m);
    const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(status)?.[1]}`);
    expect(ignored & (1n << BigInt(12 - 1))).toBe(0n);
    expect(await server.exec(["ls", "-l", `/proc/${standIn.pid}/fd`, `/proc/${standIn.helperPid}/fd`])).not.toContain(
      secret,
    );
  });

  it("cannot be a variable that pretends to be a descriptor of the launcher's", async () => {
    const env = { ANYDHCPD_LAUNCH: "helper 0\nlease-file 0\nnote forged\n" };
    const standIn = await StandIn.start(server, options({ args: ["-n"], env }));
    expect([standIn.launch.helper, standIn.launch.leaseFile]).toEqual([undefined, undefined]);
    expect(standIn.notes).not.toContain("forged");
  });
});

describe("bin/anydhcpd", () => {
  it("finds its package through symbolic links", async () => {
    const link = join(network.directory, "anydhcpd");
    await server.exec(["ln", "-s", ANYDHCPD, link]);
    const standIn = await StandIn.start(server, options({ anydhcpd: link }));
    expect(standIn.launch.helper).toBe(3);
  });

  it("says what is missing", async () => {
    expect(await refusal({ env: { ANYDHCPD_MAIN: "/nowhere/main.js" } })).toContain(
      "/nowhere/main.js is missing: run npm ci and npm run build in",
    );
    expect(await refusal({ env: { ANYDHCPD_NODE: "/nowhere/node" } })).toContain("/nowhere/node");
  });

  it("hands over to a program that says so when it is started by hand", async () => {
    for (const argv of [[LAUNCHER], [LAUNCHER, "other"], [HELPER], [HELPER, "keep", "keep"], [HELPER, "a", "b", "c"]]) {
      const { code, stderr } = await server.run(argv);
      expect({ argv, code }).toEqual({ argv, code: 1 });
      expect(stderr).toMatch(/anydhcpd(-helper)?: .*bin\/anydhcpd/);
    }
  });
});

/** Binds a datagram socket to a path and says so. */
const HOLD_DATAGRAMS = `
import socket, sys, time
held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
held.bind(sys.argv[1])
print("bound", flush=True)
time.sleep(1000)
`;
/** Binds a UDP port under a name that would spoil a list. */
const HOLD_PORT = `
import socket, sys, time
with open("/proc/self/comm", "w") as comm:
    comm.write("evil;\\x1bname")
held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.bind(("127.0.0.1", int(sys.argv[1])))
print("bound", flush=True)
sys.stdin.read()
`;

/** Opens a file, blocks and ignores signals, and executes the rest of its arguments. */
const LEAVE_BEHIND = `
import os, signal, sys
for number in (3, 5, 77):
    os.dup2(os.open(sys.argv[1], os.O_RDONLY), number)
    os.set_inheritable(number, True)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP})
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
os.execvp(sys.argv[2], sys.argv[2:])
`;
