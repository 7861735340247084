// Gives a client an address for good: an ACK that waits for the store (RFC 2131 section 4.3.1 and
// 4.3.2, RFC 4039 section 3.1). A repeated message gets the same answer again and stores nothing.

import { REPEAT_SECONDS } from "../base/limits.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { Change, type Decision, type Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import { answer } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/** An address about to be ACKed. */
export interface Granted {
  readonly slot: LeaseSlot;
  readonly subnet: Subnet;
  readonly host: Host | undefined;
  readonly scope: Scope;
  readonly reason: Reason;
  /** What the answer is; an ACK if not given. */
  readonly messageType?: MessageType;
  /** How long the lease is to be; if not given, what the client asks for and may have. */
  readonly seconds?: Seconds;
}

/** Answers with the address that `granted` tells of, unless a change of the client's other lease is under way. */
export function grantAddress(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  decision: Decision,
  granted: Granted,
): void {
  const { query, client } = exchange;
  const { table } = serving;
  const { slot } = granted;
  const second = Math.floor(now);
  const isRepeat =
    table.state(slot) === BindingState.bound &&
    table.isClient(slot, client) &&
    table.hasDetailsOf(slot, client) &&
    !table.isReoffered(slot) &&
    second - table.lastTransactionAt(slot) < REPEAT_SECONDS &&
    second >= table.lastTransactionAt(slot) &&
    table.endsAt(slot) > second;
  const fresh = granted.seconds ?? leaseSeconds(query.requestedLeaseSeconds, granted.scope);
  const seconds = isRepeat ? table.endsAt(slot) - second : fresh;
  const grant = {
    reason: isRepeat ? "ack-repeated" : granted.reason,
    messageType: granted.messageType ?? MessageType.ack,
    subnet: granted.subnet,
    host: granted.host,
    scope: granted.scope,
  } as const;
  const other = isRepeat ? NO_LEASE : heldElsewhere(exchange, serving, granted, now);
  // Two requests for two addresses in one breath must not give the client both.
  if (other !== NO_LEASE && table.isPending(other)) return decision.awaitCommit();
  answer(decision, exchange, serving, grant, table.addressOf(slot), seconds);
  if (!decision.hasReply) return;
  decision.slot = slot;
  if (isRepeat) return;
  decision.change = Change.bind;
  decision.endsAt = second + seconds;
  decision.alsoReleased = other;
}

/** The lease that the client gives up by taking another one on the same link. */
function heldElsewhere(exchange: Exchange, serving: Serving, granted: Granted, now: EpochSeconds): LeaseSlot {
  const other = serving.table.findByClient(exchange.client, granted.subnet.sharedNetwork);
  if (other === NO_LEASE || other === granted.slot) return NO_LEASE;
  const isHeld = serving.table.state(other) === BindingState.bound && serving.table.endsAt(other) > now;
  return isHeld ? other : NO_LEASE;
}
