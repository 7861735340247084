// What a condition's comparisons are made of besides equal octets: octets that are written as text
// (`binary-to-ascii`), and patterns that are no more than a beginning or an end.

import type { Condition, QueryData } from "./condition.ts";
import type { Cursor } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";

/** One side of a comparison. */
export type Operand =
  | { readonly kind: "query"; readonly data: QueryData; readonly format: string; readonly written?: Writing }
  | { readonly kind: "constant"; readonly at: number; readonly value: Uint8Array };

/** How octets are written as text: numbers in `base`, `separator` between them. */
export interface Writing {
  readonly base: number;
  readonly separator: string;
}

/** The octets whose writing is the constant; undefined, after a complaint, if there are none. */
export function unwrite(
  cursor: Cursor,
  { base, separator }: Writing,
  constant: { at: number; value: Uint8Array },
): Uint8Array | undefined {
  const text = String.fromCharCode(...constant.value);
  const numbers = separator === "" ? [text] : text.split(separator);
  const octets = numbers.map((number) => Number.parseInt(number, base));
  const right = octets.map((octet) => octet.toString(base)).join(separator);
  if (right === text && octets.every((octet) => octet <= 255)) return Uint8Array.from(octets);
  const isPadded = octets.every((octet) => octet <= 255);
  cursor.report.error(constant.at, "binary-to-ascii never writes this", {
    expected: isPadded ? `"${right}": no leading zeros, small letters` : "numbers from 0 to 255 with the separator",
  });
  return undefined;
}

/** Patterns that are no more than a beginning, an end, or both. */
const PLAIN_PATTERN = /^(\^?)([\w :,/@%=;!<>#-]+)(\$?)$/;

/** `DATA ~= "^TEXT"` and its like, which say the same as a comparison; the `~` is next. */
export function readPattern(cursor: Cursor, left: Operand): Condition | undefined {
  const { at, text: mark } = cursor.next();
  const isCaseless = mark === "~~";
  if (!isCaseless && !cursor.takeMark("=")) return cursor.unexpected("= behind the ~, and a pattern");
  const token = cursor.peek();
  const [, start, text = "", end] = PLAIN_PATTERN.exec(token.kind === "string" ? token.text : "") ?? [];
  const isPlain = start !== undefined && (start !== "" || end !== "") && !(isCaseless && /[a-z]/i.test(text));
  if (left.kind === "query" && left.written === undefined && isPlain) {
    const data =
      start === "" ? lastOctets(left.data, text.length) : end === "" ? firstOctets(left.data, text.length) : left.data;
    if (data !== undefined) {
      cursor.next();
      return { kind: "equal", data, value: octetsOf(text) };
    }
  }
  cursor.report.error(at, "regular expressions are not supported, other than ^TEXT, TEXT$ and ^TEXT$", {
    expected: 'substring(option NAME, 0, 9) = "PXEClient", or suffix(option NAME, 4) = ".efi"',
  });
  return undefined;
}

function firstOctets(data: QueryData, length: number): QueryData | undefined {
  return data.isSuffix || data.length < length ? undefined : { ...data, length };
}

function lastOctets(data: QueryData, length: number): QueryData | undefined {
  const isWhole = data.from === 0 && data.length === Number.POSITIVE_INFINITY;
  return isWhole ? { ...data, length, isSuffix: true } : undefined;
}
