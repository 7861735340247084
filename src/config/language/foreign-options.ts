// Options of spaces that ISC's dhcpd has built in and this server never sends.

import { type Cursor, nameToken } from "./cursor.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { NoParameter } from "./syntax.ts";

interface ForeignSpace {
  /** Its options, in lower case; empty where any name will do. */
  readonly names: readonly string[];
  readonly reason: string;
  readonly expected?: string;
}

const SPACES: ReadonlyMap<string, ForeignSpace> = new Map<string, ForeignSpace>([
  [
    "fqdn",
    {
      names: ["no-client-update", "server-update", "encoded", "rcode1", "rcode2", "hostname", "domainname", "fqdn"],
      reason: "this server sends no option 81",
    },
  ],
  [
    "agent",
    {
      names: [],
      reason: "relay agent sub-options are never sent to clients",
      expected: "host-identifier option agent.NAME DATA; in a host, or a class with match if option agent.NAME = DATA;",
    },
  ],
  ["dhcp6", { names: [], reason: "this server is for DHCPv4 only" }],
  ["nwip", { names: [], reason: "this server does not know NetWare/IP" }],
]);

/** Reads `SPACE.NAME VALUE` of such a space, with a warning; undefined after a complaint, "other" if it is none. */
export function readForeignOption(cursor: Cursor, at: number): NoParameter | "other" | undefined {
  const token = cursor.peek();
  const space = token.kind === "word" && cursor.isMark(".", 1) ? SPACES.get(token.text.toLowerCase()) : undefined;
  if (space === undefined || cursor.optionNames.findSpace(token.text) !== undefined) return "other";
  const name = cursor.peek(2);
  if (space.names.length > 0 && !space.names.includes(name.text.toLowerCase())) {
    const meant = nearestWord(name.text, space.names);
    return cursor.report.error(name.at, `there is no option ${nameToken(name)} in the space ${token.text}`, {
      expected: meant === undefined ? space.names.join(", ") : didYouMean(meant),
    });
  }
  const { expected } = space;
  cursor.report.warning(at, `option ${token.text}.${name.text} has no effect: ${space.reason}`, {
    hasNoEffect: true,
    ...(expected !== undefined && { expected }),
  });
  while (!cursor.isMark(";") && !cursor.isMark("}") && cursor.peek().kind !== "end") cursor.next();
  return { kind: "none", at };
}
