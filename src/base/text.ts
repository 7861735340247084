// Text that others wrote, made safe to print: on a terminal, in a log, in a file, on a page.

import { getUint8 } from "./bytes.ts";

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
