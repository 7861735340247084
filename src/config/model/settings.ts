// Every setting of a dhcpd.conf once: its statement, the kind of its value, the blocks it may stand in, its default and
// what it does. The values of a Scope, the table of statements and the overview in dhcpd.conf(5) follow from this.
//
// Settings are inherited: of the blocks around a client the nearest that sets a value counts. What is not inherited
// (addresses, hosts, matches) and options are statements of their own.

import { NO_OCTETS } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../../base/time.ts";

/** What a block is the body of; "global" is the file itself. */
export type BlockKind =
  | "global"
  | "shared-network"
  | "subnet"
  | "pool"
  | "group"
  | "host"
  | "class"
  | "subclass"
  | "if";

/** A network, or a single address with a mask of ones. */
export interface Network {
  readonly network: Ipv4;
  readonly mask: Ipv4;
}

/** Every kind of block. */
export const ANYWHERE: readonly BlockKind[] = [
  "global",
  "shared-network",
  "subnet",
  "pool",
  "group",
  "host",
  "class",
  "subclass",
  "if",
];

/** Blocks that stand for networks, and the groups around them. */
export const NETWORKS: readonly BlockKind[] = ["global", "shared-network", "subnet", "group"];

/** NETWORKS, and the pools in them. */
export const POOLS: readonly BlockKind[] = ["global", "shared-network", "subnet", "pool", "group"];

/**
 * How a value is written: `flag` on or off, `lease-time` seconds or for ever, `seconds` within `least` and `most`,
 * `date` as ISC's dhcpd writes dates, `text` of at most `most` octets, `address`, `authoritative` the word with or
 * without `not`, `permission` a word behind `allow` or `deny`, `requestors` such a word with addresses.
 */
export type SettingKind =
  | "flag"
  | "lease-time"
  | "seconds"
  | "date"
  | "text"
  | "address"
  | "authoritative"
  | "permission"
  | "requestors";

/** The declaration of one setting. */
export interface Setting<Value> {
  readonly kind: SettingKind;
  /** Its first word; of a permission or of requestors the word behind `allow`. In lower case. */
  readonly name: string;
  readonly blocks: readonly BlockKind[];
  /** What holds where it is not set. */
  readonly byDefault: Value;
  /** What it does, in one line. */
  readonly description: string;
  /** Bounds of `seconds`; of a text `most` is its octets. */
  readonly least: number;
  readonly most: number;
}

type Bounds = Pick<Setting<unknown>, "least" | "most">;

const NEVER: EpochSeconds = Number.POSITIVE_INFINITY;
const FOR_EVER: Seconds = Number.POSITIVE_INFINITY;
const NOBODY: readonly Network[] = [];

function setting<Value, Kind extends SettingKind>(
  kind: Kind,
  name: string,
  blocks: readonly BlockKind[],
  byDefault: Value,
  description: string,
  bounds: Bounds = { least: 0, most: Number.POSITIVE_INFINITY },
): Setting<Value> & { readonly kind: Kind } {
  return { kind, name, blocks, byDefault, description, ...bounds };
}

function flag<Kind extends SettingKind = "flag">(
  name: string,
  blocks: readonly BlockKind[],
  byDefault: boolean,
  description: string,
  kind = "flag" as Kind,
): Setting<boolean> & { readonly kind: Kind } {
  return setting(kind, name, blocks, byDefault, description);
}

/** As many as one option holds: what the header field has no room for is sent in option 67. */
const FILE_OCTETS_MAX = 255;
/** Usable octets of the header field `sname`, less a terminator (RFC 2131 section 2). */
const SERVER_NAME_OCTETS_MAX = 63;

