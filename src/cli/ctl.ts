// anydhcpctl: the operator's tool. `check` reads a configuration as the daemon would; `leases` and
// `status` ask the running daemon through its control socket, and `leases -l FILE` reads a lease file;
// `import` rewrites another server's files; `filter` prints the socket filters; `compare` runs this server
// and others beside each other.

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type Instruction, listing } from "../backend/assembler.ts";
import { FRAME_FILTER, OBSERVE_FILTER, PREFILTER } from "../backend/filter.ts";
import { DaemonError } from "../base/daemon-error.ts";
import { Lease, Refusal } from "../control/messages.ts";
import { describeLease } from "../control/server.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { readLeases } from "../lease/leases-file.ts";
import { compareCommand } from "./compare-command.ts";
import { readConfigFile } from "./config-file.ts";
import { importCommand } from "./import-command.ts";

const USAGE = `usage: anydhcpctl check [config-file]
       anydhcpctl leases [--json] [--control socket | -l lease-file]
       anydhcpctl status [--delay] [--control socket]
       anydhcpctl import file
       anydhcpctl filter
       anydhcpctl compare [--quick] [--rounds n] [--only id,...] [--output directory]

import reads a dhcpd.conf of ISC's, a configuration (JSON) or a lease file (CSV) of
Kea's. What comes of it goes to standard output, what is not carried over to
standard error; the exit status is 2 if there is anything of that.

status --delay adds how late the daemon's event loop was since the last call of it,
in milliseconds, and has that measured for the next ten minutes.
`;
const CONTROL_PATH = "/run/anydhcpd/control.sock";

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  switch (command) {
    case "check":
      return await check(rest);
    case "leases":
      return await leases(rest);
    case "status":
      return await status(rest);
    case "import":
      return await importCommand(rest);
    case "filter":
      return filter();
    case "compare":
      return await compareCommand(rest);
    default:
      process.stderr.write(USAGE);
      return 1;
  }
}

async function check(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: "string", short: "c", default: "/etc/dhcpd.conf" } },
  });
  const path = positionals[0] ?? values.config;
  const loaded = await readConfigFile(path);
  process.stderr.write(loaded.text);
  if (loaded.config === undefined) return 1;
  const { subnets, hosts } = loaded.config;
  process.stdout.write(`${path}: good (${subnets.length} subnets, ${hosts.length} hosts)\n`);
  return 0;
}

async function leases(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      control: { type: "string", default: CONTROL_PATH },
      leases: { type: "string", short: "l" },
      json: { type: "boolean", default: false },
    },
  });
  const print = values.json ? printJson : printRow;
  if (!values.json)
    process.stdout.write(
      `${COLUMNS.map(([name, width]) => name.padEnd(width))
        .join(" ")
        .trimEnd()}\n`,
    );
  if (values.leases !== undefined) for (const record of latestRecords(values.leases)) print(describeLease(record));
  else for await (const line of ask(values.control, "leases")) print(leaseOf(JSON.parse(line)));
  return 0;
}

async function status(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { control: { type: "string", default: CONTROL_PATH }, delay: { type: "boolean", default: false } },
  });
  for await (const line of ask(values.control, values.delay ? "delay" : "status")) {
    process.stdout.write(`${JSON.stringify(JSON.parse(line), null, 2)}\n`);
    break;
  }
  return 0;
}

/** The sockets' filters, as a kernel with them attached sees packets. */
function filter(): number {
  const programs: readonly (readonly [string, readonly Instruction[]])[] = [
    ["udp backend, from the UDP header on", PREFILTER],
    ["bpf backend, from the Ethernet header on", FRAME_FILTER],
    ["--observe, from the Ethernet header on", OBSERVE_FILTER],
  ];
  const texts = programs.map(([title, program]) => `${title} (${program.length} instructions):\n${listing(program)}`);
  process.stdout.write(texts.join("\n"));
  return 0;
}

function leaseOf(answer: unknown): Lease {
  const refusal = Refusal.safeParse(answer);
  if (refusal.success) throw new DaemonError("usage", refusal.data.error);
  return Lease.parse(answer);
}

/** The last record of each address in a lease file, by address. */
function latestRecords(path: string): LeaseRecord[] {
  const bytes = readFileSync(path);
  const latest = new Map<number, LeaseRecord>();
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => latest.set(record.address, record),
    (offset, message) => process.stderr.write(`${path}: octet ${offset}: ${message}\n`),
  );
  return [...latest.values()].sort((a, b) => a.address - b.address);
}

/** Sends one command and yields the lines of its answer. */
async function* ask(path: string, command: string): AsyncGenerator<string> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error) => {
      reject(new DaemonError("usage", `${path}: no daemon answers there (${error.message}): is anydhcpd running?`));
    });
  });
  socket.write(`${JSON.stringify({ command })}\n`);
  try {
    yield* createInterface({ input: socket });
  } finally {
    socket.destroy();
  }
}

const COLUMNS: readonly (readonly [keyof Lease, number])[] = [
  ["address", 15],
  ["state", 9],
  ["ends", 24],
  ["hardware", 17],
  ["hostName", 20],
];

function printRow(lease: Lease): void {
  process.stdout.write(
    `${COLUMNS.map(([name, width]) => lease[name].padEnd(width))
      .join(" ")
      .trimEnd()}\n`,
  );
}

function printJson(lease: Lease): void {
  process.stdout.write(`${JSON.stringify(lease)}\n`);
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", () => undefined);
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`anydhcpctl: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
