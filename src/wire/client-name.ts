// The name of a client that sends it by option 81 alone, as clients do that know their whole name (RFC 4702
// section 2): flags, two octets without meaning, then the name as labels of the DNS or, from before
// that was settled, as text.

import { OptionCode } from "./options/option-code.ts";
import type { Query } from "./query.ts";

const NAME_AT = 3;
/** The E bit of the flags: the name is labels. */
const IS_LABELS = 0x04;
const LABEL_OCTETS_MAX = 63;
const DOT = 0x2e;

/**
 * Writes the name as text to `target`, labels with dots between; returns its octets, 0 if there is no sound one that
 * fits. No label of a name is empty, and none has a dot.
 */
export function copyClientName(query: Query, target: Uint8Array): number {
  const length = query.optionLength(OptionCode.fqdn);
  if (length <= NAME_AT || length - NAME_AT > target.length) return 0;
  const isLabels = (query.optionByte(OptionCode.fqdn, 0) & IS_LABELS) !== 0;
  return isLabels ? copyLabels(query, length, target) : copyText(query, length, target);
}

function copyText(query: Query, length: number, target: Uint8Array): number {
  let last = DOT;
  for (let i = NAME_AT; i < length; i++) {
    const octet = query.optionByte(OptionCode.fqdn, i);
    if (octet === DOT && last === DOT) return 0;
    target[i - NAME_AT] = octet;
    last = octet;
  }
  // The root's dot is no part of a name.
  return length - NAME_AT - (last === DOT ? 1 : 0);
}

function copyLabels(query: Query, length: number, target: Uint8Array): number {
  let end = 0;
  let at = NAME_AT;
  while (at < length) {
    const octets = query.optionByte(OptionCode.fqdn, at);
    // The root ends a whole name; a name that is none may end without it.
    if (octets === 0) return at === length - 1 ? end : 0;
    if (octets > LABEL_OCTETS_MAX || octets > length - at - 1) return 0;
    if (end > 0) target[end++] = DOT;
    for (let i = 1; i <= octets; i++) {
      const octet = query.optionByte(OptionCode.fqdn, at + i);
      if (octet === DOT) return 0;
      target[end++] = octet;
    }
    at += 1 + octets;
  }
  return end;
}
