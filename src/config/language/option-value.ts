// `option NAME VALUE;`: reads the value by the option's format letters (wire/options/option-format.ts) and
// encodes it. Differences from OpenBSD: an unquoted word for an option of octets is an error, or a text where
// ISC's dhcpd has one (`option host-name abc;` would send the octet 0xbc); 0x is accepted; numbers out of
// range are errors; options that only the server may send are left out, with a warning.

import { getUint32, NO_OCTETS } from "../../base/bytes.ts";
import { OptionCode, type OptionDefinition } from "../../wire/options/option-code.ts";
import { describeFormat, encodeOptionValue, rowLetters } from "../../wire/options/option-format.ts";
import type { BlockKind } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import { readForeignOption } from "./foreign-options.ts";
import { isDefinition, readDefinition, readSpace } from "./option-definition.ts";
import { readElements, readEnterpriseOctets } from "./option-elements.ts";
import { readExpression } from "./option-expression.ts";
import { isWithinLimits } from "./option-limits.ts";
import { findNamed, readAnyOption, readNamedPlace } from "./option-place.ts";
import type { OptionParameter, Parameter } from "./syntax.ts";

/** Options of octets that hold a text: a word without quotes is one, as ISC's dhcpd has it. */
const TEXT_CODES: ReadonlySet<number> = new Set([OptionCode.hostName, 86, 87]);

/** Options that a configuration cannot give a value that would be sent, and why. */
const SERVER_OPTIONS: ReadonlyMap<number, string> = new Map([
  [OptionCode.pad, "0 is the code of the octets that fill up a message"],
  [OptionCode.end, "255 is the code of the end of the options"],
  [OptionCode.requestedAddress, "only clients send it"],
  [OptionCode.leaseTime, "the server computes it: use default-lease-time and max-lease-time"],
  [OptionCode.overload, "the server sets it where it is needed"],
  [OptionCode.messageType, "the server sets it in every reply"],
  [OptionCode.rapidCommit, "the server sets it where it is due: use rapid-commit true;"],
  [OptionCode.subnetSelection, "it is the client's, and returned as the client sent it"],
  [OptionCode.virtualSubnetSelection, "this server has no virtual subnets, and must not seem to have them"],
  [OptionCode.relayAgentInformation, "it is the relay's, and returned as the relay sent it"],
]);

/** Reads what follows the word `option`: a value, or a definition. */
export function readOption(cursor: Cursor, at: number, block: BlockKind): Parameter | undefined {
  if (cursor.isWord("space") && cursor.peek(1).kind === "word") {
    cursor.next();
    return readSpace(cursor, at, block);
  }
  const foreign = readForeignOption(cursor, at);
  if (foreign !== "other") return foreign;
  const named = readNamedPlace(cursor);
  if (named === undefined) return undefined;
  if (isDefinition(cursor)) return readDefinition(cursor, at, block, named);
  const definition = findNamed(cursor, named);
  if (definition === undefined) return undefined;
  const { space } = named;
  const { code } = definition;
  const name = space === undefined ? definition.name : `${space.name}.${definition.name}`;
  if ("carries" in definition && definition.carries !== undefined)
    return cursor.report.error(named.at, `the option ${name} has no value of its own`, {
      expected: `option ${definition.carries.name}.NAME for each option that it carries`,
    });
  const valueAt = cursor.peek().at;
  const value = cursor.takeMark("=") ? readExpression(cursor, definition) : readValue(cursor, definition);
  if (value === undefined) return undefined;
  if (typeof value === "object" && "added" in value) return { kind: "always-send", codes: value.added, at };
  const octets = value instanceof Uint8Array ? value : undefined;
  const parts = Array.isArray(value) ? { parts: value } : {};
  const option = { kind: "option", code, space, name, octets, at, valueAt, ...parts } as const;
  return space === undefined ? forSending(cursor, option) : inSpace(cursor, option, space.octetsMax);
}

/** `always-send NAME {, NAME};` */
export function readAlwaysSend(cursor: Cursor, at: number): Parameter | undefined {
  const codes: number[] = [];
  do {
    const { at: nameAt } = cursor.peek();
    const found = readAnyOption(cursor);
    if (found === undefined) return undefined;
    if (found.space !== undefined)
      return cursor.report.error(nameAt, "options of a space are sent with the option that carries them", {
        expected: "the option that carries the space",
      });
    codes.push(found.definition.code);
  } while (cursor.takeMark(","));
  return { kind: "always-send", codes, at };
}

/** A DHCP option, unless only the server itself may send it; undefined after a complaint. */
function forSending(cursor: Cursor, option: OptionParameter): Parameter | undefined {
  const { code, name, octets, at } = option;
  if (code === OptionCode.serverId) {
    cursor.report.warning(at, `option ${name} is read as server-identifier`, {
      expected: "server-identifier ADDRESS;",
    });
    const serverIdentifier = octets && getUint32(octets, 0);
    return { kind: "setting", field: "serverIdentifier", value: { serverIdentifier }, at };
  }
  const reason = SERVER_OPTIONS.get(code);
  if (reason === undefined) return isWithinLimits(cursor, option) ? option : undefined;
  cursor.report.warning(at, `option ${name} has no effect here: ${reason}`, { hasNoEffect: true });
  return { kind: "none", at };
}

function inSpace(cursor: Cursor, option: OptionParameter, most: number): Parameter | undefined {
  const length = option.octets?.length ?? 0;
  if (length <= most) return option;
  return cursor.report.error(option.valueAt, `the value has ${length} octets`, {
    expected: `at most ${most} octets in an option of this space`,
  });
}

/** A value in the way of its type; undefined after a complaint. */
function readValue(cursor: Cursor, definition: OptionDefinition): Uint8Array | "unset" | undefined {
  const { format, name, code } = definition;
  const { at } = cursor.peek();
  if (cursor.isMark(";") && rowLetters(format) !== "") return cursor.unexpected(describeFormat(format));
  if (format === "LxA" && cursor.isMark(":", 1)) return readEnterpriseOctets(cursor);
  const elements = readElements(cursor, format, TEXT_CODES.has(code));
  if (elements === undefined) return undefined;
  if (elements.length === 0 && rowLetters(format) !== "") {
    cursor.report.warning(at, `option ${name} is not sent: none of its host names can be resolved`);
    return "unset";
  }
  const [first] = elements;
  const isEmpty = elements.length === 1 && first?.kind === "name" && first.value === "";
  const octets = isEmpty ? NO_OCTETS : encodeOptionValue(format, elements);
  if (typeof octets === "string") return cursor.report.error(at, `bad value of option ${name}: ${octets}`);
  if (octets.length > 0 || rowLetters(format) === "") return octets;
  cursor.report.warning(at, `option ${name} is not sent: its value is empty`);
  return "unset";
}
