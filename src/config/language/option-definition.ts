// `option space NAME;` and `option NAME code N = TYPE;`: options that a configuration defines, as ISC's
// dhcpd does. A type becomes a format (wire/options/option-format.ts):
//
//   type   = "array" "of" ( simple | record ) | record | simple | "zerolen" | "encapsulate" SPACE
//   record = "{" simple { "," simple } "}"
//   simple = "ip-address" | "ip6-address" | "boolean" | [ "signed" | "unsigned" ] "integer" ( 8 | 16 | 32 )
//          | "text" | "string" | "domain-name" | "domain-list" [ "compressed" ]
//
// Text and octets have no length of their own: they stand last, and in no array.

import type { BlockKind } from "../model/settings.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { type OptionNames, OptionSpace, type SpaceWidths } from "./option-names.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

/** Spaces of one configuration. */
const SPACES_MAX = 1000;

const SIMPLE_TYPES: ReadonlyMap<string, string> = new Map([
  ["ip-address", "I"],
  ["ip6-address", "6"],
  ["boolean", "f"],
  ["text", "t"],
  ["string", "X"],
  ["domain-name", "d"],
]);
const INTEGERS: Readonly<Record<string, string>> = { "8": "b", "16": "s", "32": "l" };
const TYPE_WORDS = [
  ...SIMPLE_TYPES.keys(),
  "domain-list",
  "integer",
  "signed",
  "unsigned",
  "array",
  "zerolen",
  "encapsulate",
];
const TYPES_EXPECTED =
  "ip-address, boolean, integer 8, 16 or 32, unsigned integer, text, string, domain-list, array of, encapsulate or { of several }";

/** Spaces that ISC's dhcpd has by itself. */
const OWN_SPACES = /^(?:dhcp6?|agent|fqdn|nwip|server)$/i;

/** Reads what follows `option space`. */
export function readSpace(cursor: Cursor, at: number, block: BlockKind): Parameter | undefined {
  const { optionNames, report } = cursor;
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected("a name for the option space");
  cursor.next();
  const widths = readWidths(cursor);
  if (widths === undefined || !isPlaced(cursor, at, block)) return undefined;
  const known = optionNames.findSpace(token.text);
  if (OWN_SPACES.test(token.text))
    return report.error(token.at, `there is an option space ${token.text} already`, { expected: "another name" });
  if (known !== undefined) {
    const related = { at: known.at, message: "first declared here" };
    report.warning(token.at, `there is an option space ${token.text} already: this is the same`, { related });
    return { kind: "none", at };
  }
  if (optionNames.size >= SPACES_MAX)
    return report.error(token.at, "there are too many option spaces", { expected: `at most ${SPACES_MAX}` });
  optionNames.addSpace(new OptionSpace(token.text, optionNames.size + 1, token.at, widths));
  return { kind: "none", at };
}

/** `code width 1, 2 or 4`, `length width 1 or 2` and `hash size N`, which says nothing here. */
function readWidths(cursor: Cursor): SpaceWidths | undefined {
  const widths = { code: 1, length: 1 };
  for (;;) {
    if (cursor.takeWord("hash")) {
      if (!cursor.takeWord("size")) return cursor.unexpected("size");
      if (readDecimal(cursor, { least: 1, most: 65_535, what: "a size" }) === undefined) return undefined;
      continue;
    }
    const kind = cursor.takeWord("code") ? "code" : cursor.takeWord("length") ? "length" : undefined;
    if (kind === undefined) return widths;
    if (!cursor.takeWord("width")) return cursor.unexpected("width");
    const { text } = cursor.peek();
    if (!(kind === "code" ? /^[124]$/ : /^[12]$/).test(text))
      return cursor.unexpected(kind === "code" ? "1, 2 or 4 octets of a code" : "1 or 2 octets of a length");
    cursor.next();
    widths[kind] = Number(text);
  }
}

