// Every setting of a dhcpd.conf once: its statement, the kind of its value, the blocks it may stand in, its default and
// what it does. The values of a Scope, the table of statements and the overview in dhcpd.conf(5) follow from this.
//
// Settings are inherited: of the blocks around a client the nearest that sets a value counts. Addresses, hosts and
// matches, which are not inherited, and options are statements of their own.

import { NO_OCTETS } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../../base/time.ts";

/** A network, or a single address with a mask of ones. */
export interface Network {
  readonly network: Ipv4;
  readonly mask: Ipv4;
}

/**
 * The messages that count as relayed: those from these source addresses, and those that arrive on these interfaces, by
 * name.
 */
export interface Relays {
  readonly networks: readonly Network[];
  readonly interfaces: readonly string[];
}

/** Every kind of block; "global" is the file itself. */
export const ANYWHERE = [
  "global",
  "shared-network",
  "subnet",
  "pool",
  "group",
  "host",
  "class",
  "subclass",
  "if",
] as const;

/** The statement that a block belongs to. */
export type BlockKind = (typeof ANYWHERE)[number];

/** Blocks that stand for networks, and the groups around them. */
export const NETWORKS: readonly BlockKind[] = ["global", "shared-network", "subnet", "group"];

/** NETWORKS, and the pools in them. */
export const POOLS: readonly BlockKind[] = ["global", "shared-network", "subnet", "pool", "group"];

/**
 * How a value is written: `flag` on or off, `lease-time` seconds from `least` on or for ever, `seconds` within `least` and `most`,
 * `date` as ISC's dhcpd writes dates, `text` of at most `most` octets, `address`, `authoritative` the word with or
 * without `not`, `domain-name` a name of the DNS between quotes, `count` a number within `least` and `most`, `permission` a word behind `allow` or `deny`, `requestors` such a word with addresses, `relays` addresses and
 * interfaces.
 */
export type SettingKind =
  | "flag"
  | "lease-time"
  | "seconds"
  | "count"
  | "date"
  | "text"
  | "address"
  | "authoritative"
  | "permission"
  | "requestors"
  | "relays"
  | "domain-name";

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
  /** Bounds of `seconds` and `count`, and `least` of a `lease-time`; of a text `most` is its octets. */
  readonly least: number;
  readonly most: number;
}

const NEVER: EpochSeconds = Number.POSITIVE_INFINITY;
const FOR_EVER: Seconds = Number.POSITIVE_INFINITY;
const NOBODY: readonly Network[] = [];
const UNBOUNDED = { least: 0, most: Number.POSITIVE_INFINITY };

type SettingOf<Kind extends SettingKind, Value> = Setting<Value> & { readonly kind: Kind };

/** A maker of settings of one kind, which may stand anywhere and have the `usual` bounds unless said otherwise. */
function settings<Value, Kind extends SettingKind>(
  kind: Kind,
  usual: Pick<Setting<Value>, "least" | "most"> = UNBOUNDED,
) {
  return (
    name: string,
    byDefault: Value,
    description: string,
    blocks: readonly BlockKind[] = ANYWHERE,
    bounds: Pick<Setting<Value>, "least" | "most"> = usual,
  ): SettingOf<Kind, Value> => ({ kind, name, blocks, byDefault, description, ...bounds });
}

const flag = settings<boolean, "flag">("flag");
const permission = settings<boolean, "permission">("permission");
const leaseTime = settings<Seconds, "lease-time">("lease-time", { least: 1, most: Number.POSITIVE_INFINITY });
const address = settings<Ipv4 | undefined, "address">("address");
const requestors = settings<readonly Network[], "requestors">("requestors");
const relays = settings<Relays | undefined, "relays">("relays");
const authoritative = settings<boolean, "authoritative">("authoritative");
const date = settings<EpochSeconds, "date">("date");
const seconds = settings<Seconds, "seconds">("seconds");
const domainName = settings<string | undefined, "domain-name">("domain-name");

/** A setting that bounds how many leases one holder has in one network; 0 is no bound. */
function leaseLimit(name: string, description: string): SettingOf<"count", number> {
  return settings<number, "count">("count")(name, 0, description, NETWORKS, { least: 0, most: 0xffff_ffff });
}

/** A setting that is a text of at most so many octets. */
function text(name: string, most: number, description: string): SettingOf<"text", Uint8Array> {
  return settings<Uint8Array, "text">("text")(name, NO_OCTETS, description, ANYWHERE, { least: 0, most });
}

/** As many as one option holds: a name that is too long for the header field is sent in option 67. */
const FILE_OCTETS_MAX = 255;
/** Usable octets of the header field `sname`, less a terminator (RFC 2131 section 2). */
const SERVER_NAME_OCTETS_MAX = 63;

