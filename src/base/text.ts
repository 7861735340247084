// Foreign text, made safe to print: on a terminal, in a log, in a file, on a page.

import { formatHex, getUint8 } from "./bytes.ts";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** Whether all octets are printable ASCII (0x20..0x7e) and there is at least one. */
export function isPrintable(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const octet = getUint8(bytes, i);
    if (octet < 0x20 || octet > 0x7e) return false;
  }
  return bytes.length > 0;
}

/** Octets as printable ASCII: a quote and a backslash get a backslash, every other octet outside 0x20..0x7e becomes \xNN. */
export function escapeOctets(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const octet = getUint8(bytes, i);
    if (octet < 0x20 || octet > 0x7e) text += `\\x${octet.toString(16).padStart(2, "0")}`;
    else if (octet === BACKSLASH || octet === QUOTE) text += `\\${String.fromCharCode(octet)}`;
    else text += String.fromCharCode(octet);
  }
  return text;
}

/** Octets as text with escapes where all of them are printable ASCII, else in hexadecimal with colons. */
export function textOrHex(bytes: Uint8Array): string {
  return isPrintable(bytes) ? escapeOctets(bytes) : formatHex(bytes, ":");
}

/**
 * Characters that a terminal could obey or not show: control, format and unassigned characters, line and paragraph
 * separators.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Octets as text for people: UTF-8 where they are that; a backslash, and every octet that is no safe character, becomes \xNN. */
export function showOctets(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    const character = length === 0 ? "" : String.fromCodePoint(codePointAt(bytes, i, length));
    if (length > 0 && character !== "\\" && !UNSAFE.test(character)) {
      text += character;
      i += length;
      continue;
    }
    for (const end = i + Math.max(1, length); i < end; i++)
      text += `\\x${getUint8(bytes, i).toString(16).padStart(2, "0")}`;
  }
  return text;
}

/** Octets of the UTF-8 sequence at `at` (RFC 3629 section 4: shortest form, no surrogates); 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = getUint8(bytes, at);
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if ((getUint8(bytes, at + i) & 0xc0) !== 0x80) return 0;
  const code = codePointAt(bytes, at, length);
  const isShortest = length === 2 || (length === 3 ? code >= 0x800 : code >= 0x1_0000);
  return isShortest && (code < 0xd800 || code > 0xdfff) && code <= 0x10_ffff ? length : 0;
}

function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  if (length === 1) return getUint8(bytes, at);
  let code = getUint8(bytes, at) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = code * 64 + (getUint8(bytes, at + i) & 0x3f);
  return code;
}
