// Where the benchmarks happen: two network namespaces, one with the server, one with its clients and their
// relay, on cables of their own. Everything runs in a process namespace whose first process is the
// benchmark, so whatever ends it, nothing survives: no server, no namespace, no interface.

import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The top of the tree. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** The load programs, once they are made. */
export const LOAD = join(ROOT, "bench", "load", "build");

/** Address that relayed queries are sent to, on the server's up0. */
export const SERVER_ADDRESS = "10.9.0.1";
/** The relay's address (giaddr), from which it asks. */
export const RELAY_ADDRESS = "10.77.0.1";
/** Address of the server's lan0, on which clients are without a relay. */
export const LAN_ADDRESS = "10.78.0.1";

/** In the environment of the inner run: who the outer one is. */
const OWNER = "ANYDHCPD_BENCH_OWNER";
const FOLDER_PREFIX = "anydhcpd-bench-";
const MEMORY = "/dev/shm";
const TICKS_PER_SECOND = 100; // USER_HZ, the unit of /proc/PID/stat, on all of Linux
const STOP_TIMEOUT_MS = 5_000;

/**
 * Runs the script anew as the first process of a process namespace, unless this is that run. The outer one
 * never returns from here: it ends with the inner one's status. Before, it removes the files that killed runs have
 * left in `base`, where lease files are.
 */
export function enterOwnProcesses(base) {
  process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  if (process.env[OWNER] !== undefined) return;
  // A process id means something only in its own process namespace.
  const processes = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  for (const folder of [base, MEMORY].filter((path) => existsSync(path))) removeLeftovers(folder, processes);
  const user = process.getuid() === 0 ? [] : ["--user", "--map-root-user"];
  const flags = [...user, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const script = [process.execPath, ...process.argv.slice(1)];
  const { status, error } = spawnSync("setpriv", ["--pdeathsig", "KILL", "unshare", ...flags, ...script], {
    stdio: "inherit",
    env: { ...process.env, [OWNER]: `${processes}-${process.pid}` },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}

function removeLeftovers(folder, processes) {
  for (const name of readdirSync(folder)) {
    const owner = new RegExp(`^${FOLDER_PREFIX}${processes}-(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Makes the load programs and, where it has not been done, the server itself. */
export function build() {
  const run = (command, ...args) => {
    const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
  };
  run("make", "-s", "-C", join(ROOT, "bench", "load"));
  if (!existsSync(join(ROOT, "dist", "cli", "main.js"))) run("npm", "run", "--silent", "build");
}

/** A network namespace that lasts as long as its holder, a process that waits for the end of its input. */
class Namespace {
  #holder;

  static async create() {
    const namespace = new Namespace();
    namespace.#holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec cat >/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    namespace.pid = namespace.#holder.pid;
    await once(namespace.#holder.stdout, "data");
    await namespace.ip("link set lo up");
    return namespace;
  }

  inside(argv) {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`, "--", ...argv];
  }

  /** Runs a command to its end; resolves with what it wrote. */
  async run(argv, options) {
    const [command, ...args] = this.inside(argv);
    const { stdout } = await execute(command, args, { maxBuffer: 64 << 20, ...options });
    return stdout;
  }

  /** `ip` with the words of one line. */
  ip(words) {
    return this.run(["ip", ...words.split(" ")]);
  }

  /** Ids of the processes inside, but for the holder. */
  processes() {
    const own = readlinkSync(`/proc/${this.pid}/ns/net`);
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.pid && namespaceOf(name) === own)
      .map(Number);
  }

  dispose() {
    this.#holder.kill("SIGKILL");
  }
}

function namespaceOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** The two namespaces, their files, and at most one server at a time. */
export class Lab {
  /** Core of the server and core of the load. */
  cores = cpus().length > 1 ? ["0", "1"] : ["0", "0"];
  #child;
  #log;

  /** `base`: a folder on the disk that lease files are to be on. */
  static async create(base) {
    const lab = new Lab();
    mkdirSync(base, { recursive: true });
    lab.directory = mkdtempSync(join(base, `${FOLDER_PREFIX}${process.env[OWNER]}-`));
    lab.memory = mkdtempSync(join(MEMORY, `${FOLDER_PREFIX}${process.env[OWNER]}-`));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        lab.#removeFiles();
        process.exit(1);
      });
    }
    lab.server = await Namespace.create();
    lab.clients = await Namespace.create();
    const { server, clients } = lab;
    for (const [near, far] of [
      ["up0", "up0"],
      ["lan0", "eth0"],
    ]) {
      await server.ip(`link add ${near} type veth peer name ${far} netns ${clients.pid}`);
      await server.ip(`link set ${near} up`);
      await clients.ip(`link set ${far} up`);
    }
    await server.ip(`addr add ${SERVER_ADDRESS}/24 dev up0`);
    await server.ip(`addr add ${LAN_ADDRESS}/16 dev lan0`);
    await clients.ip("addr add 10.9.0.2/24 dev up0");
    await clients.ip(`addr add ${RELAY_ADDRESS}/32 dev lo`);
    await server.ip("route add 10.77.0.0/16 via 10.9.0.2");
    return lab;
  }

  /** Starts a server (of servers.mjs) with nothing leased; resolves when it is started, not when it answers. */
  start(server, scene) {
    const directory = join(server.inMemory === true ? this.memory : this.directory, server.id);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    this.#log = join(this.memory, `${server.id}.log`);
    const log = openSync(this.#log, "w");
    const argv = server.command({ directory, scene });
    const cores = server.cores ?? this.cores[0];
    const [command, ...args] = this.server.inside(["taskset", "-c", cores, ...argv]);
    this.#child = spawn(command, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...server.environment?.(directory) },
    });
  }

  /** The server's log, for the story of a failure. */
  get log() {
    return readFileSync(this.#log, "utf8").split("\n").slice(0, 20).join("\n");
  }

  /** Whether the server's process has ended by itself. */
  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends the server and whatever it started. */
  async stop() {
    if (!this.hasEnded) {
      const gone = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    }
    for (const pid of this.server.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** Processor seconds that the server's processes have used so far. */
  serverSeconds() {
    let ticks = 0;
    for (const pid of this.server.processes()) {
      try {
        // Fields 14 to 17: its own time and that of its ended children; the name before them may have blanks.
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        for (const field of fields.slice(11, 15)) ticks += Number(field);
      } catch {
        // It has ended meanwhile.
      }
    }
    return ticks / TICKS_PER_SECOND;
  }

  /**
   * Runs the generator with these settings; resolves with its result, and the processor seconds that the server
   * has used while exchanges were counted.
   */
  async generate(settings) {
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const generator = [join(LOAD, "generate"), "--server", SERVER_ADDRESS, "--source", RELAY_ADDRESS, ...flags];
    const [command, ...args] = this.clients.inside(["taskset", "-c", this.cores[1], ...generator]);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let serverSeconds = 0;
    for await (const line of createInterface(child.stdout)) {
      if (line === "counting") serverSeconds -= this.serverSeconds();
      else if (line === "counted") serverSeconds += this.serverSeconds();
      else return { ...JSON.parse(line), serverSeconds };
    }
    throw new Error(`the generator ended with status ${child.exitCode} and no result`);
  }

  #removeFiles() {
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(this.memory, { recursive: true, force: true });
  }

  dispose() {
    this.clients.dispose();
    this.server.dispose();
    this.#removeFiles();
  }
}
