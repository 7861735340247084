// Sends reply batches: replies that need nothing at once, replies that need a neighbour entry or the helper's frames in
// groups (neighbour-groups.ts), and replies that cannot have one as broadcasts.
//
// Guarantees: a batch is given back exactly once, when the last of its rows has left or was given up; every row's
// `result` is set then. The kernel's error for one datagram is counted and never stops the others. One object is made
// per batch, nothing per datagram.

import { constants } from "node:os";
import type { Interfaces } from "../base/interfaces.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { SEND_RETRIES_MAX, SEND_RETRY_MS } from "../base/limits/backend.ts";
import type { MonotonicMilliseconds } from "../base/time.ts";
import type { Helper } from "../helper/helper.ts";
import type { ReplyRows } from "../native/rows.ts";
import { Delivery } from "../wire/delivery.ts";
import type { ReplyBatch } from "./backend.ts";
import { type BackendCounters, Count } from "./backend-counters.ts";
import type { BurstNotices } from "./burst-notices.ts";
import { NeighbourGroups, WAITING } from "./neighbour-groups.ts";
import { ReplyJob } from "./reply-job.ts";
import { broadcastInstead, prepareRow } from "./reply-row.ts";
import { fallbackText, sendFailure } from "./send-failures.ts";

const { EADDRNOTAVAIL, EAGAIN, EBADF } = constants.errno;

/** What sends a run of rows: a UdpSocket, or what builds frames. */
export interface RowSocket {
  send(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number;
}

/** The parts that a ReplySender works with. */
export interface ReplySenderParts {
  readonly helper: Helper;
  readonly counters: BackendCounters;
  readonly bursts: BurstNotices;
  /** Whether a `neighbour` delivery takes an entry in the kernel's table, and so the helper. */
  readonly takesEntries: boolean;
  /** Monotonic clock. */
  now(): MonotonicMilliseconds;
  /** The picture of our own addresses by which sources are judged. */
  interfaces(): Interfaces;
  /** Any open listener: each can send from every address of ours. */
  socket(): RowSocket | undefined;
  warn(message: string): void;
  onSent(batch: ReplyBatch): void;
}

/** Sends batches through any open listener. */
export class ReplySender {
  private readonly parts: ReplySenderParts;
  private readonly groups: NeighbourGroups;
  private readonly retrying = new Set<ReplyJob>();
  private retryTimer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(parts: ReplySenderParts) {
    this.parts = parts;
    this.groups = new NeighbourGroups({
      helper: parts.helper,
      counters: parts.counters,
      now: parts.now,
      sendRun: (job, first, count) => this.sendRun(job, first, count),
      fallBack: (rows, row, trouble) => this.fallBack(rows, row, trouble),
      finish: (job) => this.finishIfDone(job),
    });
  }

  /** See Backend.send. */
  send(batch: ReplyBatch): void {
    const job = new ReplyJob(batch, this.parts.now());
    const interfaces = this.parts.interfaces();
    const trouble = this.groups.trouble();
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
    if (job.waiting === 0) this.finishIfDone(job);
    else this.groups.add(job);
  }

  /** Sends everything that still waits, now and as a broadcast, and gives its batches back. Nothing may be sent after it. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    this.groups.close();
    for (const job of [...this.retrying]) this.giveUp(job);
  }

  private takesEntry(rows: ReplyRows, row: number): boolean {
    return this.parts.takesEntries && rows.delivery(row) === Delivery.neighbour;
  }

  private sendRun(job: ReplyJob, first: number, count: number): void {
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

  private noteResult(job: ReplyJob, row: number): void {
    const { rows } = job.batch;
    const errno = rows.result(row);
    if (errno === 0) return;
    if (errno !== EAGAIN) return this.noteFailure(rows, row);
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

  private retryRows(job: ReplyJob): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count; row++) {
      if (rows.result(row) !== EAGAIN) continue;
      this.sendRun(job, row, 1);
      // Still full: the rest would only meet the same.
      if (job.isRetrying) return;
    }
  }

  private giveUp(job: ReplyJob): void {
    const { rows, count } = job.batch;
    for (let row = 0; row < count; row++) {
      if (rows.result(row) === EAGAIN) this.noteFailure(rows, row);
    }
    this.retrying.delete(job);
    job.isRetrying = false;
    if (this.isClosed) this.finishIfDone(job);
  }

  private finishIfDone(job: ReplyJob): void {
    if (job.waiting === 0 && !job.isRetrying) this.parts.onSent(job.batch);
  }

  private fallBack(rows: ReplyRows, row: number, trouble: Count): void {
    const address = rows.destination(row);
    broadcastInstead(rows, row);
    this.parts.counters.count(trouble);
    const said = fallbackText(trouble, this.parts.helper.sendsFrames);
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
