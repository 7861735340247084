// Kea's option definitions: those of the whole file, and those of a class, which count for its own option data only.
// Here every definition counts for the whole file: of two that share a name and differ, the second has a number behind
// its name.

import { optionByCode, optionByName } from "../wire/options/option-code.ts";
import type { KeaMap } from "./kea-map.ts";
import type { Statement } from "./kea-values.ts";
import type { JsonNode } from "./relaxed-json.ts";
import { isName } from "./written.ts";

/** Kea's names of options that have other names here. */
const KEA_NAMES: ReadonlyMap<string, number> = new Map([
  ["name-servers", 5],
  ["nwip-domain-name", 62],
  ["nisplus-domain-name", 64],
  ["boot-file-name", 67],
  ["dhcp-agent-options", 82],
  ["client-system", 93],
  ["client-ndi", 94],
  ["uuid-guid", 97],
  ["classless-static-route", 121],
  ["vivco-suboptions", 124],
  ["vivso-suboptions", 125],
  ["v4-dnr", 162],
]);

/** The space of DHCP's own options. */
export const DHCP_SPACE = "dhcp4";
/** The option that carries a vendor's options, and the space that it carries by default. */
export const VENDOR_CODE = 43;
const VENDOR_SPACE = "vendor-encapsulated-options-space";

/** Kea's types: as ours are written, and as format letters (wire/options/option-format.ts). */
const TYPES: Readonly<Record<string, { readonly written: string; readonly letter: string }>> = {
  boolean: { written: "boolean", letter: "f" },
  uint8: { written: "unsigned integer 8", letter: "B" },
  uint16: { written: "unsigned integer 16", letter: "S" },
  uint32: { written: "unsigned integer 32", letter: "L" },
  int8: { written: "integer 8", letter: "b" },
  int16: { written: "integer 16", letter: "s" },
  int32: { written: "integer 32", letter: "l" },
  "ipv4-address": { written: "ip-address", letter: "I" },
  string: { written: "text", letter: "t" },
  binary: { written: "string", letter: "X" },
  fqdn: { written: "domain-list", letter: "D" },
};

/** An option, as this server names it. */
export interface KeaDefinition {
  /** Its name here. */
  readonly name: string;
  readonly format: string;
  /** Its type, as it is declared; undefined for an option that needs no declaration. */
  readonly type: string | undefined;
}

/** Options of DHCP's own that some `option-data` of the file gives, by Kea's name or by code. */
export type GivenOptions = ReadonlySet<string | number>;

/** Those of a whole file. */
export function givenOptionsIn(node: JsonNode, given = new Set<string | number>()): GivenOptions {
  if (node.kind === "list") for (const item of node.items) givenOptionsIn(item, given);
  if (node.kind !== "map") return given;
  for (const { name, value } of node.members) {
    givenOptionsIn(value, given);
    if (name === "option-data" && value.kind === "list") for (const item of value.items) noteGiven(item, given);
  }
  return given;
}

function noteGiven(item: JsonNode, given: Set<string | number>): void {
  if (item.kind !== "map") return;
  const memberOf = (wanted: string): string | number | undefined => {
    const value = item.members.find(({ name }) => name === wanted)?.value;
    return value?.kind === "string" || value?.kind === "number" ? value.value : undefined;
  };
  if ((memberOf("space") ?? DHCP_SPACE) !== DHCP_SPACE) return;
  const [name, code] = [memberOf("name"), memberOf("code")];
  if (name !== undefined) given.add(name);
  if (code !== undefined) given.add(code);
}

/** The definitions in the text so far. */
class Declarations {
  readonly statements: Statement[] = [];
  readonly spaces = new Set<string>();
  /** By space and name, the code and the type. */
  readonly names = new Map<string, string>();
}

/** The definitions of the file, or of a class. */
export class KeaDefinitions {
  private readonly outer: KeaDefinitions | undefined;
  private readonly declarations: Declarations;
  private readonly byCode = new Map<string, KeaDefinition>();
  /** Codes by space and Kea's name. */
  private readonly codes = new Map<string, number>();
  /** The options that carry a space, by the space. */
  private readonly carriers = new Map<string, { readonly name: string; readonly code: number }>();
  private readonly given: GivenOptions;
  private ownVendorSpace: string | undefined;

  constructor(given: GivenOptions, outer?: KeaDefinitions) {
    this.given = given;
    this.outer = outer;
    this.declarations = outer?.declarations ?? new Declarations();
  }

  /** Declarations, to stand in front of everything. */
  get statements(): readonly Statement[] {
    return this.declarations.statements;
  }

  /** The space whose options go into option 43. */
  get vendorSpace(): string {
    return this.ownVendorSpace ?? this.outer?.vendorSpace ?? VENDOR_SPACE;
  }

  /** Definitions inside these: a class's. */
  inner(): KeaDefinitions {
    return new KeaDefinitions(this.given, this);
  }

