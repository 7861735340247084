// `key NAME { algorithm ...; secret ...; }` and `zone NAME { primary ADDRESS; key NAME; }`: which zones the server
// updates in the DNS, and how. The grammar is ISC's, with a port behind the address. Resolving the configuration checks
// what the two mean together (config/resolve/dns.ts).

import type { Ipv4 } from "../../base/ipv4.ts";
import { DNS_KEY_OCTETS_MAX, NAME_OCTETS_MAX } from "../../base/limits/names.ts";
import { labelsOf } from "../../wire/options/domain-name.ts";
import { type DnsKey, KEY_ALGORITHMS } from "../model/dns.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readAddressOrName, readDecimal } from "./values.ts";

const DNS_PORT = 53;
const PORT_MAX = 65_535;
/** Once the name that MD5 has in the DNS. */
const MD5 = /^hmac-md5(?:\.sig-alg\.reg\.int)?\.?$/;
/** With the padding that is right, and as ISC's dhcpd with another. */
const BASE_64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?={0,2}$/;

/** `none`, or what asks for updates; the two that do differ in ISC's dhcpd only. */
export function readUpdateStyle(cursor: Cursor, at: number): Parameter | undefined {
  const { text } = cursor.peek();
  const style = text.toLowerCase();
  if (style !== "none" && style !== "standard" && style !== "interim")
    return cursor.unexpectedWord(["standard", "none"], "standard, which updates the zones, or none");
  cursor.next();
  return { kind: "ddns-update-style", isOn: style !== "none", at };
}

/** Reads a key behind its first word. */
export function readKeyBlock(cursor: Cursor, at: number): Parameter | undefined {
  const name = readName(cursor, "key");
  if (name === undefined || !takeBrace(cursor, '{ algorithm hmac-sha256; secret "..."; }')) return undefined;
  let algorithm: DnsKey["algorithm"] | undefined;
  let secret: Uint8Array | undefined;
  while (!cursor.isMark("}")) {
    if (cursor.takeWord("algorithm")) algorithm = readAlgorithm(cursor);
    else if (cursor.takeWord("secret")) secret = readSecret(cursor, at);
    else return cursor.unexpectedWord(["algorithm", "secret"], "algorithm or secret");
    if (!cursor.takeMark(";")) return cursor.unexpected("; at the end of the entry");
  }
  cursor.next();
  if (algorithm === undefined || secret === undefined)
    return cursor.report.error(at, `key ${name} lacks its ${algorithm === undefined ? "algorithm" : "secret"}`, {
      expected: 'algorithm hmac-sha256; secret "...";',
    });
  return { kind: "key", key: { name, algorithm, secret }, at };
}

/** Reads a zone behind its first word. */
export function readZoneBlock(cursor: Cursor, at: number): Parameter | undefined {
  const name = readName(cursor, "zone");
  if (name === undefined || !takeBrace(cursor, "{ primary ADDRESS; key NAME; }")) return undefined;
  let server: { address: Ipv4; port: number } | undefined;
  let key: string | undefined;
  let keyAt = at;
  while (!cursor.isMark("}")) {
    const word = cursor.peek().text.toLowerCase();
    if (cursor.takeWord("primary")) server = readServer(cursor);
    else if (cursor.isWord("key")) {
      keyAt = cursor.next().at;
      key = readName(cursor, "key");
    } else if (/^(secondary|primary6|secondary6)$/.test(word)) skipServer(cursor, word);
    else return cursor.unexpectedWord(["primary", "key"], "primary or key");
    if (!cursor.takeMark(";")) return cursor.unexpected("; at the end of the entry");
  }
  cursor.next();
  if (server === undefined)
    return cursor.report.error(
      at,
      `zone ${name} has no primary, and the server does not look for one by the SOA record`,
      {
        expected: `primary ADDRESS; with the name server that takes updates, which dig +short SOA ${name} names first`,
      },
    );
  return { kind: "zone", name, server: server.address, port: server.port, keyName: key, keyAt, at };
}

/** A server that is not asked: updates go to the primary alone. */
function skipServer(cursor: Cursor, word: string): void {
  cursor.report.warning(cursor.next().at, `${word} has no effect: updates go to the primary alone`, {
    hasNoEffect: true,
    expected: "primary ADDRESS;",
  });
  while (cursor.peek().kind !== "end" && !cursor.isMark(";") && !cursor.isMark("}")) cursor.next();
}

function readServer(cursor: Cursor): { address: Ipv4; port: number } | undefined {
  const written = readAddressOrName(cursor);
  const [address] = written?.addresses ?? [];
  if (address === undefined) return undefined;
  const port = cursor.takeWord("port") ? readDecimal(cursor, { least: 1, most: PORT_MAX, what: "a port" }) : DNS_PORT;
  return port === undefined ? undefined : { address, port };
}

/** A name between quotes or without them, in lower case and without the root's dot. */
function readName(cursor: Cursor, what: string): string | undefined {
  const { at, kind } = cursor.peek();
  let text = "";
  if (kind === "string") text = cursor.next().text;
  else while (cursor.peek().kind === "word" || cursor.isMark(".")) text += cursor.next().text;
  const name = text.toLowerCase().replace(/\.$/, "");
  const labels = labelsOf(name);
  if (typeof labels !== "string" && name.length <= NAME_OCTETS_MAX) return name;
  return cursor.report.error(at, `this is no name of a ${what}`, {
    expected: what === "key" ? "a name, like key dhcp" : "a domain name, like zone home.arpa",
  });
}

function takeBrace(cursor: Cursor, expected: string): boolean {
  if (cursor.takeMark("{")) return true;
  cursor.unexpected(expected);
  return false;
}

function readAlgorithm(cursor: Cursor): DnsKey["algorithm"] | undefined {
  const { at } = cursor.peek();
  let text = "";
  while (cursor.peek().kind === "word" || cursor.peek().kind === "string" || cursor.isMark("."))
    text += cursor.next().text;
  const name = MD5.test(text.toLowerCase()) ? "hmac-md5" : text.toLowerCase();
  const algorithm = KEY_ALGORITHMS.find((known) => known === name);
  return (
    algorithm ?? cursor.report.error(at, `"${text}" is no algorithm of a key`, { expected: KEY_ALGORITHMS.join(", ") })
  );
}

/** Complaints are about the key and do not show the line of the secret, which would be in the log then. */
function readSecret(cursor: Cursor, at: number): Uint8Array | undefined {
  let text = "";
  while (cursor.peek().kind !== "end" && !cursor.isMark(";") && !cursor.isMark("}")) text += cursor.next().text;
  const padded = text.replace(/\s/g, "");
  const octets = BASE_64.test(padded) ? decodeBase64(padded) : undefined;
  if (octets !== undefined && octets.length > 0 && octets.length <= DNS_KEY_OCTETS_MAX) return octets;
  return cursor.report.error(at, "the secret of this key cannot be read", {
    expected: `the base64 that tsig-keygen writes, of at most ${DNS_KEY_OCTETS_MAX} octets`,
  });
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, "");
  const octets = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 6) | DIGITS.indexOf(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    octets[at++] = (bits >> held) & 0xff;
  }
  return octets;
}
