// `allow`, `deny` and `ignore`: what clients may do, which clients may have addresses of a pool, and which hosts may
// ask for leases.

import { type BlockKind, SETTING_LIST, type SettingField } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import { readRequestors } from "./requestors.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { Parameter, PermitParameter } from "./syntax.ts";

/** Settings that are allowed and denied, by their word. */
const PERMISSIONS: ReadonlyMap<string, SettingField> = new Map(
  SETTING_LIST.filter(([, { kind }]) => kind === "permission").map(([field, { name }]) => [name, field]),
);

/** The reader of the words behind the first one; `isAllowed`: the first word is `allow`. */
export function permission(isAllowed: boolean) {
  return (cursor: Cursor, at: number, block: BlockKind): Parameter | undefined => {
    const token = cursor.peek();
    if (cursor.isWord("leasequery") || cursor.isWord("bulk-leasequery")) {
      return readRequestors(cursor, at, isAllowed, block);
    }
    if (block === "pool") {
      const permit = readPermit(cursor);
      if (permit === "wrong") return undefined;
      if (permit !== undefined) return { kind: "permit", isAllowed, ...permit, at };
      if (takeDynamicBootpClients(cursor))
        return { kind: "setting", field: "allowDynamicBootp", value: { allowDynamicBootp: isAllowed }, at };
    }
    if (takeForeignPermission(cursor, at)) return { kind: "none", at };
    const field = token.kind === "word" ? PERMISSIONS.get(token.text.toLowerCase()) : undefined;
    if (field === undefined) {
      const meant = token.kind === "word" ? nearestWord(token.text, PERMISSIONS.keys()) : undefined;
      const words = `${block === "pool" ? 'members of "CLASS", known-clients, all clients, ' : ""}unknown-clients, booting, bootp, dynamic-bootp, leasequery or bulk-leasequery`;
      return cursor.unexpected(meant === undefined ? words : didYouMean(meant));
    }
    cursor.next();
    return { kind: "setting", field, value: { [field]: isAllowed }, at };
  };
}

/** Takes two words if both are next. */
function takeWords(cursor: Cursor, first: string, second: string): boolean {
  if (!cursor.isWord(first) || cursor.peek(1).text.toLowerCase() !== second) return false;
  cursor.next();
  cursor.next();
  return true;
}

/** ISC's `dynamic bootp clients`, which may not have addresses of a pool. */
function takeDynamicBootpClients(cursor: Cursor): boolean {
  return takeWords(cursor, "dynamic", "bootp") && cursor.takeWord("clients");
}

/** What ISC's dhcpd can be allowed and denied besides, and why it is without effect. */
const FOREIGN_PERMISSIONS: ReadonlyMap<string, string> = new Map([
  ["client-updates", "the server updates the zones itself, whatever clients ask for"],
  ["duplicates", "a client is known by its identifier, and by its hardware address only if it sends none"],
  ["declines", "declined addresses rest for a while, and clients can decline few of them a minute"],
]);

function takeForeignPermission(cursor: Cursor, at: number): boolean {
  const token = cursor.peek();
  const reason = FOREIGN_PERMISSIONS.get(token.text.toLowerCase());
  if (reason === undefined) return false;
  cursor.next();
  cursor.report.warning(at, `${token.text.toLowerCase()} cannot be allowed or denied: ${reason}`, {
    hasNoEffect: true,
  });
  return true;
}

/** ISC's words for clients whose messages are authenticated, or not: here no client's are. */
const AUTHENTICATED = { authenticated: "none", unauthenticated: "all" } as const;

type PermittedClients = Pick<PermitParameter, "clients" | "className" | "classAt">;

/** The clients that an `allow` or `deny` of a pool means; undefined, with nothing taken, if it means something else. */
function readPermit(cursor: Cursor): PermittedClients | "wrong" | undefined {
  const nobody = { className: "", classAt: 0 };
  for (const clients of ["known", "unknown"] as const) {
    if (cursor.takeWord(`${clients}-clients`) || takeWords(cursor, clients, "clients")) return { clients, ...nobody };
  }
  if (cursor.takeWord("all")) {
    if (cursor.takeWord("clients")) return { clients: "all", ...nobody };
    cursor.unexpected("clients, as in all clients");
    return "wrong";
  }
  for (const [word, clients] of Object.entries(AUTHENTICATED)) {
    const token = cursor.peek();
    if (!takeWords(cursor, word, "clients")) continue;
    const meant = clients === "all" ? "all clients" : "no client";
    cursor.report.warning(token.at, `messages are not authenticated here (RFC 3118): this means ${meant}`);
    return { clients, ...nobody };
  }
  if (cursor.isWord("after")) {
    cursor.report.error(cursor.peek().at, "pools do not open or close at a date", {
      expected: "no such line: edit the file and reload when the time has come",
    });
    return "wrong";
  }
  if (!cursor.takeWord("members")) return undefined;
  cursor.takeWord("of");
  const token = cursor.peek();
  if (token.kind === "string") return { clients: "members", className: cursor.next().text, classAt: token.at };
  cursor.unexpected('of and the name of a class, as in members of "phones"');
  return "wrong";
}
