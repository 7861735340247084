// `anydhcpctl leases`: what the running daemon, or a lease file, knows of leases, by address.

import { parseIpv4 } from "../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { describeLease } from "../control/lease-description.ts";
import { leaseTest } from "../control/lease-filter.ts";
import type { Lease } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { askForLeases, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { formatDuration } from "./duration.ts";
import { leasesRequest } from "./lease-filter.ts";
import { latestRecords } from "./lease-records.ts";

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
    const request = leasesRequest(values);
    const now = Date.now() / MS_PER_SECOND;
    const found: Lease[] = [];
    if (values.leases !== undefined) {
      found.push(...latestRecords(values.leases).map((record) => withTrueState(describeLease(record), now)));
    } else {
      for await (const lease of askForLeases(values.control, request)) found.push(lease);
    }
    const shown = found.filter(leaseTest(request)).map((lease) => ({ lease, address: parseIpv4(lease.address) ?? 0 }));
    shown.sort((a, b) => a.address - b.address);
    if (!values.json) process.stdout.write(row(COLUMNS.map(([name]) => name)));
    for (const { lease } of shown)
      process.stdout.write(values.json ? `${JSON.stringify(lease)}\n` : row(cells(lease, now)));
    return 0;
  },
};

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
