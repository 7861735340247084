// All leases of the store at one revision, read by ranges of addresses: pages by a number of keys would have etcd count the
// rest for each page. Pools are read in ranges of fixed size; between them few leases are to be expected, so that whole gaps
// are read, by pages only where one is full.
//
// Answers are taken over in slices, so that the event loop goes on meanwhile; the next ones are on their way. Their garbage
// is collected as it comes.

import type { Ipv4 } from "../../base/ipv4.ts";
import {
  SNAPSHOT_ANSWERS_MAX,
  SNAPSHOT_FAILURES_MAX,
  SNAPSHOT_OCTETS_COLLECTED,
  SNAPSHOT_PAGE_KEYS,
  SNAPSHOT_RANGE_ADDRESSES,
  SNAPSHOT_READ_DEADLINE_MS,
  SWEPT_PER_TURN,
} from "../../base/limits/etcd.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import { TableSnapshot } from "../../lease/table/table-snapshot.ts";
import type { CallFailure, Endpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import type { Learner } from "./learner.ts";
import { WireError } from "./protobuf.ts";
import { TurnShare } from "./turn-share.ts";
import { KeyValue, Method, RangeAnswer, rangeRequest } from "./wire.ts";

const ADDRESS_MAX = 0xffff_ffff;
/** What etcd says when a revision is compacted away. */
const COMPACTED = /has been compacted/;

/** What became of a snapshot. compacted: its revision is gone; a new one is needed. */
export type SnapshotResult =
  | { readonly kind: "done"; readonly leases: number }
  | { readonly kind: "compacted" }
  | { readonly kind: "failed"; readonly reason: string };

/** Addresses to be read, both included. */
interface AddressRange {
  readonly first: Ipv4;
  readonly last: Ipv4;
  /** Not all of them are a pool's. */
  readonly isGap: boolean;
}

/** An answer that is being taken over. */
interface Answer {
  readonly answer: RangeAnswer;
  /** Its length. */
  readonly octets: number;
  readonly range: AddressRange;
  lastAddress: Ipv4;
}

/** What it needs. */
export interface SnapshotParts {
  readonly endpoints: Endpoints;
  readonly keys: Keys;
  readonly learner: Learner;
  readonly table: LeaseTable;
  /** The revision that is read. */
  readonly revision: number;
  /** Called once, unless `cancel` was called before. */
  readonly done: (result: SnapshotResult) => void;
}

/** One snapshot; runs from `start` to `done`. */
export class Snapshot {
  private readonly parts: SnapshotParts;
  private readonly ranges: AddressRange[];
  private readonly reading: TableSnapshot;
  private readonly pair = new KeyValue();
  private readonly share = new TurnShare();
  private underWay = 0;
  private leases = 0;
  /** Whether the table knows how many leases to expect. */
  private isEstimated = false;
  /** Reads that have failed, one after the other. */
  private failures = 0;
  private isOver = false;
  /** Octets of answers since the last collection. */
  private octetsTaken = 0;
  /** Answers that wait for their turn. */
  private readonly answers: Answer[] = [];
  private turn: NodeJS.Immediate | undefined;

  constructor(parts: SnapshotParts) {
    this.parts = parts;
    this.ranges = rangesOf(parts.table).reverse();
    this.reading = new TableSnapshot(parts.table, parts.revision);
  }

  start(): void {
    this.readOn();
  }

  /** After a reload: the table that has taken the place of the one so far. */
  follow(table: LeaseTable): void {
    this.reading.follow(table);
  }

  /** Ends it without a result. */
  cancel(): void {
    this.isOver = true;
    clearImmediate(this.turn);
  }

  /** Sends the next reads while there is room for their answers. */
  private readOn(): void {
    while (!this.isOver && this.underWay + this.answers.length < SNAPSHOT_ANSWERS_MAX) {
      const range = this.ranges.pop();
      if (range === undefined) break;
      this.read(range);
    }
    if (this.underWay === 0 && this.answers.length === 0 && !this.isOver) this.sweep();
  }

  private read(range: AddressRange): void {
    const { endpoints, keys, revision } = this.parts;
    const [key, end] = keys.leases(range.first, range.last);
    const request = rangeRequest(key, end, { revision, limit: range.isGap ? SNAPSHOT_PAGE_KEYS : 0 });
    this.underWay += 1;
    endpoints.call(Method.range, request, SNAPSHOT_READ_DEADLINE_MS, (failure, answer) => {
      this.underWay -= 1;
      if (this.isOver) return;
      if (failure !== undefined) return this.fail(range, failure);
      this.failures = 0;
      this.answers.push({ answer: new RangeAnswer(answer), octets: answer.length, range, lastAddress: range.first });
      if (this.answers.length === 1) this.turn = setImmediate(() => this.takeSlice());
    });
  }

  /** Takes some leases of the oldest answer. */
  private takeSlice(): void {
    const [current] = this.answers;
    if (this.isOver || current === undefined) return;
    const { answer, range } = current;
    try {
      for (this.share.begin(); !this.share.isUsed() && !this.isOver; ) {
        if (!answer.next(this.pair)) {
          this.answers.shift();
          this.estimate(range);
          this.collect(current.octets);
          if (answer.more && current.lastAddress < range.last)
            this.ranges.push({ ...range, first: current.lastAddress + 1 });
          this.readOn();
          if (this.answers.length > 0) this.turn = setImmediate(() => this.takeSlice());
          return;
        }
        this.takePair(current);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.end({ kind: "failed", reason: `an answer to a read of leases is damaged: ${error.message}` });
    }
    this.turn = setImmediate(() => this.takeSlice());
  }

  /** After the first piece of a pool that has leases: the others will have as many. */
  private estimate({ first, last }: AddressRange): void {
    const addresses = last - first + 1;
    if (this.isEstimated || this.leases === 0 || addresses > 2 * SNAPSHOT_RANGE_ADDRESSES) return;
    this.isEstimated = true;
    this.reading.expect(Math.ceil((this.leases * this.parts.table.size) / addresses));
  }

  /**
   * An answer of so many octets is garbage now. Answers make few objects, so that left to itself V8 collects them late, and
   * then all garbage at once, in pauses of ten milliseconds and more.
   */
  private collect(octets: number): void {
    this.octetsTaken += octets;
    if (this.octetsTaken < SNAPSHOT_OCTETS_COLLECTED) return;
    this.octetsTaken = 0;
    // Where the launcher has not started Node, there is no such function.
    globalThis.gc?.({ type: "minor" });
  }

  /** Takes the key that was read last. */
  private takePair(current: Answer): void {
    const { pair, reading } = this;
    const { learner, keys } = this.parts;
    if (keys.kindOf(pair.octets, pair.keyStart, pair.keyEnd) !== "lease") return;
    const address = keys.addressOf(pair.octets, pair.keyEnd);
    current.lastAddress = address;
    this.leases += 1;
    reading.mark(address);
    learner.take(pair);
  }

  /** Forgets, slice by slice, what the table knows from the store and the store has no longer. */
  private sweep(): void {
    if (this.isOver) return;
    if (this.reading.sweep(SWEPT_PER_TURN)) this.end({ kind: "done", leases: this.leases });
    else this.turn = setImmediate(() => this.sweep());
  }

  /** Reads a range again, unless its revision is gone or reads fail one after the other. */
  private fail(range: AddressRange, { message }: CallFailure): void {
    if (COMPACTED.test(message)) return this.end({ kind: "compacted" });
    this.failures += 1;
    if (this.failures > SNAPSHOT_FAILURES_MAX) return this.end({ kind: "failed", reason: message });
    this.ranges.push(range);
    this.readOn();
  }

  private end(result: SnapshotResult): void {
    this.isOver = true;
    this.parts.done(result);
  }
}

/** The whole address space, in ascending order: the table's pools in pieces, and what lies between them. */
export function rangesOf(table: LeaseTable): AddressRange[] {
  const pools = table.pools.flatMap((pool) => pool.ranges).sort((a, b) => a.first - b.first);
  const ranges: AddressRange[] = [];
  let next = 0;
  for (const { first, last } of pools) {
    if (first > next) ranges.push({ first: next, last: first - 1, isGap: true });
    for (let at = Math.max(first, next); at <= last; at += SNAPSHOT_RANGE_ADDRESSES) {
      ranges.push({ first: at, last: Math.min(last, at + SNAPSHOT_RANGE_ADDRESSES - 1), isGap: false });
    }
    next = Math.max(next, last + 1);
  }
  if (next <= ADDRESS_MAX) ranges.push({ first: next, last: ADDRESS_MAX, isGap: true });
  return joinSmall(ranges);
}

/** Neighbours that are small together are read together. */
function joinSmall(ranges: readonly AddressRange[]): AddressRange[] {
  const joined: AddressRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && range.last - last.first < SNAPSHOT_RANGE_ADDRESSES) {
      joined[joined.length - 1] = { first: last.first, last: range.last, isGap: last.isGap || range.isGap };
    } else joined.push(range);
  }
  return joined;
}
