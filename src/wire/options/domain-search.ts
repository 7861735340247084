// The domain search list, option 119 (RFC 3397): domain names in the encoding of RFC 1035 section
// 4.1.4, compressed by pointers that count from the start of the option's value.

import { getUint8 } from "../../base/bytes.ts";
import { escapeOctets } from "../../base/text.ts";
import { labelsOf } from "./domain-name.ts";

const LABEL_OCTETS_MAX = 63;
const NAME_OCTETS_MAX = 255;
const POINTER = 0xc0;
const POINTER_OFFSET_MAX = 0x3fff;

/** Encodes domain names (a final dot is allowed); returns an error text if one of them is none. */
export function encodeDomainSearch(names: readonly string[]): Uint8Array | string {
  const octets: number[] = [];
  // Where each name or tail of a name already stands.
  const offsets = new Map<string, number>();
  for (const name of names) {
    const labels = labelsOf(name);
    if (typeof labels === "string") return labels;
    appendName(labels, octets, offsets);
  }
  return Uint8Array.from(octets);
}

function appendName(labels: readonly string[], octets: number[], offsets: Map<string, number>): void {
  for (const [i, label] of labels.entries()) {
    const tail = labels.slice(i).join(".");
    const known = offsets.get(tail);
    if (known !== undefined) {
      octets.push(POINTER | (known >>> 8), known & 255);
      return;
    }
    if (octets.length <= POINTER_OFFSET_MAX) offsets.set(tail, octets.length);
    octets.push(label.length);
    for (let at = 0; at < label.length; at++) octets.push(label.charCodeAt(at));
  }
  octets.push(0);
}

/** Decodes a list of domain names, labels escaped for printing; undefined if it is malformed. */
export function decodeDomainSearch(bytes: Uint8Array): string[] | undefined {
  const names: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const labels: string[] = [];
    const next = readName(bytes, at, labels);
    if (next < 0) return undefined;
    names.push(labels.join("."));
    at = next;
  }
  return names;
}

/** Reads the name at `start`; returns the offset after it, -1 if it is malformed. */
function readName(bytes: Uint8Array, start: number, labels: string[]): number {
  let at = start;
  let after = -1;
  // A pointer must go back, before everything read so far: no loop can be built.
  let lowest = start;
  let total = 1;
  for (;;) {
    if (at >= bytes.length) return -1;
    const length = getUint8(bytes, at);
    if (length === 0) return after >= 0 ? after : at + 1;
    if (length >= POINTER) {
      if (bytes.length - at < 2) return -1;
      if (after < 0) after = at + 2;
      at = ((length & ~POINTER) << 8) | getUint8(bytes, at + 1);
      if (at >= lowest) return -1;
      lowest = at;
      continue;
    }
    total += length + 1;
    if (length > LABEL_OCTETS_MAX || total > NAME_OCTETS_MAX || length > bytes.length - at - 1) return -1;
    labels.push(escapeOctets(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
}
