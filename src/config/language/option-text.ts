// The value of an option as people write it outside a configuration: by the option's type, as `option NAME VALUE;` has it.

import type { OptionDefinition } from "../../wire/options/option-code.ts";
import { encodeOptionValue, rowLetters } from "../../wire/options/option-format.ts";
import { Cursor } from "./cursor.ts";
import { octetsOf, tokenize } from "./lexer.ts";
import { readElements } from "./option-elements.ts";
import { Report, Source } from "./source.ts";

/**
 * The octets of a value, or its fault as a text. A text needs no quotes; octets are hexadecimal, with colons between.
 */
export function readOptionText({ format }: OptionDefinition, text: string): Uint8Array | string {
  if (/^[0-9a-f]{1,2}(?::[0-9a-f]{1,2})+$/i.test(text))
    return Uint8Array.from(text.split(":"), (octet) => Number.parseInt(octet, 16));
  if (/^[tuXx]$/.test(format)) return octetsOf(text);
  const report = new Report(new Source("", `${text};`));
  const cursor = new Cursor(tokenize(report), report, "refused");
  const elements = readElements(cursor, format, false);
  if (elements !== undefined && !cursor.isMark(";")) cursor.unexpected("the end of the value");
  const [problem] = report.finish();
  if (problem !== undefined)
    return `${problem.message}${problem.expected === undefined ? "" : `: expected ${problem.expected}`}`;
  return rowLetters(format) === "" ? octetsOf("") : encodeOptionValue(format, elements ?? []);
}
