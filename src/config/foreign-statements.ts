// Statements of ISC's dhcpd that this server does not have. One without which clients are served as well
// costs a warning; one whose loss would change who gets what, or that asks for something which would
// silently not happen, is an error that names the nearest thing there is. A value that asks for what this
// server does anyway is taken without a word.

import type { Cursor } from "./cursor.ts";

/** What is said about a statement of another server. */
export interface ForeignStatement {
  /** Whether the configuration is refused for it. */
  readonly isRefused: boolean;
  /** Why it has no effect, for a warning; for an error the nearest thing there is. */
  readonly text: string;
}

function refused(text: string): ForeignStatement {
  return { isRefused: true, text };
}

function ignored(text: string): ForeignStatement {
  return { isRefused: false, text };
}

const NO_DNS = ignored("this server updates no DNS");
const NO_KEYS = ignored("this server updates no DNS and has no OMAPI, so nothing needs keys or zones");
const NO_OMAPI = ignored("there is no OMAPI: ask the running server with anydhcpctl");
const NO_VARIABLES = ignored("there are no variables, and no statements that are run for each query");
const ONLY_V4 = refused("nothing: this server is for DHCPv4 only; leave it out");
const PORT_67 = refused("nothing: this server uses port 67; leave the line out");
const NO_LOG_STATEMENT = ignored("each message has one line in the log, with the relay's information in it");

const STATEMENTS: ReadonlyMap<string, ForeignStatement> = new Map([
  ["switch", refused("if CONDITION { ... } elsif CONDITION { ... } else { ... }")],
  ["case", refused("if CONDITION { ... } elsif CONDITION { ... } else { ... }")],
  ["execute", refused("nothing: this server runs no programs; leave it out")],
  ["add", refused("class with match if CONDITION; in it")],
  ["interface", refused("the interfaces on the command line, or listen on ADDRESS;")],
  ["local-address", refused("listen on ADDRESS;")],
  ["local-port", PORT_67],
  ["remote-port", PORT_67],
  ["failover", refused("nothing: leave it out everywhere, and give each of two servers ranges of its own")],
  ["lease-file-name", refused("the flag -l")],
  ["site-option-space", refused("option NAME code N = TYPE; without a space")],
  ["min-secs", refused("nothing: every query is answered at once; leave the line out")],
  ...["supersede", "append", "prepend", "default"].map((word) => [word, refused("option NAME VALUE;")] as const),
  ...["subnet6", "range6", "pool6", "prefix6", "fixed-address6", "fixed-prefix6", "shared-network6"].map(
    (word) => [word, ONLY_V4] as const,
  ),
  ...["set", "unset", "eval"].map((word) => [word, NO_VARIABLES] as const),
  ["log", NO_LOG_STATEMENT],
  ["zone", NO_KEYS],
  ["key", NO_KEYS],
  ["omapi-port", NO_OMAPI],
  ["omapi-key", NO_OMAPI],
  ...["do-forward-updates", "do-reverse-updates", "update-conflict-detection", "update-optimization"].map(
    (word) => [word, NO_DNS] as const,
  ),
  ["update-static-leases", NO_DNS],
  ["log-facility", ignored("the log goes to standard output: whatever runs this server files it")],
  ["pid-file-name", ignored("there is no such file: whatever runs this server knows its process")],
  ["one-lease-per-client", ignored("a client has one lease per network, always")],
  ["ping-timeout-ms", ignored("use ping-timeout SECONDS;")],
  ["ping-cltt-secs", ignored("an address is pinged when it is new to the client")],
  ["abandon-lease-time", ignored("an address that is in use already rests for a time of this server's choice")],
  ["stash-agent-options", ignored("what the relay said is always kept with the lease")],
  ["server-id-check", ignored("a query for another server is never answered")],
  ["infinite-is-reserved", ignored("use host with fixed-address for an address that is never to change")],
  ["adaptive-lease-time-threshold", ignored("lease times do not depend on how many addresses are left")],
  ["dhcp-cache-threshold", ignored("every ACK is a renewed lease on disk")],
  ["delayed-ack", ignored("leases are on disk before any ACK, many at a time")],
  ["max-ack-delay", ignored("leases are on disk before any ACK, many at a time")],
  ["db-time-format", ignored("the lease file has times in UTC")],
  ["lease-id-format", ignored("the lease file has octets in hexadecimal")],
  ["check-secs-byte-order", ignored("nothing depends on a query's secs")],
  ["release-on-roam", ignored("a client has one lease per network, each with a time of its own")],
  ["log-threshold-low", ignored("the log says when a network has no address left")],
  ["log-threshold-high", ignored("the log says when a network has no address left")],
]);

/** Values that are what this server does anyway, in lower case. */
const FITTING: ReadonlyMap<string, RegExp> = new Map([
  ["ddns-update-style", /^none$/],
  ["ddns-updates", /^(false|off)$/],
  ["update-static-leases", /^(false|off)$/],
  ["do-forward-updates", /^(false|off)$/],
  ["do-reverse-updates", /^(false|off)$/],
  ["stash-agent-options", /^(true|on)$/],
  ["server-id-check", /^(true|on)$/],
  ["infinite-is-reserved", /^(false|off)$/],
]);

/**
 * What is to be said about the statement of another server that the cursor stands at; "nothing" if it
 * asks for what this server does anyway, undefined if no server's statement starts so.
 */
export function findForeignStatement(cursor: Cursor): ForeignStatement | "nothing" | undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return undefined;
  const word = token.text.toLowerCase();
  const value = cursor.isMark(";", 2) ? cursor.peek(1).text.toLowerCase() : "";
  if (FITTING.get(word)?.test(value)) return "nothing";
  if (word === "ddns-update-style")
    return refused("ddns-update-style none; (this server updates no DNS: leave that to another program)");
  if (word.startsWith("ddns-")) return NO_DNS;
  if (word === "on") return readEvent(cursor);
  if (word === "lease") {
    const isLimit = cursor.peek(1).text.toLowerCase() === "limit";
    return refused(isLimit ? "nothing: members are not counted; leave the line out" : "host with fixed-address");
  }
  return STATEMENTS.get(word);
}

/** `on EVENT { ... }`: nothing is lost if all it does is to log and to set variables. */
function readEvent(cursor: Cursor): ForeignStatement {
  let braces = 0;
  for (let ahead = 1; ; ahead++) {
    const token = cursor.peek(ahead);
    if (token.kind === "end") break;
    if (token.kind === "word" && token.text.toLowerCase() === "execute")
      return refused("nothing: this server runs no programs when leases change; leave it out");
    if (token.kind !== "mark") continue;
    if (token.text === "{") braces++;
    if (token.text === "}") braces--;
    if (braces <= 0 && (token.text === "}" || token.text === ";")) break;
  }
  return ignored("no statements are run when leases change");
}
