// Throwaway networks to compare servers in: network namespaces joined by virtual cables, in a process
// namespace of their own. One holder process keeps them; its standard input is a pipe from us. When
// we dispose, or die however it comes, the pipe ends, the holder ends, and the kernel takes down all
// programs, namespaces and interfaces. Nothing touches the interfaces of the machine. As root, or,
// where the kernel lets them, as an ordinary user by way of a user namespace.

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabProgram } from "./lab-program.ts";
import { childrenOf, PROCESS_NAMESPACE } from "./processes.ts";

const DIRECTORY_PREFIX = `anydhcpd-lab-${PROCESS_NAMESPACE}-`;
const EXEC_DEADLINE_MS = 60_000;

/** Ready when it says so; the private /run holds the named network namespaces and what shall not touch a disk. */
const HOLDER_SCRIPT =
  "mount -t tmpfs tmpfs /run && mkdir -m 777 /run/netns /run/lab && echo ready && exec cat >/dev/null";

/** What a command run to its end has left. `code` is -1 when a signal ended it. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program of a lab is started. */
export interface SpawnOptions {
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Processors it may run on, as taskset takes them: "0", "0,1". Default: all. */
  readonly processors?: string;
  /** What its log file is called; the program's name by default. */
  readonly name?: string;
}

/** One network namespace of a lab. */
export class LabNamespace {
  readonly name: string;
  readonly lab: Lab;

  /** Made by `Lab.namespace`. */
  constructor(lab: Lab, name: string) {
    this.lab = lab;
    this.name = name;
  }

  /** The command line that runs `argv` inside; for programs that the caller starts and ends itself. */
  inside(argv: readonly string[]): readonly string[] {
    return this.lab.inside(this.name, argv);
  }

  /** Runs a command to its end. */
  run(argv: readonly string[], { timeoutMs = EXEC_DEADLINE_MS, input = "" } = {}): Promise<Outcome> {
    return runToEnd(this.inside(argv), timeoutMs, input);
  }

  /** Runs a command that has to succeed; resolves with what it wrote, rejects with its errors. */
  async exec(argv: readonly string[], options?: { timeoutMs?: number; input?: string }): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, options);
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(" ")}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** `ip` with the words of one line: `ip("link set lan0 up")`. */
  ip(words: string): Promise<string> {
    return this.exec(["ip", ...words.split(" ")]);
  }

  /** The hardware address of an interface. */
  async hardwareOf(interfaceName: string): Promise<string> {
    const link = await this.ip(`link show ${interfaceName}`);
    const address = /link\/ether (\S+)/.exec(link)?.[1];
    if (address === undefined) throw new Error(`${this.name}: ${interfaceName} has no hardware address`);
    return address;
  }

  /** Sets a value below /proc/sys: `sysctl("net/ipv4/ip_forward", 1)`. */
  async sysctl(path: string, value: number | string): Promise<void> {
    await this.exec(["sh", "-c", `echo ${value} >/proc/sys/${path}`]);
  }

  /** Starts a program; its output goes to a file in the lab's directory. It is ended with the lab. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Promise<LabProgram> {
    return this.lab.spawn(this.name, argv, options);
  }
}

/** A set of namespaces and the files that belong to it. */
export class Lab implements AsyncDisposable {
  /** A folder on the disk that everybody may enter, removed with the lab. */
  readonly directory: string;
  /** A folder in memory, there inside the lab only, that everybody may write to. */
  readonly memoryDirectory = "/run/lab";
  readonly #holder: ChildProcess;
  /** The process whose namespaces these are. */
  readonly #pid: number;
  readonly #user: boolean;
  #programs = 0;
  readonly #removeDirectory = (): void => rmSync(this.directory, { recursive: true, force: true });

