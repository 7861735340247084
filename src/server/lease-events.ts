// What happens to leases, for its followers: events in the order in which they became true, each with the lease as it
// is then. Nothing is kept until the first follower. Memory and time for events are bounded: a follower that is behind,
// and every follower of a flooded server, has to look at all leases again instead. Until then the server describes no
// events for it. A follower that needs only the present state of each lease uses `changes`.

import type { Interface } from "../base/interface.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { EVENTS_A_SECOND, EVENTS_KEPT, EVENTS_RESUMED } from "../base/limits/events.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import type { Clock, EpochSeconds, MonotonicMilliseconds } from "../base/time.ts";
import type { Exchange } from "../engine/exchange.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import {
  hasOtherDetails,
  isProlonged,
  recordBefore,
  recordWithFormerClient,
  stateBefore,
  wasBeingChecked,
} from "../lease/table/change-under-way.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { type CommitBatch, CommitOutcome } from "../store/store.ts";
import { type RequestFacts, requestFacts } from "../wire/request-facts.ts";
import { ChangedLeases } from "./changed-leases.ts";
import { givenNames, interfaceOn, type PlacedLease, placedLease } from "./lease-figures.ts";

/**
 * declined: the client that has it, or was offered it, has found it in use. conflict: a host without a lease answers
 * there. released: also of an abandoned address that an operator has forgiven.
 */
export type LeaseEventKind = "added" | "renewed" | "expired" | "released" | "declined" | "conflict";

/** How a client has asked for its lease. */
export interface LeaseRequest extends RequestFacts {
  /** Where the request came in; empty where it is not known. */
  readonly interface: string;
  /** Names of the classes that the client is in. */
  readonly classes: readonly string[];
}

/** Something that has happened to a lease. */
export interface LeaseEvent {
  readonly kind: LeaseEventKind;
  readonly at: EpochSeconds;
  readonly lease: PlacedLease;
  /** For added, renewed and declined: the lease that ran before, if its end or its client's record has changed. */
  readonly former?: LeaseRecord;
  /** Of added and renewed, where somebody wants to know. */
  readonly request?: LeaseRequest;
}

/** A reader of events. */
export interface LeaseFollower {
  /** Whether it is going to look at all leases in any case: an event of now would tell it nothing. */
  readonly isBehind: boolean;
  /** Something has happened. */
  take(event: LeaseEvent): void;
  /** Something has happened that is not described, at a time: all leases are to be looked at. It is called for each such event. */
  lose(at: EpochSeconds): void;
  /** The configuration is another one: all leases are to be looked at. */
  reload(): void;
}

const MS_PER_SECOND = 1000;
const RADIX = 36;

/** The events of one server, from its start to its end. */
export class LeaseEvents {
  /** Tells this run of the server from others. */
  readonly run: string;
  private readonly clock: Clock;
  private readonly serving: Serving;
  private readonly interfaces: () => readonly Interface[];
  /** Number of the next event, from 1. */
  next = 1;
  /** The oldest event that is still known; `next` if none is. */
  first = 1;
  private readonly kept: (LeaseEvent | undefined)[] = [];
  private readonly followers = new Set<LeaseFollower>();
  /** Which leases have changed. */
  readonly changes: ChangedLeases;
  /** Requests whose leases are not durable yet; undefined if no follower wants to know. */
  private requests: Map<LeaseSlot, LeaseRequest> | undefined;
  private isWanted = false;
  /** Events that may be described now, and whether any are: not again before there is room for some. */
  private allowance = EVENTS_KEPT;
  private isDescribing = true;
  private allowedAt: MonotonicMilliseconds = DOUBLE_ZERO;

  constructor(clock: Clock, serving: Serving, interfaces: () => readonly Interface[]) {
    this.clock = clock;
    this.serving = serving;
    this.interfaces = interfaces;
    this.changes = new ChangedLeases(serving);
    this.run = Math.floor(clock.wall() * MS_PER_SECOND).toString(RADIX);
  }

  /** The number of followers. */
  get followed(): number {
    return this.followers.size;
  }

  /** Makes events say from now on how clients have asked. */
  wantRequests(): void {
    this.requests ??= new Map();
  }

  /** What the configuration calls the client of a lease. */
  readonly namesOf = (record: LeaseRecord): { hostName: string; domain: string } => givenNames(record, this.serving);

  /** Whether one address comes before another in a walk through all leases. */
  readonly comesBefore = (address: Ipv4, other: Ipv4): boolean =>
    this.serving.table.slotOf(address) < this.serving.table.slotOf(other);

