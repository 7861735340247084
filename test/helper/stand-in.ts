// Launcher and helper with test/helper/stand-in-main.mjs in the daemon's place.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseIpv4 } from "../../src/base/ipv4.ts";
import { type Launch, readLaunch } from "../../src/cli/launch.ts";
import { RequestWriter } from "../../src/helper/protocol.ts";
import { NeighbourRows } from "../../src/native/rows.ts";
import type { Namespace } from "../support/network.ts";
import { eventually, type Program } from "../support/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const ANYDHCPD = `${ROOT}bin/anydhcpd`;
export const LAUNCHER = `${ROOT}native/build/Release/anydhcpd-launcher`;
export const HELPER = `${ROOT}native/build/Release/anydhcpd-helper`;
export const SCRIPT_PROCESS = `${ROOT}native/build/Release/anydhcpd-script`;
export const ADDON = `${ROOT}native/build/Release/anydhcpd.node`;
export const STAND_IN_MAIN = `${ROOT}test/helper/stand-in-main.mjs`;

/** Root of the machine, not only of a user namespace. */
export const isRoot =
  process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295$/m.test(readFileSync("/proc/self/uid_map", "utf8"));

/** What the stand-in says first. */
export interface Ready {
  readonly ready: number;
  readonly uid: number;
  readonly gid: number;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What became of a command. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
}

/** Something the helper has sent. */
export interface HelperMessage {
  readonly octets: Buffer;
  readonly fd: number;
}

/** How to start one. */
export interface StandInOptions {
  readonly leaseFile: string;
  /** Absent: the default one. */
  readonly controlSocket?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the command: ["unshare", "-Urn"]. */
  readonly wrapper?: readonly string[];
  readonly anydhcpd?: string;
}

export class StandIn {
  readonly program: Program;
  readonly ready: Ready;
  #seen: number;

  private constructor(program: Program, ready: Ready) {
    this.program = program;
    this.ready = ready;
    this.#seen = program.lines.length;
  }

  /** Starts it without waiting for anything. */
  static launch(namespace: Namespace, options: StandInOptions): Program {
    const { wrapper = [], args = [], env = {}, anydhcpd = ANYDHCPD, controlSocket } = options;
    const control = controlSocket === undefined ? [] : [`--control=${controlSocket}`];
    return namespace.spawn([...wrapper, anydhcpd, "-l", options.leaseFile, ...control, ...args], {
      ANYDHCPD_MAIN: STAND_IN_MAIN,
      STAND_IN_ADDON: ADDON,
      ...env,
    });
  }

  static async start(namespace: Namespace, options: StandInOptions): Promise<StandIn> {
    const program = StandIn.launch(namespace, options);
    const line = await program.waitForLine((text) => text.startsWith('{"ready"'));
    return new StandIn(program, JSON.parse(line) as Ready);
  }

  get pid(): number {
    return this.ready.ready;
  }

  /** What the launcher has handed on. */
  get launch(): Launch {
    return readLaunch(this.ready.environment["ANYDHCPD_LAUNCH"]);
  }

  get notes(): string {
    return this.launch.notes.map((note) => `${note}\n`).join("");
  }

