// Sends reply batches: what needs nothing at once, what needs a neighbour entry after the helper's
// answer, and what cannot have one as a broadcast. Where the helper sends frames instead of setting
// entries, what would need one leaves by it.
//
// Guarantees: a batch is given back exactly once, when the last of its rows has left or was given
// up; every row's `result` is set then. An entry is asked for, used and deleted before the next
// group asks: two replies for one address never share an entry, and at most HELPER_BATCH entries
// are alive. A helper that does not answer is not waited for again until it has rested, so no batch
// waits longer than one deadline. What the kernel says of one datagram is counted and never stops
// the others. One object is made per batch, nothing per datagram.

import { constants } from "node:os";
import type { Interfaces } from "../base/interfaces.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { HELPER_BATCH, HELPER_DEADLINE_MS, HELPER_REST_MS, SEND_RETRIES_MAX, SEND_RETRY_MS } from "../base/limits.ts";
import { emptyList } from "../base/shapes.ts";
import { type Helper, NeighbourResult } from "../helper/helper.ts";
import { NeighbourRows, type ReplyRows } from "../native/rows.ts";
import { Delivery } from "../wire/delivery.ts";
import type { ReplyBatch } from "./backend.ts";
import { type BackendCounters, Count } from "./backend-counters.ts";
import type { BurstNotices } from "./burst-notices.ts";
import { broadcastInstead, prepareRow } from "./reply-row.ts";
import { sendFailure } from "./send-failures.ts";

const { EADDRNOTAVAIL, EAGAIN, EBADF } = constants.errno;

/** `result` of a row that waits for its neighbour entry. */
const WAITING = 0xffffffff;

/** What sends a run of rows: a UdpSocket, or what builds frames. */
export interface RowSocket {
  send(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number;
}

/** What a ReplySender works with. */
export interface ReplySenderParts {
  readonly helper: Helper;
  readonly counters: BackendCounters;
  readonly bursts: BurstNotices;
  /** Whether a `neighbour` delivery takes an entry in the kernel's table, and so the helper. */
  readonly takesEntries: boolean;
  /** Monotonic clock in milliseconds. */
  now(): number;
  /** The picture of our own addresses by which sources are judged. */
  interfaces(): Interfaces;
  /** Any open listener: each can send from every address of ours. */
  socket(): RowSocket | undefined;
  warn(message: string): void;
  onSent(batch: ReplyBatch): void;
}

/** A batch on its way. */
class Job {
  readonly batch: ReplyBatch;
  readonly since: number;
  /** Rows that wait for a neighbour entry. */
  waiting = 0;
  /** Rows before this one have been looked at for the helper. */
  next = 0;
  /** Rows met a full send buffer; how often they have been tried again. */
  isRetrying = false;
  retries = 0;

  constructor(batch: ReplyBatch, since: number) {
    this.batch = batch;
    this.since = since;
  }
}

/** Sends batches through whatever listener is open. */
export class ReplySender {
  private readonly parts: ReplySenderParts;
  /** Batches with rows that wait for the helper; the first one has a group under way. */
  private readonly queue = emptyList<Job>();
  private readonly retrying = new Set<Job>();
  private retryTimer: NodeJS.Timeout | undefined;
  /** The group the helper has been asked for: row numbers of the first batch in the queue. */
  private readonly groupRows = new Uint32Array(HELPER_BATCH);
  private groupCount = 0;
  private readonly entries = new NeighbourRows(HELPER_BATCH);
  private readonly stale = new NeighbourRows(HELPER_BATCH);
  private restUntil = Number.NEGATIVE_INFINITY;
  private isClosed = false;
  private readonly onAnswer = (results: Uint8Array): void => this.takeAnswer(results);

  constructor(parts: ReplySenderParts) {
    this.parts = parts;
  }

