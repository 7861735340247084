// Kea's option data to statements of dhcpd.conf.

import { octetsOfUint32 } from "../base/bytes.ts";
import { DHCP_SPACE, type KeaDefinitions, prefixOf, VENDOR_CODE } from "./kea-definitions.ts";
import type { KeaMap } from "./kea-map.ts";
import { encodeValue, type KeaData, readKeaValue, writeKeaValue } from "./kea-option-value.ts";
import type { Statement } from "./kea-values.ts";
import { hexOctets } from "./written.ts";

/** The option that carries those of several vendors (RFC 3925), and the spaces of their options. */
const ENTERPRISE_CODE = 125;
const ENTERPRISE_SPACE = /^vendor-([0-9]{1,10})$/;
const ENTERPRISE_OCTETS_MAX = 255;

/** Finds the condition for members of a class. */
export type ConditionOf = (name: string) => string | undefined;

/** Options, by space and code, that a block around withholds from all clients, even if a block inside it sets them. */
export type NeverSent = ReadonlySet<string>;

/** Where every option that is set is sent. */
export const NOTHING_UNSENT: NeverSent = new Set();

/** The options that are withheld from all clients inside a map. */
export function neverSentIn(map: KeaMap, definitions: KeaDefinitions, around: NeverSent): NeverSent {
  const never = map.maps("option-data").filter((data) => data.flag("never-send") === true);
  if (never.length === 0) return around;
  return new Set([...around, ...never.map((data) => keyOf(data, definitions))]);
}

function keyOf(map: KeaMap, definitions: KeaDefinitions): string {
  const space = map.text("space") ?? DHCP_SPACE;
  return `${space} ${map.number("code") ?? definitions.codeOf(space, map.text("name") ?? "")}`;
}

/** The statements of the `option-data` list of a map; `neverSent` are the options that blocks around it withhold. */
export function writeOptionData(
  map: KeaMap,
  definitions: KeaDefinitions,
  conditionOf: ConditionOf,
  neverSent: NeverSent,
): readonly Statement[] {
  const list = map.maps("option-data");
  const enterprises = new Enterprises(list, definitions);
  return list.flatMap((data) => {
    const isNever = data.flag("never-send") === true;
    const isUnsent = isNever || neverSent.has(keyOf(data, definitions));
    if (isUnsent) data.pass("data", "csv-format", "always-send");
    const statement = isUnsent
      ? writeUnsent(data, definitions)
      : (enterprises.take(data) ?? writeOne(data, definitions));
    const conditions = data.texts("client-classes").map(conditionOf);
    const always = data.flag("always-send") === true ? alwaysSend(statement) : "";
    data.finish({});
    if (statement === "" || (isUnsent && !isNever)) return [];
    if (conditions.length === 0) return [{ text: `${statement}${always}`, place: data.place }];
    if (conditions.includes(undefined)) {
      data.lose("client-classes", "one of these classes has no condition here, so the option is left out");
      return [];
    }
    return [{ text: `if ${conditions.join(" or ")} { ${statement}${always} }`, place: data.place }];
  });
}

/** The option that a statement sets, as it is written; empty if it sets none. */
export function optionIn(statement: string): string {
  return /^option ([\w.-]+) /.exec(statement)?.[1] ?? "";
}

/** The statement that withholds an option of a block around: an empty value is not sent. */
function writeUnsent(map: KeaMap, definitions: KeaDefinitions): string {
  const data = readData(map, definitions);
  const definition = data && definitions.definitionOf(data.space, data.code);
  return definition === undefined ? "" : `option ${prefixOf(data?.space ?? "")}${definition.name} = "";`;
}

/**
 * The statement that has an option sent, asked for or not; an option of a space goes with the option that carries the
 * space.
 */
function alwaysSend(statement: string): string {
  const [, name] = /^option ([\w-]+) /.exec(statement) ?? [];
  return name === undefined ? "" : ` always-send ${name};`;
}

