// `firewall-set nft [FAMILY] TABLE SET;`, or with a block in place of the semicolon:
//
//   firewall-set nft inet dhcp guests {
//     addresses leased;
//     hold-ack true;
//   }
//
// The launcher looks for the statement too, because it starts the process that changes the sets (launcher/statements.c).

import { FIREWALL_NAME_OCTETS_MAX } from "../../base/limits/firewall.ts";
import { FIREWALL_FAMILIES, type FirewallAddresses, type FirewallSet } from "../model/firewall-set.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readBoolean } from "./values.ts";

/** What nft(8) takes as a name without quotes. */
const NAME = /^[A-Za-z][A-Za-z0-9_./-]*$/;
/** nft(8)'s default. */
const DEFAULT_FAMILY = "ip";
const NAMES_EXPECTED = "a table and a set of nftables, as in firewall-set nft inet dhcp guests;";
const ADDRESSES: readonly string[] = ["leased", "abandoned", "changed"] satisfies FirewallAddresses[];

/** Reads the statement up to its semicolon, or with its block. */
export function readFirewallSet(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.isWord("pf")) return refusePf(cursor);
  if (!cursor.takeWord("nft")) return cursor.unexpected("nft, as in firewall-set nft inet dhcp guests;");
  const names: string[] = [];
  while (cursor.peek().kind === "word" && names.length < 3) {
    const name = readName(cursor);
    if (name === undefined) return undefined;
    names.push(name);
  }
  const [set, table, family = DEFAULT_FAMILY] = names.toReversed();
  if (set === undefined || table === undefined) return cursor.unexpected(NAMES_EXPECTED);
  if (!FIREWALL_FAMILIES.includes(family))
    return cursor.report.error(at, `${family} is no family of tables with IPv4 addresses`, {
      expected: FIREWALL_FAMILIES.join(", "),
    });
  const settings = readSettings(cursor);
  return settings && { kind: "firewall-set", set: { name: `${family} ${table} ${set}`, ...settings }, at };
}

function refusePf(cursor: Cursor): undefined {
  return cursor.report.error(
    cursor.peek().at,
    "pf tables are not supported: Linux, on which this server runs, has no pf",
    {
      expected: "firewall-set nft FAMILY TABLE SET;",
    },
  );
}

function readName(cursor: Cursor): string | undefined {
  const { text, at } = cursor.next();
  if (NAME.test(text) && text.length <= FIREWALL_NAME_OCTETS_MAX) return text;
  return cursor.report.error(at, `"${text}" cannot be the name of a table or a set`, {
    expected: `at most ${FIREWALL_NAME_OCTETS_MAX} letters, digits and _./-, the first one a letter`,
  });
}

/** The block's values; without a block the defaults. */
function readSettings(cursor: Cursor): Pick<FirewallSet, "addresses" | "holdsAck"> | undefined {
  const settings = { addresses: "leased" as FirewallAddresses, holdsAck: false };
  if (!cursor.takeMark("{")) return settings;
  while (!cursor.takeMark("}")) {
    if (cursor.takeWord("addresses")) {
      const word = cursor.peek().text.toLowerCase();
      if (!ADDRESSES.includes(word)) return cursor.unexpectedWord(ADDRESSES, ADDRESSES.join(", "));
      cursor.next();
      settings.addresses = word as FirewallAddresses;
    } else if (cursor.takeWord("hold-ack")) {
      const value = readBoolean(cursor);
      if (value === undefined) return undefined;
      settings.holdsAck = value;
    } else return cursor.unexpectedWord(["addresses", "hold-ack"], "addresses, hold-ack, or } at the end of the block");
    if (!cursor.takeMark(";")) return cursor.unexpected("; at the end of the entry");
  }
  return settings;
}
