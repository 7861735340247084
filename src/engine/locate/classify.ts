// Which classes a client is in. Pure, and without garbage: data of the query are copied to one scratch
// buffer and compared there. A configuration without classes costs one comparison.

import { OPTION_OCTETS_MAX } from "../../base/limits/wire.ts";
import type { ClassRule } from "../../config/model/class-rule.ts";
import type { Membership } from "../../config/model/membership.ts";
import type { Condition } from "../../config/model/query-condition.ts";
import { FqdnPart, type QueryData } from "../../config/model/query-condition.ts";
import { copyClientName } from "../../wire/client-name.ts";
import { Offset } from "../../wire/layout.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { findRelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Query } from "../../wire/query.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

const scratch = new Uint8Array(OPTION_OCTETS_MAX);
/** Most digits that an octet is written with. */
const DIGITS_MAX = 8;
const DIGITS = "0123456789abcdef";
/** The text that data were written as last. */
const text = new Uint8Array(OPTION_OCTETS_MAX * DIGITS_MAX);
/** Capital letters of ASCII, and how far the small ones are from them. */
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const TO_SMALL = 0x20;
const DOT = 0x2e;

/** Where in `scratch` the data that were read last start. */
let from = 0;

/** The client whose classes are looked for. */
export type Classified = Pick<Exchange, "query" | "client" | "hasClient">;

/** The classes of a client, by its message. */
export function classify(exchange: Classified, serving: Pick<Serving, "config">): Membership {
  const { config } = serving;
  const { rules, memberships } = config.classes;
  let membership = memberships.none;
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    if (rule === undefined) break;
    if (rule.condition !== undefined && !holds(rule.condition, exchange, serving)) continue;
    if (rule.subclasses !== undefined) {
      const subclass = findSubclass(rule, exchange);
      if (subclass < 0) continue;
      membership = memberships.join(membership, subclass);
    }
    membership = memberships.join(membership, rule.entry);
  }
  return membership;
}

/** The entry of the subclass that the client is in; -1 if it is in none. */
function findSubclass(rule: ClassRule, exchange: Classified): number {
  for (let i = 0; i < rule.keys.length; i++) {
    const key = rule.keys[i];
    if (key === undefined) break;
    const length = readData(key.data, exchange);
    if (length < 0) continue;
    if (key.base > 0) return rule.subclasses?.find(key.kind, text, 0, write(length, key.base)) ?? -1;
    return rule.subclasses?.find(key.kind, scratch, from, length) ?? -1;
  }
  return -1;
}

function holds(condition: Condition, exchange: Classified, serving: Pick<Serving, "config">): boolean {
  switch (condition.kind) {
    case "equal":
      return isEqual(condition.value, readData(condition.data, exchange));
    case "matches":
      return isMatch(condition, readData(condition.data, exchange));
    case "written":
      return isWritten(condition, readData(condition.data, exchange));
    case "listed":
      return isListed(condition.value, readData(condition.data, exchange));
    case "exists":
      return readData(condition.data, exchange) >= 0;
    case "known":
      return exchange.hasClient && serving.config.isDeclared(exchange.client);
    case "not":
      return !holds(condition.inner, exchange, serving);
    case "and":
      return holds(condition.left, exchange, serving) && holds(condition.right, exchange, serving);
    case "or":
      return holds(condition.left, exchange, serving) || holds(condition.right, exchange, serving);
  }
}

function isEqual(value: Uint8Array, length: number): boolean {
  return value.length === length && isAt(value, from);
}

function isAt(value: Uint8Array, at: number): boolean {
  for (let i = 0; i < value.length; i++) if (value[i] !== scratch[at + i]) return false;
  return true;
}

/** Whether the value is in the data where the condition wants it. */
function isMatch(
  { value, isStart, isEnd, ignoresCase }: Extract<Condition, { kind: "matches" }>,
  length: number,
): boolean {
  const most = length - value.length;
  if (most < 0 || (isStart && isEnd && most > 0)) return false;
  if (ignoresCase) {
    for (let i = from; i < from + length; i++) {
      const octet = scratch[i] ?? 0;
      if (octet >= CAPITAL_A && octet <= CAPITAL_Z) scratch[i] = octet + TO_SMALL;
    }
  }
  const last = isStart ? 0 : most;
  for (let at = isEnd ? most : 0; at <= last; at++) if (isAt(value, from + at)) return true;
  return false;
}

