// How both programs answer on the command line, and what a daemon's start loads.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks, Network } from "../support/network.ts";
import { ANYDHCPD } from "./stand-in.ts";

const ANYDHCPCTL = ANYDHCPD.replace(/d$/, "ctl");
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function say(program: string, ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe("the command lines [U16]", () => {
  it.each([
    ["anydhcpd", ANYDHCPD],
    ["anydhcpctl", ANYDHCPCTL],
  ])("%s tells its version and its usage on standard output, with status 0", async (name, program) => {
    expect(await say(program, "--version")).toEqual({ code: 0, stdout: `${name} ${version}\n`, stderr: "" });
    const help = await say(program, "--help");
    expect({ ...help, stdout: help.stdout.slice(0, 30) }).toEqual({
      code: 0,
      stdout: expect.stringMatching(`^usage: ${name} `),
      stderr: "",
    });
  });

  it.each(["check", "leases", "status", "reload", "import", "filter"])(
    "anydhcpctl %s --help does, too",
    async (command) => {
      const { code, stdout, stderr } = await say(ANYDHCPCTL, command, "--help");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^usage: anydhcpctl ${command}\\b`));
    },
  );

  it.each([
    [ANYDHCPD, ["--nonsense"], "anydhcpd: unknown option --nonsense (see anydhcpd --help)"],
    [
      ANYDHCPD,
      ["-u", "192.0.2.53"],
      "anydhcpd: 192.0.2.53 is an address where an interface is expected: to listen on it write -u192.0.2.53 (see anydhcpd --help)",
    ],
    [
      ANYDHCPCTL,
      ["leases", "--nonsense"],
      "anydhcpctl leases: unknown option '--nonsense' (see anydhcpctl leases --help)",
    ],
    [ANYDHCPCTL, ["import"], "anydhcpctl import: name one file (see anydhcpctl import --help)"],
    [
      ANYDHCPCTL,
      ["frob"],
      'anydhcpctl: there is no command "frob": check, leases, status, events, explain, health, drain, undrain, reload, release, forgive, reserve, fill, export, import, filter (see anydhcpctl --help)',
    ],
  ])("%s %j is one line on standard error and status 2", async (program, args, line) => {
    expect(await say(program, ...args)).toEqual({ code: 2, stdout: "", stderr: `${line}\n` });
  });
});

describe("a daemon's start", () => {
  let network: Network;
  beforeEach(async (context) => {
    if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
    network = await Network.create();
  });
  afterEach(() => network?.dispose());

  interface Loaded {
    /** Files, as URLs. */
    readonly files: readonly string[];
    /** What they were made of, as the build names it in comments, or a file that is a module of its own. */
    readonly modules: readonly string[];
  }

  /** What a daemon has loaded that started and answered `anydhcpctl status`. */
  async function loadedWith(statements: string): Promise<Loaded> {
    const server = await network.namespace("server");
    await network.veth(server, "lan0", await network.namespace("client"), "eth0");
    await server.ip("address add 192.168.77.1/24 dev lan0");
    const config = `${statements} subnet 192.168.77.0 netmask 255.255.255.0 { range 192.168.77.100 192.168.77.199; }`;
    // Node names all that is loaded.
    const wrapper = ["env", "NODE_DEBUG=esm"];
    const daemon = await Daemon.start(network, server, { config, wrapper });
    await server.exec([ANYDHCPCTL, "status", "--control", daemon.controlSocket]);
    expect((await daemon.stop()).code).toBe(0);
    const files = [...new Set(daemon.log.match(/file:\/\/[^\s'"]+\.c?js/g))];
    const modules = files.flatMap(
      (url) => readFileSync(new URL(url), "utf8").match(/(?<=^\/\/ )\S+\.c?[jt]s$/gm) ?? url,
    );
    return { files, modules };
  }

  const OPTIONAL =
    /\bnode_modules\/(zod|@grpc|prom-client)\/|^src\/(store\/etcd|import|metrics|http|page|names|script)\//;

  it("loads few files, and neither zod nor the importers nor the metrics", async () => {
    const { files, modules } = await loadedWith("");
    expect(files.length).toBeLessThan(60);
    expect(modules.filter((name) => name === "src/control/server.ts")).toHaveLength(1);
    expect(modules.filter((name) => OPTIONAL.test(name) || name === "src/control/messages.ts")).toEqual([]);
  });

  it("loads the metrics where they are asked for, and nothing else that is optional", async () => {
    const { modules } = await loadedWith("metrics 127.0.0.1:9567;");
    const loaded = modules
      .filter((name) => OPTIONAL.test(name))
      .map((name) => name.replace(/^.*(node_modules\/[^/]+|src\/[^/]+)\/.*$/, "$1"));
    expect([...new Set(loaded)].sort()).toEqual(["node_modules/prom-client", "src/http", "src/metrics"]);
  });
});