/** Whether the text behind an option's name is a definition: `code N =`. */
export function isDefinition(cursor: Cursor): boolean {
  return cursor.isWord("code") && cursor.isMark("=", 2);
}

/** An option's name with its place. */
export interface NamedPlace {
  readonly name: string;
  readonly at: number;
  /** Undefined: DHCP's own. */
  readonly space: OptionSpace | undefined;
}

/** Reads `code N = TYPE` for an option of that name. */
export function readDefinition(cursor: Cursor, at: number, block: BlockKind, named: NamedPlace): Parameter | undefined {
  cursor.next();
  const { name, space } = named;
  const codeAt = cursor.peek().at;
  const code = readDecimal(cursor, { least: 0, most: space?.codeMax ?? 255, what: "option codes" });
  if (code === undefined) return undefined;
  cursor.next();
  const typeAt = cursor.peek().at;
  const type = readType(cursor, typeAt);
  if (type === undefined || !isPlaced(cursor, at, block)) return undefined;
  const { format, carries } = type;
  // In a space of its own 0 and 255 are codes like any others: pad and end are DHCP's.
  if (space === undefined && carries !== undefined && (code === 0 || code === 255))
    return cursor.report.error(codeAt, `${code} is out of range`, { expected: "option codes from 1 to 254" });
  const known = cursor.optionNames.find(space, name);
  if (known !== undefined && (known.code !== code || ("at" in known && known.format !== format)))
    cursor.report.warning(named.at, `the option ${name} is defined otherwise already: from here on this counts`, {
      expected: known.code === code ? "another name, or the same type" : `another name, or code ${known.code}`,
      ...("at" in known && { related: { at: known.at, message: "first defined here" } }),
    });
  if (carries !== undefined && !addCarrier(cursor, code, space, { carries, at: typeAt })) return undefined;
  cursor.optionNames.define(space, { code, name, format, at: named.at, carries });
  return { kind: "none", at };
}

/** Notes that the option `code` of `space` carries another space; false, after a complaint, if that one carries `space`. */
function addCarrier(
  cursor: Cursor,
  code: number,
  space: OptionSpace | undefined,
  { carries, at }: { readonly carries: OptionSpace; readonly at: number },
): boolean {
  if (space === undefined) carries.carriers.add(code);
  else if (space.withOuter().has(carries)) {
    cursor.report.error(at, `the space ${carries.name} would carry itself`, { expected: "another space" });
    return false;
  } else {
    space.carried.set(code, carries);
    carries.outer.add(space);
  }
  return true;
}

function isPlaced(cursor: Cursor, at: number, block: BlockKind): boolean {
  if (block === "global") return true;
  cursor.report.error(at, "options are defined at the top level only", {
    expected: "the definition in front of all blocks; it holds in all of them",
  });
  return false;
}

interface Type {
  readonly format: string;
  readonly carries: OptionSpace | undefined;
}

function readType(cursor: Cursor, at: number): Type | undefined {
  if (cursor.takeWord("encapsulate")) {
    const space = readSpaceName(cursor, cursor.optionNames);
    return space && { format: "X", carries: space };
  }
  const isArray = cursor.takeWord("array");
  if (isArray && !cursor.takeWord("of")) return cursor.unexpected("of and the type of the elements");
  if (!isArray && cursor.takeWord("zerolen")) return { format: "Z", carries: undefined };
  if (!isArray && cursor.takeWord("domain-list"))
    return { format: cursor.takeWord("compressed") ? "D" : "dA", carries: undefined };
  const letters = cursor.isMark("{") ? readRecord(cursor) : readSimple(cursor);
  if (letters === undefined) return undefined;
  if (/[tXa]/.test(isArray ? letters : letters.slice(0, -1)))
    return cursor.report.error(at, "text, string and domain-list have no length of their own", {
      expected: "text, string or domain-list last in a record, none of them in an array",
    });
  return { format: isArray ? `${letters}A` : letters, carries: undefined };
}

