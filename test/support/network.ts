// Throwaway networks: namespaces that live as long as a holder process whose standard input is a
// pipe from us. Dispose removes them; so does our death of any cause: the pipe ends, the
// holder ends, the kernel takes the namespace and its interfaces down. Programs started inside
// carry our pid in their environment; those whose owner is dead are ended before the next network
// is made. Nothing here touches the interfaces of the machine.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.ts";

const OWNER = "ANYDHCPD_TEST_OWNER";
/** Process ids mean something only in their own process namespace, and other runs may have another. */
const PROCESSES = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
const DIRECTORY_PREFIX = `anydhcpd-test-${PROCESSES}-`;

/** What a command run to its end has left. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether this process may make namespaces and interfaces in them (root, or root of a user namespace). */
export const mayMakeNetworks = process.getuid?.() === 0 && holdsCapability(21) && holdsCapability(12);

function holdsCapability(number: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> BigInt(number)) & 1n) === 1n;
}

/** The first word of a process's command line; empty if it is gone. */
function firstWordOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? "";
  } catch {
    return "";
  }
}

/** One network namespace, with a mount namespace of its own. */
export class Namespace {
  readonly name: string;
  /** Process whose namespaces these are. */
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #programs: Program[] = [];
  readonly #orphans: number[] = [];

  constructor(name: string, holder: ChildProcess) {
    if (holder.pid === undefined) throw new Error(`${name}: unshare cannot be started`);
    this.name = name;
    this.pid = holder.pid;
    this.#holder = holder;
  }

  /** The command line that runs `argv` inside. */
  inside(argv: readonly string[]): readonly string[] {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`, `--mount=/proc/${this.pid}/ns/mnt`, "--", ...argv];
  }

  /** Runs a command to its end (at most `timeoutMs`, then it is killed and its code is -1). */
  run(argv: readonly string[], { timeoutMs = 20_000, input = "" } = {}): Promise<Outcome> {
    const [command = "", ...rest] = this.inside(argv);
    return new Promise((resolve) => {
      const options = { timeout: timeoutMs, killSignal: "SIGKILL", env: environment(), maxBuffer: 64 << 20 } as const;
      const child = execFile(command, rest, options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }

  /** Runs a command that has to succeed; resolves with what it wrote. */
  async exec(argv: readonly string[], options?: { timeoutMs?: number; input?: string }): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, options);
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(" ")}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** `ip` with the words of one line: `ip("link set lan0 up")`. */
  ip(words: string): Promise<string> {
    return this.exec(["ip", ...words.split(" ")]);
  }

  /** Sets a value below /proc/sys: `sysctl("net/ipv4/ip_forward", 1)`. */
  async sysctl(path: string, value: number | string): Promise<void> {
    await this.exec(["sh", "-c", `echo ${value} >/proc/sys/${path}`]);
  }

  /** Starts a program that is ended with the network. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const [command = "", ...rest] = this.inside(argv);
    const child = spawn(command, rest, { env: { ...environment(), ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const program = new Program(`${this.name}: ${argv[0]}`, child);
    this.#programs.push(program);
    return program;
  }

  /** Ids of all processes inside, but for the one that holds the namespace. */
  processes(): readonly number[] {
    const own = readlinkSync(`/proc/${this.pid}/ns/net`);
    const isInside = (pid: string): boolean => {
      try {
        return readlinkSync(`/proc/${pid}/ns/net`) === own;
      } catch {
        return false;
      }
    };
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== this.pid && isInside(entry))
      .map(Number);
  }

  /** Ids of those of them that run under a name: "anydhcpd-helper". */
  processesNamed(name: string): readonly number[] {
    return this.processes().filter((pid) => firstWordOf(pid) === name);
  }

  /** Has a process end with the namespace that does not end with the program which started it. */
  endWithIt(pid: number): void {
    this.#orphans.push(pid);
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.reverse()) await program.kill();
    for (const pid of this.#orphans) killIfThere(pid);
    const gone = new Promise((resolve) => this.#holder.once("exit", resolve));
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      this.#holder.kill("SIGKILL");
      await gone;
    }
  }
}

/** A set of namespaces and the files that belong to it. */
export class Network implements AsyncDisposable {
  /** A folder that everybody may enter, removed with the network. */
  readonly directory = mkdtempSync(join(tmpdir(), `${DIRECTORY_PREFIX}${process.pid}-`));
  readonly #namespaces: Namespace[] = [];

  static async create(): Promise<Network> {
    removeLeftovers();
    const network = new Network();
    const { chmod } = await import("node:fs/promises");
    await chmod(network.directory, 0o755);
    return network;
  }

  /** A new namespace with only `lo`, which is up. */
  async namespace(name: string): Promise<Namespace> {
    const holder = spawn(
      "unshare",
      ["--net", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec cat >/dev/null"],
      {
        env: environment(),
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", (code) => reject(new Error(`${name}: unshare ended with ${code}`)));
    });
    const namespace = new Namespace(name, holder);
    this.#namespaces.push(namespace);
    await namespace.ip("link set lo up");
    return namespace;
  }

  /** Two ends of a cable, both up: `veth(server, "lan0", client, "eth0")`. */
  async veth(a: Namespace, nameA: string, b: Namespace, nameB: string): Promise<void> {
    await a.ip(`link add ${nameA} type veth peer name ${nameB} netns ${b.pid}`);
    await a.ip(`link set ${nameA} up`);
    await b.ip(`link set ${nameB} up`);
  }

  /** A bridge that forwards at once, up. */
  async bridge(namespace: Namespace, name: string, ports: readonly string[]): Promise<void> {
    await namespace.ip(`link add ${name} type bridge forward_delay 0`);
    for (const port of ports) await namespace.ip(`link set ${port} master ${name}`);
    await namespace.ip(`link set ${name} up`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Ends every program and removes every namespace and file. */
  async dispose(): Promise<void> {
    for (const namespace of this.#namespaces.reverse()) await namespace.dispose();
    this.#namespaces.length = 0;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function environment(): Record<string, string | undefined> {
  return { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, [OWNER]: `${PROCESSES}:${process.pid}` };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Ends programs and removes folders of test runs that are dead. */
function removeLeftovers(): void {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const owner = ownerOf(entry);
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) killIfThere(Number(entry));
  }
  for (const entry of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${DIRECTORY_PREFIX}(\\d+)-`).exec(entry)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) {
      rmSync(join(tmpdir(), entry), { recursive: true, force: true });
    }
  }
}

function ownerOf(pid: string): string | undefined {
  try {
    return new RegExp(`(?:^|\\0)${OWNER}=${PROCESSES}:(\\d+)`).exec(
      readFileSync(`/proc/${pid}/environ`, "latin1"),
    )?.[1];
  } catch {
    return undefined;
  }
}
