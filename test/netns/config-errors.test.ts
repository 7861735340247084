// A wrong configuration: every error of the file in one run, each with file, line, column, a caret
// below the place and what was expected; and nothing half-started.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Scene, sceneConfig } from "../support/scene.ts";

const ANYDHCPCTL = fileURLToPath(new URL("../../bin/anydhcpctl", import.meta.url));
/** Of a daemon that refuses its configuration: EX_CONFIG of sysexits.h. */
const CONFIG_STATUS = 78;
/** Of one that cannot read all of it: EX_NOINPUT. */
const UNREAD_STATUS = 66;
const BUILT = fileURLToPath(new URL("../../native/build/Release", import.meta.url));
const ANYDHCPD = fileURLToPath(new URL("../../bin/anydhcpd", import.meta.url));

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

const subnet = (body: string): string => `subnet 192.168.77.0 netmask 255.255.255.0 {\n  ${body}\n}\n`;

/** A mistake, where it is, and a word that its message has to contain. */
const MISTAKES: readonly { name: string; text: string; place: string; says: RegExp }[] = [
  { name: "a missing semicolon", text: "default-lease-time 600\nmax-lease-time 700;\n", place: "1:23", says: /;/ },
  { name: "an unknown statement", text: "defualt-lease-time 600;\n", place: "1:1", says: /default-lease-time/ },
  {
    name: "an address that is none",
    text: subnet("range 192.168.77.300 192.168.77.310;"),
    place: "2:9",
    says: /address/,
  },
  {
    name: "a range outside its subnet",
    text: subnet("range 10.0.0.1 10.0.0.9;"),
    place: "2:9",
    says: /192\.168\.77\.1 to/,
  },
  {
    name: "overlapping ranges",
    text: subnet("range 192.168.77.10 192.168.77.20;\n  range 192.168.77.15 192.168.77.30;"),
    place: "3:9",
    says: /overlap/,
  },
  {
    name: "an unknown option",
    text: "option domain-name-server 192.0.2.1;\n",
    place: "1:8",
    says: /domain-name-servers/,
  },
  { name: "an option value of the wrong kind", text: 'option routers "here";\n', place: "1:16", says: /address/ },
  { name: "a block that does not end", text: "subnet 192.168.77.0 netmask 255.255.255.0 {\n", place: "", says: /}/ },
];

