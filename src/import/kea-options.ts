// Kea's option definitions and option data to statements of dhcpd.conf. Data that Kea holds as octets go
// over as octets; comma-separated data are written anew by the option's format.

import { optionByCode, optionByName } from "../wire/option-code.ts";
import { isListFormat, rowLetters } from "../wire/option-format.ts";
import type { KeaMap } from "./kea-map.ts";
import { hexOctets, isName, parseOctets, quote } from "./written.ts";

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
]);

/** Options that Kea takes as text although they are octets here. */
const TEXT_CODES: ReadonlySet<number> = new Set([12, 86, 87]);

const DHCP_SPACE = "dhcp4";
const VENDOR_SPACE = "vendor-encapsulated-options-space";
const VENDOR_CODE = 43;

const SIMPLE_TYPES: Readonly<Record<string, string>> = {
  boolean: "boolean",
  uint8: "unsigned integer 8",
  uint16: "unsigned integer 16",
  uint32: "unsigned integer 32",
  int8: "integer 8",
  int16: "integer 16",
  int32: "integer 32",
  "ipv4-address": "ip-address",
  string: "text",
  binary: "string",
  fqdn: "domain-list",
};

/** Format letters of our types, to write values by. */
const LETTERS: Readonly<Record<string, string>> = {
  boolean: "f",
  uint8: "B",
  uint16: "S",
  uint32: "L",
  int8: "b",
  int16: "s",
  int32: "l",
  "ipv4-address": "I",
  string: "t",
  binary: "X",
  fqdn: "D",
};

interface Definition {
  readonly name: string;
  readonly format: string;
}

/** A statement to write, with the line that it comes from. */
export interface Statement {
  readonly text: string;
  readonly line: number;
}

/** The options that one Kea configuration defines and sets. */
export class KeaOptions {
  /** Declarations, to stand in front of everything. */
  readonly declarations: Statement[] = [];
  private readonly spaces = new Set<string>();
  /** By space and code. */
  private readonly defined = new Map<string, Definition>();
  /** The space whose options go into option 43, once one is defined. */
  private vendorSpace = VENDOR_SPACE;

  /** Takes the `option-def` list of a map. */
  define(map: KeaMap): void {
    const definitions = map.maps("option-def");
    // Spaces first, because an option may carry one that is filled further down.
    for (const definition of definitions) this.takeSpace(definition);
    for (const definition of definitions) {
      this.takeDefinition(definition);
      definition.finish({});
    }
  }

  /** The code of an option of DHCP itself by Kea's name or its own. */
  codeOf(name: string): number | undefined {
    for (const [key, definition] of this.defined) {
      if (key.startsWith(`${DHCP_SPACE} `) && definition.name === name) return Number(key.slice(DHCP_SPACE.length + 1));
    }
    return KEA_NAMES.get(name) ?? optionByName(name)?.code;
  }

  /** The statements of the `option-data` list of a map; `conditionOf` gives the condition of a class. */
  write(map: KeaMap, conditionOf: (className: string) => string | undefined): readonly Statement[] {
    return map.maps("option-data").flatMap((data) => {
      const statement = this.writeOne(data);
      const conditions = data.texts("client-classes").map(conditionOf);
      const always = data.flag("always-send") === true ? alwaysSend(statement) : "";
      if (data.flag("never-send") === true) {
        data.lose("never-send", "an option that is not to be sent is set nowhere here");
        return [];
      }
      data.finish({});
      if (statement === undefined) return [];
      if (conditions.length === 0) return [{ text: `${statement}${always}`, line: data.line }];
      if (conditions.includes(undefined)) {
        data.lose("client-classes", "one of these classes has no condition here");
        return [];
      }
      return [{ text: `if ${conditions.join(" or ")} { ${statement}${always} }`, line: data.line }];
    });
  }

  private takeSpace(definition: KeaMap): void {
    const carried = definition.text("encapsulate") ?? "";
    const space = definition.text("space") ?? DHCP_SPACE;
    for (const name of [carried, space]) {
      if (name === "" || name === DHCP_SPACE || this.spaces.has(name)) continue;
      this.spaces.add(name);
      this.declarations.push({ text: `option space ${name};`, line: definition.line });
    }
    if (carried !== "" && definition.number("code") === VENDOR_CODE && space === DHCP_SPACE) this.vendorSpace = carried;
  }

