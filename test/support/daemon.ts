// bin/anydhcpd as a user starts it, in a namespace, with a configuration and a lease file of the
// test's. Tests look at the wire, the files, the log and the kernel, never inside.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Namespace, Network } from "./network.ts";
import type { Exit, Program } from "./program.ts";

const ANYDHCPD = fileURLToPath(new URL("../../bin/anydhcpd", import.meta.url));

/** Backends the end-to-end tests run with; ANYDHCPD_BACKENDS="udp" for one of them. */
export const backends: readonly string[] = (process.env["ANYDHCPD_BACKENDS"] ?? "udp,bpf").split(",");

/** `--shield` of each daemon that is given none: ANYDHCPD_TEST_SHIELD=xdp runs a suite with the kernel shield on. */
const SHIELD = process.env["ANYDHCPD_TEST_SHIELD"];

/** A configuration and where its lease file is. */
export interface DaemonOptions {
  readonly config: string;
  /** Interfaces and further flags. */
  readonly args?: readonly string[];
  readonly backend?: string;
  /** A command that starts the daemon: setpriv and the like. */
  readonly wrapper?: readonly string[];
  /** Name of its folder below the network's: two daemons of one network need two. */
  readonly name?: string;
  /** Its leases are in a cluster's store, and it has no lease file. */
  readonly sharesLeases?: boolean;
}

/** One daemon with its files; may be started again after its end. */
export class Daemon {
  readonly configFile: string;
  readonly leaseFile: string;
  readonly controlSocket: string;
  readonly #namespace: Namespace;
  readonly #options: DaemonOptions;
  #program: Program | undefined;

  constructor(network: Network, namespace: Namespace, options: DaemonOptions) {
    const directory = join(network.directory, options.name ?? "anydhcpd");
    mkdirSync(join(directory, "etc"), { recursive: true });
    mkdirSync(join(directory, "db"), { recursive: true });
    mkdirSync(join(directory, "run"), { recursive: true });
    // The daemon's user reads the one; what it may do in the other is the launcher's business.
    for (const path of [directory, join(directory, "etc"), join(directory, "db")]) chmodSync(path, 0o755);
    this.configFile = join(directory, "etc", "dhcpd.conf");
    this.leaseFile = join(directory, "db", "dhcpd.leases");
    this.controlSocket = join(directory, "run", "control.sock");
    this.#namespace = namespace;
    this.#options = options;
    this.configure(options.config);
  }

  /** Makes one and waits until it serves. */
  static async start(network: Network, namespace: Namespace, options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(network, namespace, options);
    await daemon.start();
    return daemon;
  }

  /** Replaces the configuration file, as an editor does. */
  configure(config: string): void {
    writeFileSync(this.configFile, config, { mode: 0o644 });
  }

  /** Starts it without waiting for anything. */
  launch(): Program {
    const { args = [], backend = "udp", wrapper = [], sharesLeases = false } = this.#options;
    const flags = [
      "-d",
      "-f",
      `--backend=${backend}`,
      "-c",
      this.configFile,
      ...(sharesLeases ? [] : ["-l", this.leaseFile]),
      `--control=${this.controlSocket}`,
      ...(SHIELD === undefined || args.some((word) => word.startsWith("--shield")) ? [] : [`--shield=${SHIELD}`]),
    ];
    this.#program = this.#namespace.spawn([...wrapper, ANYDHCPD, ...flags, ...args]);
    return this.#program;
  }

  /** Starts it and waits until it serves; rejects with its log if it ends instead. */
  async start(): Promise<void> {
    await this.launch().waitForLine((line) => isMessage(line, "ready"), { timeoutMs: 20_000 });
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error("the daemon was never started");
    return this.#program;
  }

  get pid(): number {
    return this.program.pid;
  }

  get log(): string {
    return this.program.output;
  }

  /** Number of log lines so far: a mark for `waitForLog`. */
  get mark(): number {
    return this.program.lines.length;
  }

  /** Waits for a log line that contains the text or matches. */
  waitForLog(pattern: string | RegExp, from = 0, timeoutMs = 10_000): Promise<string> {
    const matches = (line: string): boolean =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    return this.program.waitForLine(matches, { from, timeoutMs });
  }

  /** The counters as it writes them to its log. */
  async counters(): Promise<Readonly<Record<string, number>>> {
    return (await this.status()).counters;
  }

  /** What it writes to its log about itself. */
  async status(): Promise<{ counters: Readonly<Record<string, number>>; observed?: readonly unknown[] }> {
    const from = this.mark;
    this.program.signal("SIGUSR1");
    return JSON.parse(await this.program.waitForLine((line) => isMessage(line, "counters"), { from }));
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    return this.program.stop(signal);
  }

  /** The lease file's text; empty where there is none. */
  get leases(): string {
    return existsSync(this.leaseFile) ? readFileSync(this.leaseFile, "utf8") : "";
  }
}

/** Whether a line of the log (JSON, pino) has this message. */
export function isMessage(line: string, message: string): boolean {
  try {
    return JSON.parse(line).msg === message;
  } catch {
    return false;
  }
}

/** The last record of each address in a lease file: hardware address and binding state. */
export function readLeases(text: string): ReadonlyMap<string, { hardware: string; state: string; uid: string }> {
  const leases = new Map<string, { hardware: string; state: string; uid: string }>();
  for (const [, address = "", body = ""] of text.matchAll(/^lease ([0-9.]+) \{\n([\s\S]*?)^\}/gm)) {
    leases.set(address, {
      hardware: /hardware ethernet ([0-9a-f:]+);/.exec(body)?.[1] ?? "",
      state: /^\s*binding state (\w+);/m.exec(body)?.[1] ?? "",
      uid: /^\s*uid (.*);/m.exec(body)?.[1] ?? "",
    });
  }
  return leases;
}