  /** Takes the `option-def` list of a map. */
  define(map: KeaMap): void {
    const definitions = map.maps("option-def");
    // Spaces first, because an option may carry a space that is filled further down.
    for (const definition of definitions) {
      this.declareSpace(definition.text("space") ?? DHCP_SPACE, definition);
      this.declareSpace(definition.text("encapsulate") ?? "", definition);
    }
    for (const definition of definitions) {
      this.take(definition);
      definition.finish({});
    }
  }

  /** The code of an option by Kea's name or, of DHCP's own, by ours. */
  codeOf(space: string, name: string): number | undefined {
    const known = this.codes.get(`${space} ${name}`) ?? this.outer?.codeOf(space, name);
    if (known !== undefined || space !== DHCP_SPACE) return known;
    return KEA_NAMES.get(name) ?? optionByName(name)?.code;
  }

  /** The option; undefined for an option of an unknown space. */
  definitionOf(space: string, code: number): KeaDefinition | undefined {
    const known = this.byCode.get(`${space} ${code}`) ?? this.outer?.definitionOf(space, code);
    if (known !== undefined || space !== DHCP_SPACE) return known;
    const { name, format } = optionByCode(code);
    return { name, format, type: undefined };
  }

  /** The option that carries a space, if no `option-data` gives it: Kea sends nothing of the space then. */
  missingCarrierOf(space: string): string | undefined {
    const carrier = this.carriers.get(space);
    if (carrier === undefined) return this.outer?.missingCarrierOf(space);
    return this.given.has(carrier.name) || this.given.has(carrier.code) ? undefined : carrier.name;
  }

  /** Declares an option of a space that Kea knows by its number alone. */
  defineOctets(space: string, code: number, map: KeaMap): KeaDefinition {
    this.declareSpace(space, map);
    const name = this.declare(space, `option-${code}`, { code, type: "string" }, map);
    const definition = { name, format: "X", type: "string" };
    this.byCode.set(`${space} ${code}`, definition);
    return definition;
  }

  private declareSpace(space: string, map: KeaMap): void {
    const { spaces, statements } = this.declarations;
    if (space === "" || space === DHCP_SPACE || spaces.has(space)) return;
    spaces.add(space);
    statements.push({ text: `option space ${space};`, place: map.place });
  }

  private take(map: KeaMap): void {
    const name = map.text("name") ?? "";
    const code = map.number("code") ?? 0;
    const space = map.text("space") ?? DHCP_SPACE;
    const carried = map.text("encapsulate") ?? "";
    const kind = map.text("type") ?? "";
    const isArray = map.flag("array") ?? false;
    const record = (map.text("record-types") ?? "").split(",").map((word) => word.trim());
    if (!isName(name)) return map.lose("name", "the name of an option is one word here");
    if (space === DHCP_SPACE && code === VENDOR_CODE && kind === "empty") {
      if (carried !== "") this.ownVendorSpace = carried;
      return;
    }
    if (carried !== "" && space === DHCP_SPACE) this.carriers.set(carried, { name, code });
    if (carried !== "" && kind !== "empty")
      return map.lose("encapsulate", "an option that carries a space has no value of its own here");
    const parts = (kind === "record" ? record : [kind]).map((part) => TYPES[part]);
    if (carried === "" && parts.includes(undefined))
      return map.lose("type", `there is no type ${kind} ${record.join(" ")} here`.replace(/ +/g, " "));
    const letters = parts.map((part) => part?.letter ?? "").join("");
    const words = parts.map((part) => part?.written ?? "");
    const plain = kind === "record" ? `{ ${words.join(", ")} }` : (words[0] ?? "");
    // A list of names is one type.
    const isList = isArray && letters !== "D";
    const type = carried === "" ? `${isList ? "array of " : ""}${plain}` : `encapsulate ${carried}`;
    const format = isList ? `${letters}A` : letters;
    this.codes.set(`${space} ${name}`, code);
    const own = space === DHCP_SPACE ? optionByCode(code) : undefined;
    const isOwn = own?.name === name && own.format === format;
    const declared = isOwn ? name : this.declare(space, name, { code, type }, map);
    this.byCode.set(`${space} ${code}`, { name: declared, format, type });
  }

  /** Declares an option, and gives the name that it has here. */
  private declare(space: string, wanted: string, { code, type }: { code: number; type: string }, map: KeaMap): string {
    const { names, statements } = this.declarations;
    const is = `${code} ${type}`;
    const isFree = (name: string): boolean => {
      const known = names.get(`${space} ${name}`);
      return known === undefined ? space !== DHCP_SPACE || optionByName(name) === undefined : known === is;
    };
    let name = wanted;
    for (let number = 2; !isFree(name); number++) name = `${wanted}-${number}`;
    if (!names.has(`${space} ${name}`))
      statements.push({ text: `option ${prefixOf(space)}${name} code ${code} = ${type};`, place: map.place });
    names.set(`${space} ${name}`, is);
    return name;
  }
}

/** What stands in front of the name of an option of a space. */
export function prefixOf(space: string): string {
  return space === DHCP_SPACE ? "" : `${space}.`;
}
