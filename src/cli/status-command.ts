// `anydhcpctl status`: what the running daemon says of itself, for people or as JSON.

import type { FirewallAddresses } from "../config/model/firewall-set.ts";
import { Status } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { formatDuration } from "./duration.ts";

const USAGE = `usage: anydhcpctl status [--json] [--delay] [--control socket]

  --json         one JSON object
  --delay        also how late the daemon's event loop was since the last call of
                 this, in milliseconds; has that measured for the next ten minutes
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})
`;

const LABEL_WIDTH = 15;

/** Shows the status. */
export const STATUS: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = readArguments({ args, options: { ...CONTROL_OPTION, delay: FLAG, json: FLAG } });
    const status = await ask(values.control, values.delay ? "delay" : "status", Status);
    process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : formatStatus(status));
    return 0;
  },
};

/** The status as text. */
export function formatStatus(status: Status): string {
  const { lastReload, eventLoopDelay: delay } = status;
  const lines = [
    labelled("anydhcpd", `${status.version}, process ${status.pid}, ${status.backend} backend`),
    labelled("running", `for ${formatDuration(status.uptimeSeconds)}, since ${status.startedAt}`),
    ...drainLines(status),
    labelled("configuration", status.configFile),
    labelled("last reload", lastReload === undefined ? "none" : `${lastReload.at}: ${lastReload.message}`),
    ...(lastReload?.firstError === undefined ? [] : [labelled("first error", lastReload.firstError)]),
    labelled("lease file", status.store),
    ...status.listeners.map(({ description, present }) =>
      labelled("listening on", present ? description : `${description}: the address is on no interface at present`),
    ),
    ...(status.listeners.length === 0
      ? [labelled("listening on", "nothing: no interface or address to serve is there yet")]
      : []),
    labelled("leases", amounts(status.leases)),
    ...scriptLines(status),
    ...(delay === undefined
      ? []
      : [labelled("loop delay", `median ${delay.p50} ms, 99 % ${delay.p99} ms, most ${delay.max} ms`)]),
    ...(status.firewallSets ?? []).map(({ name, addresses, condition, elements }) =>
      labelled("firewall set", `${name}: ${condition}, ${elementsText(addresses, elements)}`),
    ),
    ...(status.shield ?? []).map(({ interface: name, mode, ...counts }) =>
      labelled("kernel shield", `${name}: ${mode}, ${amounts(counts)}`),
    ),
    ...(status.observed ?? []).map((server) => labelled("other server", amounts(server))),
  ];
  return `${lines.join("\n")}\n\n${subnetTable(status)}\n${counterTable(status)}`;
}

/** What a set holds: a set of abandoned addresses also holds free ones that hosts without a lease use. */
function elementsText(addresses: FirewallAddresses, elements: number): string {
  const noun = elements === 1 ? "address" : "addresses";
  if (addresses === "changed") return "addresses are taken out when another client gets them";
  return addresses === "leased"
    ? `${elements} leased ${noun}`
    : `${elements} ${noun} abandoned or in use by other hosts`;
}

function drainLines({ drain }: Status): readonly string[] {
  if (drain === undefined) return [];
  const { state, since } = drain;
  const what = state === "silent" ? "queries are not answered" : "queries are still answered for drain-time";
  return [labelled(state === "silent" ? "drained" : "draining", `since ${since}: ${what}; anydhcpctl undrain ends it`)];
}

function scriptLines({ eventScript: script }: Status): readonly string[] {
  if (script === undefined) return [];
  if (!script.isRun) return [labelled("event script", `${script.path}: is not run until the server is restarted`)];
  const what = script.isRepeating ? "is being told all leases" : `${script.waiting} changes wait`;
  return [labelled("event script", `${script.path}: ${what}`)];
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function amounts(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function subnetTable({ subnets }: Status): string {
  const head = [
    "subnet",
    "shared network",
    "addresses",
    "bound",
    "offered",
    "abandoned",
    "in use",
    "free",
    "reserved",
    "of them bound",
  ];
  const rows = subnets.map((of) => [
    of.subnet,
    of.sharedNetwork ?? "",
    ...[of.size, of.bound, of.offered, of.abandoned, of.inUse, of.free, of.reserved, of.reservedBound].map(String),
  ]);
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function counterTable({ counters }: Status): string {
  const told = Object.entries(counters).filter(([, value]) => value !== 0);
  const width = Math.max(0, ...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
