// The Debian package that `npm run package` makes: what is in it, and that it installs, upgrades and goes again on a
// booted system without a lease lost.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BootedSystem, obstacleToBooting } from "../support/booted-system.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Scene, sceneConfig } from "../support/scene.ts";
import { RawClient } from "../support/wire-tools.ts";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../../scripts/package.mjs", import.meta.url));
/** The programs and the addon, as make has put them there: the package needs all of them. */
const BUILT = readdirSync(new URL("../../native/build/Release", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
const CLIENT = "02:00:00:00:00:07";

let directory: string;
let old: string;

async function makePackage(folder: string, version: string, ...more: readonly string[]): Promise<string> {
  const args = [SCRIPT, "--fast", `--out=${folder}`, `--version=${version}`, ...more];
  const { stdout } = await run(process.execPath, args);
  return stdout.trim();
}

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-packages-"));
  old = await makePackage(directory, "0.1.0");
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the Debian package", () => {
  it("is the same, octet by octet, when it is made again", async () => {
    const again = join(directory, "again");
    mkdirSync(again);
    expect(digest(await makePackage(again, "0.1.0"))).toBe(digest(old));
  });

  it("has what runs, and nothing of what builds", async () => {
    const { stdout } = await run("dpkg-deb", ["--contents", old], { maxBuffer: 1 << 24 });
    const files = stdout.split("\n").map((line) => line.split(/ +/)[5] ?? "");
    for (const built of BUILT) expect(files).toContain(`./usr/lib/anydhcpd/native/build/Release/${built}`);
    for (const wanted of ["etc/dhcpd.conf", "usr/sbin/anydhcpctl", "usr/lib/systemd/system/anydhcpd.service"])
      expect(files).toContain(`./${wanted}`);
    expect(files).toContain("./usr/share/man/man5/dhcpd.conf.5anydhcpd.gz");
    expect(files.filter((file) => /node-gyp|node-addon-api|\/test\/|\.ts$/.test(file))).toEqual([]);
    expect(stdout.split("\n").filter((line) => line !== "" && !line.includes(" root/root "))).toEqual([]);
  });

  it("has the documents and examples that its texts name, and names them by their paths in the package", async () => {
    const unpacked = join(directory, "unpacked");
    await run("dpkg-deb", ["--extract", old, unpacked]);
    const documents = "/usr/share/doc/anydhcpd";
    for (const wanted of ["names.md", "status-page.md", "control-protocol.json", "examples/home-and-guests.conf"])
      expect(existsSync(join(unpacked, documents, wanted)), wanted).toBe(true);
    expect(existsSync(join(unpacked, documents, "examples/examples"))).toBe(false);
    const files = readdirSync(join(unpacked, "usr"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => /\/(?:doc|man|systemd|etc)\//.test(path) && !path.includes("/node_modules/"));
    expect(files.length).toBeGreaterThan(40);
    const named = files.flatMap((path) => {
      const octets = readFileSync(path);
      const text = (path.endsWith(".gz") ? gunzipSync(octets) : octets).toString();
      // Of developers alone are the folders below docs.
      const inTree = [...text.matchAll(/(?<![\w/.-])(?:docs\/[\w-]+\.\w+|etc\/\w[\w./-]*)/g)].map(([name]) => name);
      const installed = [...text.matchAll(/\/usr\/(?:share\/doc|lib)\/anydhcpd\/(?:[\w@-]+[./]?)*[\w@-]/g)].map(
        ([name]) => name,
      );
      const absent = installed.filter((name) => !existsSync(join(unpacked, name)));
      return [...inTree, ...absent].map((name) => `${path.slice(unpacked.length)}: ${name}`);
    });
    expect(named).toEqual([]);
  });

  it("has a version that grows with each commit, where none is named", async () => {
    const { stdout: commit } = await run("git", ["-c", "safe.directory=*", "log", "-1", "--format=%H"], {
      cwd: dirname(SCRIPT),
    });
    const { stdout } = await run(process.execPath, [SCRIPT, "--fast", `--out=${join(directory, "versions")}`]);
    const { version } = JSON.parse(readFileSync(join(dirname(SCRIPT), "../package.json"), "utf8")) as {
      version: string;
    };
    const [, time = "", hash] =
      new RegExp(`anydhcpd_${version}\\+git(\\d{14})\\.([0-9a-f]{7})_\\w+\\.deb\\n$`).exec(stdout) ?? [];
    expect(hash).toBe(commit.slice(0, 7));
    const later = `${version}+git${String(BigInt(time) + 1n)}.0000000`;
    await run("dpkg", ["--compare-versions", later, "gt", `${version}+git${time}.${hash}`]);
    await run("dpkg", ["--compare-versions", later, "gt", version]);
  });

  it("is made by options that are told, and by no others", async () => {
    const { stdout } = await run(process.execPath, [SCRIPT, "--help"]);
    for (const option of ["--bundle-node", "--out", "--version", "--fast"]) expect(stdout).toContain(option);
    for (const [args, text] of [
      [["--frob"], "Unknown option '--frob' (see npm run package -- --help)"],
      [["--version=new"], '"new" is no version of a Debian package: it begins with a digit'],
    ] as const)
      await expect(run(process.execPath, [SCRIPT, ...args])).rejects.toMatchObject({
        code: 2,
        stderr: `npm run package: ${text}\n`,
      });
  });

  it("asks for the Node.js and the libraries that it needs", async () => {
    const { stdout } = await run("dpkg-deb", ["--field", old, "Depends"]);
    expect(stdout).toMatch(/^libc6 \(>= 2\.\d+\), .*libstdc\+\+6 .*, nodejs \(>= 20\.19\), passwd$/m);
  });
});

describe("the Debian package on a booted system", () => {
  let scene: Scene;
  let system: BootedSystem;
  /** Why there is no system to try it on. */
  let obstacle: string | undefined;

  beforeAll(async () => {
    obstacle = mayMakeNetworks ? await obstacleToBooting() : "needs root";
    if (obstacle !== undefined) return;
    await makePackage(directory, "0.1.1");
    await makePackage(directory, "0.1.2");
    scene = await Scene.create();
    try {
      system = await BootedSystem.boot(scene.network, scene.server, [`${directory}:/srv`]);
    } catch (error) {
      obstacle = `systemd does not boot here: ${error instanceof Error ? error.message : error}`;
      return;
    }
    // Machines for builds have a policy that no package starts a service.
    await system.exec("rm", "-f", "/usr/sbin/policy-rc.d");
  }, 240_000);
  afterAll(() => scene?.network.dispose());
  beforeEach((context) => {
    if (obstacle !== undefined) context.skip(obstacle);
  });

  async function show(property: string): Promise<string> {
    return (await system.exec("systemctl", "show", "--value", "--property", property, "anydhcpd")).trim();
  }

  function journal(): Promise<string> {
    return system.exec("journalctl", "--unit=anydhcpd", "--output=cat", "--no-pager");
  }

  /** Installs a version; this machine's Node.js need not be a package of Debian's. */
  async function install(version: string): Promise<string> {
    const file = `/srv/${basename(old).replace("0.1.0", version)}`;
    const { code, stdout, stderr } = await system.run("dpkg", "--force-depends", "--force-confold", "--install", file);
    expect(code, stderr).toBe(0);
    return `${stdout}${stderr}`;
  }

  it("installs: the users are there, and the service waits for a configuration", async () => {
    expect(await install("0.1.0")).toContain("edit /etc/dhcpd.conf, then: systemctl start anydhcpd");
    expect(await system.exec("getent", "passwd", "_anydhcpd", "_anydhcpd-helper")).toMatch(/^(?:.*nologin\n){2}$/);
    expect(await show("ActiveState")).toBe("inactive");
    expect(await show("UnitFileState")).toBe("enabled");
    expect(await system.exec("anydhcpd", "--version")).toContain("0.1.0");
  });

  it("starts every process that a configuration or the command line asks for", async (context) => {
    const [script, dropIns] = ["/usr/local/sbin/lease-changed", "/run/systemd/system/anydhcpd.service.d"];
    const statements = `event-script "${script}";\nfirewall-set nft inet dhcp guests;\n`;
    await system.exec("install", "-m", "755", "/bin/true", script);
    await system.write("/etc/dhcpd.conf", `${statements}${sceneConfig()}`);
    await system.exec("mkdir", "-p", dropIns);
    const shield = "ExecStart=\nExecStart=/usr/lib/anydhcpd/bin/anydhcpd --shield xdp -c /etc/dhcpd.conf\n";
    await system.write(`${dropIns}/shield.conf`, `[Service]\n${shield}`);
    await system.exec("systemctl", "daemon-reload");
    try {
      const { code } = await system.run("systemctl", "start", "anydhcpd");
      const said = await journal();
      if (said.includes("the kernel refuses the shield")) return context.skip("the kernel refuses programs here");
      expect(code, said).toBe(0);
      const running = await system.exec("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'");
      const beside = BUILT.filter((name) => name.startsWith("anydhcpd-") && name !== "anydhcpd-launcher");
      expect(running.split("\n")).toEqual(expect.arrayContaining(beside));
    } finally {
      await system.exec("rm", "-r", dropIns);
      await system.exec("systemctl", "daemon-reload");
      await system.exec("systemctl", "stop", "anydhcpd");
    }
  });

  it("is upgraded without a lease lost, and the edited configuration stays", async () => {
    await system.write("/etc/dhcpd.conf", sceneConfig());
    const started = await system.run("systemctl", "start", "anydhcpd");
    expect(started.code, await journal()).toBe(0);
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CLIENT)).message;
    const before = await show("MainPID");
    await install("0.1.1");
    expect(await show("ActiveState")).toBe("active");
    expect(await show("MainPID")).not.toBe(before);
    expect(await system.exec("anydhcpctl", "leases")).toContain(yiaddr);
    expect((await client.lease(CLIENT)).message.yiaddr).toBe(yiaddr);
  });

  it("leaves the running server alone where the new version refuses the configuration", async () => {
    const before = await show("MainPID");
    await system.write("/etc/dhcpd.conf", "subnet 192.168.77.0 netmask 255.255.255.0 { rage 1; }\n");
    expect(await install("0.1.2")).toContain("this version refuses /etc/dhcpd.conf");
    expect(await show("MainPID")).toBe(before);
    expect(await show("ActiveState")).toBe("active");
    await system.write("/etc/dhcpd.conf", sceneConfig());
    await system.exec("systemctl", "restart", "anydhcpd");
    expect(await system.exec("anydhcpd", "--version")).toContain("0.1.2");
  });

  it("is removed with configuration and leases kept, and purged with both gone", async () => {
    await system.exec("dpkg", "--remove", "anydhcpd");
    expect(await show("ActiveState")).toBe("inactive");
    await system.exec("test", "-s", "/var/lib/anydhcpd/dhcpd.leases");
    await system.exec("test", "-s", "/etc/dhcpd.conf");
    await system.exec("dpkg", "--purge", "anydhcpd");
    for (const gone of ["/var/lib/anydhcpd", "/etc/dhcpd.conf", "/usr/lib/anydhcpd"])
      expect((await system.run("test", "-e", gone)).code, gone).toBe(1);
  });

  it("is installed and upgraded by apt with a Node.js of its own, and serves on with leases and configuration", async () => {
    const install = async (version: string): Promise<string> => {
      const file = `/srv/${basename(await makePackage(directory, version, "--bundle-node"))}`;
      return await system.exec("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", file);
    };
    expect(await install("0.2.0")).toContain("systemctl start anydhcpd");
    const config = `${sceneConfig()}# mine\n`;
    await system.write("/etc/dhcpd.conf", config);
    // What follows is not done by the machine's own.
    await system.exec("mount", "--bind", "/dev/null", process.execPath);
    await system.exec("systemctl", "start", "anydhcpd");
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(CLIENT)).message;
    const before = await show("MainPID");
    expect((await system.exec("readlink", `/proc/${before}/exe`)).trim()).toBe("/usr/lib/anydhcpd/node");
    expect(await install("0.2.1")).toContain("anydhcpd (0.2.1) over (0.2.0)");
    expect(await show("MainPID")).not.toBe(before);
    expect(await show("ActiveState")).toBe("active");
    expect(JSON.parse(await system.exec("anydhcpctl", "status", "--json"))).toMatchObject({ version: "0.2.1" });
    expect(await system.exec("anydhcpctl", "leases")).toContain(yiaddr);
    expect((await client.lease(CLIENT)).message.yiaddr).toBe(yiaddr);
    expect(await system.exec("cat", "/etc/dhcpd.conf")).toBe(config);
    await system.exec("umount", process.execPath);
  }, 240_000);
});
