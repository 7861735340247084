// Replies that need a neighbour entry, or that the helper sends as frames: asks the helper for one group after the other,
// sends each group with its answer, and broadcasts replies that cannot have an entry.
//
// Guarantees: an entry is asked for, used and deleted before the next group asks: two replies for one address never
// share an entry, and at most HELPER_BATCH entries are alive. A helper that does not answer gets no request until it
// has rested, so no batch waits longer than one deadline. No object is made per datagram.

import type { Ipv4 } from "../base/ipv4.ts";
import { HELPER_BATCH, HELPER_DEADLINE_MS, HELPER_REST_MS, HELPER_WAITS_MAX } from "../base/limits/helper.ts";
import { emptyList } from "../base/shapes.ts";
import type { MonotonicMilliseconds } from "../base/time.ts";
import { type Helper, NeighbourResult } from "../helper/helper.ts";
import { NeighbourRows, type ReplyRows } from "../native/rows.ts";
import { type BackendCounters, Count } from "./backend-counters.ts";
import type { ReplyJob } from "./reply-job.ts";

/** `result` of a row that waits for its neighbour entry. */
export const WAITING = 0xffffffff;

/** What NeighbourGroups work with. */
export interface NeighbourGroupsParts {
  readonly helper: Helper;
  readonly counters: BackendCounters;
  /** Monotonic clock. */
  now(): MonotonicMilliseconds;
  /** Sends rows first .. first+count-1 of a job. */
  sendRun(job: ReplyJob, first: number, count: number): void;
  /** Turns a row into a broadcast, for this reason. */
  fallBack(rows: ReplyRows, row: number, trouble: Count): void;
  /** None of the job's rows waits for the helper any more. */
  finish(job: ReplyJob): void;
}

/** See the head of this file. */
export class NeighbourGroups {
  private readonly parts: NeighbourGroupsParts;
  /** Batches with rows that wait for the helper; the first one has a group under way. */
  private readonly queue = emptyList<ReplyJob>();
  /** The group the helper has been asked for: row numbers of the first batch in the queue. */
  private readonly groupRows = new Uint32Array(HELPER_BATCH);
  private groupCount = 0;
  private readonly entries = new NeighbourRows(HELPER_BATCH);
  private readonly stale = new NeighbourRows(HELPER_BATCH);
  private restUntil: MonotonicMilliseconds = Number.NEGATIVE_INFINITY;
  private isClosed = false;
  private isAwaiting = false;
  private readonly onAnswer = (results: Uint8Array): void => this.takeAnswer(results);

  constructor(parts: NeighbourGroupsParts) {
    this.parts = parts;
  }

  /** Takes a job whose rows with WAITING as their result need entries. */
  add(job: ReplyJob): void {
    this.queue.push(job);
    this.askHelper();
    this.awaitAnswers();
  }

  /** Broadcasts everything that still waits. */
  close(): void {
    this.isClosed = true;
    const { helper } = this.parts;
    if (this.groupCount > 0 && !helper.sendsFrames) helper.deleteNeighbours(this.entries, this.groupCount);
    for (const job of this.queue.splice(0)) this.broadcastWaiting(job, Count.neighbourUnanswered);
  }

  /** Asks the helper for the next group, unless one is under way. */
  private askHelper(): void {
    while (this.groupCount === 0) {
      const job = this.queue[0];
      if (job === undefined) return;
      const trouble = this.trouble() ?? this.waitedTooLong(job);
      if (trouble === undefined && this.collectGroup(job)) {
        this.ask(job);
        continue;
      }
      this.queue.shift();
      this.broadcastWaiting(job, trouble ?? Count.neighbourUnanswered);
    }
  }

  /** Sends groups whose answers come at once. What that makes others send waits for its turn of the event loop. */
  private awaitAnswers(): void {
    if (this.isAwaiting) return;
    this.isAwaiting = true;
    for (let waits = 0; waits < HELPER_WAITS_MAX && this.groupCount > 0; waits++)
      if (!this.parts.helper.awaitAnswer()) break;
    this.isAwaiting = false;
  }