  /** The helper's process id: the only child. */
  get helperPid(): number {
    const children = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === this.pid);
    if (children.length !== 1) throw new Error(`children of the stand-in: ${children.join(" ")}`);
    return Number(children[0]);
  }

  async do(command: string, argument?: unknown): Promise<Outcome> {
    this.program.write(`${JSON.stringify([command, argument ?? null])}\n`);
    return JSON.parse(await this.#next((text) => text.startsWith('{"did"'))) as Outcome;
  }

  /** Sends octets to the helper. */
  async send(octets: Uint8Array): Promise<void> {
    const { value, error } = await this.do("send", Buffer.from(octets).toString("hex"));
    if (value !== 0) throw new Error(`send: ${value ?? error}`);
  }

  /** Sends octets and waits for the helper's answer. */
  async ask(octets: Uint8Array): Promise<HelperMessage> {
    const from = this.program.lines.length;
    await this.send(octets);
    const line = await this.program.waitForLine((text) => text.startsWith('{"message"'), { from });
    const { message, fd } = JSON.parse(line) as { message: string; fd: number };
    return { octets: Buffer.from(message, "hex"), fd };
  }

  /** Waits until the helper has closed its end. */
  async waitForEnd(): Promise<void> {
    await this.program.waitForLine((text) => text.startsWith('{"end"'));
  }

  async #next(matches: (line: string) => boolean): Promise<string> {
    const line = await this.program.waitForLine(matches, { from: this.#seen });
    this.#seen = this.program.lines.indexOf(line, this.#seen) + 1;
    return line;
  }
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return -1;
  }
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Fields of every thread's status, by name. */
export function threadStatuses(pid: number): readonly ReadonlyMap<string, string>[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    return new Map([...text.matchAll(/^(\w+):[ \t]*(.*)$/gm)].map(([, name = "", value = ""]) => [name, value.trim()]));
  });
}

/** An entry to set: the address as text, the hardware address as "02:00:00:00:00:01". */
export interface Entry {
  readonly ifindex: number;
  readonly address: string;
  readonly hardware?: string;
}

/** The rows of a neighbour request. */
export function rowsOf(entries: readonly Entry[]): NeighbourRows {
  const rows = new NeighbourRows(entries.length);
  for (const [i, { ifindex, address, hardware = "02:00:00:00:00:99" }] of entries.entries()) {
    const octets = hardware.split(":").map((part) => Number.parseInt(part, 16));
    const number = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    rows.set(i, ifindex, parseIpv4(address) ?? 0, Math.floor(number / 2 ** 32), number % 2 ** 32);
  }
  return rows;
}

/** A well-formed neighbour request. */
export function neighbourRequest(verb: number, entries: readonly Entry[], sequence = 1): Uint8Array {
  const writer = new RequestWriter();
  return writer.octets.slice(0, writer.neighbours(verb, sequence, rowsOf(entries), entries.length));
}

/** A well-formed request for a UDP listener. */
export function listenRequest(address: string, freebind = false, receiveOctets = 1 << 20): Uint8Array {
  const writer = new RequestWriter();
  return writer.octets.slice(
    0,
    writer.listen(1, { kind: "udp", address: parseIpv4(address) ?? 0, freebind, receiveBufferOctets: receiveOctets }),
  );
}

/** A well-formed request for a packet socket. */
export function packetRequest(ifindex: number, receiveOctets = 1 << 20): Uint8Array {
  const writer = new RequestWriter();
  return writer.octets.slice(0, writer.listen(1, { kind: "packet", ifindex, receiveBufferOctets: receiveOctets }));
}

/** The neighbour entries of an interface, as `ip` shows them: address to "hardware state". */
export async function neighboursOf(namespace: Namespace, device: string): Promise<ReadonlyMap<string, string>> {
  const shown = JSON.parse(await namespace.exec(["ip", "-json", "neigh", "show", "nud", "all", "dev", device])) as {
    dst: string;
    lladdr?: string;
    state: string[];
  }[];
  return new Map(shown.map(({ dst, lladdr, state }) => [dst, `${lladdr ?? "-"} ${state.join(",")}`]));
}

/** Index and hardware address of an interface. */
export async function linkOf(namespace: Namespace, device: string): Promise<{ ifindex: number; address: string }> {
  const shown = await namespace.exec(["ip", "-json", "link", "show", "dev", device]);
  const [link] = JSON.parse(shown) as { ifindex: number; address: string }[];
  if (link === undefined) throw new Error(`${device}: not shown`);
  return link;
}

/** Resolves when the interface has no neighbour entry of these addresses. */
export async function eventuallyGone(
  namespace: Namespace,
  device: string,
  addresses: readonly string[],
): Promise<void> {
  await eventually(`no entry for ${addresses.join(" ")}`, async () => {
    const entries = await neighboursOf(namespace, device);
    return addresses.every((address) => !entries.has(address) || entries.get(address)?.endsWith("FAILED") === true);
  });
}