  /** See Backend.send. */
  send(batch: ReplyBatch): void {
    const job = new Job(batch, this.parts.now());
    const interfaces = this.parts.interfaces();
    const trouble = this.helperTrouble();
    const { rows } = batch;
    let runStart = 0;
    for (let row = 0; row < batch.count; row++) {
      rows.setResult(row, 0);
      const errno = prepareRow(rows, row, interfaces);
      if (errno !== 0) {
        rows.setResult(row, errno);
        this.noteFailure(rows, row);
      } else if (this.takesEntry(rows, row)) {
        if (trouble !== undefined) {
          this.fallBack(rows, row, trouble);
          continue;
        }
        rows.setResult(row, WAITING);
        job.waiting++;
      } else continue;
      this.sendRun(job, runStart, row - runStart);
      runStart = row + 1;
    }
    this.sendRun(job, runStart, batch.count - runStart);
    if (job.waiting === 0) {
      this.finishIfDone(job);
      return;
    }
    this.queue.push(job);
    this.askHelper();
  }

  /** Sends everything that still waits, now and as a broadcast, and gives its batches back. Nothing may be sent after it. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    const { helper } = this.parts;
    if (this.groupCount > 0 && !helper.sendsFrames) helper.deleteNeighbours(this.entries, this.groupCount);
    for (const job of this.queue.splice(0)) this.broadcastWaiting(job, Count.neighbourUnanswered);
    for (const job of [...this.retrying]) this.giveUp(job);
  }

  private takesEntry(rows: ReplyRows, row: number): boolean {
    return this.parts.takesEntries && rows.delivery(row) === Delivery.neighbour;
  }

  private sendRun(job: Job, first: number, count: number): void {
    if (count === 0) return;
    const { arena, rows } = job.batch;
    const socket = this.parts.socket();
    let taken = 0;
    if (socket === undefined) {
      for (let row = first; row < first + count; row++) rows.setResult(row, EBADF);
    } else taken = socket.send(arena, rows, first, count);
    this.parts.counters.count(Count.sent, taken);
    if (taken === count) return;
    for (let row = first; row < first + count; row++) this.noteResult(job, row);
  }

  private noteResult(job: Job, row: number): void {
    const { rows } = job.batch;
    const errno = rows.result(row);
    if (errno === 0) return;
    if (errno !== EAGAIN) {
      this.noteFailure(rows, row);
      return;
    }
    // Its entry is about to be deleted: what waits for room in the send buffer goes as a broadcast.
    if (this.takesEntry(rows, row)) broadcastInstead(rows, row);
    job.isRetrying = true;
    this.retrying.add(job);
    if (!this.isClosed) this.retryTimer ??= setTimeout(() => this.retry(), SEND_RETRY_MS);
  }

  private retry(): void {
    this.retryTimer = undefined;
    for (const job of [...this.retrying]) {
      this.retrying.delete(job);
      job.isRetrying = false;
      if (++job.retries > SEND_RETRIES_MAX) this.giveUp(job);
      else this.retryRows(job);
      this.finishIfDone(job);
    }
  }

  private retryRows(job: Job): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count; row++) {
      if (rows.result(row) !== EAGAIN) continue;
      this.sendRun(job, row, 1);
      // Still full: the rest would only meet the same.
      if (job.isRetrying) return;
    }
  }

  private giveUp(job: Job): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count; row++) {
      if (rows.result(row) === EAGAIN) this.noteFailure(rows, row);
    }
    this.retrying.delete(job);
    job.isRetrying = false;
    if (this.isClosed) this.finishIfDone(job);
  }

  private finishIfDone(job: Job): void {
    if (job.waiting === 0 && !job.isRetrying) this.parts.onSent(job.batch);
  }

  /** Asks the helper for the next group, unless one is under way. */
  private askHelper(): void {
    while (this.groupCount === 0) {
      const job = this.queue[0];
      if (job === undefined) return;
      const trouble = this.helperTrouble() ?? this.waitedTooLong(job);
      if (trouble === undefined && this.collectGroup(job)) {
        this.ask(job);
        continue;
      }
      this.queue.shift();
      this.broadcastWaiting(job, trouble ?? Count.neighbourUnanswered);
    }
  }

