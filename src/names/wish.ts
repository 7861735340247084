// Which name a lease or a reservation asks for in the DNS, by what its client says and by the configuration.

import { formatHex } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { NAME_OCTETS_MAX } from "../base/limits/names.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Config, Host } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { labelsOf } from "../wire/options/domain-name.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import { clientLabelOf, labelOf } from "./client-label.ts";
import type { DnsName } from "./dns/rules.ts";

/** A lease with what the configuration says of its address and client. */
export interface NamedLease {
  readonly record: LeaseRecord;
  readonly place: { readonly reserved: boolean; readonly host: string | undefined };
  readonly scope: Scope;
}

/** A name that somebody asks for. */
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
  /** What the zones are to say of it, where zones are updated. */
  readonly dns?: DnsName | undefined;
}

/** The wish of a lease; undefined where it is not bound or its client has no name that the DNS could have. */
export function wishOfLease({ record, place, scope }: NamedLease): Wish | undefined {
  if (record.state !== BindingState.bound) return undefined;
  const declared = place.host === undefined ? "" : declaredLabel(place.host, place.reserved, scope);
  const said = declared === "" ? clientLabelOf(record.hostName) : declared;
  const label = said === "" && place.host !== undefined ? labelOfText(place.host) : said;
  const isReserved = place.reserved && place.host !== undefined;
  const client = isReserved ? `host ${place.host}` : clientOf(record);
  return wish({ address: record.address, label, client, isReserved, since: record.startsAt }, scope);
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
  const label = declaredLabel(host.name, true, scope);
  return wish({ address, label, client: `host ${host.name}`, isReserved: true, since: 0 }, scope);
}

/** What the configuration calls a host; "" where its client may say. */
function declaredLabel(host: string, isReserved: boolean, scope: Scope): string {
  if (scope.ddnsHostName !== undefined && scope.ddnsHostName !== "") return scope.ddnsHostName;
  const hostName = scope.options.get(OptionCode.hostName);
  if (hostName !== undefined) return labelOf(hostName);
  return isReserved || scope.useHostDeclNames ? labelOfText(host) : "";
}

function labelOfText(text: string): string {
  return labelOf(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff));
}

function clientOf({ clientId, htype, hardwareAddress }: LeaseRecord): string {
  return clientId.length > 0 ? `id ${formatHex(clientId)}` : `${htype} ${formatHex(hardwareAddress)}`;
}

function wish(wanted: Omit<Wish, "name">, scope: Scope): Wish | undefined {
  const { label } = wanted;
  if (label === "" || label === "localhost") return undefined;
  const domain = domainOf(scope);
  const name = domain === "" ? label : `${label}.${domain}`;
  return name.length > NAME_OCTETS_MAX ? undefined : { ...wanted, name };
}

/** `ddns-domainname`, else the option that tells clients their domain; "" where neither is a name. */
function domainOf(scope: Scope): string {
  if (scope.ddnsDomainName !== undefined) return scope.ddnsDomainName;
  const option = scope.options.get(OptionCode.domainName);
  if (option === undefined) return "";
  const text = String.fromCharCode(...option)
    .replace(/[\0.]+$/, "")
    .toLowerCase();
  return text === "" || typeof labelsOf(text) === "string" ? "" : text;
}
