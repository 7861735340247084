// What the engine decides about one query: one preallocated object of a fixed shape, filled anew each time. `reason` is
// always set; it is the metric label, the log field and what tests look for.

import type { Ipv4 } from "../base/ipv4.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import type { EpochSeconds, MonotonicSeconds, Seconds } from "../base/time.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { Reply } from "../wire/reply.ts";

/** Why a query was answered, refused or dropped. The first word says which. */
export type Reason =
  | "offer-new"
  | "offer-current"
  | "offer-reserved"
  | "offer-ipv6-only"
  | "offer-no-auto-configure"
  | "ack-selecting"
  | "ack-init-reboot"
  | "ack-renew"
  | "ack-rebind"
  | "ack-reserved"
  | "ack-repeated"
  | "ack-from-reserve"
  | "ack-for-other"
  | "ack-inform"
  | "ack-rapid-commit"
  | "bootp-reserved"
  | "bootp-dynamic"
  | "released"
  | "declined"
  | "lease-active"
  | "lease-unassigned"
  | "lease-unknown"
  | "nak-wrong-link"
  | "nak-wrong-address"
  | "nak-reserved-elsewhere"
  | "nak-taken"
  | "nak-not-available"
  | "nak-not-permitted"
  | "drop-bad-giaddr"
  | "drop-no-relay"
  | "drop-own-address"
  | "drop-unexpected-type"
  | "drop-unknown-link"
  | "drop-no-client"
  | "drop-no-address"
  | "drop-no-server-id"
  | "drop-other-server"
  | "drop-booting-denied"
  | "drop-unknown-client-denied"
  | "drop-not-permitted"
  | "drop-pool-empty"
  | "drop-hardware-limit"
  | "drop-relay-port-limit"
  | "drop-interface-limit"
  | "drop-not-authoritative"
  | "drop-not-ours"
  | "drop-unknown-client"
  | "drop-not-owner"
  | "drop-not-leased"
  | "drop-too-new"
  | "drop-not-verified"
  | "drop-already-pending"
  | "drop-servers-differ"
  | "drop-store-busy"
  | "drop-firewall"
  | "drop-overload"
  | "drop-abandon-limit"
  | "drop-declined-reservation"
  | "drop-forged-inform"
  | "drop-inform-limit"
  | "drop-bootp"
  | "drop-leasequery-no-giaddr"
  | "drop-leasequery-denied"
  | "drop-leasequery-limit"
  | "drop-leasequery-malformed";

/**
 * What happens to a lease. `offer`, `withdraw` (of an offer), `reoffer` (of the client's own lease) and `standIn` (for another
 * server's lease) are in memory only; the others wait for the store.
 */
export const Change = {
  none: 0,
  offer: 1,
  withdraw: 2,
  reoffer: 3,
  standIn: 4,
  bind: 5,
  release: 6,
  abandon: 7,
} as const;
export type Change = (typeof Change)[keyof typeof Change];

/** The outcome of deciding about one query. */
export class Decision {
  reason: Reason = "drop-unexpected-type";
  change: Change = Change.none;
  /** The lease that `change` is about, or that the reply speaks of. */
  slot: LeaseSlot = NO_LEASE;
  /** End of the lease or rest; of an offer or a stand-in by the monotonic clock. */
  endsAt: EpochSeconds | MonotonicSeconds = DOUBLE_ZERO;
  /** Another lease of the same client on the same link, given up by this decision. */
  alsoReleased: LeaseSlot = NO_LEASE;
  /** The same where leases are shared: a change of its own, once this one is durable. */
  releasedAfter: LeaseSlot = NO_LEASE;
  /** An unclaimed offer to the same client of another address, given up by this decision. */
  alsoWithdrawn: LeaseSlot = NO_LEASE;
  /** Dropped because a change of this lease is under way: it may be decided again when the store has answered. */
  awaited: LeaseSlot = NO_LEASE;
  /** A NAK that follows from the table's lease of `slot`: a shared store has to be read before the NAK leaves. */
  needsRefresh = false;
  /** The offered address was found unused not long ago. */
  isChecked = false;
  /** The address must be found unused before the reply leaves (OFFER of an address new to the client). */
  needsProbe = false;
  /** If the address of `slot` is being probed at present, that goes first. */
  awaitsProbe = false;
  /** Seconds to wait for an echo when `needsProbe`. */
  probeSeconds = 1;
  /** For a query that a limit refuses: the count, and the limit. Meaningless otherwise. */
  counted = 0;
  limit = 0;
  /** Whether the query counts against the limit of its kind (Admission). */
  isCharged = false;
  /** Whether there is a reply: the fields below say what it is made of, and `reply` is the result. */
  hasReply = false;
  messageType: MessageType = MessageType.offer;
  /** Subnet, declaration and scope whose parameters hold. */
  subnet: Subnet | undefined = undefined;
  host: Host | undefined = undefined;
  scope: Scope | undefined = undefined;
  /** The address that the client is given; 0: none. */
  yiaddr: Ipv4 = DOUBLE_ZERO;
  /** For how long it is given; -1: the reply has no times. */
  leaseSeconds: Seconds = -1;
  /** Whether it answers a DISCOVER for good (RFC 4039). */
  isRapidCommit = false;
  /** Source address of the reply. */
  source: Ipv4 = DOUBLE_ZERO;
  readonly reply = new Reply();

  /** Back to "nothing decided". */
  reset(): void {
    this.reason = "drop-unexpected-type";
    this.change = Change.none;
    this.slot = NO_LEASE;
    this.endsAt = 0;
    this.alsoReleased = NO_LEASE;
    this.releasedAfter = NO_LEASE;
    this.alsoWithdrawn = NO_LEASE;
    this.needsRefresh = false;
    this.isChecked = false;
    this.awaited = NO_LEASE;
    this.needsProbe = false;
    this.awaitsProbe = false;
    this.probeSeconds = 1;
    this.counted = 0;
    this.limit = 0;
    this.isCharged = false;
    this.hasReply = false;
    this.messageType = MessageType.offer;
    this.subnet = undefined;
    this.host = undefined;
    this.scope = undefined;
    this.yiaddr = 0;
    this.leaseSeconds = -1;
    this.isRapidCommit = false;
    this.source = 0;
  }

  /** Answers by the parameters of `scope`. What gives the client an address sets `yiaddr` and `leaseSeconds` as well. */
  answer(reason: Reason, messageType: MessageType, subnet: Subnet, host: Host | undefined, scope: Scope): void {
    this.reason = reason;
    this.hasReply = true;
    this.messageType = messageType;
    this.subnet = subnet;
    this.host = host;
    this.scope = scope;
  }

  /** Answers with a NAK by the parameters of `subnet`. */
  refuse(reason: Reason, subnet: Subnet): void {
    this.answer(reason, MessageType.nak, subnet, undefined, subnet.scope);
  }

  /** Ends the decision without an answer. */
  drop(reason: Reason): void {
    this.reason = reason;
    this.change = Change.none;
    this.hasReply = false;
  }

  /** The store has to be read for the lease of a slot before this NAK may leave. */
  refreshFirst(slot: LeaseSlot): void {
    this.needsRefresh = true;
    this.slot = slot;
  }

  /** A change of the lease of a slot is under way. */
  awaitCommit(slot: LeaseSlot): void {
    this.reset();
    this.drop("drop-already-pending");
    this.awaited = slot;
  }
}
