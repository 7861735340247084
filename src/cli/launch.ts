// What the launcher hands on to the daemon: the command line as it has read it, descriptors, and messages for the log.
// launcher/facts.h lists the facts and says how they are written.

import { DaemonError } from "../base/daemon-error.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import { addTo } from "../base/lists.ts";

/** The demands of the command line. */
export interface Options {
  readonly configFile: string;
  readonly leaseFile: string;
  readonly checkOnly: boolean;
  readonly verbose: boolean;
  readonly strict: boolean;
  readonly backend: "udp" | "bpf";
  /** `--observe bpf`: packet sockets look on while the udp backend serves. */
  readonly observe: boolean;
  /** `--log`; undefined: the kind of standard output decides. */
  readonly log: "text" | "json" | undefined;
  /** `-uADDRESS`, each once. */
  readonly addresses: readonly Ipv4[];
  /** `-u` without address. */
  readonly wildcard: boolean;
  readonly interfaces: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

/** Why the server cannot meet the demand of a statement of the configuration. */
export interface Trouble {
  readonly statement: string;
  readonly text: string;
}

/** Everything that the launcher hands on. */
export interface Launch {
  readonly options: Options;
  /** Descriptors; undefined where there is none. */
  readonly helper: number | undefined;
  readonly control: number | undefined;
  readonly leaseFile: number | undefined;
  readonly newLeaseFile: number | undefined;
  /** Where metrics are asked for. */
  readonly metrics: number | undefined;
  /** To the process that runs the event script, where the configuration has one. */
  readonly script: number | undefined;
  /** Demands of the configuration that the daemon cannot meet. */
  readonly troubles: readonly Trouble[];
  /** Whether something of that is a file or a directory which is not there, and may come. */
  readonly mayCome: boolean;
  /** Where the configuration names a firewall set: the process that changes it. */
  readonly firewall: number | undefined;
  /** Where there is a kernel shield: the process that holds it. */
  readonly shield: number | undefined;
  /** Why there is none, where the command line asks for one. */
  readonly shieldTrouble: string | undefined;
  /** Where the status page is served, perhaps the same; and the file with its token. */
  readonly statusPage: number | undefined;
  readonly tokenFile: number | undefined;
  /** Whether the helper sends frames, because it may not set neighbour entries. */
  readonly frames: boolean;
  /** The processes that hold port 67, "PID NAME" each. */
  readonly portHolders: readonly string[];
  /** Lines for the log. */
  readonly notes: readonly string[];
}

/** Reads the variable ANYDHCPD_LAUNCH. Throws a DaemonError if there is none: Node was started by hand. */
export function readLaunch(text: string | undefined): Launch {
  if (text === undefined) throw new DaemonError("usage", "this is a part of anydhcpd: start bin/anydhcpd, not Node");
  const facts = readFacts(text);
  const all = (name: string): readonly string[] => facts.get(name) ?? [];
  const descriptor = (name: string): number | undefined => {
    const [number] = all(name);
    return number === undefined ? undefined : Number(number);
  };
  return {
    options: readOptions(facts),
    helper: descriptor("helper"),
    control: descriptor("control"),
    leaseFile: descriptor("lease-file"),
    newLeaseFile: descriptor("new-lease-file"),
    metrics: descriptor("metrics"),
    script: descriptor("script"),
    troubles: all("trouble").map(readTrouble),
    mayCome: facts.has("may-come"),
    firewall: descriptor("firewall"),
    shield: descriptor("shield"),
    shieldTrouble: facts.get("no-shield")?.[0],
    statusPage: descriptor("status-page"),
    tokenFile: descriptor("token-file"),
    frames: facts.has("frames"),
    portHolders: all("port-holder"),
    notes: all("note"),
  };
}

/** The troubles among the launcher's facts. */
export function readTroubles(text: string): readonly Trouble[] {
  return (readFacts(text).get("trouble") ?? []).map(readTrouble);
}

function readTrouble(value: string): Trouble {
  const at = value.indexOf(" ");
  return { statement: value.slice(0, at), text: value.slice(at + 1) };
}

function readOptions(facts: ReadonlyMap<string, readonly string[]>): Options {
  const one = (name: string): string | undefined => facts.get(name)?.[0];
  const listen = (facts.get("listen") ?? []).map((address) => parseIpv4(address) ?? 0);
  const log = one("log");
  return {
    configFile: one("config") ?? "",
    leaseFile: one("leases") ?? "",
    checkOnly: facts.has("check"),
    verbose: facts.has("verbose"),
    strict: facts.has("strict"),
    backend: one("backend") === "bpf" ? "bpf" : "udp",
    observe: facts.has("observe"),
    log: log === "text" || log === "json" ? log : undefined,
    addresses: [...new Set(listen)].filter((address) => address !== 0),
    wildcard: listen.includes(0),
    interfaces: facts.get("interface") ?? [],
    help: facts.has("help"),
    version: facts.has("version"),
  };
}

/** Values by name, in the order of the text; "" of a name alone. */
function readFacts(text: string): ReadonlyMap<string, readonly string[]> {
  const facts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name = "", value = ""] = /^(\S+)(?: (.*))?$/s.exec(line) ?? [];
    if (name === "") continue;
    const read = value.replace(/\\(.)/gs, (_escape, letter: string) => (letter === "n" ? "\n" : letter));
    addTo(facts, name, read);
  }
  return facts;
}
