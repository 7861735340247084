// Which option `[SPACE.]NAME` names at one point of a configuration.

import { type OptionDefinition, SETTABLE_OPTIONS } from "../../wire/options/option-code.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { type NamedPlace, reportNoSpace } from "./option-definition.ts";
import type { DefinedOption, OptionSpace } from "./option-names.ts";
import { didYouMean, nearestWord } from "./suggest.ts";

const NAME_EXPECTED = "the name of an option, like routers or domain-name-servers";

/** Reads `[SPACE.]NAME` of an option that there is; undefined after a complaint. */
export function readAnyOption(
  cursor: Cursor,
): { readonly definition: OptionDefinition; readonly space: OptionSpace | undefined } | undefined {
  const named = readNamedPlace(cursor);
  const definition = named && findNamed(cursor, named);
  return definition && { definition, space: named?.space };
}

/** `[SPACE.]NAME`, be there such an option or not. */
export function readNamedPlace(cursor: Cursor): NamedPlace | undefined {
  if (cursor.peek().kind !== "word") return cursor.unexpected(NAME_EXPECTED);
  let space: OptionSpace | undefined;
  if (cursor.isMark(".", 1)) {
    const spaceName = cursor.peek().text;
    space = cursor.optionNames.findSpace(spaceName);
    if (space === undefined && spaceName.toLowerCase() !== "dhcp") {
      reportNoSpace(cursor, cursor.optionNames, ", dhcp, or none at all");
      return undefined;
    }
    cursor.next();
    cursor.next();
    if (cursor.peek().kind !== "word") return cursor.unexpected(NAME_EXPECTED);
  }
  const { text: name, at } = cursor.next();
  return { name, at, space };
}

/** The option of that name; undefined after a complaint. */
export function findNamed(
  cursor: Cursor,
  { name, at, space }: NamedPlace,
): OptionDefinition | DefinedOption | undefined {
  const { optionNames, report } = cursor;
  const definition = optionNames.find(space, name);
  if (definition !== undefined) return definition;
  const [, digits] = /^option-([0-9]+)$/i.exec(name) ?? [];
  const isNumber = digits !== undefined && space === undefined;
  const named = isNumber ? SETTABLE_OPTIONS.find(({ code }) => code === Number(digits)) : undefined;
  const isSearched = !isNumber && !report.isFull("error");
  const meant = named?.name ?? (isSearched ? nearestWord(name, optionNames.names(space)) : undefined);
  const own =
    space === undefined
      ? `${NAME_EXPECTED}, or option-1 to option-254`
      : `option ${space.name}.${name} code N = TYPE; in front of it`;
  return report.error(at, `there is no option ${nameToken({ kind: "word", text: name, at, end: at })}`, {
    expected: meant === undefined ? own : didYouMean(meant),
  });
}
