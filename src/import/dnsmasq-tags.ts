// dnsmasq's tags as conditions: which lines set a tag for a client, and which clients a line with tags is about.

import { optionByCode } from "../wire/options/option-code.ts";
import { both, either, enclosed, negation } from "./condition-text.ts";
import type { DnsmasqLine } from "./dnsmasq-lines.ts";
import { dnsmasqCode } from "./dnsmasq-options.ts";
import { hexOctets, parseOctets, quote } from "./written.ts";

/** Parts in front of a line's values that ask for tags, or for clients without them; `#` is what old files have for `!`. */
const ASKED = /^(?:tag|net):([!#]?)(.+)$/;

/** The tags of one configuration. */
export class DnsmasqTags {
  private readonly conditions = new Map<string, string>([["known", "known"]]);
  /** Tags that ranges set: they are about a pool, not about a client. */
  readonly ofRanges = new Set<string>();

  /** Notes that clients have a tag if a condition holds. */
  set(tag: string, condition: string): void {
    const known = this.conditions.get(tag);
    this.conditions.set(tag, known === undefined ? condition : either(known, condition));
  }

  /** Takes a line that sets a tag; undefined, or why it cannot. */
  take({ name, values }: DnsmasqLine): string | undefined {
    const [first = "", ...rest] = values;
    // dnsmasq takes a tag without "set:" too, as old files have it.
    const [, tag] = /^(?:(?:set|net|tag):)?([^:]+)$/.exec(first) ?? [];
    if (tag === undefined) return "set:TAG was expected first";
    const condition = matchOf(name, rest);
    if (condition === undefined) return "a condition cannot look at that";
    this.set(tag, condition);
    return undefined;
  }

  /** The condition that a line asks for by tags; undefined, if a tag is not known. */
  conditionOf(tags: readonly string[]): string | undefined {
    const conditions = tags.map((tag) => {
      const [, not = "", name = ""] = ASKED.exec(tag) ?? [];
      const found = this.conditions.get(name);
      if (found === undefined) return undefined;
      return not !== "" ? negation(enclosed(found)) : enclosed(found);
    });
    return conditions.reduce((all, one) => (all === undefined || one === undefined ? undefined : both(all, one)));
  }
}

/** The parts of a line that ask for tags, and the others. */
export function splitTags(values: readonly string[]): {
  readonly tags: readonly string[];
  readonly rest: readonly string[];
} {
  const end = values.findIndex((value) => !ASKED.test(value));
  const at = end < 0 ? values.length : end;
  return { tags: values.slice(0, at), rest: values.slice(at) };
}

/** The name of the tag that a part asks for, if a client is to have it. */
export function nameOfTag(part: string): string | undefined {
  const [, not, name] = ASKED.exec(part) ?? [];
  return not === "" ? name : undefined;
}

function matchOf(name: string, rest: readonly string[]): string | undefined {
  const [value = ""] = rest;
  switch (name) {
    case "dhcp-match":
      return matchOfOption(rest);
    case "dhcp-vendorclass":
      return startsWith("option vendor-class-identifier", 0, value);
    case "dhcp-userclass":
      // As it is, or behind its length (RFC 3004).
      return `${startsWith("option user-class", 0, value)} or ${startsWith("option user-class", 1, value)}`;
    case "dhcp-mac":
      return matchOfCard(value);
    case "dhcp-circuitid":
      return equals("option agent.circuit-id", value);
    case "dhcp-remoteid":
      return equals("option agent.remote-id", value);
    case "dhcp-subscrid":
      return equals("option agent.subscriber-id", value);
    default:
      return undefined;
  }
}

function startsWith(data: string, from: number, text: string): string {
  return `substring(${data}, ${from}, ${text.length}) = ${quote(text)}`;
}

function equals(data: string, value: string): string {
  const octets = value.includes(":") ? parseOctets(value) : undefined;
  return `${data} = ${octets === undefined || octets.length < 2 ? quote(value) : hexOctets(octets)}`;
}

function matchOfOption([option = "", value, ...more]: readonly string[]): string | undefined {
  const code = dnsmasqCode(option);
  if (code === undefined || more.length > 0) return undefined;
  const { name, format } = optionByCode(code);
  if (value === undefined || value === "") return `exists ${name}`;
  // Numbers only: how dnsmasq finds a text in an option is another question.
  return /^[lLsSbB]A?$/.test(format) && /^[0-9]{1,9}$/.test(value) ? `option ${name} = ${value}` : undefined;
}

/** `02:00:5e:*:*:*` as its first octets. */
function matchOfCard(pattern: string): string | undefined {
  const pieces = pattern.split(":");
  const octets = pieces.filter((piece) => /^[0-9a-f]{1,2}$/i.test(piece));
  const isStart = pieces.slice(octets.length).every((piece) => piece === "*");
  if (octets.length < 2 || pieces.length !== 6 || !isStart) return undefined;
  return `substring(hardware, 1, ${octets.length}) = ${octets.join(":")}`;
}