  private takeDefinition(definition: KeaMap): void {
    const name = definition.text("name") ?? "";
    const code = definition.number("code");
    const space = definition.text("space") ?? DHCP_SPACE;
    const carried = definition.text("encapsulate") ?? "";
    const type = definition.text("type") ?? "";
    const isArray = definition.flag("array") ?? false;
    const record = (definition.text("record-types") ?? "").split(",").map((word) => word.trim());
    if (code === undefined || !isName(name))
      return definition.lose("name", "an option needs a name of one word and a code");
    if (space === DHCP_SPACE && code === VENDOR_CODE) return;
    if (carried !== "" && type !== "empty")
      return definition.lose("encapsulate", "an option that carries a space has no value of its own here");
    const parts = type === "record" ? record : [type];
    const letters = parts.map((part) => LETTERS[part] ?? "").join("");
    if (carried === "" && letters.length < parts.length)
      return definition.lose("type", `there is no type ${type} ${record.join(" ")}`.trimEnd());
    const types = parts.map((part) => SIMPLE_TYPES[part] ?? "");
    const simple = type === "record" ? `{ ${types.join(", ")} }` : (types[0] ?? "");
    const isNames = letters === "D";
    const written = carried !== "" ? `encapsulate ${carried}` : `${isArray && !isNames ? "array of " : ""}${simple}`;
    this.defined.set(`${space} ${code}`, { name, format: isArray && !isNames ? `${letters}A` : letters });
    this.declarations.push({
      text: `option ${prefixOf(space)}${name} code ${code} = ${written};`,
      line: definition.line,
    });
  }

  private writeOne(data: KeaMap): string | undefined {
    const space = data.text("space") ?? DHCP_SPACE;
    const name = data.text("name");
    const code = data.number("code") ?? this.codeInSpace(space, name ?? "");
    const value = (data.text("data") ?? "").trim();
    const isText = data.flag("csv-format") ?? true;
    if (code === undefined) {
      data.lose(data.has("name") ? "name" : "data", `there is no option ${name ?? "without a name"} here`);
      return undefined;
    }
    const isOwn = space === DHCP_SPACE;
    if (isOwn && code === VENDOR_CODE && value === "") return `vendor-option-space ${this.vendorSpace};`;
    const definition =
      this.defined.get(`${space} ${code}`) ?? (isOwn ? optionByCode(code) : this.defineOctets(space, code, data));
    const head = `option ${prefixOf(space)}${definition.name}`;
    const raw = isText && !isOctets(definition.format, code, value) ? undefined : parseOctets(value);
    if (raw !== undefined) return `${head} = ${hexOctets(raw)};`;
    return `${head} ${writeValue(definition.format, value)};`.replace(/ +;$/, ";");
  }

  private codeInSpace(space: string, name: string): number | undefined {
    if (space === DHCP_SPACE) return this.codeOf(name);
    for (const [key, definition] of this.defined) {
      if (key.startsWith(`${space} `) && definition.name === name) return Number(key.slice(space.length + 1));
    }
    return undefined;
  }

  /** An option of a space that Kea knows by its number alone. */
  private defineOctets(space: string, code: number, data: KeaMap): Definition {
    const definition = { name: `option-${code}`, format: "X" };
    if (!this.spaces.has(space)) {
      this.spaces.add(space);
      this.declarations.push({ text: `option space ${space};`, line: data.line });
    }
    this.defined.set(`${space} ${code}`, definition);
    this.declarations.push({ text: `option ${space}.option-${code} code ${code} = string;`, line: data.line });
    return definition;
  }
}

function prefixOf(space: string): string {
  return space === DHCP_SPACE ? "" : `${space}.`;
}

/** Whether a value that is not said to be octets is written as such. */
function isOctets(format: string, code: number, value: string): boolean {
  if (format === "CIA") return /^(0x)?[0-9a-f]+$/i.test(value);
  return format.startsWith("X") && !TEXT_CODES.has(code) && !/^'/.test(value);
}

/** Comma-separated data, written by a format. */
function writeValue(format: string, value: string): string {
  const letters = rowLetters(format);
  if (letters === "t" || letters === "X") return quote(value.replace(/\\,/g, ",").replace(/^'(.*)'$/s, "$1"));
  const pieces = value.split(/(?<!\\),/).map((piece) => piece.trim().replace(/\\,/g, ","));
  if (format === "CIA") return pieces.map((piece) => piece.replace(/\s*-\s*/, " ")).join(", ");
  const written = pieces.map((piece, i) => writeElement(letters[i % letters.length] ?? "", piece));
  if (!isListFormat(format)) return written.join(" ");
  const rows: string[] = [];
  for (let i = 0; i < written.length; i += letters.length) rows.push(written.slice(i, i + letters.length).join(" "));
  return rows.join(", ");
}

function writeElement(letter: string, piece: string): string {
  if (letter === "f") return /^(1|true)$/i.test(piece) ? "true" : "false";
  if ("tXxudDM".includes(letter)) return quote(piece);
  // A leading zero would make it octal; whatever else it is, the language itself says what is wrong.
  const plain = /^0+[0-9]+$/.test(piece) ? piece.replace(/^0+(?=[0-9])/, "") : piece;
  return /^[A-Za-z0-9_.:-]*$/.test(plain) ? plain : quote(plain);
}

/** What has an option sent, asked for or not; an option of a space goes with the one that carries it. */
function alwaysSend(statement: string | undefined): string {
  const [, name] = /^option ([\w-]+) /.exec(statement ?? "") ?? [];
  return name === undefined ? "" : ` always-send ${name};`;
}
