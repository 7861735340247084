// The messages of the control socket, as schemas: a line of JSON each; requests are in requests.ts, and answers of
// explain in explain-messages.ts. Both sides take their types from here. The daemon itself does not load zod, which
// takes longer than all the rest of its start: it writes answers that its types check and reads requests by hand
// (request.ts; a test compares the two).

import { z } from "zod";

export const Count = z.number().int().nonnegative();
/** ISO text of whole seconds, UTC. */
export const Time = z.iso.datetime();
/** Octets in hexadecimal, with colons between; empty if there are none. */
export const Octets = z.string().regex(/^(?:[0-9a-f]{2}(?::[0-9a-f]{2})*)?$/);

/** Instead of any other answer: the request was not understood or cannot be met, and why. */
export const Refusal = z.strictObject({
  error: z.string(),
  /** The version of the protocol that the daemon speaks (version.ts). */
  protocol: Count,
});
export type Refusal = z.infer<typeof Refusal>;

export const LeaseState = z.enum(["free", "offered", "bound", "expired", "released", "abandoned"]);

/** A lease; one of `leases`' answers, which end with LeasesEnd and the connection. */
export const Lease = z.object({
  address: z.ipv4(),
  state: LeaseState,
  starts: z.union([Time, z.literal("never")]),
  /** "never": it does not end. */
  ends: z.union([Time, z.literal("never")]),
  lastTransaction: z.union([Time, z.literal("never")]),
  hardware: Octets,
  /** Option 61. */
  clientId: Octets,
  /** The client's own name: its octets as UTF-8 if they are that; characters that a terminal could obey are \xNN. */
  hostName: z.string(),
  /** Option 82 as it came. */
  agentInformation: Octets,
  /** Its circuit and remote identifiers (RFC 3046): as text where all octets are printable, else in hexadecimal. */
  circuitId: z.string().optional(),
  remoteId: z.string().optional(),
  /** The name of the client's host declaration; absent in lease files. */
  host: z.string().optional(),
  /** Whether only its host gets the address; absent in lease files. */
  reserved: z.boolean().optional(),
  /** "192.0.2.0/24"; absent in lease files and where the configuration has the address no more. */
  subnet: z.string().optional(),
  /** The interface on whose link the subnet is; absent behind relays. */
  interface: z.string().optional(),
});
export type Lease = z.infer<typeof Lease>;

/** The last line of the answer to `leases`. */
export const LeasesEnd = z
  .strictObject({ count: Count })
  .describe(
    "The last line of the answer to leases: how many leases it has sent. A list without it is cut short. An empty line before it says that the daemon still looks.",
  );
export type LeasesEnd = z.infer<typeof LeasesEnd>;

/** The answer to `lease-page`: at most LEASES_ON_PAGE leases; `more`: others may follow the last one. */
export const LeasePage = z.object({ leases: z.array(Lease).readonly(), more: z.boolean() });
export type LeasePage = z.infer<typeof LeasePage>;

/** A client that was refused or not answered, and its last such message. */
export const RefusedClient = z.object({
  hardware: Octets,
  /** Its own name. */
  hostName: z.string(),
  /** Its first and last such message of those that are counted. */
  since: Time,
  at: Time,
  count: Count,
  /** "DHCPREQUEST". */
  message: z.string(),
  /** The address that it asked for or has; absent where it named none. */
  address: z.ipv4().optional(),
  /** The relay, or the interface that it came in by. */
  via: z.string(),
  /** As in the log and the counters, and in words. */
  reason: z.string(),
  text: z.string(),
});
export type RefusedClient = z.infer<typeof RefusedClient>;

/** The answer to `refused`, newest first. */
export const RefusedClients = z.object({
  clients: z.array(RefusedClient).readonly(),
  /** Other servers that clients have chosen on this server's links. */
  chosenServers: z
    .array(z.object({ serverIdentifier: z.ipv4(), via: z.string(), client: Octets, at: Time, count: Count }))
    .readonly(),
});
export type RefusedClients = z.infer<typeof RefusedClients>;