  private constructor(directory: string, holder: ChildProcess, pid: number, user: boolean) {
    this.directory = directory;
    this.#holder = holder;
    this.#pid = pid;
    this.#user = user;
    process.once("exit", this.#removeDirectory);
  }

  /** Makes an empty lab whose folder is below `below` (default: the folder for temporary files). Rejects with the reason where it cannot be. */
  static async create({ below = tmpdir() }: { below?: string } = {}): Promise<Lab> {
    removeLeftovers(below);
    const user = process.getuid?.() !== 0;
    const holder = spawn("unshare", [...holderFlags(user), "sh", "-c", HOLDER_SCRIPT], {
      env: environment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let errors = "";
    holder.stderr.on("data", (text: Buffer) => {
      errors += text;
    });
    holder.stdin.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", () => reject(new Error(`no namespaces can be made here: ${errors.trim()}`)));
    });
    const pid = childrenOf(holder.pid ?? 0)[0];
    if (pid === undefined) throw new Error("no namespaces can be made here: unshare has no child");
    const directory = mkdtempSync(join(below, `${DIRECTORY_PREFIX}${process.pid}-`));
    chmodSync(directory, 0o755);
    return new Lab(directory, holder, pid, user);
  }

  /** Why no lab can be made here; undefined where it can. */
  static obstacle(): string | undefined {
    const user = process.getuid?.() !== 0;
    const script = "mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add trial";
    const trial = spawnSync("unshare", [...holderFlags(user), "sh", "-c", script], {
      env: environment(),
      encoding: "utf8",
    });
    if (trial.status === 0) return undefined;
    return trial.error?.message ?? (trial.stderr.trim() || `unshare ended with ${trial.status ?? trial.signal}`);
  }

  /** A new namespace with only `lo`, which is up. */
  async namespace(name: string): Promise<LabNamespace> {
    const command = this.inside("", ["ip", "netns", "add", name]);
    const { code, stderr } = await runToEnd(command, EXEC_DEADLINE_MS, "");
    if (code !== 0) throw new Error(`${name}: no network namespace: ${stderr}`);
    const namespace = new LabNamespace(this, name);
    await namespace.ip("link set lo up");
    return namespace;
  }

  /** Two ends of a cable, both up: `veth(server, "lan0", client, "eth0")`. */
  async veth(a: LabNamespace, nameA: string, b: LabNamespace, nameB: string): Promise<void> {
    await a.ip(`link add ${nameA} type veth peer name ${nameB} netns ${b.name}`);
    await a.ip(`link set ${nameA} up`);
    await b.ip(`link set ${nameB} up`);
  }

  /** A bridge that forwards at once, up. */
  async bridge(namespace: LabNamespace, name: string, ports: readonly string[]): Promise<void> {
    await namespace.ip(`link add ${name} type bridge forward_delay 0`);
    for (const port of ports) await namespace.ip(`link set ${port} master ${name}`);
    await namespace.ip(`link set ${name} up`);
  }

  /** The command line that runs `argv` in a namespace of the lab; in none but the lab's own with an empty name. */
  inside(namespace: string, argv: readonly string[]): readonly string[] {
    const net = namespace === "" ? "ns/net" : `root/run/netns/${namespace}`;
    const user = this.#user ? ["--user", "--preserve-credentials"] : [];
    return [
      "nsenter",
      `--target=${this.#pid}`,
      ...user,
      "--mount",
      "--pid",
      `--net=/proc/${this.#pid}/${net}`,
      "--",
      ...argv,
    ];
  }

  /** See `LabNamespace.spawn`. */
  async spawn(namespace: string, argv: readonly string[], options: SpawnOptions): Promise<LabProgram> {
    const pinned = options.processors === undefined ? argv : ["taskset", "-c", options.processors, ...argv];
    const [command = "", ...rest] = this.inside(namespace, pinned);
    this.#programs += 1;
    const name = options.name ?? (argv[0] ?? "").replace(/.*\//, "");
    const log = join(this.directory, `${this.#programs}-${name}.log`);
    const fd = openSync(log, "w");
    const child = spawn(command, rest, { env: environment(options.environment), stdio: ["ignore", fd, fd] });
    return LabProgram.follow(name, child, fd, log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Ends every program and removes every namespace and file. May be called twice. */
  async dispose(): Promise<void> {
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const gone = new Promise((resolve) => this.#holder.once("exit", resolve));
      this.#holder.stdin?.end();
      await gone;
    }
    process.off("exit", this.#removeDirectory);
    this.#removeDirectory();
  }
}

/** Everything that makes a lab: its processes end with the first of them. */
function holderFlags(user: boolean): string[] {
  const flags = ["--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"];
  return user ? ["--user", "--map-root-user", ...flags] : flags;
}

function runToEnd(argv: readonly string[], timeoutMs: number, input: string): Promise<Outcome> {
  const [command = "", ...rest] = argv;
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL", env: environment(), maxBuffer: 64 << 20 } as const;
    const child = execFile(command, rest, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, ...more };
}

/** Removes the folders of labs whose makers were killed; their namespaces have gone with them. */
function removeLeftovers(below: string): void {
  for (const entry of readdirSync(below)) {
    if (!entry.startsWith(DIRECTORY_PREFIX)) continue;
    const owner = /^\d+/.exec(entry.slice(DIRECTORY_PREFIX.length))?.[0];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) {
      rmSync(join(below, entry), { recursive: true, force: true });
    }
  }
}