/** Whether the data's numbers, one behind the other, are the value. */
function isWritten({ base, value }: Extract<Condition, { kind: "written" }>, length: number): boolean {
  if (length < 0 || write(length, base) !== value.length) return false;
  for (let i = 0; i < value.length; i++) if (value[i] !== text[i]) return false;
  return true;
}

/** Writes the data as numbers with nothing between them and no leading zeros; returns how many octets the text has. */
function write(length: number, base: number): number {
  let to = 0;
  for (let i = from; i < from + length; i++) {
    const octet = scratch[i] ?? 0;
    let place = 1;
    while (place * base <= octet) place *= base;
    for (; place >= 1; place /= base) text[to++] = DIGITS.charCodeAt(Math.floor(octet / place) % base);
  }
  return to;
}

/** Whether the data are items that add up, one of them the value. */
function isListed(value: Uint8Array, length: number): boolean {
  const end = from + length;
  let isFound = false;
  let at = from;
  while (at < end) {
    const octets = scratch[at] ?? 0;
    isFound ||= octets === value.length && isAt(value, at + 1);
    at += 1 + octets;
  }
  return isFound && at === end;
}

/** Puts data of the query where `from` says; returns how many octets, -1 if the query has none such. */
function readData(data: QueryData, exchange: Classified): number {
  const whole = readWhole(data, exchange);
  if (whole < 0) return -1;
  if (data.isSuffix) {
    const length = Math.min(data.length, whole);
    from = whole - length;
    return length;
  }
  from = Math.min(data.from, whole);
  return Math.min(data.length, whole - from);
}

function readWhole(data: QueryData, exchange: Classified): number {
  const { query, client } = exchange;
  switch (data.kind) {
    case "option":
      return query.has(data.code) ? query.copyOption(data.code, scratch, 0) : -1;
    case "relay":
      return readSubOption(data.code, exchange);
    case "inner":
      return readInner(data, exchange);
    case "fqdn":
      return query.has(OptionCode.fqdn) ? partOfName(data.code, copyClientName(query, scratch)) : -1;
    case "packet":
      return copyHeader(query, data.from + data.length);
    case "hardware":
      if (client.hlen === 0) return -1;
      scratch[0] = client.htype;
      for (let i = 0; i < client.hlen; i++) scratch[1 + i] = client.chaddr[i] ?? 0;
      return 1 + client.hlen;
  }
}

/** The message's first octets, as many as are wanted. */
function copyHeader({ bytes, start, length }: Query, wanted: number): number {
  const most = Math.min(wanted, length, Offset.options);
  for (let i = 0; i < most; i++) scratch[i] = bytes[start + i] ?? 0;
  return most;
}

/** Moves a part of the client's name, a text of `length` octets, to the start of `scratch`; -1 if there is none. */
function partOfName(part: number, length: number): number {
  if (part === FqdnPart.fqdn) return length > 0 ? length : -1;
  let dot = 0;
  while (dot < length && scratch[dot] !== DOT) dot++;
  if (part === FqdnPart.hostname) return dot > 0 ? dot : -1;
  if (dot + 1 >= length) return -1;
  scratch.copyWithin(0, dot + 1, length);
  return length - dot - 1;
}

/** An option inside another, moved to the start of `scratch`. */
function readInner({ code, carrier }: QueryData, { query }: Classified): number {
  if (!query.has(carrier)) return -1;
  const at = findRelaySubOption(scratch, 0, query.copyOption(carrier, scratch, 0), code);
  if (at < 0) return -1;
  const length = scratch[at - 1] ?? 0;
  scratch.copyWithin(0, at, at + length);
  return length;
}

/** The relay's information; for a client that renews without one, the information from when the lease was made. */
function readSubOption(code: number, exchange: Classified): number {
  const { agentInformation, agentInformationLength } = exchange.client;
  const at = findRelaySubOption(agentInformation, 0, agentInformationLength, code);
  if (at < 0) return -1;
  const length = agentInformation[at - 1] ?? 0;
  for (let i = 0; i < length; i++) scratch[i] = agentInformation[at + i] ?? 0;
  return length;
}
