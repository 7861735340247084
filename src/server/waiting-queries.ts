// Queries about leases that have a change under way. A client that gives an address back and asks for one in the same
// breath should get the same one again, and a query that comes by two ways is answered on both: they are decided when
// the store has answered. A client that hears nothing meanwhile repeats itself; its repetitions are one question and
// get one answer.

import { QUERY_WAITS_MAX, WAITING_QUERIES_MAX } from "../base/limits/replies.ts";
import type { Exchange } from "../engine/exchange.ts";
import type { LeaseSlot } from "../lease/table/table.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";
import { CHADDR_OCTETS } from "../wire/layout.ts";

/** A copied datagram. */
export interface WaitingQuery {
  readonly bytes: Uint8Array;
  readonly arrival: Arrival;
  /** The lease that it waits for. */
  readonly slot: LeaseSlot;
  /** What it has waited for, this included. */
  readonly waits: number;
}

/**
 * What tells one question from another, apart from chaddr: a repetition has the same exchange, type, addresses and way.
 * `secs` grows in a repetition and says nothing new.
 */
const PARTS = 7;

/** A bounded list of questions that will be answered. */
export class Questions {
  private readonly parts: Uint32Array;
  private readonly hardware: Uint8Array;
  private readonly most: number;
  private count = 0;

  constructor(most: number) {
    this.most = most;
    this.parts = new Uint32Array(most * PARTS);
    this.hardware = new Uint8Array(most * CHADDR_OCTETS);
  }

  /** Notes a question; does nothing if there is no room. */
  add({ query, arrival }: Exchange): void {
    if (this.count === this.most) return;
    const { parts } = this;
    let at = this.count * PARTS;
    parts[at++] = query.xid;
    parts[at++] = query.messageType;
    parts[at++] = query.ciaddr;
    parts[at++] = query.requestedAddress;
    parts[at++] = query.giaddr;
    parts[at++] = arrival.remoteAddress;
    parts[at] = arrival.ifindex;
    this.hardware.set(query.chaddr, this.count * CHADDR_OCTETS);
    this.count += 1;
  }

  /** Whether this question is among them. */
  has({ query, arrival }: Exchange): boolean {
    const { parts } = this;
    for (let row = 0; row < this.count; row++) {
      const at = row * PARTS;
      if (
        parts[at] === query.xid &&
        parts[at + 1] === query.messageType &&
        parts[at + 2] === query.ciaddr &&
        parts[at + 3] === query.requestedAddress &&
        parts[at + 4] === query.giaddr &&
        parts[at + 5] === arrival.remoteAddress &&
        parts[at + 6] === arrival.ifindex &&
        this.isHardware(row, query.chaddr)
      )
        return true;
    }
    return false;
  }

  /** Keeps only the queries at these positions, which ascend; a query's new position is its place in the list. */
  keepOnly(positions: readonly number[]): void {
    for (const [to, from] of positions.entries()) {
      this.parts.copyWithin(to * PARTS, from * PARTS, (from + 1) * PARTS);
      this.hardware.copyWithin(to * CHADDR_OCTETS, from * CHADDR_OCTETS, (from + 1) * CHADDR_OCTETS);
    }
    this.count = positions.length;
  }

  /** Forgets all. */
  clear(): void {
    this.count = 0;
  }

  private isHardware(row: number, chaddr: Uint8Array): boolean {
    const at = row * CHADDR_OCTETS;
    for (let i = 0; i < CHADDR_OCTETS; i++) if (this.hardware[at + i] !== chaddr[i]) return false;
    return true;
  }
}

/** A bounded list of waiting queries, in the order in which they came, none of them twice. */
export class WaitingQueries {
  private queries: WaitingQuery[] = [];
  private readonly questions = new Questions(WAITING_QUERIES_MAX);

  /** How many wait. */
  get count(): number {
    return this.queries.length;
  }

  /**
   * Keeps a copy of the message that an exchange is about, which waits for a lease; false if it has waited often enough,
   * if it repeats one that waits, or if there is no room.
   */
  put(exchange: Exchange, slot: LeaseSlot): boolean {
    const { query, waits } = exchange;
    if (waits >= QUERY_WAITS_MAX) return false;
    if (this.queries.length >= WAITING_QUERIES_MAX || this.questions.has(exchange)) return false;
    this.questions.add(exchange);
    const kept = new ArrivalSlot();
    kept.copyFrom(exchange.arrival);
    this.queries.push({
      bytes: query.bytes.slice(query.start, query.start + query.length),
      arrival: kept,
      slot,
      waits: waits + 1,
    });
    return true;
  }

  /** Takes all out. */
  takeAll(): readonly WaitingQuery[] {
    const taken = this.queries;
    if (taken.length > 0) this.queries = [];
    this.questions.clear();
    return taken;
  }

  /** Takes out those that wait for none of the leases of which `isPending` is true. */
  takeSettled(isPending: (slot: LeaseSlot) => boolean): readonly WaitingQuery[] {
    const { queries } = this;
    const left: number[] = [];
    for (const [position, { slot }] of queries.entries()) if (isPending(slot)) left.push(position);
    if (left.length === 0) return this.takeAll();
    this.queries = queries.filter(({ slot }) => isPending(slot));
    this.questions.keepOnly(left);
    return queries.filter(({ slot }) => !isPending(slot));
  }
}
