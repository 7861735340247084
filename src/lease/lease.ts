// One lease: its binding states, and the record that is written to and read from the lease file.

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";

/**
 * Binding states. `free`: never used or forgotten; `offered`: held in memory for an OFFER;
 * `bound`: ACKed and not over; `expired`, `released`: over, its client still remembered;
 * `abandoned`: declined or found in use, rests until its end time.
 */
export const BindingState = { free: 0, offered: 1, bound: 2, expired: 3, released: 4, abandoned: 5 } as const;
export type BindingState = (typeof BindingState)[keyof typeof BindingState];

/**
 * The state of an offer's conflict check: none made or wanted, the address was silent, or the OFFER still waits for it.
 */
export const OfferCheck = { none: 0, silent: 1, underWay: 2 } as const;
export type OfferCheck = (typeof OfferCheck)[keyof typeof OfferCheck];

/** A lease as a plain value: for the lease file, the control socket and tests; never made on the hot path. */
export interface LeaseRecord {
  readonly address: Ipv4;
  readonly state: BindingState;
  /** When the client got it, without a break since. */
  readonly startsAt: EpochSeconds;
  /** Infinity: never. */
  readonly endsAt: EpochSeconds;
  /** Client last transaction time. */
  readonly lastTransactionAt: EpochSeconds;
  /** 0 in the table where there is no hardware address. */
  readonly htype: number;
  /** Empty where none is known. */
  readonly hardwareAddress: Uint8Array;
  /** Option 61; empty where the client sent none. */
  readonly clientId: Uint8Array;
  readonly hostName: Uint8Array;
  readonly agentInformation: Uint8Array;
  readonly vendorClass: Uint8Array;
}