describe.skipIf(!mayMakeNetworks)("a wrong configuration", () => {
  it.each(MISTAKES)("is refused with place, caret and expectation: $name", async ({ text, place, says }) => {
    const daemon = new Daemon(scene.network, scene.server, { config: text });
    const checked = await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile]);
    expect(checked.code).toBe(CONFIG_STATUS);
    const lines = checked.stderr.split("\n");
    const isIt = (line: string): boolean =>
      line.startsWith(`${daemon.configFile}:${place}`) && line.includes(": error: ");
    const at = lines.findIndex(isIt);
    expect(at, checked.stderr).toBeGreaterThanOrEqual(0);
    const [, row = "", column = ""] = /:(\d+):(\d+): /.exec(lines[at] ?? "") ?? [];
    const source = text.split("\n")[Number(row) - 1] ?? "";
    expect(lines.slice(at, at + 4).join("\n")).toMatch(says);
    // The line of the file as it is, and below it the caret under the column.
    const shown = lines.findIndex((line, index) => index > at && line.endsWith(source));
    const offset = (lines[shown]?.length ?? 0) - source.length;
    expect(lines[shown + 1]?.indexOf("^")).toBe(offset + Number(column) - 1);
  });

  it("shows all of its errors in one run", async () => {
    const config = `option routers "here";\n${sceneConfig()}defualt-lease-time 600;\n${subnet("range 10.0.0.1 10.0.0.9;")}`;
    const daemon = new Daemon(scene.network, scene.server, { config });
    const { code, stderr } = await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile]);
    expect(code).toBe(CONFIG_STATUS);
    const places = [...stderr.matchAll(/dhcpd\.conf:(\d+):\d+: /g)].map(([, line]) => Number(line));
    const last = config.split("\n").length;
    expect(places).toEqual(expect.arrayContaining([1, last - 4, last - 2]));
  });

  it("starts nothing: no lease file, no socket, no process", async () => {
    const daemon = new Daemon(scene.network, scene.server, { config: "subnet nonsense;\n" });
    expect((await daemon.launch().ended).code).toBe(CONFIG_STATUS);
    expect(daemon.log).toMatch(/dhcpd\.conf:1:8: /);
    expect(scene.server.processes()).toEqual([]);
    expect(await scene.server.exec(["cat", "/proc/net/udp"])).not.toMatch(/:0043 /);
    expect(daemon.leases).toBe("");
  });

  it.each([
    ["that is not there", "/nonexistent/dhcpd.conf", UNREAD_STATUS],
    ["that is a folder", "/", CONFIG_STATUS],
  ])("is refused with the reason when the file is one %s", async (_what, path, status) => {
    const { code, stderr } = await scene.server.run([ANYDHCPD, "-n", "-c", path]);
    expect(code).toBe(status);
    expect(stderr).toContain(path);
    expect(stderr).not.toMatch(/^\s+at /m);
    const [, example] = /write one \((\S+) has an example\)/.exec(stderr) ?? [];
    if (path !== "/") expect(example !== undefined && existsSync(example), stderr).toBe(true);
  });

  it("is refused in one line, with status 2, when the flags are wrong [U16]", async () => {
    const { code, stderr } = await scene.server.run([ANYDHCPD, "-Z"]);
    expect(code).toBe(2);
    expect(stderr).toBe("anydhcpd: unknown option -Z (see anydhcpd --help)\n");
  });

  it("says that a good one is good by exit status 0, and touches nothing", async () => {
    const daemon = new Daemon(scene.network, scene.server, { config: sceneConfig() });
    const { code } = await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile, "-l", daemon.leaseFile]);
    expect(code).toBe(0);
    expect(existsSync(daemon.leaseFile)).toBe(false);
  });

  it("is refused by a check as by a start, at its statement: users, directories and programs that it names", async () => {
    const { directory } = scene.network;
    const daemon = new Daemon(scene.network, scene.server, { config: sceneConfig() });
    writeFileSync(join(directory, "plain"), "#!/bin/sh\n", { mode: 0o644 });
    mkdirSync(join(directory, "root"), { mode: 0o755 });
    writeFileSync(join(directory, "root", "other"), "");
    await scene.server.exec(["mkfifo", "-m", "755", join(directory, "fifo")]);
    const cannot = (path: string, why: string): string => `the event script ${path} cannot be executed: ${why}`;
    const cases: readonly (readonly [statement: string, text: string, status?: number])[] = [
      ['event-script "/bin/true" user nosuchuser;', 'there is no user "nosuchuser": create it, or name another'],
      [`event-script "/bin/true" user ${daemonUser()};`, "is the server's own, which reads packets: name another"],
      [
        `event-script "${directory}/missing";`,
        cannot(`${directory}/missing`, "No such file or directory"),
        UNREAD_STATUS,
      ],
      [`event-script "${directory}/plain";`, cannot(`${directory}/plain`, "Permission denied")],
      [`event-script "${directory}/fifo";`, cannot(`${directory}/fifo`, "it is no regular file")],
      [`event-script "${directory}/plain -v";`, `name a script that calls ${directory}/plain with them`],
      [`hosts-file "${directory}/root/hosts";`, `may not write in ${directory}/root: name a file in a directory`],
      [`hosts-file "${directory}/a/b/hosts";`, "make the directories on the way to it first", UNREAD_STATUS],
      [
        `metrics "${directory}/a/metrics";`,
        "the socket cannot be made: its directory: No such file or directory",
        UNREAD_STATUS,
      ],
      [`status-page "${directory}/plain";`, "is there and is not a socket: remove it, or name another"],
    ];
    for (const [statement, text, status] of cases) await expectRefused(daemon, statement, text, status);
    daemon.configure(`hosts-file "${directory}/names/hosts"; event-script "/bin/true";\n${sceneConfig()}`);
    expect(await scene.server.run([ANYDHCPCTL, "check", daemon.configFile]).then(said)).toMatchObject({ code: 0 });
    expect(existsSync(join(directory, "names"))).toBe(false);
    await daemon.start();
  }, 120_000);

  it("is good for a check, too, that names sockets in the directory that a start makes", async () => {
    const sockets = ["metrics", "status-page"].map((name) => `/run/anydhcpd/${name}.sock`);
    const statements = `metrics "${sockets[0]}"; status-page "${sockets[1]}";`;
    const daemon = new Daemon(scene.network, scene.server, { config: `${statements}\n${sceneConfig()}` });
    await scene.server.exec(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"]);
    expect(await scene.server.run([ANYDHCPCTL, "check", daemon.configFile]).then(said)).toMatchObject({ code: 0 });
    expect(await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile])).toMatchObject({ code: 0 });
    expect((await scene.server.run(["test", "-e", "/run/anydhcpd"])).code).toBe(1);
    await daemon.start();
    for (const socket of sockets) expect((await scene.server.run(["test", "-S", socket])).code, socket).toBe(0);
    await daemon.stop();
    const deeper = sockets.map((socket) => socket.replace("anydhcpd/", "anydhcpd/deeper/"));
    daemon.configure(`metrics "${deeper[0]}";\n${sceneConfig()}`);
    const refused = await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile]);
    expect(refused).toMatchObject({ code: UNREAD_STATUS, stderr: expect.stringContaining("cannot be made") });
  }, 120_000);

  it("is good for a check, too, that includes a file from the directory of the leases", async () => {
    const include = 'include "/var/lib/anydhcpd/dhcpd.reservations";';
    const daemon = new Daemon(scene.network, scene.server, { config: `${include}\n${sceneConfig()}` });
    const check = [ANYDHCPD, "-n", "-c", daemon.configFile];
    await scene.server.exec(["mount", "-t", "tmpfs", "tmpfs", "/var/lib"]);
    for (const mode of ["755", "700"]) {
      await scene.server.exec(["install", "-d", "-m", mode, "/var/lib/anydhcpd"]);
      await scene.server.exec(["install", "-m", "644", "/dev/null", "/var/lib/anydhcpd/dhcpd.reservations"]);
      expect(await scene.server.run(check)).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    // A start with leases elsewhere is not shown that directory.
    const elsewhere = await scene.server.run([...check, "-l", daemon.leaseFile]);
    expect(elsewhere).toMatchObject({ code: UNREAD_STATUS, stderr: expect.stringContaining("cannot be included") });
    await scene.server.exec(["rm", "/var/lib/anydhcpd/dhcpd.reservations"]);
    const absent = await scene.server.run(check);
    expect(absent).toMatchObject({ code: UNREAD_STATUS, stderr: expect.stringContaining("there is no such file") });
    expect(absent.stderr).toMatch(/not started: a file that it names cannot be read or is not there\n$/);
  });

  it("is refused at the statement that needs a program which the package does not have", async () => {
    const daemon = new Daemon(scene.network, scene.server, { config: sceneConfig() });
    const cases = [
      ["firewall-set nft inet dhcp guests;", "anydhcpd-firewall", "firewall-set"],
      ['event-script "/bin/true";', "anydhcpd-script", "event-script"],
    ] as const;
    for (const [statement, program, needs] of cases) {
      const path = join(BUILT, program);
      // Nothing that can be executed.
      await scene.server.exec(["mount", "--bind", "/dev/null", path]);
      await expectRefused(
        daemon,
        statement,
        `${path}, which ${needs} needs, cannot be executed: Permission denied: install`,
      );
    }
  }, 60_000);

  it.each([
    ["anydhcpd-helper", [], "the server"],
    ["anydhcpd-shield", ["--shield", "xdp"], "--shield xdp"],
  ])("is not found good by a package that does not have %s", async (program, args, needs) => {
    const daemon = new Daemon(scene.network, scene.server, { config: sceneConfig() });
    const check = [ANYDHCPD, "-n", ...args, "-c", daemon.configFile];
    expect((await scene.server.run(check)).code).toBe(0);
    await scene.server.exec(["mount", "--bind", "/dev/null", join(BUILT, program)]);
    const { code, stderr } = await scene.server.run(check);
    expect(code).toBe(CONFIG_STATUS);
    expect(stderr).toContain(`${join(BUILT, program)}, which ${needs} needs, cannot be executed: Permission denied`);
  });
});

