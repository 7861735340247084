// A statement whose first word no statement has: a misspelling, a habit from another server, another
// program's file, or a setting that ISC's dhcpd takes as a variable and forgets.

import { optionByName } from "../../wire/options/option-code.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { didYouMean, nearestWord } from "./suggest.ts";

/** The name of a statement here, and its names on other servers. */
const HABITS: readonly (readonly [string, ...string[]])[] = [
  [
    "hardware ethernet",
    "mac",
    "mac-address",
    "hardware-ethernet",
    "hardware-address",
    "hw-address",
    "ethernet",
    "ether",
    "hwaddr",
  ],
  ["fixed-address", "ip", "address", "ip-address", "static-address"],
  ["default-lease-time", "lease-time", "lease"],
  ["option domain-name-servers", "dns", "dns-server", "dns-servers", "name-server", "nameserver"],
  ["option domain-name", "domain"],
  ["option domain-search", "search"],
  ["option routers", "router", "gateway", "default-router"],
  ["option subnet-mask", "netmask"],
  ["option ntp-servers", "ntp-server"],
  ["option host-name", "hostname"],
  ["option interface-mtu", "mtu"],
  ["filename", "boot-file", "bootfile"],
  ["next-server", "tftp-server"],
  ["subnet", "network"],
];

/** Variables by which start scripts once named the interfaces to serve. */
const INTERFACE_VARIABLE = /^(?:dhcpd?args|dhcpd?_interfaces?|interfaces(?:v4|v6)?|iface)$/i;

/** Settings of dnsmasq that a file of its has early. */
const DNSMASQ =
  /^(?:dhcp-(?:range|host|option|boot|authoritative)|domain-needed|bogus-priv|no-resolv|enable-tftp|bind-interfaces|listen-address)$/i;

/**
 * Takes `NAME;` and `NAME = VALUE;`, which ISC's dhcpd takes without a word and without effect, with a warning.
 * False, with nothing taken, if the statement is another.
 */
export function takeIgnoredSetting(cursor: Cursor, words: Iterable<string>): boolean {
  const token = cursor.peek();
  const length = lengthOfSetting(cursor);
  if (token.kind !== "word" || length === 0) return false;
  if (INTERFACE_VARIABLE.test(token.text)) {
    cursor.report.warning(token.at, `${nameToken(token)} has no effect: this is a setting of start scripts`, {
      expected: "the interfaces on the command line, or in the service's unit, as in anydhcpd eth0",
      hasNoEffect: true,
    });
  } else {
    const meant = cursor.report.isFull("warning") ? undefined : meantBy(token.text, words);
    cursor.report.warning(token.at, `there is no statement ${nameToken(token)}: it has no effect`, {
      ...(meant !== undefined && { expected: didYouMean(meant) }),
      hasNoEffect: true,
    });
  }
  for (let i = 0; i < length; i++) cursor.next();
  return true;
}

/** The tokens of `NAME;` or `NAME = VALUE;` in one line, the semicolon among them; 0 if it is neither. */
function lengthOfSetting(cursor: Cursor): number {
  if (cursor.isMark(";", 1)) return 2;
  if (!cursor.isMark("=", 1)) return 0;
  const { source } = cursor.report;
  const line = source.lineOf(cursor.peek().at);
  for (let ahead = 2; ; ahead++) {
    const token = cursor.peek(ahead);
    if (token.kind === "end" || cursor.isMark("{", ahead) || cursor.isMark("}", ahead)) return 0;
    if (source.lineOf(token.at) !== line) return 0;
    if (cursor.isMark(";", ahead)) return ahead > 2 ? ahead + 1 : 0;
  }
}

/** Reports a word that no statement starts with; `words` are those that would be possible. */
export function reportUnknownStatement(cursor: Cursor, words: Iterable<string>): undefined {
  const token = cursor.peek();
  const language = otherLanguage(cursor);
  if (language !== undefined) {
    const [name, expected] = language;
    return cursor.report.error(token.at, `this is ${name}, not a dhcpd.conf`, { expected });
  }
  if (token.kind !== "word") return cursor.unexpected("a statement");
  // In a long file of anything, searches whose result is never shown would be most of the work.
  const meant = cursor.report.isFull("error") ? undefined : meantBy(token.text, words);
  return cursor.report.error(token.at, `there is no statement ${nameToken(token)}`, {
    expected: meant === undefined ? "a statement of dhcpd.conf(5)" : didYouMean(meant),
  });
}

function meantBy(word: string, words: Iterable<string>): string | undefined {
  const habit = HABITS.find(([, ...others]) => others.includes(word.toLowerCase()));
  if (habit !== undefined) return habit[0];
  return optionByName(word.toLowerCase()) === undefined ? nearestWord(word, words) : `option ${word}`;
}

const EXAMPLE = "statements as in subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }";

/** The program that this looks like a file of, and what to write instead. */
function otherLanguage(cursor: Cursor): readonly [name: string, expected: string] | undefined {
  const token = cursor.peek();
  if (token.kind === "other" && token.text.startsWith("[")) return ["an INI file", EXAMPLE];
  if (cursor.isMark("{") && (cursor.peek(1).kind === "string" || cursor.isMark("}", 1))) {
    return ["JSON", "a dhcpd.conf; `anydhcpctl import FILE` turns a configuration of Kea into one"];
  }
  if (token.kind !== "word" || !DNSMASQ.test(token.text)) return undefined;
  return ["a file of dnsmasq's", "a dhcpd.conf; `anydhcpctl import FILE` turns a configuration of dnsmasq into one"];
}
