// Groups of neighbour entries or frames that the helper has been asked for, in the order in which it answers.

import { HELPER_BATCH, HELPER_PENDING_MAX } from "../base/limits/helper.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import { NeighbourRows } from "../native/rows.ts";

/** Takes one NeighbourResult for each entry; valid during the call. */
export type Done = (results: Uint8Array) => void;

/** A group of neighbours or frames under way. Slots are made once and used in turn. */
export class PendingSet {
  /** The sequence number of the first request: a group of frames has one for each. */
  sequence = 0;
  count = 0;
  /** Frames that the helper was given, of `count`; 0 for neighbours. */
  frames = 0;
  /** Of these, answered so far, and how. */
  answered = 0;
  readonly results = new Uint8Array(HELPER_BATCH);
  /** Undefined once the deadline has answered for the helper. */
  done: Done | undefined;
  deadline = DOUBLE_ZERO;
  /** The request's rows, for deleting entries that are set too late. */
  readonly entries = new NeighbourRows(HELPER_BATCH);
}

/** A ring of HELPER_PENDING_MAX groups, made once. */
export class PendingRing {
  private readonly slots = Array.from({ length: HELPER_PENDING_MAX }, () => new PendingSet());
  private first = 0;
  /** How many are under way. */
  count = 0;

  /** The slot for the next group, for `push`; undefined if as many are under way as may be. */
  get free(): PendingSet | undefined {
    return this.count === HELPER_PENDING_MAX ? undefined : this.at(this.count);
  }

  /** The oldest group; undefined if none is under way. */
  get oldest(): PendingSet | undefined {
    return this.count === 0 ? undefined : this.at(0);
  }

  /** The group that has come `place` after the oldest. */
  at(place: number): PendingSet | undefined {
    return this.slots[(this.first + place) % HELPER_PENDING_MAX];
  }

  /** The slot that was free is under way now. */
  push(): void {
    this.count++;
  }

  /** The oldest group is over. */
  shift(): void {
    this.first = (this.first + 1) % HELPER_PENDING_MAX;
    this.count--;
  }
}