  /** Tells `follower` of each event, until the returned function is called. Events are kept from the first call on. */
  follow(follower: LeaseFollower): () => void {
    this.isWanted = true;
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  /** The event of a number from `first` to `next` - 1. */
  at(number: number): LeaseEvent | undefined {
    return this.kept[number % EVENTS_KEPT];
  }

  /** The change of an exchange is on its way to become durable. */
  noteRequest({ query, arrival, classes, decision: { slot }, monotonic }: Exchange): void {
    const { requests, serving } = this;
    if (requests === undefined) return;
    this.earn(monotonic * MS_PER_SECOND);
    if (!this.isDescribing || this.areAllBehind()) {
      // One of a change that did not become durable, which may be another client's.
      if (requests.size > 0) requests.delete(slot);
      return;
    }
    // Requests of changes that did not become durable are left over.
    if (requests.size >= EVENTS_KEPT) requests.clear();
    const name = this.interfaces().find(({ ifindex }) => ifindex === arrival.ifindex)?.name ?? "";
    const rules = serving.config.classes.rules.filter(({ entry }) => classes.entries.includes(entry));
    const names = rules.map((rule) => rule.name).filter((text) => text !== "");
    requests.set(slot, { ...requestFacts(query), interface: name, classes: names });
  }

  /** The changes under way of a commit are about to be confirmed, as far as they have become durable. */
  noteCommit({ slots, outcomes, count }: CommitBatch): void {
    if (!this.isWanted && !this.changes.isFollowed) return;
    // One look at the clocks for all of them.
    const at = this.clock.wall();
    if (this.isWanted) this.earn(this.clock.monotonic());
    for (let i = 0; i < count; i++) if (outcomes[i] === CommitOutcome.ok) this.noteChange(slots[i] ?? NO_LEASE, at);
  }

  private noteChange(slot: LeaseSlot, at: EpochSeconds): void {
    const { changes, requests } = this;
    const { table } = this.serving;
    const kind = kindOf(table, slot);
    if (kind === undefined) return;
    // What only prolongs a lease leaves it to its client as it is.
    if (changes.isFollowed && (kind !== "renewed" || hasOtherDetails(table, slot))) changes.note(slot);
    if (!this.isWanted) return;
    const request = requests === undefined || requests.size === 0 ? undefined : requests.get(slot);
    if (request !== undefined) requests?.delete(slot);
    if (!this.takesOne()) return this.lose(at);
    const former = formerOf(table, slot, kind);
    this.tell(kind, at, kind === "declined" ? recordWithFormerClient(table, slot) : table.record(slot), {
      ...(former !== undefined && { former }),
      ...(request !== undefined && kind !== "released" && { request }),
    });
  }

  /** The lease of a slot has expired. */
  noteExpired(slot: LeaseSlot): void {
    const { table } = this.serving;
    if (this.changes.isFollowed) this.changes.note(slot);
    if (!this.isWanted) return;
    this.earn(this.clock.monotonic());
    const now = this.clock.wall();
    if (this.takesOne()) this.tell("expired", now, table.record(slot));
    else this.lose(Math.min(now, table.endsAt(slot)));
  }

  /** Somebody answers at the free address of a slot, which is kept from new clients. */
  noteInUse(slot: LeaseSlot): void {
    if (!this.isWanted) return;
    this.earn(this.clock.monotonic());
    const now = this.clock.wall();
    if (this.takesOne()) this.tell("conflict", now, this.serving.table.record(slot));
    else this.lose(now);
  }

  /**
   * Another configuration is in force: a lease may belong to no subnet any more, or to another one. Followers have to
   * look at all leases again.
   */
  noteReload(): void {
    this.changes.noteReload();
    if (!this.isWanted) return;
    this.first = ++this.next;
    this.requests?.clear();
    for (const follower of this.followers) follower.reload();
  }

  private tell(
    kind: LeaseEventKind,
    at: EpochSeconds,
    record: LeaseRecord,
    more?: Pick<LeaseEvent, "former" | "request">,
  ): void {
    const lease = this.place(record);
    if (lease === undefined) return this.lose(at);
    const event = { kind, at, lease, ...more };
    this.kept[this.next % EVENTS_KEPT] = event;
    this.next += 1;
    this.first = Math.max(this.first, this.next - EVENTS_KEPT);
    for (const follower of this.followers) follower.take(event);
  }

  /** An event of that time is not described: a follower that lacks earlier ones has missed this one too. */
  private lose(at: EpochSeconds): void {
    this.first = ++this.next;
    for (const follower of this.followers) follower.lose(at);
  }

  private place(record: LeaseRecord): PlacedLease | undefined {
    return placedLease(record, this.serving, interfaceOn(this.serving, this.interfaces()));
  }

  /** Whether the next event, which counts, is described: to somebody it says something, and there are not too many. */
  private takesOne(): boolean {
    this.allowance = Math.max(0, this.allowance - 1);
    if (this.allowance === 0) this.isDescribing = false;
    return this.isDescribing && !this.areAllBehind();
  }

  private areAllBehind(): boolean {
    for (const follower of this.followers) if (!follower.isBehind) return false;
    return this.followers.size > 0;
  }

  /**
   * Describing a lease takes about a third of the time of giving one: so many a second, and as many at once as are kept.
   * Of more than that none is described until they are fewer, because every reader is behind then.
   */
  private earn(now: MonotonicMilliseconds): void {
    const earned = (Math.max(0, now - this.allowedAt) * EVENTS_A_SECOND) / MS_PER_SECOND;
    this.allowance = Math.min(EVENTS_KEPT, this.allowance + earned);
    this.allowedAt = Math.max(now, this.allowedAt);
    if (this.allowance > EVENTS_RESUMED) this.isDescribing = true;
  }
}

/** What the change under way of a slot is to a reader; undefined: nothing. */
function kindOf(table: LeaseTable, slot: LeaseSlot): LeaseEventKind | undefined {
  switch (table.state(slot)) {
    case BindingState.bound:
      return isProlonged(table, slot) ? "renewed" : "added";
    case BindingState.released:
      return "released";
    case BindingState.abandoned:
      return wasBeingChecked(table, slot) ? "conflict" : "declined";
    default:
      return undefined;
  }
}

/** The running lease that a change ends or alters, where that is more than its times. */
function formerOf(table: LeaseTable, slot: LeaseSlot, kind: LeaseEventKind): LeaseRecord | undefined {
  if (kind !== "added" && kind !== "renewed" && kind !== "declined") return undefined;
  if (stateBefore(table, slot) !== BindingState.bound) return undefined;
  return kind === "renewed" && !hasOtherDetails(table, slot) ? undefined : recordBefore(table, slot);
}