/** The settings by the field of Scope that has their value. */
export const SETTINGS = {
  defaultLeaseSeconds: leaseTime("default-lease-time", 43_200, "Lease time of clients that ask for none."),
  maxLeaseSeconds: leaseTime("max-lease-time", 86_400, "Longest lease, whatever clients ask for."),
  minLeaseSeconds: leaseTime(
    "min-lease-time",
    0,
    "Shortest lease, unless the longest is shorter.",
    ANYWHERE,
    UNBOUNDED,
  ),
  /** Only the options that a client asks for; Scope.options has it, too. */
  requestedOptionsOnly: flag(
    "requested-options-only",
    false,
    "Clients get the options that they ask for, not all that are set.",
  ),
  authoritative: authoritative("authoritative", true, "Clients with a wrong address are refused it.", POOLS),
  /** Undefined: the address the query was sent to, or the interface's. */
  serverIdentifier: address("server-identifier", undefined, "Address by which clients know this server."),
  /** Undefined: our own address. */
  nextServer: address("next-server", undefined, "Address of the boot server."),
  serverName: text("server-name", SERVER_NAME_OCTETS_MAX, "Name of the boot server."),
  fileName: text("filename", FILE_OCTETS_MAX, "Boot file that clients load."),
  allowUnknownClients: permission("unknown-clients", true, "Clients without a host declaration get addresses."),
  allowBooting: permission("booting", true, "The client is served at all."),
  allowBootp: permission("bootp", true, "BOOTP clients with a fixed address are served."),
  allowDynamicBootp: permission(
    "dynamic-bootp",
    false,
    "BOOTP clients without a fixed address get one of a range dynamic-bootp.",
  ),
  dynamicBootpLeaseSeconds: leaseTime(
    "dynamic-bootp-lease-length",
    FOR_EVER,
    "How long a BOOTP client keeps such an address.",
  ),
  /** No such lease lasts beyond it. */
  dynamicBootpCutoff: date(
    "dynamic-bootp-lease-cutoff",
    NEVER,
    "No BOOTP client keeps such an address beyond this time.",
  ),
  useLeaseAddressForDefaultRoute: flag(
    "use-lease-addr-for-default-route",
    false,
    "Clients without a router get their own address as router.",
  ),
  useHostDeclNames: flag(
    "use-host-decl-names",
    false,
    "Clients that match a host get its name as their host name.",
    POOLS,
  ),
  alwaysReplyRfc1048: flag("always-reply-rfc1048", false, "BOOTP clients that sent no options get options."),
  /** RFC 6842. */
  echoClientId: flag("echo-client-id", true, "The client's identifier is returned to it."),
  /** Replies to clients on our links are broadcast, those to relays ask for it. */
  alwaysBroadcast: flag("always-broadcast", false, "Replies are broadcast, even if the client asks for unicast."),
  /** The client's broadcast flag is not heeded. */
  neverBroadcast: flag(
    "never-broadcast",
    false,
    "Replies go to the client's hardware address, even if it asks for broadcast.",
  ),
  ignoreClientUids: flag("ignore-client-uids", false, "Clients are identified by hardware address alone.", NETWORKS),
  /** By giaddr (RFC 4388). */
  leasequeryRequestors: requestors("leasequery", NOBODY, "Which requestors may ask for leases (RFC 4388).", NETWORKS),
  /** By source address (RFC 6926). */
  bulkLeasequeryRequestors: requestors(
    "bulk-leasequery",
    NOBODY,
    "Which requestors may ask for many leases at once (RFC 6926).",
    NETWORKS,
  ),
  /** Undefined: by the rules of engine/locate/relays.ts. */
  relays: relays("relays", undefined, "Which hosts may relay messages of clients of these networks.", NETWORKS),
  hardwareLeaseLimit: leaseLimit("hardware-lease-limit", "How many leases one hardware address has in a network."),
  relayPortLeaseLimit: leaseLimit(
    "relay-port-lease-limit",
    "How many leases clients at one port of a relay have in a network (option 82).",
  ),
  interfaceLeaseLimit: leaseLimit(
    "interface-lease-limit",
    "How many leases clients have in a network that reach the server by one of its interfaces, without a relay.",
  ),
  rapidCommit: flag("rapid-commit", false, "Clients that ask for it get a lease in two messages (RFC 4039)."),
  subnetSelection: flag(
    "subnet-selection",
    false,
    "Clients behind relays here may name another subnet (RFC 3011).",
    NETWORKS,
  ),
  /** An ACK does not wait until its lease is on disk. */
  dontUseFsync: flag("dont-use-fsync", false, "An ACK does not wait for the disk.", ["global"]),
  /** Config.drainSeconds has what holds in a cluster. */
  drainSeconds: seconds(
    "drain-time",
    0,
    "How long the server still answers when it is drained or stopped; 5 seconds in a cluster or a split.",
    ["global"],
    { least: 0, most: 60 },
  ),
  /** In lower case, without the root's dot; undefined: the domain-name option, "": none. */
  ddnsDomainName: domainName(
    "ddns-domainname",
    undefined,
    "Domain of the clients' names in the DNS, in place of option domain-name.",
  ),
  ddnsReverseDomainName: domainName("ddns-rev-domainname", "in-addr.arpa", "What the names of addresses end in."),
  ddnsUpdates: flag("ddns-updates", true, "The zones get these clients' names."),
  updateStaticLeases: flag("update-static-leases", false, "The zones get the names of hosts with fixed addresses too."),
  /** 0: half the lease time. */
  ddnsTtlSeconds: seconds(
    "ddns-ttl",
    0,
    "How long names in the zones are cached; 0 is half the lease time.",
    ANYWHERE,
    {
      least: 0,
      most: 86_400,
    },
  ),
  /** One label. */
  ddnsHostName: domainName("ddns-hostname", undefined, "First label of the client's name in the DNS."),
  pingCheck: flag("ping-check", true, "An address new to a client is checked before it is offered."),
  pingAhead: flag("ping-ahead", true, "Free addresses are checked before a client asks.", POOLS),
  pingTimeoutSeconds: seconds("ping-timeout", 1, "How long a check waits for an answer.", ANYWHERE, {
    least: 1,
    most: 60,
  }),
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