/** A start, `anydhcpd -n` and `anydhcpctl check` refuse the statement alike, with its place. */
async function expectRefused(daemon: Daemon, statement: string, text: string, status = CONFIG_STATUS): Promise<void> {
  daemon.configure(`# The first line\n  ${statement}\n${sceneConfig()}`);
  const launched = daemon.launch();
  const [start, tested, checked] = [
    { code: (await launched.ended).code, said: launched.output },
    await scene.server.run([ANYDHCPD, "-n", "-c", daemon.configFile]).then(said),
    await scene.server.run([ANYDHCPCTL, "check", daemon.configFile]).then(said),
  ];
  for (const one of [start, tested, checked]) {
    expect(one.code, `${statement}\n${one.said}`).toBe(one === checked ? 1 : status);
    const lines = one.said.split("\n").filter((line) => line.includes(": error: "));
    expect(lines, statement).toHaveLength(1);
    expect(lines[0], statement).toContain(`${daemon.configFile}:2:3: error: `);
    expect(lines[0], statement).toContain(text);
  }
}

const said = ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
  code,
  said: stdout + stderr,
});

/** Whom the daemon runs as. */
function daemonUser(): string {
  return /^_anydhcpd:/m.test(readFileSync("/etc/passwd", "utf8")) ? "_anydhcpd" : "nobody";
}
