// Domain names and IPv6 addresses in options, from octets back to text: the server itself only encodes them.

import { getUint8 } from "../../src/base/bytes.ts";
import { escapeOctets } from "../../src/base/text.ts";

const LABEL_OCTETS_MAX = 63;
const NAME_OCTETS_MAX = 255;
const POINTER = 0xc0;
const GROUPS = 8;

/** Octets of the name at `at`, its final zero included; Infinity if it is malformed, compressed or leaves `bytes`. */
export function domainNameOctets(bytes: Uint8Array, at: number): number {
  for (let next = at; next < bytes.length && next - at < NAME_OCTETS_MAX; ) {
    const length = getUint8(bytes, next);
    if (length === 0) return next + 1 - at;
    if (length > LABEL_OCTETS_MAX) break;
    next += 1 + length;
  }
  return Number.POSITIVE_INFINITY;
}

/** The text of a name that `domainNameOctets` has found sound. */
export function formatDomainName(bytes: Uint8Array, at: number): string {
  const labels: string[] = [];
  for (let next = at; getUint8(bytes, next) !== 0; next += 1 + getUint8(bytes, next)) {
    labels.push(escapeOctets(bytes.subarray(next + 1, next + 1 + getUint8(bytes, next))));
  }
  return labels.length === 0 ? "." : labels.join(".");
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

/** The text of 16 octets at `at`, as RFC 5952 wants it: lower case, the longest run of zero groups as `::`. */
export function formatIpv6(bytes: Uint8Array, at: number): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0),
  );
  let longest = { from: 0, length: 1 };
  for (let from = 0; from < GROUPS; from++) {
    let length = 0;
    while (groups[from + length] === 0) length += 1;
    if (length > longest.length) longest = { from, length };
  }
  const words = groups.map((group) => group.toString(16));
  if (longest.length < 2) return words.join(":");
  return `${words.slice(0, longest.from).join(":")}::${words.slice(longest.from + longest.length).join(":")}`;
}
