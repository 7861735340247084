// The content of hosts and classes, as texts by which two configurations are compared: octets and values as they were
// read, without their places in the file.

import { formatHex } from "../../base/bytes.ts";
import { addTo } from "../../base/lists.ts";
import { OptionSpace } from "../language/option-names.ts";
import type { Block } from "../language/syntax.ts";
import { frontLevels, type Level } from "./levels.ts";

/** Members of the syntax tree that say where something stands. */
const PLACES = /^(?:at|[a-z]+At|parent|reopened|isIncomplete)$/;

/** The content of each host by name, with the groups around it. */
export function hostTexts(levels: readonly Level[]): ReadonlyMap<string, string> {
  const known = new Map<Level, string>();
  const textOf = (level: Level): string => {
    const text = known.get(level) ?? blockText(level.block);
    if (level.block.header.kind !== "host") known.set(level, text);
    return text;
  };
  const texts = new Map<string, string>();
  for (const level of levels) {
    const { header } = level.block;
    if (header.kind === "host") texts.set(header.name, frontLevels(level, []).map(textOf).join("\n"));
  }
  return texts;
}

/** The content of each class by name, with its subclasses and the groups around them. */
export function classTexts(levels: readonly Level[]): ReadonlyMap<string, string> {
  const parts = new Map<string, string[]>();
  for (const level of levels) {
    const { header } = level.block;
    if (header.kind !== "class" && header.kind !== "subclass") continue;
    const text = frontLevels(level, [])
      .map(({ block }) => blockText(block))
      .join("\n");
    addTo(parts, header.name, text);
  }
  return new Map([...parts].map(([name, texts]) => [name, texts.sort().join("\n")]));
}

/** A block's header, parameters and conditions. */
function blockText({ header, parameters, blocks }: Block): string {
  const branches = blocks.filter((block) => block.header.kind === "if");
  return JSON.stringify({ header, parameters, branches }, withoutPlaces);
}

function withoutPlaces(name: string, value: unknown): unknown {
  if (PLACES.test(name)) return undefined;
  if (value instanceof Uint8Array) return formatHex(value);
  // JSON has no infinite numbers.
  if (value === Number.POSITIVE_INFINITY) return "infinite";
  return value instanceof OptionSpace ? value.name : value;
}
