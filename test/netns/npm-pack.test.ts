// The package that `npm pack` makes of a clone in which nothing is built: it installs in an empty folder, where npm
// compiles what is in C, and the daemon starts from there. Nothing of the repository is used then.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayMakeNetworks } from "../support/network.ts";
import { Scene, sceneConfig } from "../support/scene.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
/** What a clone does not have, and what no package needs. */
const NOT_COPIED = /^(?:node_modules|dist|native\/build|\.git|\.cache|lab|test|demo)(?:\/|$)/;

let folder: string;
let clone: string;
let place: string;

async function pack(to: string, ...flags: readonly string[]): Promise<string> {
  mkdirSync(join(folder, to));
  const words = ["pack", "--json", `--pack-destination=${join(folder, to)}`, ...flags];
  const { stdout } = await run("npm", words, { cwd: clone, maxBuffer: 1 << 26 });
  const name = /"filename":\s*"([^"]+)"/.exec(stdout)?.[1] ?? "";
  return join(folder, to, name);
}

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anydhcpd-npm-"));
  chmodSync(folder, 0o755);
  clone = join(folder, "clone");
  place = join(folder, "place");
  mkdirSync(place);
  cpSync(ROOT, clone, { recursive: true, filter: (path) => !NOT_COPIED.test(relative(ROOT, path)) });
  // What compiles the TypeScript; a clone has it after npm ci.
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("npm pack", () => {
  let file: string;

  it("makes the same package, octet by octet, when it is made again", async () => {
    file = await pack("first");
    // Compiled already: with what was built meanwhile it would be another one.
    mkdirSync(join(clone, "native/build/Release"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(clone, "native/build/Release/left-behind"));
    expect(digest(await pack("second", "--ignore-scripts"))).toBe(digest(file));
  }, 120_000);

  it("installs in an empty folder, and the programs run from there", async () => {
    const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--foreground-scripts"];
    const { stdout, stderr } = await run("npm", ["install", ...flags, file], { cwd: place, maxBuffer: 1 << 24 });
    expect(stdout + stderr).toContain("anydhcpd: built the addon");
    const bin = join(place, "node_modules/.bin");
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    for (const program of ["anydhcpd", "anydhcpctl"])
      expect((await run("npx", ["--no-install", program, "--version"], { cwd: place })).stdout).toBe(
        `${program} ${version}\n`,
      );
    const sample = join(place, "node_modules/anydhcpd/etc/dhcpd.conf");
    expect(existsSync(sample)).toBe(true);
    await run(join(bin, "anydhcpctl"), ["check", sample]);
    if (!mayMakeNetworks) return;
    const scene = await Scene.create();
    try {
      const { server, network } = scene;
      const config = join(place, "dhcpd.conf");
      await server.run(["tee", config], { input: sceneConfig({ global: "status-page 127.0.0.1:8067;" }) });
      const words = ["-f", "-c", config, "-l", join(network.directory, "dhcpd.leases")];
      const control = `--control=${join(network.directory, "control.sock")}`;
      const daemon = server.spawn([join(bin, "anydhcpd"), ...words, control]);
      await daemon.waitForLine((line) => line.includes('"msg":"ready"'));
      const page = await server.exec(["curl", "-sS", "http://127.0.0.1:8067/"]);
      expect(page).toContain("<title>anydhcpd</title>");
      expect((await daemon.stop()).code).toBe(0);
    } finally {
      await scene.network.dispose();
    }
  }, 240_000);
});