/** The statement for an option; empty, with the reason reported, if there is none. */
function writeOne(map: KeaMap, definitions: KeaDefinitions): string {
  const data = readData(map, definitions);
  if (data === undefined) return "";
  const { space, code, isOwn, value } = data;
  if (isOwn && code === VENDOR_CODE && value === "") return `vendor-option-space ${definitions.vendorSpace};`;
  const carrier = definitions.missingCarrierOf(space);
  if (carrier !== undefined) {
    map.loseAll(`Kea sends it inside the option ${carrier} only where option-data has that option too, and none has`);
    return "";
  }
  const definition = definitions.definitionOf(space, code) ?? definitions.defineOctets(space, code, map);
  // What it carries has statements of its own.
  if (definition.type?.startsWith("encapsulate ") === true && value === "")
    return map.flag("always-send") === true ? `always-send ${definition.name};` : "";
  const read = readKeaValue(definition, data);
  if ("problem" in read) {
    map.lose("data", read.problem);
    return "";
  }
  return `option ${prefixOf(space)}${definition.name}${writeKeaValue(read)};`;
}

/** The option that a map of `option-data` sets; undefined, with the reason reported, if there is no such option. */
function readData(map: KeaMap, definitions: KeaDefinitions): (KeaData & { readonly space: string }) | undefined {
  const space = map.text("space") ?? DHCP_SPACE;
  const name = map.text("name");
  const code = map.number("code") ?? definitions.codeOf(space, name ?? "");
  const value = (map.text("data") ?? "").trim();
  const isText = map.flag("csv-format") ?? true;
  if (code !== undefined) return { space, code, isOwn: space === DHCP_SPACE, value, isText };
  map.lose(map.has("name") ? "name" : "data", `there is no option ${name ?? "without a name"} here`);
  return undefined;
}

/** The options of vendors in one list, which option 125 carries where the list has that option, too. */
class Enterprises {
  private readonly definitions: KeaDefinitions;
  /** By enterprise number, its options' octets. */
  private readonly octets = new Map<string, number[]>();

  constructor(list: readonly KeaMap[], definitions: KeaDefinitions) {
    this.definitions = definitions;
    const numbers = new Set(list.map((map) => this.numberOf(map)));
    for (const map of list) {
      const [, number] = ENTERPRISE_SPACE.exec(map.text("space") ?? "") ?? [];
      if (number !== undefined && numbers.has(number)) this.add(map, number);
    }
  }

  /** The statement for a map that is about a vendor's options; undefined if it is about something else. */
  take(map: KeaMap): string | undefined {
    const [, inner] = ENTERPRISE_SPACE.exec(map.text("space") ?? "") ?? [];
    if (inner !== undefined) {
      map.pass("code", "name", "data", "csv-format");
      if (!this.octets.has(inner))
        map.lose("space", `options of this space go into option 125: write vivso-suboptions ${inner} beside them`);
      return "";
    }
    const number = this.numberOf(map);
    if (number === undefined) return undefined;
    map.pass("csv-format");
    const octets = this.octets.get(number) ?? [];
    if (octets.length === 0 || octets.length > ENTERPRISE_OCTETS_MAX) {
      const reason = octets.length === 0 ? "no option of it stands beside this" : "its options are too long for one";
      map.lose("data", `option 125 of the enterprise ${number} is left out: ${reason}`);
      return "";
    }
    const header = [...octetsOfUint32(Number(number)), octets.length];
    return `option vivso = ${hexOctets(Uint8Array.from([...header, ...octets]))};`;
  }

  /** The enterprise whose options a map puts into option 125. */
  private numberOf(map: KeaMap): string | undefined {
    const code = map.number("code") ?? this.definitions.codeOf(DHCP_SPACE, map.text("name") ?? "");
    const value = (map.text("data") ?? "").trim();
    const isOne = (map.text("space") ?? DHCP_SPACE) === DHCP_SPACE && code === ENTERPRISE_CODE;
    return isOne && (map.flag("csv-format") ?? true) && /^[0-9]{1,10}$/.test(value) ? value : undefined;
  }

  private add(map: KeaMap, number: string): void {
    const known = this.octets.get(number) ?? [];
    this.octets.set(number, known);
    const data = readData(map, this.definitions);
    if (data === undefined) return;
    const ofOctets = { name: "", format: "X", type: "string" };
    const definition = this.definitions.definitionOf(data.space, data.code) ?? ofOctets;
    const read = readKeaValue(definition, data);
    if ("problem" in read) return map.lose("data", read.problem);
    const octets = "octets" in read ? read.octets : encodeValue(definition.type ?? "", read.written);
    if (octets === undefined || octets.length > ENTERPRISE_OCTETS_MAX)
      return map.lose("data", `it is no value of the type ${definition.type ?? ""}`);
    known.push(data.code, octets.length, ...octets);
  }
}