  private ask(job: ReplyJob): void {
    const { helper } = this.parts;
    const { arena, rows } = job.batch;
    if (helper.sendsFrames) helper.sendFrames(arena, rows, this.groupRows, this.groupCount, this.onAnswer);
    else helper.setNeighbours(this.entries, this.groupCount, this.onAnswer);
  }

  /** Fills the group from the rows of `job`; an address that is in it already begins the next one. False if none is left. */
  private collectGroup(job: ReplyJob): boolean {
    const { rows, count } = job.batch;
    let filled = 0;
    for (; job.next < count && filled < HELPER_BATCH; job.next++) {
      if (rows.result(job.next) !== WAITING) continue;
      if (this.isInGroup(rows.destination(job.next), filled)) break;
      writeEntry(this.entries, filled, rows, job.next);
      this.groupRows[filled++] = job.next;
    }
    this.groupCount = filled;
    return filled > 0;
  }

  private isInGroup(address: Ipv4, filled: number): boolean {
    for (let i = 0; i < filled; i++) if (this.entries.address(i) === address) return true;
    return false;
  }

  private takeAnswer(results: Uint8Array): void {
    const job = this.queue[0];
    if (this.isClosed || job === undefined) return;
    const { rows } = job.batch;
    const { helper } = this.parts;
    const count = this.groupCount;
    let stale = 0;
    let left = 0;
    for (let i = 0; i < count; i++) {
      const row = this.groupRows[i] ?? 0;
      const result = results[i] ?? NeighbourResult.failed;
      rows.setResult(row, 0);
      if (result === NeighbourResult.ok && helper.sendsFrames) {
        this.parts.counters.count(Count.sent);
        continue;
      }
      this.groupRows[left++] = row;
      if (result === NeighbourResult.ok) {
        writeEntry(this.stale, stale++, rows, row);
        continue;
      }
      // The helper's client deletes entries that are set after their deadline.
      if (result === NeighbourResult.unanswered) this.restUntil = this.parts.now() + HELPER_REST_MS;
      this.parts.fallBack(rows, row, helper.present ? troubleOf(result) : Count.neighbourNoHelper);
    }
    this.sendGroup(job, left);
    if (stale > 0) helper.deleteNeighbours(this.stale, stale);
    job.waiting -= count;
    this.groupCount = 0;
    this.askHelper();
  }

  /** Sends the rows of the group in runs of neighbouring row numbers. */
  private sendGroup(job: ReplyJob, count: number): void {
    let start = 0;
    for (let i = 1; i <= count; i++) {
      if (i < count && this.groupRows[i] === (this.groupRows[i - 1] ?? 0) + 1) continue;
      this.parts.sendRun(job, this.groupRows[start] ?? 0, i - start);
      start = i;
    }
  }

  private broadcastWaiting(job: ReplyJob, trouble: Count): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count && job.waiting > 0; row++) {
      if (rows.result(row) !== WAITING) continue;
      rows.setResult(row, 0);
      this.parts.fallBack(rows, row, trouble);
      this.parts.sendRun(job, row, 1);
      job.waiting--;
    }
    this.parts.finish(job);
  }

  /** Why no entry can be had now; undefined if one can. */
  trouble(): Count | undefined {
    if (!this.parts.helper.present) return Count.neighbourNoHelper;
    return this.parts.now() < this.restUntil ? Count.neighbourUnanswered : undefined;
  }

  private waitedTooLong(job: ReplyJob): Count | undefined {
    const isBehind = job.next === 0 && this.parts.now() - job.since > HELPER_DEADLINE_MS;
    return isBehind ? Count.neighbourUnanswered : undefined;
  }
}

function writeEntry(target: NeighbourRows, position: number, rows: ReplyRows, row: number): void {
  const high = rows.hardwareHigh(row);
  target.set(position, rows.ifindex(row), rows.destination(row), high, rows.hardwareLow(row));
}

function troubleOf(result: number): Count {
  switch (result) {
    case NeighbourResult.refused:
      return Count.neighbourRefused;
    case NeighbourResult.full:
      return Count.neighbourFull;
    case NeighbourResult.unanswered:
      return Count.neighbourUnanswered;
    default:
      return Count.neighbourFailed;
  }
}
