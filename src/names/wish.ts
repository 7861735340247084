// Which name a lease or a reservation asks for in the DNS, by its client's message and by the configuration.

import { formatHex, NO_OCTETS } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Config, Host } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { type LeaseName, leaseNameOf } from "../engine/lease-name.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import type { DnsName } from "./dns/rules.ts";

/** A lease with the configuration's facts about its address and client. */
export interface NamedLease {
  readonly record: LeaseRecord;
  readonly place: { readonly reserved: boolean; readonly host: string | undefined };
  readonly scope: Scope;
}

/** A name that a lease or a reservation asks for. */
export interface Wish {
  readonly address: Ipv4;
  /** One label, in lower case. */
  readonly label: string;
  /** The whole name without the root's dot; the label alone where there is no domain. */
  readonly name: string;
  /** Tells the client from others. */
  readonly client: string;
  /** Whether the configuration gives the name to this address: it comes before every client's own. */
  readonly isReserved: boolean;
  /** When the client got the address. */
  readonly since: EpochSeconds;
  /** The name that zones should have for it, if zones are updated. */
  readonly dns?: DnsName | undefined;
}

/** The wish of a lease; undefined where it is not bound or its client has no name that the DNS could have. */
export function wishOfLease({ record, place, scope }: NamedLease): Wish | undefined {
  if (record.state !== BindingState.bound) return undefined;
  const isReserved = place.reserved && place.host !== undefined;
  const client = isReserved ? `host ${place.host}` : clientOf(record);
  const named = leaseNameOf(record.hostName, place.host, place.reserved, scope);
  return wish({ address: record.address, client, isReserved, since: record.startsAt }, named);
}

/** The wishes of all hosts with fixed addresses, whether they have leases or not: each at the first of them. */
export function reservedWishes(config: Config): Wish[] {
  return config.hosts.flatMap((host) => wishOfHost(config, host) ?? []);
}

function wishOfHost(config: Config, host: Host): Wish | undefined {
  const [address] = host.fixedAddresses;
  const subnet = address === undefined ? undefined : config.findSubnet(address);
  if (address === undefined || subnet === undefined) return undefined;
  const scope = config.scopeOf(subnet, host);
  const named = leaseNameOf(NO_OCTETS, host.name, true, scope);
  return wish({ address, client: `host ${host.name}`, isReserved: true, since: 0 }, named);
}

function clientOf({ clientId, htype, hardwareAddress }: LeaseRecord): string {
  return clientId.length > 0 ? `id ${formatHex(clientId)}` : `${htype} ${formatHex(hardwareAddress)}`;
}

function wish(wanted: Omit<Wish, "name" | "label">, named: LeaseName | undefined): Wish | undefined {
  return named && { ...wanted, ...named };
}
