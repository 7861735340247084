// `anydhcpctl leases`: what the running daemon, or a lease file, knows of leases, by address.

import { readFileSync } from "node:fs";
import { DaemonError } from "../base/daemon-error.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { describeLease } from "../control/lease-description.ts";
import { Lease } from "../control/messages.ts";
import { beginsAsLeaseFile, describeOtherFile, LEASE_FILE_HEAD_OCTETS } from "../lease/file/lease-file-start.ts";
import { readLeases } from "../lease/file/leases-file.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { describeDeclarations } from "../store/journal/journal-declarations.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { askForAll, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { formatDuration } from "./duration.ts";
import { leaseFilter } from "./lease-filter.ts";

const USAGE = `usage: anydhcpctl leases [--json] [--subnet network] [--state state,...]
                         [--hardware address] [--name text]
                         [--control socket | -l lease-file]

  --json         one JSON object a line, with all that is known
  --subnet net   leases in this network (192.0.2.0/24), or of this address
  --state states of: bound, expired, released, abandoned
  --hardware address
                 of this hardware address, or of those that begin so
  --name text    whose host declaration or client's name has this in it
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})
  -l, --leases file
                 read a lease file instead, ours, OpenBSD's or ISC's
`;

const COLUMNS: readonly (readonly [string, number])[] = [
  ["address", 15],
  ["state", 9],
  ["type", 8],
  ["remaining", 11],
  ["hardware", 17],
  ["subnet", 18],
  ["interface", 9],
  ["name", 0],
];
const MS_PER_SECOND = 1000;

/** Lists leases. */
export const LEASES: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = readArguments({
      args,
      options: {
        ...CONTROL_OPTION,
        leases: { type: "string", short: "l" },
        json: FLAG,
        subnet: { type: "string" },
        state: { type: "string" },
        hardware: { type: "string" },
        name: { type: "string" },
      },
    });
    const isWanted = leaseFilter(values);
    const now = Date.now() / MS_PER_SECOND;
    const found: Lease[] = [];
    if (values.leases !== undefined) {
      found.push(...latestRecords(values.leases).map((record) => withTrueState(describeLease(record), now)));
    } else {
      for await (const lease of askForAll(values.control, "leases", Lease)) if (isWanted(lease)) found.push(lease);
    }
    const shown = found.filter(isWanted).map((lease) => ({ lease, address: parseIpv4(lease.address) ?? 0 }));
    shown.sort((a, b) => a.address - b.address);
    if (!values.json) process.stdout.write(row(COLUMNS.map(([name]) => name)));
    for (const { lease } of shown)
      process.stdout.write(values.json ? `${JSON.stringify(lease)}\n` : row(cells(lease, now)));
    return 0;
  },
};

/** The last record of each address in a lease file. */
function latestRecords(path: string): LeaseRecord[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const reasons: Record<string, string> = { ENOENT: "there is no such file", EACCES: "you may not read it" };
    throw new DaemonError("lease-file-unreadable", `${path}: ${reasons[code] ?? `it cannot be read: ${code}`}`);
  }
  const latest = new Map<number, LeaseRecord>();
  const declarations = new Map<string, number>();
  const troubles: string[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => latest.set(record.address, record),
    (offset, message) => troubles.push(`${path}: octet ${offset}: ${message}\n`),
    (word) => declarations.set(word, (declarations.get(word) ?? 0) + 1),
  );
  const head = bytes.subarray(0, LEASE_FILE_HEAD_OCTETS);
  if (latest.size === 0 && !beginsAsLeaseFile(head)) {
    const looks = describeOtherFile(head, path);
    throw new DaemonError("lease-file-foreign", `${path}: nothing in this file is a lease${looks ? `: ${looks}` : ""}`);
  }
  for (const trouble of troubles) process.stderr.write(trouble);
  const declared = describeDeclarations(declarations, path);
  if (declared !== undefined) process.stderr.write(`${path}: ${declared}\n`);
  return [...latest.values()];
}

/** A file says "active" of a lease until something else is written about it, however long ago it has ended. */
function withTrueState(lease: Lease, now: EpochSeconds): Lease {
  return lease.state === "bound" && remainingSeconds(lease, now) <= 0 ? { ...lease, state: "expired" } : lease;
}

function remainingSeconds({ ends }: Lease, now: EpochSeconds): Seconds {
  return ends === "never" ? Number.POSITIVE_INFINITY : Date.parse(ends) / MS_PER_SECOND - now;
}

function cells(lease: Lease, now: EpochSeconds): string[] {
  const { address, state, reserved, hardware, subnet, interface: via, host, hostName } = lease;
  const name = host === undefined || host === hostName ? hostName : hostName === "" ? host : `${host} (${hostName})`;
  const type = reserved === undefined ? "" : reserved ? "reserved" : "dynamic";
  return [address, state, type, remaining(lease, now), hardware, subnet ?? "", via ?? "", name];
}

function remaining(lease: Lease, now: EpochSeconds): string {
  if (lease.state !== "bound" && lease.state !== "abandoned") return "-";
  const seconds = remainingSeconds(lease, now);
  return seconds === Number.POSITIVE_INFINITY ? "for ever" : seconds <= 0 ? "-" : formatDuration(seconds);
}

function row(texts: readonly string[]): string {
  return `${texts
    .map((text, i) => text.padEnd(COLUMNS[i]?.[1] ?? 0))
    .join(" ")
    .trimEnd()}\n`;
}