/** The settings by the field of Scope that has their value. */
export const SETTINGS = {
  defaultLeaseSeconds: setting<Seconds, "lease-time">(
    "lease-time",
    "default-lease-time",
    ANYWHERE,
    43_200,
    "Lease time of clients that ask for none.",
  ),
  maxLeaseSeconds: setting<Seconds, "lease-time">(
    "lease-time",
    "max-lease-time",
    ANYWHERE,
    86_400,
    "Longest lease, whatever clients ask for.",
  ),
  minLeaseSeconds: setting<Seconds, "lease-time">(
    "lease-time",
    "min-lease-time",
    ANYWHERE,
    0,
    "Shortest lease, unless the longest is shorter.",
  ),
  /** Only the options that a client asks for; Scope.options has it, too. */
  requestedOptionsOnly: flag(
    "requested-options-only",
    ANYWHERE,
    false,
    "Clients get the options that they ask for, not all that are set.",
  ),
  authoritative: flag("authoritative", POOLS, true, "Clients with a wrong address are refused it.", "authoritative"),
  /** Undefined: the address the query was sent to, or the interface's. */
  serverIdentifier: setting<Ipv4 | undefined, "address">(
    "address",
    "server-identifier",
    ANYWHERE,
    undefined,
    "Address by which clients know this server.",
  ),
  /** Undefined: our own address. */
  nextServer: setting<Ipv4 | undefined, "address">(
    "address",
    "next-server",
    ANYWHERE,
    undefined,
    "Address of the boot server.",
  ),
  serverName: setting("text", "server-name", ANYWHERE, NO_OCTETS, "Name of the boot server.", {
    least: 0,
    most: SERVER_NAME_OCTETS_MAX,
  }),
  fileName: setting("text", "filename", ANYWHERE, NO_OCTETS, "Boot file that clients load.", {
    least: 0,
    most: FILE_OCTETS_MAX,
  }),
  allowUnknownClients: flag(
    "unknown-clients",
    ANYWHERE,
    true,
    "Clients without a host declaration get addresses.",
    "permission",
  ),
  allowBooting: flag("booting", ANYWHERE, true, "The client is served at all.", "permission"),
  allowBootp: flag("bootp", ANYWHERE, true, "BOOTP clients with a fixed address are served.", "permission"),
  allowDynamicBootp: flag(
    "dynamic-bootp",
    ANYWHERE,
    false,
    "BOOTP clients without a fixed address get one of a range dynamic-bootp.",
    "permission",
  ),
  dynamicBootpLeaseSeconds: setting<Seconds, "lease-time">(
    "lease-time",
    "dynamic-bootp-lease-length",
    ANYWHERE,
    FOR_EVER,
    "How long a BOOTP client keeps such an address.",
  ),
  /** No such lease lasts beyond it. */
  dynamicBootpCutoff: setting<EpochSeconds, "date">(
    "date",
    "dynamic-bootp-lease-cutoff",
    ANYWHERE,
    NEVER,
    "No BOOTP client keeps such an address beyond this time.",
  ),
  useLeaseAddressForDefaultRoute: flag(
    "use-lease-addr-for-default-route",
    ANYWHERE,
    false,
    "Clients without a router get their own address as router.",
  ),
  useHostDeclNames: flag(
    "use-host-decl-names",
    POOLS,
    false,
    "Clients that match a host get its name as their host name.",
  ),
  alwaysReplyRfc1048: flag("always-reply-rfc1048", ANYWHERE, false, "BOOTP clients that sent no options get options."),
  /** RFC 6842. */
  echoClientId: flag("echo-client-id", ANYWHERE, true, "The client's identifier is returned to it."),
  /** Replies to clients on our links are broadcast, those to relays ask for it. */
  alwaysBroadcast: flag("always-broadcast", ANYWHERE, false, "Replies are broadcast, whatever the client says."),
  /** The client's broadcast flag is not heeded. */
  neverBroadcast: flag(
    "never-broadcast",
    ANYWHERE,
    false,
    "Replies go to the client's hardware address, whatever it says.",
  ),
  ignoreClientUids: flag("ignore-client-uids", NETWORKS, false, "Clients are identified by hardware address alone."),
  /** By giaddr (RFC 4388). */
  leasequeryRequestors: setting("requestors", "leasequery", NETWORKS, NOBODY, "Who may ask for leases (RFC 4388)."),
  /** By source address (RFC 6926). */
  bulkLeasequeryRequestors: setting(
    "requestors",
    "bulk-leasequery",
    NETWORKS,
    NOBODY,
    "Who may ask for many leases at once (RFC 6926).",
  ),
  rapidCommit: flag("rapid-commit", ANYWHERE, false, "Clients that ask for it get a lease in two messages (RFC 4039)."),
  subnetSelection: flag(
    "subnet-selection",
    NETWORKS,
    false,
    "Clients behind relays here may name another subnet (RFC 3011).",
  ),
  /** An ACK does not wait until its lease is on disk. */
  dontUseFsync: flag("dont-use-fsync", ["global"], false, "An ACK does not wait for the disk."),
  pingCheck: flag("ping-check", ANYWHERE, true, "An address new to a client is checked before it is offered."),
  pingAhead: flag("ping-ahead", POOLS, true, "Free addresses are checked before a client asks."),
  pingTimeoutSeconds: setting<Seconds, "seconds">(
    "seconds",
    "ping-timeout",
    ANYWHERE,
    1,
    "How long a check waits for an answer.",
    { least: 1, most: 60 },
  ),
} as const;

/** Names of the settings in a Scope. */
export type SettingField = keyof typeof SETTINGS;

/** The value of every setting. */
export type SettingValues = { readonly [Field in SettingField]: (typeof SETTINGS)[Field]["byDefault"] };

/** Fields of the settings of some kinds. */
export type FieldOf<Kind extends SettingKind> = {
  [Field in SettingField]: (typeof SETTINGS)[Field]["kind"] extends Kind ? Field : never;
}[SettingField];

/** The settings with their fields. */
export const SETTING_LIST: readonly (readonly [SettingField, Setting<unknown>])[] = Object.entries(SETTINGS) as [
  SettingField,
  Setting<unknown>,
][];

/** What holds where nothing is set. */
export const DEFAULTS: SettingValues = Object.fromEntries(
  SETTING_LIST.map(([field, { byDefault }]) => [field, byDefault]),
) as SettingValues;
