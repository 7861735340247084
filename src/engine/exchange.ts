// One query on its way to its reply: one preallocated object, which these stages fill in this order.
//
//   receive   the message, how it came, and on what occasion    exchange.ts
//   locate    link, subnet                                      engine/locate/locate.ts
//   identify  client, host, classes                             identify.ts
//   decide    decision, with the reply in it                    decide.ts
//   deliver   where the reply goes, and how                     engine/deliver/delivery.ts
//   apply     nothing: it carries the decision out              apply.ts
//   encode    nothing: it writes the reply                      server/encode.ts
//
// A stage reads what the stages before it have filled, and changes none of that; the pipeline drops a decision that
// cannot be carried out.

import type { Ipv4 } from "../base/ipv4.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import type { MonotonicSeconds } from "../base/time.ts";
import { Membership } from "../config/model/membership.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";
import { ClientIdentity } from "../wire/client-identity.ts";
import { Delivery } from "../wire/delivery.ts";
import { type DecodeFault, decodeQuery, Query } from "../wire/query.ts";
import { Decision } from "./decision.ts";

/**
 * On what occasion a query is decided.
 * - `socket`: it has just been received.
 * - `backlog`: it has waited because the server was behind.
 * - `probe`: the check of the address that it was to be offered has ended.
 * - `commit`: the change of a lease that it was about has ended.
 * - `refresh`: a shared store has been read for the lease that the query is about.
 */
export const Origin = { socket: 0, backlog: 1, probe: 2, commit: 3, refresh: 4 } as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

/** The empty list of tried addresses. */
const NONE_TRIED: readonly LeaseSlot[] = [];

const NO_CLASSES = new Membership(0, []);

/** See the head of this file. */
export class Exchange {
  // Filled by `begin` and `receive`.
  readonly query = new Query();
  arrival: Arrival = new ArrivalSlot();
  /**
   * When it is decided, by the monotonic clock: offers, checks and rates must not change when the wall clock is set.
   */
  monotonic: MonotonicSeconds = DOUBLE_ZERO;
  origin: Origin = Origin.socket;
  /** Addresses that were found in use while this very query waited. */
  tried: readonly LeaseSlot[] = NONE_TRIED;
  /** The address that was found unused while this very query waited, or NO_LEASE. */
  probed: LeaseSlot = NO_LEASE;
  /** Commits, and readings of the store, that this very query has waited for. */
  waits = 0;
  /** Whether the lease that it is about has been read from the store for this very query. */
  isFresh = false;

  // Filled by `locate`.
  /** The link that the query comes from, by its position in Config.sharedNetworks; -1 if we serve none there. */
  link = -1;
  /** The subnet whose parameters stand for the whole link; undefined if `link` is -1. */
  subnet: Subnet | undefined = undefined;
  /** Whether the client's address says that it is on another link than the interface that the query came in by. */
  isRouted = false;

  // Filled by `identify`.
  readonly client = new ClientIdentity();
  /** False if the query names no client at all: `client` is meaningless then. */
  hasClient = false;
  /** The declaration that is about the client on this link. */
  host: Host | undefined = undefined;
  /** The classes that the client is in. */
  classes: Membership = NO_CLASSES;

  // Filled by QueryLimits.admit: false for a message of which more come than are answered.
  isAdmitted = true;

  // Filled by `decide`.
  readonly decision = new Decision();

  // Filled by `deliver`, if there is a reply.
  delivery: Delivery = Delivery.none;
  destination: Ipv4 = DOUBLE_ZERO;
  port = 0;
  /** Whether nothing but the client itself has said by which of `neighbour` and `broadcast` it hears. */
  isDeliveryLearnt = false;

  /** A new occasion, for all messages until the next: they have tried and waited for nothing, unless it is said. */
  begin(
    origin: Origin,
    monotonic: MonotonicSeconds,
    probed = NO_LEASE,
    tried = NONE_TRIED,
    waits = 0,
    isFresh = false,
  ): void {
    this.origin = origin;
    this.monotonic = monotonic;
    this.probed = probed;
    this.tried = tried;
    this.waits = waits;
    this.isFresh = isFresh;
  }
}

/**
 * Takes the message of `length` octets at `offset` that came as `arrival` says. Needs `begin`; fills `query` and
 * `arrival`, which are valid as long as the octets and the arrival are. Returns why it is no query, if it is none.
 */
export function receive(
  exchange: Exchange,
  bytes: Uint8Array,
  offset: number,
  length: number,
  arrival: Arrival,
): DecodeFault | undefined {
  exchange.arrival = arrival;
  return decodeQuery(bytes, offset, length, exchange.query);
}
