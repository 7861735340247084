// The calls of the event script for a lease: arguments and environment as dnsmasq's --dhcp-script has them
// (dnsmasq(8)). Text of clients and of the configuration is made safe: a name is one label of the DNS or left out, and
// no value has a control character.

import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { SCRIPT_USER_CLASSES_MAX, SCRIPT_VALUE_OCTETS_MAX } from "../base/limits/script.ts";
import { isPrintable, showOctets } from "../base/text.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { findRelaySubOption, isRelayAgentInformation, RelaySubOption } from "../wire/options/relay-agent.ts";
import type { RequestFacts } from "../wire/request-facts.ts";
import type { ScriptCall } from "./protocol.ts";

/** A lease, and the configuration's facts about it. */
export interface ScriptLease {
  readonly record: LeaseRecord;
  readonly place: { readonly host: string | undefined; readonly interface: string | undefined };
}

/** Something that has happened to a lease, as LeaseEvents tells it. */
export interface ScriptEvent {
  readonly kind: "added" | "renewed" | "expired" | "released" | "declined" | "conflict";
  readonly at: EpochSeconds;
  readonly lease: ScriptLease;
  readonly former?: LeaseRecord;
  readonly request?: RequestFacts & { readonly interface: string; readonly classes: readonly string[] };
}

/** The configuration's name for a lease's client, a character for each octet; empty if it has none. */
export interface GivenNames {
  readonly hostName: string;
  readonly domain: string;
}

/** How names are found for a lease. */
export type NamesOf = (record: LeaseRecord) => GivenNames;

const ETHERNET = 1;
const SUBSCRIBER_ID = 6;
const LABEL_OCTETS_MAX = 63;

/** The script's calls for an event, in order; none where dnsmasq has none. `tellsRenewals`: also for a renewal that only prolongs. */
export function callsOf(event: ScriptEvent, namesOf: NamesOf, tellsRenewals: boolean): readonly ScriptCall[] {
  const { kind, lease, former, request } = event;
  const { record } = lease;
  const call = (action: ScriptCall["action"], of = record): ScriptCall =>
    makeCall(action, kind, { ...lease, record: of }, event, namesOf);
  switch (kind) {
    case "added":
      if (former === undefined) return [call("add")];
      return isSameClient(former, record) ? changesOf(event, call, namesOf, true) : [call("del", former), call("add")];
    case "renewed":
      // A client that has started anew comes back to its lease, which dnsmasq tells.
      return changesOf(event, call, namesOf, tellsRenewals || request?.ciaddr === 0);
    case "declined":
      return former === undefined ? [] : [call("del")];
    case "conflict":
      return [];
    default:
      // An address that an operator has forgiven has no known client.
      return record.hardwareAddress.length + record.clientId.length === 0 ? [] : [call("del")];
  }
}

/** The call that tells a lease again: that it runs, or that it is over. */
export function repeatedCall(
  action: "old" | "del",
  lease: ScriptLease,
  at: EpochSeconds,
  namesOf: NamesOf,
): ScriptCall {
  return makeCall(action, "repeated", lease, { at }, namesOf);
}

/** The first call is about a name that goes, by itself; then one shows the lease as it is now. */
function changesOf(
  { lease: { record }, former }: ScriptEvent,
  call: (action: "old", of?: LeaseRecord) => ScriptCall,
  namesOf: NamesOf,
  always: boolean,
): readonly ScriptCall[] {
  const [before, now] = [former ?? record, record].map((of) => nameOf(of, namesOf(of)));
  const isRenamed = before !== now;
  const isOther = isRenamed || (former !== undefined && hardwareOf(former) !== hardwareOf(record));
  const calls: ScriptCall[] = [];
  if (isRenamed && before !== undefined && before !== "") {
    const told = call("old");
    calls.push({ ...told, name: "", variables: [...told.variables, ["DNSMASQ_OLD_HOSTNAME", before]] });
  }
  if (isOther ? now !== "" || calls.length === 0 : always) calls.push(call("old"));
  return calls;
}