function readRecord(cursor: Cursor): string | undefined {
  let letters = "";
  cursor.next();
  do {
    const letter = cursor.takeWord("domain-list") ? "da" : readSimple(cursor);
    if (letter === undefined) return skipRecord(cursor);
    letters += letter;
  } while (cursor.takeMark(","));
  if (cursor.takeMark("}")) return letters;
  cursor.unexpected(", or } at the end of the record");
  return skipRecord(cursor);
}

/** Goes past the record's end, so that its brace closes no block. */
function skipRecord(cursor: Cursor): undefined {
  while (!cursor.isMark("}") && !cursor.isMark(";") && cursor.peek().kind !== "end") cursor.next();
  cursor.takeMark("}");
}

function readSimple(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  const word = token.kind === "word" ? token.text.toLowerCase() : "";
  const letter = SIMPLE_TYPES.get(word);
  if (letter !== undefined) {
    cursor.next();
    return letter;
  }
  const isUnsigned = cursor.takeWord("unsigned");
  const isSigned = !isUnsigned && cursor.takeWord("signed");
  if (cursor.takeWord("integer")) {
    const integer = INTEGERS[cursor.peek().text];
    if (integer === undefined) return cursor.unexpected("8, 16 or 32");
    cursor.next();
    return isUnsigned ? integer.toUpperCase() : integer;
  }
  if (isUnsigned || isSigned) return cursor.unexpected("integer");
  if (token.kind !== "word") return cursor.unexpected(TYPES_EXPECTED);
  const meant = nearestWord(word, TYPE_WORDS);
  return cursor.report.error(token.at, `there is no type ${nameToken(token)}`, {
    expected: meant === undefined ? TYPES_EXPECTED : didYouMean(meant),
  });
}

/** Reads the name of a space; undefined after a complaint. */
export function readSpaceName(cursor: Cursor, names: OptionNames): OptionSpace | undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected("the name of an option space");
  const space = names.findSpace(token.text);
  if (space === undefined) {
    reportNoSpace(cursor, names, "");
    return undefined;
  }
  cursor.next();
  return space;
}

/** Reports that the current word is no option space; `others` says what else could stand there. */
export function reportNoSpace(cursor: Cursor, names: OptionNames, others: string): void {
  const token = cursor.peek();
  const meant = cursor.report.isFull("error") ? undefined : nearestWord(token.text, names.spaceNames());
  cursor.report.error(token.at, `there is no option space named ${token.text}`, {
    expected: meant === undefined ? `option space ${token.text}; in front of it${others}` : didYouMean(meant),
  });
}

/** Reads what follows `vendor-option-space`. */
export function readVendorOptionSpace(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.peek().kind !== "word") return cursor.unexpected("the name of an option space");
  const space = takeNamedSpace(cursor);
  return space === undefined ? { kind: "none", at } : { kind: "vendor-space", space, at };
}

/** Reads what follows `site-option-space`; ISC's wants the name in quotes. */
export function readSiteOptionSpace(cursor: Cursor, at: number): Parameter | undefined {
  const { kind } = cursor.peek();
  if (kind !== "string" && kind !== "word") return cursor.unexpected("the name of an option space");
  const space = takeNamedSpace(cursor);
  return space === undefined ? { kind: "none", at } : { kind: "site-space", space, at };
}

/**
 * Takes the name of a space; undefined, after a warning, for a space that is not declared: as ISC's server, this one
 * then sends nothing.
 */
function takeNamedSpace(cursor: Cursor): OptionSpace | undefined {
  const { text, at } = cursor.next();
  const { optionNames, report } = cursor;
  const space = optionNames.findSpace(text);
  if (space !== undefined) return space;
  const meant = report.isFull("warning") ? undefined : nearestWord(text, optionNames.spaceNames());
  report.warning(at, `there is no option space named ${text}: nothing of it is sent`, {
    expected: meant === undefined ? `option space ${text}; in front of it` : didYouMean(meant),
  });
  return undefined;
}
