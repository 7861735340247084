// Statements of ISC's dhcpd that this server does not have. A statement that clients can do without is a warning. One
// whose loss would give a client another address, or none, is an error that names the nearest statement of ours. A
// value that asks for what this server does anyway is accepted silently.

import type { Cursor } from "./cursor.ts";
import { didYouMean } from "./suggest.ts";

/** The message about a statement of another server. */
export interface ForeignStatement {
  /** Whether the configuration is refused for it. */
  readonly isRefused: boolean;
  /** Why it has no effect, for a warning; for an error the nearest thing there is. */
  readonly text: string;
  /** Why it is refused, where that is not plain; empty otherwise. */
  readonly reason: string;
}

function refused(text: string, reason = ""): ForeignStatement {
  return { isRefused: true, text, reason };
}

function ignored(text: string): ForeignStatement {
  return { isRefused: false, text, reason: "" };
}

/** The same of several statements. */
function each(statement: ForeignStatement, ...words: readonly string[]): [string, ForeignStatement][] {
  return words.map((word) => [word, statement]);
}

const ALWAYS_BOTH = ignored("the name and the name of the address are updated, each where a zone has it");
const ALWAYS_CHECKED = ignored("the server never takes another's name in the DNS (RFC 4703)");
const NO_DNS = ignored("this server has no such rule for names in the DNS");
const NO_OMAPI = ignored("there is no OMAPI: ask the running server with anydhcpctl");
const NO_VARIABLES = ignored("there are no variables, and no statements that are run for each query");
const ONLY_V4 = refused("nothing: this server is for DHCPv4 only; leave it out");
const NO_LDAP = refused(
  "the subnets, hosts and options themselves, here or in a file that is included",
  "no configuration is read from LDAP",
);
const PORT_67 = refused("nothing: this server uses ports 67 and 68; leave the line out");

const STATEMENTS: ReadonlyMap<string, ForeignStatement> = new Map([
  [
    "failover",
    refused(
      "a cluster block, or a part of the range as each server's own, and no failover statements",
      "servers share leases by a cluster block, and without one two that give out the same range would give one address to two clients",
    ),
  ],
  ["on", ignored('no statements are run when a lease changes; event-script "PATH"; names a program that is')],
  ["case", refused("case inside of switch (DATA) { ... }")],
  ["execute", ignored('event-script "PATH"; names the program that is run when leases change')],
  ["add", refused("class with match if CONDITION; in it")],
  [
    "interface",
    ignored(
      "a network is served on each interface that has an address in one of its subnets; if this interface has none, give it one",
    ),
  ],
  ...each(PORT_67, "local-port", "remote-port"),
  [
    "local-address",
    ignored("every address of an interface is answered at; write listen on ADDRESS; for one that is on none"),
  ],
  ["lease-file-name", ignored("the flag -l names the lease file: pass this name to it if its leases are to be kept")],
  ["min-secs", ignored("every query is answered at once")],
  ...each(refused("option NAME VALUE;"), "supersede", "append", "prepend", "default"),
  ...each(ONLY_V4, "subnet6", "range6", "pool6", "prefix6", "fixed-address6", "fixed-prefix6", "shared-network6"),
  ...each(NO_VARIABLES, "set", "unset", "eval"),
  ["log", ignored("each message has one line in the log, with the relay's information in it")],
  ...each(NO_OMAPI, "omapi-port", "omapi-key"),
  ...each(ALWAYS_BOTH, "do-forward-updates", "do-reverse-updates"),
  ...each(ALWAYS_CHECKED, "update-conflict-detection"),
  ["update-optimization", ignored("a name that is in the DNS already is not updated again")],
  ...each(
    ignored("this server is for DHCPv4 only"),
    "server-duid",
    "dhcpv6-lease-file-name",
    "dhcpv6-pid-file-name",
    "dhcpv6-set-tee-times",
    "prefix-length-mode",
    "bind-local-address6",
    "local-address6",
    "limit-addrs-per-ia",
    "limit-prefs-per-ia",
  ),
  ["limited-broadcast-address", ignored("replies are broadcast to 255.255.255.255")],
  ["log-facility", ignored("the log goes to standard output, and the service manager keeps it")],
  ["pid-file-name", ignored("there is no such file, and the service manager knows the process")],
  ["one-lease-per-client", ignored("a client has one lease per network, always")],
  ["ping-timeout-ms", ignored("use ping-timeout SECONDS;")],
  ["ping-cltt-secs", ignored("an address is pinged when it is new to the client")],
  ["abandon-lease-time", ignored("an address that is in use already rests for a time of this server's choice")],
  ["stash-agent-options", ignored("what the relay said is always kept with the lease")],
  ["server-id-check", ignored("a query for another server is never answered")],
  ["infinite-is-reserved", ignored("use host with fixed-address for an address that is never to change")],
  ["adaptive-lease-time-threshold", ignored("lease times do not depend on how many addresses are left")],
  ["dhcp-cache-threshold", ignored("every ACK is a renewed lease on disk")],
  ...each(ignored("leases are on disk before any ACK, many at a time"), "delayed-ack", "max-ack-delay"),
  ["db-time-format", ignored("the lease file has times in UTC")],
  ["lease-id-format", ignored("the lease file has octets in hexadecimal")],
  ["check-secs-byte-order", ignored("nothing depends on a query's secs")],
  ["release-on-roam", ignored("a client has one lease per network, each with a time of its own")],
  ...each(ignored("the log says when a network has no address left"), "log-threshold-low", "log-threshold-high"),
]);

const ON = /^(true|on)$/;
const OFF = /^(false|off)$/;

/** Values that are what this server does anyway, in lower case. */
const FITTING: ReadonlyMap<string, RegExp> = new Map([
  ["do-forward-updates", ON],
  ["do-reverse-updates", ON],
  ["update-conflict-detection", ON],
  ["update-optimization", ON],
  ["stash-agent-options", ON],
  ["server-id-check", ON],
  ["local-port", /^67$/],
  ["remote-port", /^68$/],
  ["infinite-is-reserved", OFF],
]);

/**
 * The message about the statement of another server that the cursor stands at; "nothing" if it asks for what this
 * server does anyway, undefined if no server's statement starts so.
 */
export function findForeignStatement(cursor: Cursor): ForeignStatement | "nothing" | undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return undefined;
  const word = token.text.toLowerCase();
  const value = cursor.isMark(";", 2) ? cursor.peek(1).text.toLowerCase() : "";
  if (FITTING.get(word)?.test(value)) return "nothing";
  if (word.startsWith("ddns-")) return NO_DNS;
  if (word.startsWith("ldap-")) return NO_LDAP;
  if (word === "lease") {
    const next = cursor.peek(1).text.toLowerCase();
    if (/^[0-9]/.test(next) && cursor.isMark(";", 2)) return refused(didYouMean("default-lease-time"));
    const isLimit = next === "limit";
    return refused(isLimit ? "nothing: members are not counted; leave the line out" : "host with fixed-address");
  }
  return STATEMENTS.get(word);
}
