// The domain search list, option 119 (RFC 3397): domain names in the encoding of RFC 1035 section
// 4.1.4, compressed by pointers that count from the start of the option's value.

import { labelsOf } from "./domain-name.ts";

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
    if (known !== undefined) return void octets.push(POINTER | (known >>> 8), known & 255);
    if (octets.length <= POINTER_OFFSET_MAX) offsets.set(tail, octets.length);
    octets.push(label.length);
    for (let at = 0; at < label.length; at++) octets.push(label.charCodeAt(at));
  }
  octets.push(0);
}
