// The requests of the control socket: see messages.ts.

import { z } from "zod";
import { LeaseState, Octets } from "./messages.ts";
import { CONTROL_VERSION } from "./version.ts";

/** In every request: the version of the protocol that its sender speaks (version.ts); another one is refused. */
const base = { protocol: z.literal(CONTROL_VERSION).optional() };

/**
 * Requests without members. `delay` is `status` with the event loop's delay; `refused` is for a server with a status
 * page; `reload`, `drain` and `undrain` are root's alone.
 */
const PlainRequest = z.strictObject({
  ...base,
  command: z.enum(["status", "delay", "health", "drain", "undrain", "refused"]),
});

/** A command that needs nothing. */
export type PlainCommand = z.infer<typeof PlainRequest>["command"] | "leases" | "reload";

/** What would come of a client's message that is made up. */
export const ExplainRequest = z.strictObject({
  ...base,
  command: z.literal("explain"),
  /** chaddr, at most 16 octets. */
  hardware: Octets.min(2).max(47),
  type: z.enum(["discover", "request", "inform", "release", "decline"]),
  /** The interface by which a message without a relay comes; by default the first that is served. */
  via: z.string().optional(),
  giaddr: z.ipv4().optional(),
  /** The address that the relay sends from; by default giaddr. */
  from: z.ipv4().optional(),
  ciaddr: z.ipv4().optional(),
  /** Option 50. */
  requested: z.ipv4().optional(),
  /** Others, in this order. */
  options: z.array(z.strictObject({ code: z.number().int().min(1).max(254), value: Octets.max(764) })).max(64),
});
export type ExplainRequest = z.infer<typeof ExplainRequest>;

/** What would come of a message that was captured. */
export const ExplainQueryRequest = z.strictObject({
  ...base,
  command: z.literal("explain-query"),
  /** The message: the content of the UDP datagram. At most 1500 octets. */
  query: Octets.min(2).max(4499),
  /** The address that it was sent to. */
  to: z.ipv4(),
  /** Address and port that it was sent from. */
  from: z.ipv4(),
  port: z.number().int().min(0).max(65_535),
  /** The interface that it comes by; by default the first that is served. */
  via: z.string().optional(),
});
export type ExplainQueryRequest = z.infer<typeof ExplainQueryRequest>;

/** What an address is, and which client would get it. */
const ExplainAddressRequest = z.strictObject({ ...base, command: z.literal("explain-address"), address: z.ipv4() });

/** Ends a lease, or the rest of an abandoned address; root's alone. */
const LeaseOperationRequest = z.strictObject({ ...base, command: z.enum(["release", "forgive"]), address: z.ipv4() });

/** Lets a device keep an address, by a host declaration (anydhcpctl(8), reserve); root's alone. */
export const ReserveRequest = z.strictObject({
  ...base,
  command: z.literal("reserve"),
  address: z.ipv4(),
  /** Ethernet. */
  hardware: Octets.min(17).max(17),
  /** The declaration's name; by default the device's own. */
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/)
    .optional(),
});
export type ReserveRequest = z.infer<typeof ReserveRequest>;

/** Reads the configuration anew. */
const ReloadRequest = z.strictObject({
  ...base,
  command: z.literal("reload"),
  /** With more clients affected than so many, the old one stays. */
  confirm: z.number().int().nonnegative().optional(),
});

/** What a reload with another file would do; root's alone. */
const CheckRequest = z.strictObject({ ...base, command: z.literal("check"), file: z.string().min(1).max(4096) });

const leaseFilter = {
  /** "192.0.2.0/24", a single address, or the address of a configured subnet. */
  subnet: z
    .string()
    .regex(/^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/)
    .optional(),
  states: z.array(LeaseState).max(6).optional(),
  /** The beginning of a hardware address: hexadecimal digits. */
  hardware: z
    .string()
    .regex(/^[0-9a-f]+$/)
    .optional(),
  /** Part of a declared or of a client's own name; case does not matter. */
  name: z.string().optional(),
};

/** All leases, or those that all members hold for. */
export const LeasesRequest = z.strictObject({ ...base, command: z.literal("leases"), ...leaseFilter });
export type LeasesRequest = z.infer<typeof LeasesRequest>;

/** The same leases, a page at a time. */
export const LeasePageRequest = z.strictObject({
  ...base,
  command: z.literal("lease-page"),
  ...leaseFilter,
  /**
   * Part of the address, a name, the hardware address, or a relay's information about the client's line; case does not
   * matter.
   */
  search: z.string().max(100).optional(),
  /** The last address of the page before this one. */
  after: z.ipv4().optional(),
});
export type LeasePageRequest = z.infer<typeof LeasePageRequest>;

/** What happens to leases, after the event with that token or from the beginning. */
const EventsRequest = z.strictObject({ ...base, command: z.literal("events"), resume: z.string().max(40).optional() });

/** All requests. */
export const Request = z.discriminatedUnion("command", [
  PlainRequest,
  ExplainRequest,
  ExplainQueryRequest,
  ExplainAddressRequest,
  EventsRequest,
  LeaseOperationRequest,
  LeasesRequest,
  LeasePageRequest,
  ReserveRequest,
  ReloadRequest,
  CheckRequest,
]);
export type Request = z.infer<typeof Request>;