function makeCall(
  action: ScriptCall["action"],
  word: ScriptEvent["kind"] | "repeated",
  { record, place }: ScriptLease,
  { at, request }: Pick<ScriptEvent, "at" | "request">,
  namesOf: NamesOf,
): ScriptCall {
  const names = namesOf(record);
  const name = nameOf(record, names);
  const asked = action === "del" ? undefined : request;
  const variables: [string, string][] = [];
  const put = (variable: string, value: string): void => {
    if (value !== "") variables.push([variable, cut(value)]);
  };
  const isEndless = !Number.isFinite(record.endsAt);
  const end = Math.floor(record.endsAt);
  put("ANYDHCPD_EVENT", word);
  put("DNSMASQ_CLIENT_ID", formatHex(record.clientId, ":"));
  put("DNSMASQ_INTERFACE", showText(asked?.interface || place.interface || ""));
  put("DNSMASQ_LEASE_EXPIRES", isEndless ? "0" : String(end));
  if (name !== "") put("DNSMASQ_DOMAIN", showOctets(octetsOf(names.domain)));
  if (action !== "del" && !isEndless) put("DNSMASQ_TIME_REMAINING", String(Math.max(0, end - Math.floor(at))));
  put("DNSMASQ_VENDOR_CLASS", showOctets(record.vendorClass));
  put("DNSMASQ_CIRCUIT_ID", agentText(record.agentInformation, RelaySubOption.circuitId));
  put("DNSMASQ_SUBSCRIBER_ID", agentText(record.agentInformation, SUBSCRIBER_ID));
  put("DNSMASQ_REMOTE_ID", agentText(record.agentInformation, RelaySubOption.remoteId));
  if (asked === undefined) {
    put("DNSMASQ_DATA_MISSING", "1");
    return { action, hardware: hardwareOf(record), address: formatIpv4(record.address), name, variables };
  }
  put("DNSMASQ_SUPPLIED_HOSTNAME", showOctets(asked.hostName));
  put("DNSMASQ_REQUESTED_OPTIONS", asked.requestedOptions.join(","));
  put("DNSMASQ_MUD_URL", showOctets(asked.mudUrl));
  put("DNSMASQ_TAGS", tagsOf(place, asked.classes, asked.interface));
  if (asked.giaddr !== 0) put("DNSMASQ_RELAY_ADDRESS", formatIpv4(asked.giaddr));
  for (const [i, userClass] of userClassesOf(asked.userClass).entries())
    put(`DNSMASQ_USER_CLASS${i}`, showOctets(userClass));
  return { action, hardware: hardwareOf(record), address: formatIpv4(record.address), name, variables };
}

/** By identifier, else by hardware address. */
function isSameClient(one: LeaseRecord, other: LeaseRecord): boolean {
  const id = formatHex(one.clientId);
  return id === formatHex(other.clientId) && (id !== "" || hardwareOf(one) === hardwareOf(other));
}

function hardwareOf({ htype, hardwareAddress }: LeaseRecord): string {
  const octets = formatHex(hardwareAddress, ":");
  return htype === ETHERNET && octets !== "" ? octets : `${htype.toString(16).padStart(2, "0")}-${octets}`;
}

/**
 * The label that the configuration gives the client, else the first label of the client's own name; empty if that is
 * none.
 */
function nameOf({ hostName }: LeaseRecord, names: GivenNames): string {
  return firstLabel(names.hostName) || firstLabel(String.fromCharCode(...hostName));
}

/** A letter or digit, then letters, digits, dashes and underscores, up to a dot; empty if the text begins otherwise. */
function firstLabel(text: string): string {
  let end = 0;
  for (; end < text.length && text[end] !== "."; end++) {
    const letter = text.charCodeAt(end);
    const isWord = isBetween(letter, "0", "9") || isBetween(letter, "a", "z") || isBetween(letter, "A", "Z");
    if (!isWord && (end === 0 || (text[end] !== "-" && text[end] !== "_"))) return "";
  }
  return end <= LABEL_OCTETS_MAX ? text.slice(0, end) : "";
}

function isBetween(code: number, first: string, last: string): boolean {
  return code >= first.charCodeAt(0) && code <= last.charCodeAt(0);
}

/** As text where it is printable, else in hexadecimal. */
function agentText(information: Uint8Array, code: number): string {
  if (!isRelayAgentInformation(information, 0, information.length)) return "";
  const at = findRelaySubOption(information, 0, information.length, code);
  if (at < 0) return "";
  const octets = information.subarray(at, at + (information[at - 1] ?? 0));
  return isPrintable(octets) ? String.fromCharCode(...octets) : formatHex(octets, ":");
}

/** What dnsmasq would have set as tags by itself, and the classes of the client. */
function tagsOf(place: ScriptLease["place"], classes: readonly string[], interfaceName: string): string {
  const tags = [interfaceName, ...(place.host === undefined ? [] : ["known"]), ...classes];
  const shown = tags.map((tag) => showText(tag).replaceAll(" ", "_"));
  return shown.filter((tag) => tag !== "").join(" ");
}

/** Counted strings (RFC 3004), or one string where they are none, as many clients have it. */
function userClassesOf(option: Uint8Array): readonly Uint8Array[] {
  const classes: Uint8Array[] = [];
  let at = 0;
  while (at < option.length && classes.length < SCRIPT_USER_CLASSES_MAX) {
    const length = option[at] ?? 0;
    if (length === 0 || at + 1 + length > option.length) return [option];
    classes.push(option.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return classes;
}

function showText(text: string): string {
  return showOctets(new TextEncoder().encode(text));
}

function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** No longer than a value may be, in octets. */
function cut(value: string): string {
  const octets = new TextEncoder().encode(value);
  if (octets.length <= SCRIPT_VALUE_OCTETS_MAX) return value;
  const kept = new TextDecoder().decode(octets.subarray(0, SCRIPT_VALUE_OCTETS_MAX));
  return kept.replaceAll("\u{fffd}", "");
}
