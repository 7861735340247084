// The data of Kea's options as values of dhcpd.conf: octets stay octets, comma-separated data are written
// anew by the option's format.

import { loadConfig } from "../config/load.ts";
import { isListFormat, rowLetters } from "../wire/options/option-format.ts";
import type { KeaDefinition } from "./kea-definitions.ts";
import { hexOctets, parseOctets, quote } from "./written.ts";

/** Options that Kea takes as text although they are octets here. */
const TEXT_CODES: ReadonlySet<number> = new Set([12, 86, 87]);

/** RFC 2132 section 3.4: the offset is a signed number. */
const TIME_OFFSET_CODE = 2;

/** Data as Kea has them. */
export interface KeaData {
  readonly code: number;
  /** Whether the code is one of DHCP's own. */
  readonly isOwn: boolean;
  readonly value: string;
  /** Whether it is text, not octets in hexadecimal. */
  readonly isText: boolean;
}

/** A value, in octets or as it is written; or why there is none. */
export type KeaValue = { readonly octets: Uint8Array } | { readonly written: string } | { readonly problem: string };

/** Reads the data of an option. */
export function readKeaValue({ format }: KeaDefinition, { code, isOwn, value, isText }: KeaData): KeaValue {
  if (!isText) {
    const octets = parseOctets(value);
    return octets === undefined ? { problem: "with csv-format false it has to be octets in hexadecimal" } : { octets };
  }
  const isTextHere = isOwn && TEXT_CODES.has(code);
  if (format.startsWith("X") && !isTextHere) {
    const octets = parseOctets(value);
    return octets === undefined ? { problem: `option ${code} is octets here: write them in hexadecimal` } : { octets };
  }
  // Kea takes routes in its own form as octets, too.
  const octets = format === "CIA" && /^(0x)?[0-9a-f]+$/i.test(value) ? parseOctets(value) : undefined;
  if (octets !== undefined) return { octets };
  if (isOwn && code === TIME_OFFSET_CODE && Number(value) > 0x7fffffff)
    return { problem: "it is a signed number of 32 bits; expected: at most 2147483647" };
  return { written: writeValue(format, value) };
}

/** A value, as it stands behind the name of its option. */
export function writeKeaValue(value: { readonly octets: Uint8Array } | { readonly written: string }): string {
  return "octets" in value ? ` = ${hexOctets(value.octets)}` : ` ${value.written}`.trimEnd();
}

/** The octets of a value of a type that is declared; undefined if the language refuses it. */
export function encodeValue(type: string, written: string): Uint8Array | undefined {
  const code = 254;
  const text = `option value code ${code} = ${type};\noption value ${written};\nsubnet 0.0.0.0 netmask 0.0.0.0 { }\n`;
  return loadConfig("value", text).config?.globalScope.options.get(code);
}

/** A route: Kea writes a dash between network and router. */
function routeOf(piece: string): string {
  const dash = piece.indexOf("-");
  return dash < 0 ? piece : `${piece.slice(0, dash).trimEnd()} ${piece.slice(dash + 1).trimStart()}`;
}

/** Comma-separated data, written by a format. */
function writeValue(format: string, value: string): string {
  const letters = rowLetters(format);
  if (letters === "t" || letters === "X") return quote(value.replace(/\\,/g, ",").replace(/^'(.*)'$/s, "$1"));
  const pieces = value.split(/(?<!\\),/).map((piece) => piece.trim().replace(/\\,/g, ","));
  if (format === "CIA") return pieces.map(routeOf).join(", ");
  const written = pieces.map((piece, i) => writeElement(letters[i % letters.length] ?? "", piece));
  if (!isListFormat(format)) return written.join(" ");
  const rows: string[] = [];
  for (let i = 0; i < written.length; i += letters.length) rows.push(written.slice(i, i + letters.length).join(" "));
  return rows.join(", ");
}

function writeElement(letter: string, piece: string): string {
  if (letter === "f") return /^(1|true)$/i.test(piece) ? "true" : "false";
  if ("tXxudDM".includes(letter)) return quote(piece);
  // A leading zero would make it octal; the language itself reports any other mistake.
  const plain = /^0+[0-9]+$/.test(piece) ? piece.replace(/^0+(?=[0-9])/, "") : piece;
  return /^[A-Za-z0-9_.:-]*$/.test(plain) ? plain : quote(plain);
}
