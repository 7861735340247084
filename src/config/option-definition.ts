// `option space NAME;` and `option NAME code N = TYPE;`: options that a configuration defines, as ISC's
// dhcpd does. A type becomes a format (wire/option-format.ts):
//
//   type   = "array" "of" ( simple | record ) | record | simple | "encapsulate" SPACE
//   record = "{" simple { "," simple } "}"
//   simple = "ip-address" | "boolean" | [ "signed" | "unsigned" ] "integer" ( 8 | 16 | 32 )
//          | "text" | "string" | "domain-list"
//
// Text and octets have no length of their own: they stand last, and in no array.

import { type Cursor, nameToken } from "./cursor.ts";
import { type OptionNames, OptionSpace } from "./option-names.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { BlockKind, Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

/** Spaces of one configuration. */
const SPACES_MAX = 1000;

const SIMPLE_TYPES: ReadonlyMap<string, string> = new Map([
  ["ip-address", "I"],
  ["boolean", "f"],
  ["text", "t"],
  ["string", "X"],
  ["domain-list", "D"],
]);
const INTEGERS: Readonly<Record<string, string>> = { "8": "b", "16": "s", "32": "l" };
const TYPE_WORDS = [...SIMPLE_TYPES.keys(), "integer", "signed", "unsigned", "array", "encapsulate"];
const TYPES_EXPECTED =
  "ip-address, boolean, integer 8, 16 or 32, unsigned integer, text, string, domain-list, array of, encapsulate or { of several }";

/** Reads what follows `option space`. */
export function readSpace(cursor: Cursor, at: number, block: BlockKind): Parameter | undefined {
  const { optionNames, report } = cursor;
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected("a name for the option space");
  cursor.next();
  if (!readWidths(cursor) || !isPlaced(cursor, at, block)) return undefined;
  const known = optionNames.spaces.get(token.text);
  const isOwn = token.text === "dhcp" || token.text === "agent";
  if (isOwn || known !== undefined) {
    report.error(token.at, `there is an option space ${token.text} already`, {
      expected: "another name",
      ...(known !== undefined && { related: { at: known.at, message: "first declared here" } }),
    });
    return undefined;
  }
  if (optionNames.spaces.size >= SPACES_MAX) {
    report.error(token.at, "there are too many option spaces", { expected: `at most ${SPACES_MAX}` });
    return undefined;
  }
  optionNames.spaces.set(token.text, new OptionSpace(token.text, optionNames.spaces.size + 1, token.at));
  return { kind: "none", at };
}

/** `code width 1`, `length width 1` and `hash size N`, of which only these can be carried by a DHCPv4 option. */
function readWidths(cursor: Cursor): boolean {
  for (;;) {
    if (cursor.takeWord("hash")) {
      if (!cursor.takeWord("size")) return cursor.unexpected("size") ?? false;
      if (readDecimal(cursor, { least: 1, most: 65_535, what: "a size" }) === undefined) return false;
    } else if (cursor.takeWord("code") || cursor.takeWord("length")) {
      if (!cursor.takeWord("width")) return cursor.unexpected("width") ?? false;
      const token = cursor.peek();
      if (token.text !== "1") return cursor.unexpected("1: codes and lengths have one octet each") ?? false;
      cursor.next();
    } else return true;
  }
}

/** Whether what was read about an option is a definition: `code N =`. */
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
  const codeAt = cursor.peek().at;
  const code = readDecimal(cursor, { least: 1, most: 254, what: "option codes" });
  if (code === undefined) return undefined;
  cursor.next();
  const typeAt = cursor.peek().at;
  const type = readType(cursor, typeAt);
  if (type === undefined || !isPlaced(cursor, at, block)) return undefined;
  const { name, space } = named;
  const known = cursor.optionNames.find(space, name);
  if (known !== undefined && (known.code !== code || ("at" in known && known.format !== type.format))) {
    cursor.report.error(known.code === code ? typeAt : codeAt, `the option ${name} is defined otherwise already`, {
      expected: known.code === code ? "the same type, or another name" : `code ${known.code}, or another name`,
      ...("at" in known && { related: { at: known.at, message: "first defined here" } }),
    });
    return undefined;
  }
  const { format, carries } = type;
  if (carries !== undefined && space !== undefined) {
    cursor.report.error(typeAt, "an option of a space cannot carry another space", {
      expected: "a type that has a value",
    });
    return undefined;
  }
  carries?.carriers.add(code);
  (space ?? cursor.optionNames).defined.set(name, { code, name, format, at: named.at, carries });
  return { kind: "none", at };
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
  const letters = cursor.isMark("{") ? readRecord(cursor) : readSimple(cursor);
  if (letters === undefined) return undefined;
  const fixed = isArray ? letters : letters.slice(0, -1);
  const isList = letters === "D" && !isArray;
  if (!isList && (/[tX]/.test(fixed) || letters.includes("D"))) {
    cursor.report.error(at, "text, string and domain-list have no length of their own", {
      expected: "text or string last in a record, domain-list alone, none of them in an array",
    });
    return undefined;
  }
  return { format: isArray ? `${letters}A` : letters, carries: undefined };
}

function readRecord(cursor: Cursor): string | undefined {
  let letters = "";
  cursor.next();
  do {
    const letter = readSimple(cursor);
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
  cursor.report.error(token.at, `there is no type ${nameToken(token)}`, {
    expected: meant === undefined ? TYPES_EXPECTED : didYouMean(meant),
  });
  return undefined;
}

/** Reads the name of a space; undefined after a complaint. */
export function readSpaceName(cursor: Cursor, names: OptionNames): OptionSpace | undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected("the name of an option space");
  const space = names.spaces.get(token.text);
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
  const meant = cursor.report.isFull("error") ? undefined : nearestWord(token.text, names.spaces.keys());
  cursor.report.error(token.at, `there is no option space named ${token.text}`, {
    expected: meant === undefined ? `option space ${token.text}; in front of it${others}` : didYouMean(meant),
  });
}

/** Reads what follows `vendor-option-space`. */
export function readVendorOptionSpace(cursor: Cursor, at: number): Parameter | undefined {
  const space = readSpaceName(cursor, cursor.optionNames);
  return space && { kind: "vendor-space", space, at };
}