  private ask(job: Job): void {
    const { helper } = this.parts;
    const { arena, rows } = job.batch;
    if (helper.sendsFrames) helper.sendFrames(arena, rows, this.groupRows, this.groupCount, this.onAnswer);
    else helper.setNeighbours(this.entries, this.groupCount, this.onAnswer);
  }

  /** Fills the group from the rows of `job`; an address that is in it already begins the next one. False if none is left. */
  private collectGroup(job: Job): boolean {
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
      // What is set after its deadline is deleted by the helper's client.
      if (result === NeighbourResult.unanswered) this.restUntil = this.parts.now() + HELPER_REST_MS;
      this.fallBack(rows, row, helper.present ? troubleOf(result) : Count.neighbourNoHelper);
    }
    this.sendGroup(job, left);
    if (stale > 0) helper.deleteNeighbours(this.stale, stale);
    job.waiting -= count;
    this.groupCount = 0;
    this.askHelper();
  }

  /** Sends the rows of the group in runs of neighbouring row numbers. */
  private sendGroup(job: Job, count: number): void {
    let start = 0;
    for (let i = 1; i <= count; i++) {
      if (i < count && this.groupRows[i] === (this.groupRows[i - 1] ?? 0) + 1) continue;
      this.sendRun(job, this.groupRows[start] ?? 0, i - start);
      start = i;
    }
  }

  private broadcastWaiting(job: Job, trouble: Count): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count && job.waiting > 0; row++) {
      if (rows.result(row) !== WAITING) continue;
      rows.setResult(row, 0);
      this.fallBack(rows, row, trouble);
      this.sendRun(job, row, 1);
      job.waiting--;
    }
    this.finishIfDone(job);
  }

  private helperTrouble(): Count | undefined {
    if (!this.parts.helper.present) return Count.neighbourNoHelper;
    return this.parts.now() < this.restUntil ? Count.neighbourUnanswered : undefined;
  }

  private waitedTooLong(job: Job): Count | undefined {
    const isBehind = job.next === 0 && this.parts.now() - job.since > HELPER_DEADLINE_MS;
    return isBehind ? Count.neighbourUnanswered : undefined;
  }

  private fallBack(rows: ReplyRows, row: number, trouble: Count): void {
    const address = rows.destination(row);
    broadcastInstead(rows, row);
    this.parts.counters.count(trouble);
    const said = (this.parts.helper.sendsFrames ? FRAME_FALLBACK_TEXTS : FALLBACK_TEXTS)[trouble];
    if (said !== undefined && !this.isClosed && this.parts.bursts.begins(said)) {
      this.parts.warn(`${said}: the reply for ${formatIpv4(address)} is broadcast instead, and so are others`);
    }
  }

  private noteFailure(rows: ReplyRows, row: number): void {
    const errno = rows.result(row);
    const failure = sendFailure(errno);
    this.parts.counters.count(failure.count);
    if (!this.parts.bursts.begins(failure.text)) return;
    const address = errno === EADDRNOTAVAIL ? rows.source(row) : rows.destination(row);
    const what = errno === EADDRNOTAVAIL ? "a reply from" : "a reply to";
    this.parts.warn(`${what} ${formatIpv4(address)} was not sent: ${failure.text}`);
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

const FALLBACK_TEXTS: Readonly<Record<number, string>> = {
  [Count.neighbourRefused]: "the helper has refused a neighbour entry",
  [Count.neighbourFull]: "the neighbour table is full",
  [Count.neighbourFailed]: "the kernel has not taken a neighbour entry",
  [Count.neighbourUnanswered]: "the helper does not answer",
  [Count.neighbourNoHelper]: "there is no helper to set neighbour entries",
};

const FRAME_FALLBACK_TEXTS: Readonly<Record<number, string>> = {
  ...FALLBACK_TEXTS,
  [Count.neighbourRefused]: "the helper has refused to send a frame",
  [Count.neighbourFull]: "the interface's queue is full",
  [Count.neighbourFailed]: "the kernel has not taken a frame",
  [Count.neighbourNoHelper]: "there is no helper to send frames",
};
