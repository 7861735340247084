// What the daemon can reach after a start: packages, configurations and lease files in places that
// its user could not read or write by itself, and nothing besides.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import {
  ADDON,
  ANYDHCPD,
  HELPER,
  isRoot,
  LAUNCHER,
  listenRequest,
  STAND_IN_MAIN,
  StandIn,
  type StandInOptions,
} from "./stand-in.ts";

const NOBODY = 65534;

let network: Network;
let server: Namespace;
/** A folder of root's that nobody else may enter, as a home directory is. */
let home: string;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
  home = folder("home", 0o700);
});
afterEach(() => network?.dispose());

function folder(name: string, mode: number): string {
  const path = join(network.directory, name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  return path;
}

function file(path: string, text: string, mode: number): string {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** The package as a clone that is private to root: nothing in it has a bit for anybody else. */
function privateClone(): string {
  const clone = join(home, "clone");
  for (const below of ["bin", "dist/cli", "native/build/Release"]) mkdirSync(join(clone, below), { recursive: true });
  copyFileSync(ANYDHCPD, join(clone, "bin/anydhcpd"));
  copyFileSync(join(dirname(ANYDHCPD), "../dist/cli/start.cjs"), join(clone, "dist/cli/start.cjs"));
  copyFileSync(STAND_IN_MAIN, join(clone, "dist/cli/main.js"));
  copyFileSync(LAUNCHER, join(clone, "native/build/Release/anydhcpd-launcher"));
  copyFileSync(HELPER, join(clone, "native/build/Release/anydhcpd-helper"));
  copyFileSync(ADDON, join(clone, "native/build/Release/anydhcpd.node"));
  writeFileSync(join(clone, "package.json"), '{ "type": "module" }\n');
  chmodTree(clone);
  return clone;
}

function chmodTree(path: string): void {
  for (const below of ["", "bin", "dist", "dist/cli", "native", "native/build", "native/build/Release"])
    chmodSync(join(path, below), 0o700);
  for (const below of [
    "bin/anydhcpd",
    "native/build/Release/anydhcpd-helper",
    "native/build/Release/anydhcpd-launcher",
  ])
    chmodSync(join(path, below), 0o700);
  for (const below of ["package.json", "dist/cli/start.cjs", "dist/cli/main.js", "native/build/Release/anydhcpd.node"])
    chmodSync(join(path, below), 0o600);
}

function start(options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return StandIn.start(server, {
    leaseFile: join(folder("db", 0o777), "dhcpd.leases"),
    controlSocket: join(network.directory, "control"),
    ...options,
  });
}

/** Runs the launcher to an end that has to be a refusal; returns what it says. */
async function refusal(options: Partial<StandInOptions>, code = 1): Promise<string> {
  const program = StandIn.launch(server, {
    leaseFile: join(folder("db", 0o777), "dhcpd.leases"),
    controlSocket: join(network.directory, "control"),
    ...options,
  });
  expect(await program.ended).toEqual({ code, signal: null });
  return program.output;
}

const wrappers: [string, readonly string[]][] = [
  ["a user namespace with one uid", ["unshare", "--user", "--map-root-user", "--net"]],
];
if (isRoot) wrappers.push(["the machine's own user namespace", []]);

describe.each(wrappers)("the private root, made in %s", (_where, wrapper) => {
  it("has the daemon's files and no others", async () => {
    const config = folder("etc", 0o755);
    const standIn = await start({ wrapper, args: ["-c", join(config, "dhcpd.conf")] });
    const top = (await standIn.do("list", "/")).value as string[];
    expect(top).toEqual(expect.arrayContaining(["usr", "dev", "etc", "proc"]));
    for (const hidden of ["root", "var", "home", "run", "boot", "sys"]) expect(top).not.toContain(hidden);
    expect(await standIn.do("list", "/dev")).toMatchObject({ value: ["null", "urandom"] });
    expect(await standIn.do("list", "/proc")).toMatchObject({ value: ["self", "sys"] });
    expect(await standIn.do("list", "/proc/sys")).toMatchObject({ value: ["net"] });
    expect(await standIn.do("list", network.directory)).toMatchObject({ value: ["db", "etc"] });
    expect((await standIn.do("read", "/etc/shadow")).error).toBe("ENOENT");
    expect((await standIn.do("read", "/proc/self/status")).value).toMatch(/^Name:\tnode$/m);
  });

  it("can be written nowhere but beside the lease file", async () => {
    const config = folder("etc", 0o777);
    const standIn = await start({ wrapper, args: ["-c", join(config, "dhcpd.conf")] });
    const writable = async (path: string): Promise<string | undefined> => (await standIn.do("write", [path, ""])).error;
    for (const path of ["/x", "/usr/x", "/etc/x", `${network.directory}/x`, `${config}/x`, `${dirname(ANYDHCPD)}/x`])
      expect(await writable(path)).toBe("EROFS");
    expect(await writable(join(network.directory, "db/dhcpd.leases.new"))).toBeUndefined();
    expect(existsSync(join(network.directory, "db/dhcpd.leases.new"))).toBe(true);
  });

  it("keeps the working directory, for relative names", async () => {
    const config = folder("etc", 0o755);
    file(join(config, "dhcpd.conf"), "# by a relative name\n", 0o644);
    const shell = ["sh", "-c", 'cd "$0" && exec "$@"', config];
    const standIn = await start({ wrapper: [...wrapper, ...shell], args: ["-c", "dhcpd.conf"] });
    expect(standIn.ready.cwd).toBe(config);
    expect((await standIn.do("read", "dhcpd.conf")).value).toBe("# by a relative name\n");
  });

  it("follows symbolic links and dots on the way to the configuration", async () => {
    const real = folder("real", 0o755);
    file(join(real, "one.conf"), "# one\n", 0o644);
    symlinkSync(real, join(network.directory, "linked"));
    folder("beside/below", 0o755);
    const name = join(network.directory, "beside", "dhcpd.conf");
    symlinkSync("../linked/one.conf", name);
    const written = `${network.directory}/beside/below/../dhcpd.conf`;
    const standIn = await start({ wrapper, args: ["-c", written] });
    expect((await standIn.do("read", written)).value).toBe("# one\n");
    expect((await standIn.do("read", name)).value).toBe("# one\n");
  });

  it("shows a configuration that an editor has replaced", async () => {
    const config = folder("etc", 0o755);
    const path = file(join(config, "dhcpd.conf"), "old\n", 0o644);
    const standIn = await start({ wrapper, args: ["-c", path] });
    expect((await standIn.do("read", path)).value).toBe("old\n");
    file(`${path}~`, "new\n", 0o644);
    renameSync(`${path}~`, path);
    expect((await standIn.do("read", path)).value).toBe("new\n");
  });

  it("passes a control socket that can be connected to from outside", async () => {
    const standIn = await start({ wrapper });
    expect(await standIn.do("serveControl", standIn.launch.control)).toEqual({
      did: "serveControl",
      value: null,
    });
    const ask =
      "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(99).decode())";
    expect(await server.exec(["python3", "-c", ask, join(network.directory, "control")])).toContain("served");
  });

  it("lets the daemon tell the service manager that it is ready", async () => {
    const path = join(network.directory, "notify");
    const manager = server.spawn(["python3", "-c", RECEIVE_NOTICE, path]);
    await manager.waitForLine((line) => line === "bound");
    const standIn = await start({ wrapper, env: { NOTIFY_SOCKET: path } });
    expect((await standIn.do("notify", [path, "READY=1"])).value).toBe(0);
    await manager.waitForLine((line) => line === "READY=1");
  });

  it("lets the daemon check a configuration without helper, sockets or lease file", async () => {
    const options = { leaseFile: "/nowhere/dhcpd.leases", controlSocket: "/nowhere/control" };
    const standIn = await StandIn.start(server, { ...options, wrapper, args: ["-n"] });
    const { environment } = standIn.ready;
    for (const name of ["HELPER_FD", "CONTROL_FD", "LEASE_FD"]) expect(environment[`ANYDHCPD_${name}`]).toBeUndefined();
  });
});

describe.skipIf(!isRoot)("a package that only root may read", () => {
  it("runs from a private clone in a private home", async () => {
    const clone = privateClone();
    const env = { ANYDHCPD_MAIN: "", STAND_IN_ADDON: join(clone, "native/build/Release/anydhcpd.node") };
    const standIn = await start({ anydhcpd: join(clone, "bin/anydhcpd"), env });
    expect(standIn.ready.uid).toBe(NOBODY);
    expect((await standIn.do("list", home)).value).toEqual(["clone"]);
    expect((await standIn.do("write", [join(clone, "package.json"), ""])).error).toBe("EROFS");
    expect((await standIn.ask(listenRequest("0.0.0.0"))).fd).toBeGreaterThan(2);
  });

  it("runs with a Node in a private home", async () => {
    const node = join(home, "node/bin/node");
    mkdirSync(dirname(node), { recursive: true });
    try {
      linkSync(process.execPath, node);
    } catch {
      cpSync(process.execPath, node);
    }
    const standIn = await start({ env: { ANYDHCPD_NODE: node } });
    expect(standIn.ready.uid).toBe(NOBODY);
    expect((await standIn.do("list", join(home, "node/bin"))).value).toEqual(["node"]);
  });

  it("says what to do where a private root cannot be had", async () => {
    const clone = privateClone();
    const wrapper = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"];
    const anydhcpd = join(clone, "bin/anydhcpd");
    const output = await refusal({ anydhcpd, wrapper, env: { ANYDHCPD_MAIN: "" } });
    expect(output).toContain(
      `${clone}/dist/cli/start.cjs: uid 65534 may not read it: install the package where everybody can`,
    );
  });
});

describe.skipIf(!isRoot)("a configuration", () => {
  it("is read from a directory that only root may search", async () => {
    const path = file(join(home, "dhcpd.conf"), "# private\n", 0o600);
    const standIn = await start({ args: ["-c", path] });
    expect((await standIn.do("read", path)).value).toBe("# private\n");
    expect((await standIn.do("write", [path, ""])).error).toBe("EROFS");
  });

  it("is refused in a home directory, which the daemon is not shown", async () => {
    const passwd = file(
      join(network.directory, "passwd"),
      `${readFileSync("/etc/passwd", "utf8")}me:x:1:1::${home}:/\n`,
      0o644,
    );
    await server.exec(["mount", "--bind", passwd, "/etc/passwd"]);
    const path = file(join(home, "dhcpd.conf"), "", 0o600);
    const output = await refusal({ args: ["-c", path] }, 78);
    expect(output).toContain(`${home} is a home directory that uid 65534 may not search`);
    expect(output).toContain("move the file to a directory of its own");
  });

  it("that the daemon's user may not read stays unreadable in a directory that it may search", async () => {
    const path = file(join(folder("etc", 0o755), "dhcpd.conf"), "secret\n", 0o600);
    const standIn = await start({ args: ["-c", path] });
    expect((await standIn.do("read", path)).error).toBe("EACCES");
  });
});

describe.skipIf(!isRoot)("a lease file", () => {
  /** What the launcher takes for a lease file. */
  const OLD = "lease 192.0.2.1 {\n}\n";
  const owner = (path: string): number => statSync(path).uid;

  /** What compaction does: a whole new file, renamed over the old one. */
  async function compact(standIn: StandIn, path: string): Promise<void> {
    expect((await standIn.do("write", [`${path}.new`, "compacted\n"])).error).toBeUndefined();
    expect((await standIn.do("rename", [`${path}.new`, path])).error).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("compacted\n");
  }

  const descriptorsOf = ({ launch }: StandIn): (number | undefined)[] => [launch.leaseFile, launch.newLeaseFile];

  it("can be replaced in a directory that the daemon's user may write", async () => {
    const path = join(folder("db", 0o755), "dhcpd.leases");
    chownSync(dirname(path), NOBODY, NOBODY);
    const standIn = await start({ leaseFile: path });
    expect(descriptorsOf(standIn)).toEqual([undefined, undefined]);
    await compact(standIn, path);
    expect(owner(path)).toBe(NOBODY);
  });

  it("of mode 0600 can be replaced in a 0700 directory of root's, and stays root's", async () => {
    const path = file(join(folder("home/leases", 0o700), "dhcpd.leases"), OLD, 0o600);
    const standIn = await start({ leaseFile: path });
    expect(descriptorsOf(standIn)).toEqual([undefined, undefined]);
    expect((await standIn.do("read", path)).value).toBe(OLD);
    await compact(standIn, path);
    expect(owner(path)).toBe(0);
    expect((await standIn.do("list", home)).value).toEqual(["leases"]);
  });

  it("is made in an empty 0700 directory of root's", async () => {
    const path = join(folder("home/leases", 0o700), "dhcpd.leases");
    const standIn = await start({ leaseFile: path });
    await compact(standIn, path);
    expect(owner(path)).toBe(0);
  });

  it("beside other files of root's is opened beforehand, and they stay out of reach", async () => {
    const path = file(join(home, "dhcpd.leases"), OLD, 0o600);
    file(join(home, "id_rsa"), "secret\n", 0o600);
    const standIn = await start({ leaseFile: path });
    expect(descriptorsOf(standIn)).toEqual([5, 6]);
    expect((await standIn.do("append", [5, "more\n"])).error).toBeUndefined();
    expect((await standIn.do("append", [6, "new\n"])).error).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe(`${OLD}more\n`);
    expect(readFileSync(`${path}.new`, "utf8")).toBe("new\n");
    expect((await standIn.do("read", join(home, "id_rsa"))).error).toBe("ENOENT");
    expect(standIn.notes).toContain(`${path}: uid 65534 may not write there: the file was opened beforehand`);
  });

  it("of root's in a sticky directory is opened beforehand", async () => {
    const path = file(join(folder("tmp", 0o1777), "dhcpd.leases"), OLD, 0o666);
    file(join(dirname(path), "other"), "", 0o600);
    expect(descriptorsOf(await start({ leaseFile: path }))).toEqual([5, 6]);
  });

  it("is opened beforehand where the daemon sees the whole file system", async () => {
    const path = join(folder("home/leases", 0o700), "dhcpd.leases");
    const wrapper = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"];
    const standIn = await start({ leaseFile: path, wrapper });
    expect(descriptorsOf(standIn)).toEqual([5, 6]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it("is found behind a symbolic link, and the link stays", async () => {
    const real = file(join(folder("real", 0o777), "leases"), OLD, 0o666);
    const link = join(network.directory, "dhcpd.leases");
    symlinkSync(real, link);
    const standIn = await start({ leaseFile: link });
    expect((await standIn.do("read", link)).value).toBe(OLD);
    await compact(standIn, real);
  });

  it.each<[string, (path: string) => void]>([
    ["a link", (path) => symlinkSync("/etc/passwd", `${path}.new`)],
    ["one of two names of a file", (path) => linkSync(file(join(home, "other"), "", 0o600), `${path}.new`)],
    ["a directory", (path) => mkdirSync(`${path}.new`)],
    ["somebody else's", (path) => chownSync(file(`${path}.new`, "", 0o600), 4711, 4711)],
  ])("is not opened beforehand when its new file is %s", async (_what, make) => {
    const path = join(home, "dhcpd.leases");
    make(path);
    const before = readFileSync("/etc/passwd", "utf8");
    expect(await refusal({ leaseFile: path })).toContain(`${path}.new: `);
    expect(readFileSync("/etc/passwd", "utf8")).toBe(before);
  });

  it("in a directory that is not there is refused", async () => {
    const output = await refusal({ leaseFile: "/nowhere/dhcpd.leases" });
    expect(output).toContain(
      "/nowhere/dhcpd.leases: cannot use it for leases: its directory: No such file or directory",
    );
  });

  it("of the default name gets a directory of the daemon's own, and is taken over from an earlier user", async () => {
    await server.exec(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib"]);
    const path = "/var/lib/anydhcpd/dhcpd.leases";
    const options = { leaseFile: path, controlSocket: join(network.directory, "control") };
    const standIn = await StandIn.start(server, options);
    expect(descriptorsOf(standIn)).toEqual([undefined, undefined]);
    expect((await standIn.do("write", [path, OLD])).error).toBeUndefined();
    expect(await server.exec(["stat", "-c", "%u %g %a", dirname(path), path])).toBe(
      "65534 65534 750\n65534 65534 640\n",
    );
    await standIn.program.kill();
    await server.exec(["chown", "-R", "4711:4711", dirname(path)]);
    const second = await StandIn.start(server, options);
    expect((await second.do("append", [path, "second\n"])).error).toBeUndefined();
    expect(await server.exec(["cat", path])).toBe(`${OLD}second\n`);
  });
});

describe("without a directory to make the control socket in", () => {
  it.skipIf(!isRoot)("goes on and says so, unless one was asked for", async () => {
    await server.exec(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/run"]);
    const leaseFile = join(folder("db", 0o777), "dhcpd.leases");
    const standIn = await StandIn.start(server, { leaseFile });
    expect(standIn.notes).toContain("no control socket: /run/anydhcpd: Read-only file system");
    expect(await refusal({ controlSocket: "/run/control" })).toContain("/run/control: cannot make the control socket");
    rmSync(leaseFile, { force: true });
  });
});

/** In a service manager's place. */
const RECEIVE_NOTICE = `
import os, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print("bound", flush=True)
print(manager.recv(99).decode(), flush=True)
`;