/** A line of the answer to `events`, which goes on until either side ends it. */
export const LeaseEventLine = z.discriminatedUnion("event", [
  /**
   * All leases follow, and earlier lines do not count any more. `restart`: the token was of another run of the
   * daemon; `behind`: there were more events than are kept, or the configuration was reloaded.
   */
  z.object({ event: z.literal("snapshot"), because: z.enum(["start", "restart", "behind"]) }),
  z.object({ event: z.literal("lease"), lease: Lease }),
  /** All leases have been sent; `token` is for `resume`, as each event's is. */
  z.object({ event: z.literal("current"), token: z.string() }),
  /** Something has happened to a lease, which is shown as it was then. An event may come twice after a `resume`. */
  z.object({
    event: z.enum(["added", "renewed", "expired", "released", "declined", "conflict"]),
    token: z.string(),
    at: Time,
    lease: Lease,
  }),
]);
export type LeaseEventLine = z.infer<typeof LeaseEventLine>;

/** One subnet's addresses by what they are now. `size` counts ranges; reserved addresses are counted apart. */
const SubnetFigures = z.object({
  subnet: z.string(),
  sharedNetwork: z.string().optional(),
  size: Count,
  bound: Count,
  offered: Count,
  abandoned: Count,
  /** No client has them, and a host answers there: no new client gets them. */
  inUse: Count,
  /** Everything else of `size`: may be given to a new client. */
  free: Count,
  reserved: Count,
  reservedBound: Count,
});

/** How the configuration was last read anew. */
const LastReload = z.object({
  at: Time,
  ok: z.boolean(),
  message: z.string(),
  /** The first error in the configuration, with its place; absent if it has none. */
  firstError: z.string().optional(),
});

/** Another DHCP server, as far as it was seen; `source` is 0.0.0.0 until one of its replies was seen. */
const ObservedServer = z.object({
  source: z.string(),
  serverIdentifier: z.string(),
  interface: z.string(),
  offers: Count,
  acks: Count,
  naks: Count,
  /** DHCPREQUESTs of clients that chose it. */
  requests: Count,
});

/** What the kernel shield does on an interface: DHCPDISCOVERs passed, dropped by kind of limit, and other messages. */
const ShieldedInterface = z.object({
  interface: z.string(),
  /** Run by the driver, by the kernel behind it, or not at all. */
  mode: z.enum(["native", "generic", "none"]),
  passed: Count,
  hardwareAddress: Count,
  relayPort: Count,
  relay: Count,
  newClient: Count,
  other: Count,
});

/** The daemon's status. */
export const Status = z.object({
  version: z.string(),
  /** The version of the control protocol that it speaks (version.ts). */
  protocol: Count,
  pid: Count,
  startedAt: Time,
  uptimeSeconds: Count,
  configFile: z.string(),
  /** Absent until the first reload. */
  lastReload: LastReload.optional(),
  /** Absent while queries are answered as ever. draining: they are still answered; silent: they are not. */
  drain: z.object({ state: z.enum(["draining", "silent"]), since: Time }).optional(),
  /**
   * Absent if none is configured. isRun: whether there is a process for it; waiting: changes that it still has to run
   * for.
   */
  eventScript: z.object({ path: z.string(), isRun: z.boolean(), waiting: Count, isRepeating: z.boolean() }).optional(),
  backend: z.string(),
  /** `present`: whether the address is on an interface at present. */
  listeners: z
    .array(z.object({ description: z.string(), address: z.string(), interface: z.string(), present: z.boolean() }))
    .readonly(),
  /** "ok", "failing". */
  store: z.string(),
  /** Addresses by state, `free` of ranges only. */
  leases: z.record(z.string(), Count).readonly(),
  subnets: z.array(SubnetFigures).readonly(),
  counters: z.record(z.string(), z.number()).readonly(),
  /** Absent where the configuration names none. `elements`: of leases, as far as the daemon knows. */
  firewallSets: z
    .array(
      z.object({
        name: z.string(),
        addresses: z.enum(["leased", "abandoned", "changed"]),
        condition: z.enum(["ok", "missing", "unsuitable", "full", "failed", "unreachable"]),
        elements: Count,
      }),
    )
    .readonly()
    .optional(),
  /** With --shield: each interface that is to have it. */
  shield: z.array(ShieldedInterface).readonly().optional(),
  /** Other servers that --observe has seen. */
  observed: z.array(ObservedServer).readonly().optional(),
  /** Milliseconds; of `delay` only, from the second time on. */
  eventLoopDelay: z.object({ p50: z.number(), p99: z.number(), max: z.number() }).optional(),
});
export type Status = z.infer<typeof Status>;

