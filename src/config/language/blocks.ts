// The blocks of dhcpd.conf(5): where each may stand, and how the words in front of its brace are read.

import { NO_OCTETS } from "../../base/bytes.ts";
import { formatIpv4, isInNetwork, lengthOfMask, maskOfLength } from "../../base/ipv4.ts";
import type { BlockKind } from "../model/settings.ts";
import { readConstant } from "./condition-data.ts";
import type { Cursor } from "./cursor.ts";
import type { ClassHeader, Header } from "./syntax.ts";
import { readAddress, readDottedName } from "./values.ts";

/** A block's first word: the blocks it may stand in (groups aside), and the reader of its header. */
export interface BlockRule {
  readonly outer: readonly BlockKind[];
  readonly read: (cursor: Cursor) => Header | undefined;
  /** Whether a semicolon may stand for an empty block. */
  readonly mayBeEmpty?: boolean;
}

/** Blocks by their first word, in lower case. */
export const BLOCKS: ReadonlyMap<string, BlockRule> = new Map<string, BlockRule>([
  ["shared-network", { outer: ["global"], read: readSharedNetwork }],
  ["subnet", { outer: ["global", "shared-network"], read: readSubnet }],
  ["pool", { outer: ["subnet", "shared-network"], read: () => ({ kind: "pool" }) }],
  ["class", { outer: ["global", "shared-network", "subnet", "pool"], read: classReader("class") }],
  ["vendor-class", { outer: ["global", "shared-network", "subnet"], read: classReader("vendor-class") }],
  ["user-class", { outer: ["global", "shared-network", "subnet"], read: classReader("user-class") }],
  ["subclass", { outer: ["global", "shared-network", "subnet", "pool"], read: readSubclass, mayBeEmpty: true }],
  ["group", { outer: ["global", "shared-network", "subnet", "pool"], read: readGroup }],
  ["host", { outer: ["global", "shared-network", "subnet", "pool"], read: readHost }],
]);

/** Headers for blocks whose own could not be read. */
export const NAMELESS: Readonly<Record<string, Header>> = {
  "shared-network": { kind: "shared-network", name: "" },
  subnet: { kind: "subnet", network: 0, mask: 0, prefixLength: 0 },
  host: { kind: "host", name: "" },
  pool: { kind: "pool" },
  class: { kind: "class", form: "class", name: "" },
  "vendor-class": { kind: "class", form: "vendor-class", name: "" },
  "user-class": { kind: "class", form: "user-class", name: "" },
  subclass: { kind: "subclass", name: "", nameAt: 0, data: NO_OCTETS, dataAt: 0 },
  if: { kind: "if", condition: { kind: "known" } },
};

function readSharedNetwork(cursor: Cursor): Header | undefined {
  if (cursor.peek().kind === "string") return { kind: "shared-network", name: cursor.next().text };
  const name = readDottedName(cursor, "a name for the network");
  return name === undefined ? undefined : { kind: "shared-network", name };
}

/** A group; ISC's may have a name, which is for people only. */
function readGroup(cursor: Cursor): Header {
  if (cursor.peek().kind === "string") cursor.next();
  else if (cursor.peek().kind === "word" && !cursor.isAtLineStart()) cursor.next();
  return { kind: "group" };
}

function readHost(cursor: Cursor): Header | undefined {
  const name = readDottedName(cursor, "a name for the host, without quotes");
  return name === undefined ? undefined : { kind: "host", name };
}

function classReader(form: ClassHeader["form"]): (cursor: Cursor) => Header | undefined {
  return (cursor) => {
    if (cursor.peek().kind !== "string") return cursor.unexpected(`the name of the ${form} between " and "`);
    const token = cursor.next();
    if (token.text === "") cursor.report.error(token.at, "the name is empty", { expected: "at least one octet" });
    return { kind: "class", form, name: token.text };
  };
}

function readSubclass(cursor: Cursor): Header | undefined {
  if (cursor.peek().kind !== "string") return cursor.unexpected('the name of its class between " and "');
  const { text: name, at: nameAt } = cursor.next();
  const dataAt = cursor.peek().at;
  const data = readConstant(cursor);
  return data && { kind: "subclass", name, nameAt, data, dataAt };
}

function readSubnet(cursor: Cursor): Header | undefined {
  const network = readAddress(cursor);
  if (network === undefined) return undefined;
  if (!cursor.takeWord("netmask")) return cursor.unexpected(`netmask ${prefixAsMask(cursor)}`);
  const mask = readAddress(cursor);
  if (mask === undefined) return undefined;
  const prefixLength = lengthOfMask(mask.address);
  if (prefixLength === undefined)
    return cursor.report.error(mask.at, `${formatIpv4(mask.address)} is not a netmask: its ones are not in one row`, {
      expected: "a netmask like 255.255.255.0",
    });
  if (!isInNetwork(network.address, network.address, mask.address)) {
    const right = formatIpv4((network.address & mask.address) >>> 0);
    return cursor.report.error(
      network.at,
      `${formatIpv4(network.address)} is not the number of a /${prefixLength} network`,
      {
        expected: `${right}, the network that it is in`,
      },
    );
  }
  return { kind: "subnet", network: network.address, mask: mask.address, prefixLength };
}

/** The netmask that stands behind a `/` in other languages, or an example of one. */
function prefixAsMask(cursor: Cursor): string {
  const digits = cursor.isMark("/") ? cursor.peek(1).text : "";
  return /^([0-9]|[12][0-9]|3[0-2])$/.test(digits)
    ? `${formatIpv4(maskOfLength(Number(digits)))} in place of /${digits}`
    : "MASK, as in subnet 192.0.2.0 netmask 255.255.255.0";
}
