// The label that a client's own name becomes in the DNS. A client chooses its name, so it can be anything.

import { getUint8 } from "../base/bytes.ts";
import { LABEL_OCTETS_MAX } from "../base/limits/names.ts";

const DOT = 0x2e;
const HYPHEN = 0x2d;
const SPACE = 0x20;
const UNDERSCORE = 0x5f;

/**
 * Names that mean something to the programs that look them up: the host itself (RFC 6761), and where browsers and Windows look
 * for a proxy and a tunnel. No client gets one by saying so.
 */
const RESERVED: ReadonlySet<string> = new Set(["localhost", "localdomain", "broadcasthost", "wpad", "isatap"]);

/**
 * The first label of `name` by the rules of RFC 1123 section 2.1: lower-case letters, digits and hyphens, none at either
 * end, at most 63. Spaces and underscores become hyphens, everything else is left out. "" if nothing is left.
 */
export function labelOf(name: Uint8Array): string {
  let label = "";
  for (let i = 0; i < name.length && label.length < LABEL_OCTETS_MAX; i++) {
    const octet = getUint8(name, i);
    if (octet === DOT) break;
    const character = characterOf(octet);
    if (character === "-" && label === "") continue;
    label += character;
  }
  let end = label.length;
  while (label[end - 1] === "-") end--;
  return label.slice(0, end);
}

/** The same of a name that a client says, which may be none of the reserved ones. */
export function clientLabelOf(name: Uint8Array): string {
  const label = labelOf(name);
  return RESERVED.has(label) ? "" : label;
}

function characterOf(octet: number): string {
  if (octet === HYPHEN || octet === SPACE || octet === UNDERSCORE) return "-";
  const isDigit = octet >= 0x30 && octet <= 0x39;
  const isSmall = octet >= 0x61 && octet <= 0x7a;
  const isCapital = octet >= 0x41 && octet <= 0x5a;
  return isDigit || isSmall || isCapital ? String.fromCharCode(octet).toLowerCase() : "";
}
