// A lease in the form of the control socket and `anydhcpctl leases`.

import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { showOctets, textOrHex } from "../base/text.ts";
import type { EpochSeconds } from "../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { findRelaySubOption, isRelayAgentInformation, RelaySubOption } from "../wire/options/relay-agent.ts";
import type { Lease } from "./messages.ts";

/** The configuration's facts about a lease's address and client. */
export interface LeasePlace {
  readonly reserved: boolean;
  readonly host: string | undefined;
  readonly subnet: string;
  readonly interface: string | undefined;
}

const STATE_NAMES = new Map(
  Object.entries(BindingState).map(([name, state]) => [state, name as keyof typeof BindingState]),
);

/** Describes a lease; without `place` where no configuration is at hand. */
export function describeLease(record: LeaseRecord, place?: LeasePlace): Lease {
  const lease: Lease = {
    address: formatIpv4(record.address),
    state: STATE_NAMES.get(record.state) ?? "free",
    starts: isoTime(record.startsAt),
    ends: isoTime(record.endsAt),
    lastTransaction: isoTime(record.lastTransactionAt),
    hardware: formatHex(record.hardwareAddress, ":"),
    clientId: formatHex(record.clientId, ":"),
    hostName: showOctets(record.hostName),
    agentInformation: formatHex(record.agentInformation, ":"),
  };
  const circuitId = agentText(record.agentInformation, RelaySubOption.circuitId);
  const remoteId = agentText(record.agentInformation, RelaySubOption.remoteId);
  if (circuitId !== "") lease.circuitId = circuitId;
  if (remoteId !== "") lease.remoteId = remoteId;
  if (place === undefined) return lease;
  lease.reserved = place.reserved;
  lease.subnet = place.subnet;
  if (place.host !== undefined) lease.host = place.host;
  if (place.interface !== undefined) lease.interface = place.interface;
  return lease;
}

/** A relay's information about a client's line, in the log's words; "" if there is none. */
function agentText(information: Uint8Array, code: number): string {
  if (!isRelayAgentInformation(information, 0, information.length)) return "";
  const at = findRelaySubOption(information, 0, information.length, code);
  return at < 0 ? "" : textOrHex(information.subarray(at, at + (information[at - 1] ?? 0)));
}

/** Whole seconds as ISO text in UTC; "never" for Infinity. */
export function isoTime(seconds: EpochSeconds): string {
  return Number.isFinite(seconds) ? new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z") : "never";
}