/** The result of `release`, `forgive` or `reserve`, in a sentence; `ok`: it is done and stored. */
export const OperationResult = z.object({ ok: z.boolean(), message: z.string() });
export type OperationResult = z.infer<typeof OperationResult>;

/** Names, the first of them, and how many there are in all. */
const Names = z.object({ count: Count, first: z.array(z.string()).readonly() });

/** The changes of a reload. */
const ReloadChanges = z.object({
  newSubnets: Names,
  removedSubnets: Names,
  newHosts: Names,
  removedHosts: Names,
  /** Subnets whose options, lease times, ranges or other parameters have changed. */
  changedSubnets: Names,
  /** Hosts whose own parameters, or those of the groups around them, have changed. */
  changedHosts: Names,
  newClasses: Names,
  removedClasses: Names,
  /** Classes whose parameters, members' data or subclasses have changed. */
  changedClasses: Names,
  /** Addresses that can be given and could not before. */
  addressesNewlyServed: Count,
  /** Addresses that could be given before and are in no range and no host any more. */
  addressesNoLongerServed: Count,
  /** Those of them that a client has a lease of. */
  leasesNoLongerServed: Names,
});
export type ReloadChanges = z.infer<typeof ReloadChanges>;

/**
 * What a configuration does to the present leases, by their records: a value that a client sends, a class goes by, and
 * the record does not keep counts as not sent.
 */
const ReloadEffects = z.object({
  /** Running leases that were looked at. */
  leases: Count,
  /**
   * Leases whose clients get another address, none, leave a firewall set, or get an option no more or with another
   * value.
   */
  affected: Count,
  /** Clients that get another address. */
  otherAddress: Names,
  /**
   * Clients that get none: they are in no pool any more, `booting` is denied to them, or no relay may relay for them.
   */
  noAddress: Names,
  /** Clients behind relays where `relays` has changed: which of several relays is theirs is not kept. Not among `affected`. */
  relaysChanged: Count,
  /** By firewall set of leased addresses, the clients that it has no more and newly; clients that get no address are not among them. */
  firewallSets: z
    .array(z.object({ name: z.string(), left: Names, entered: Names }))
    .readonly()
    .default([]),
  /** By option, the clients that keep their addresses and get it no more, with another value, or newly, if they ask for it. */
  options: z.array(z.object({ code: Count, name: z.string(), lost: Count, changed: Count, added: Count })).readonly(),
});
export type ReloadEffects = z.infer<typeof ReloadEffects>;

/** The answer to `reload`, when the new configuration is in force or the old one stays, and to `check`, which changes nothing. */
export const ReloadResult = z.object({
  ok: z.boolean(),
  /** What became of it, in a sentence. */
  message: z.string(),
  /** What there is to say of the new file, for people: places, lines, carets. */
  diagnostics: z.string(),
  /** Absent where the old configuration stays. */
  changes: ReloadChanges.optional(),
  /** Absent where the configuration has errors. */
  effects: ReloadEffects.optional(),
});
export type ReloadResult = z.infer<typeof ReloadResult>;
