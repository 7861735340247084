// What the daemon would do, as answers of `explain`: see messages.ts.

import { z } from "zod";
import { Count, Lease, Time } from "./messages.ts";

/** A place in the configuration: "dhcpd.conf:12:3", file, line and column. */
const Place = z.string();
const Placed = z.object({ name: z.string(), at: Place });

/** What would come of a message; the answer to `explain` and `explain-query`. */
export const Explanation = z.object({
  /** The server is drained: it answers nothing now, and the rest says what it would do. */
  isDrained: z.literal(true).optional(),
  /**
   * What the request leaves open about the client and its message, by the name of an option or "interface", and where
   * the assumed value comes from.
   */
  assumed: z
    .array(z.object({ name: z.string(), value: z.string(), because: z.string() }))
    .readonly()
    .optional(),
  /** The type of the message; empty: it is malformed, and `reason` says how. */
  message: z.string(),
  /** The listener that receives it; empty: there is none, and the server would not hear it. */
  listener: z.string(),
  receivedAt: z.ipv4(),
  /** The shared network; empty if there is none. */
  link: z.string(),
  linkBecause: z.string(),
  subnet: Placed.optional(),
  host: Placed.optional(),
  classes: z.array(z.string()).readonly(),
  /** The pools of the link. `free`: addresses that are neither leased nor offered nor abandoned nor in use. */
  pools: z
    .array(
      z.object({
        subnet: z.string(),
        at: Place,
        ranges: z.array(z.string()).readonly(),
        isPermitted: z.boolean(),
        free: Count,
        /** Why the address is of this pool, or is not. */
        because: z.string(),
      }),
    )
    .readonly(),
  /** As in the log and the counters. */
  reason: z.string(),
  /** The address that the client asks for or renews and does not get, and why not; absent where it gets it or asks for none. */
  requested: z.object({ address: z.ipv4(), because: z.string() }).optional(),
  /** The firewall sets that have the address as long as the client has a lease of it; absent where it gets no address, or no set has leased addresses. */
  firewallSets: z.array(z.string()).readonly().optional(),
  /** Type of the reply; empty: there is none. */
  reply: z.string(),
  address: z.ipv4().optional(),
  leaseSeconds: z.number().optional(),
  /** Whether the address is checked for another user before the reply leaves. */
  isChecked: z.boolean(),
  delivery: z.object({ how: z.string(), to: z.ipv4(), port: Count, source: z.ipv4() }).optional(),
  nextServer: z.ipv4().optional(),
  bootFile: z.string().optional(),
  serverName: z.string().optional(),
  /** The blocks whose values hold for the client, nearest first. */
  blocks: z.array(Placed).readonly(),
  /**
   * In the order of the reply; without a place where the server makes the value. `overrides`: places whose values are
   * overridden.
   */
  options: z
    .array(
      z.object({
        code: Count,
        name: z.string(),
        value: z.string(),
        at: Place.optional(),
        overrides: z.array(Place).readonly(),
      }),
    )
    .readonly(),
  settings: z.array(z.object({ name: z.string(), at: Place, overrides: z.array(Place).readonly() })).readonly(),
  log: z.array(z.string()).readonly(),
});
export type Explanation = z.infer<typeof Explanation>;

/** What an address is; the answer to `explain-address`. */
export const AddressExplanation = z.object({
  /** As in Explanation. */
  isDrained: z.literal(true).optional(),
  address: z.ipv4(),
  subnet: Placed.optional(),
  /** Those that have it as a `fixed-address`. */
  hosts: z.array(Placed).readonly(),
  /** The pool that it is in. */
  pool: z
    .object({
      ranges: z.array(z.string()).readonly(),
      at: Place,
      /** Each `allow` and `deny` of clients. */
      permits: z.array(Placed).readonly().default([]),
    })
    .optional(),
  /** Why no client gets it; absent where one may. */
  withheld: z.string().optional(),
  /** The lease that the server remembers for it. */
  lease: Lease.optional(),
  /** Why it is abandoned. */
  abandonedBecause: z.string().optional(),
  /**
   * No client has it, and a host answers there: since when, if that is known, and until when no new client is offered
   * it.
   */
  inUse: z.object({ since: Time.optional(), until: Time }).optional(),
  /**
   * The firewall sets that are to have the address now; absent if it is in none and no client has a lease, or if no set
   * has leased addresses.
   */
  firewallSets: z.array(z.string()).readonly().optional(),
  /** What its last client would get for a DHCPDISCOVER. */
  client: Explanation.optional(),
  /** What an unknown client would get for a DHCPDISCOVER that asks for it; absent where no subnet has it. */
  newcomer: Explanation.optional(),
});
export type AddressExplanation = z.infer<typeof AddressExplanation>;
