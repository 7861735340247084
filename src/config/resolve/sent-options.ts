// The final values of the options in force for a client: values that are made from other options, and spaces of options
// inside the options that carry them.

import { getUint32 } from "../../base/bytes.ts";
import { addTo } from "../../base/lists.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import type { OptionSpace } from "../language/option-names.ts";
import type { ComputedField, OptionParameter, OptionReference, SetValues, ValuePart } from "../language/syntax.ts";

/** Options in force by `optionKey`. */
export type OptionsInForce = ReadonlyMap<number, OptionParameter>;

/** The fields of a scope that may be made from options. */
export const COMPUTED_FIELDS: readonly ComputedField[] = ["fileName", "serverName", "nextServer"];

/** The least code that ISC's dhcpd takes from a site's own space, when the space has it. */
const SITE_CODE_MIN = 128;
const SITE_CODE_MAX = 254;

/** Options whose values are made from options, inside one another. */
const DEPTH_MAX = 16;

/**
 * The most octets that a boot file's name and a server's name can have: as many as an option, as many as a header
 * field.
 */
const FIELD_OCTETS_MAX: Readonly<Record<"fileName" | "serverName", number>> = { fileName: 255, serverName: 63 };

/** What tells options apart: code and space as one number. */
export function optionKey({ code, space }: Pick<OptionReference, "code" | "space">): number {
  return (space?.index ?? 0) * 2 ** 32 + code;
}

/** The octets of an option in force; undefined where nothing is sent. */
function octetsOfOption(option: OptionParameter, inForce: OptionsInForce, depth = 0): Uint8Array | undefined {
  return option.parts === undefined ? option.octets : joinParts(option.parts, inForce, depth);
}

/** The octets of parts; undefined if one has no value, as with ISC's `concat`, or if there are none. */
function joinParts(parts: readonly ValuePart[], inForce: OptionsInForce, depth = 0): Uint8Array | undefined {
  const octets: number[] = [];
  if (depth > DEPTH_MAX) return undefined;
  for (const part of parts) {
    const option = part instanceof Uint8Array ? undefined : inForce.get(optionKey(part));
    const value = part instanceof Uint8Array ? part : option && octetsOfOption(option, inForce, depth + 1);
    if (value === undefined) return undefined;
    for (const octet of value) octets.push(octet);
  }
  return octets.length === 0 ? undefined : Uint8Array.from(octets);
}

/** The values of fields that are made from options; a value that does not fit the field counts as not set. */
export function computeValues(
  computed: ReadonlyMap<ComputedField, readonly ValuePart[]>,
  inForce: OptionsInForce,
): SetValues {
  const values: SetValues = {};
  for (const [field, parts] of computed) {
    const octets = joinParts(parts, inForce);
    if (field === "nextServer") values.nextServer = octets?.length === 4 ? getUint32(octets, 0) : undefined;
    else if (octets !== undefined && octets.length <= FIELD_OCTETS_MAX[field]) values[field] = octets;
  }
  return values;
}

/**
 * The spaces that options name: the space whose options go into option 43, and the space whose options are DHCP's own
 * from SITE_CODE_MIN on.
 */
export interface NamedSpaces {
  readonly vendor: OptionSpace | undefined;
  readonly site: OptionSpace | undefined;
}

/** Values by code: of DHCP's own options, and of the options that carry spaces. */
export function sentOptions(inForce: OptionsInForce, { vendor, site }: NamedSpaces): Map<number, Uint8Array> {
  const sent = new Map<number, Uint8Array>();
  const members = new Map<OptionSpace, SpaceMember[]>();
  for (const option of inForce.values()) {
    const { code, space } = option;
    const octets = octetsOfOption(option, inForce);
    if (octets === undefined) continue;
    if (space === undefined) sent.set(code, octets);
    else addTo(members, space, { code, octets });
  }
  for (const { code, octets } of (site && members.get(site)) ?? []) {
    if (code >= SITE_CODE_MIN && code <= SITE_CODE_MAX) sent.set(code, octets);
  }
  const encoded = new Map<OptionSpace, Uint8Array>();
  for (const space of new Set([...members.keys()].flatMap((member) => [...member.withOuter()]))) {
    const octets = encodeSpace(space, members, encoded);
    if (octets.length === 0) continue;
    for (const carrier of space.carriers) sent.set(carrier, octets);
    if (space === vendor) sent.set(OptionCode.vendorOptions, octets);
  }
  return sent;
}

interface SpaceMember {
  readonly code: number;
  readonly octets: Uint8Array;
}

/** A space's options one behind the other, each behind its code and length; an option that is too long is left out. */
function encodeSpace(
  space: OptionSpace,
  members: ReadonlyMap<OptionSpace, readonly SpaceMember[]>,
  encoded: Map<OptionSpace, Uint8Array>,
): Uint8Array {
  const known = encoded.get(space);
  if (known !== undefined) return known;
  const byCode = new Map((members.get(space) ?? []).map(({ code, octets }) => [code, octets]));
  for (const [code, inner] of space.carried) {
    const octets = encodeSpace(inner, members, encoded);
    if (octets.length > 0) byCode.set(code, octets);
  }
  const { widths, octetsMax } = space;
  const octets: number[] = [];
  for (const [code, value] of [...byCode].sort(([a], [b]) => a - b)) {
    if (value.length > octetsMax) continue;
    for (let i = widths.code - 1; i >= 0; i--) octets.push((code >>> (8 * i)) & 255);
    for (let i = widths.length - 1; i >= 0; i--) octets.push((value.length >>> (8 * i)) & 255);
    for (const octet of value) octets.push(octet);
  }
  const made = Uint8Array.from(octets);
  encoded.set(space, made);
  return made;
}
