// The privileged helper as the daemon uses it: requests over one SOCK_SEQPACKET socket, answered in
// order. The loss of the helper is a state: every request then fails at once with a reason.
//
// Guarantees: each `done` is called exactly once, by the answer, the deadline or the end, and never
// from inside setNeighbours or sendFrames; requests that wait for an answer are bounded; an entry whose answer comes after its
// deadline is deleted again; awaitAnswer waits for HELPER_WAIT_US at most, and not while the helper is slow; a descriptor that no caller waits for is closed. No object per entry, and
// no allocation per request for neighbours.

import { closeSync } from "node:fs";
import { constants } from "node:os";
import type { LatencyHistogram } from "../base/latency.ts";
import {
  HELPER_BATCH,
  HELPER_DEADLINE_MS,
  HELPER_SLOW_MS,
  HELPER_WAIT_US,
  LISTEN_DEADLINE_MS,
} from "../base/limits/helper.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import { NeighbourRows, type ReplyRows } from "../native/rows.ts";
import { SeqpacketSocket } from "../native/seqpacket-socket.ts";
import { type Helper, type ListenRequest, type ListenResult, NeighbourResult } from "./helper.ts";
import { describeFailure, failure, goneResult } from "./listen-failures.ts";
import { type Done, PendingRing, type PendingSet } from "./pending-ring.ts";
import { HelperVerb, ListenOutcome, ReplyReader, RequestWriter } from "./protocol.ts";

const { EAGAIN } = constants.errno;

/** What the client needs of its socket; SeqpacketSocket in the daemon. */
export interface HelperSocket {
  send(bytes: Uint8Array, length: number): number;
  receive(microseconds: number): boolean;
  close(): void;
}

/** Opens the socket with the two callbacks of SeqpacketSocket. */
export type OpenHelperSocket = (
  onMessage: (bytes: Uint8Array, fd: number) => void,
  onEnd: (errno: number) => void,
) => HelperSocket;

interface PendingListen {
  readonly sequence: number;
  readonly timer: NodeJS.Timeout;
  /** Undefined once the deadline has answered for the helper. */
  resolve: ((result: ListenResult) => void) | undefined;
}

class HelperClient implements Helper {
  present = true;
  readonly sendsFrames: boolean;
  latency?: LatencyHistogram;
  onGone: (reason: string) => void = () => undefined;
  private readonly socket: HelperSocket;
  private readonly writer = new RequestWriter();
  private readonly reader = new ReplyReader();
  private sequence = 0;
  private readonly ring = new PendingRing();
  private timer: NodeJS.Timeout | undefined;
  /** Until then answers are not waited for, because one was late. */
  private slowUntil = DOUBLE_ZERO;
  private readonly unanswered = new Uint8Array(HELPER_BATCH).fill(NeighbourResult.unanswered);
  private readonly late = new NeighbourRows(HELPER_BATCH);
  private readonly listens: PendingListen[] = [];
  /** Where this process was late itself, answers are there that it has not looked at: they are read before the verdict. */
  private readonly onTimer = (): void => void setImmediate(this.onDeadline);
  private readonly onDeadline = (): void => this.expire();

  constructor(open: OpenHelperSocket, sendsFrames: boolean) {
    this.sendsFrames = sendsFrames;
    this.socket = open(
      (bytes, fd) => this.receive(bytes, fd),
      (errno) => this.end(errno === 0 ? "has ended" : `is out of reach (error ${errno})`),
    );
  }

  listen(request: ListenRequest): Promise<ListenResult> {
    if (!this.present) return Promise.resolve(goneResult("the helper is gone"));
    const sequence = this.nextSequence();
    const length = this.writer.listen(sequence, request);
    const errno = this.socket.send(this.writer.octets, length);
    if (errno === EAGAIN) return Promise.resolve(failure("failed", "the helper does not take requests"));
    if (errno !== 0) return Promise.resolve(failure("failed", `the helper is out of reach (error ${errno})`));
    return new Promise((resolve) => {
      const timer = setTimeout(() => setImmediate(() => this.giveUpListen(sequence)), LISTEN_DEADLINE_MS);
      this.listens.push({ sequence, timer, resolve });
    });
  }

  setNeighbours(entries: NeighbourRows, count: number, done: Done): void {
    const slot = this.ring.free;
    if (!this.present || slot === undefined) return this.answerLater(count, done);
    const sequence = this.nextSequence();
    const length = this.writer.neighbours(HelperVerb.neighbourSet, sequence, entries, count);
    if (this.socket.send(this.writer.octets, length) !== 0) return this.answerLater(count, done);
    for (let i = 0; i < count; i++) slot.entries.copyFrom(entries, i, i);
    this.wait(slot, sequence, count, 0, done);
  }

  sendFrames(arena: Uint8Array, replies: ReplyRows, chosen: Uint32Array, count: number, done: Done): void {
    const slot = this.ring.free;
    if (!this.present || slot === undefined) return this.answerLater(count, done);
    const sequence = (this.sequence + 1) >>> 0;
    let given = 0;
    for (; given < count; given++) {
      const length = this.writer.frame((sequence + given) >>> 0, arena, replies, chosen[given] ?? 0);
      if (length === 0 || this.socket.send(this.writer.octets, length) !== 0) break;
    }
    if (given === 0) return this.answerLater(count, done);
    this.sequence = (this.sequence + given) >>> 0;
    this.wait(slot, sequence, count, given, done);
  }

  deleteNeighbours(entries: NeighbourRows, count: number): void {
    if (!this.present || count === 0) return;
    const length = this.writer.neighbours(HelperVerb.neighbourDelete, this.nextSequence(), entries, count);
    // A helper that does not take it deletes the entries by their age.
    this.socket.send(this.writer.octets, length);
  }

  awaitAnswer(): boolean {
    if (!this.present || this.ring.count === 0 || performance.now() < this.slowUntil) return false;
    const hasCome = this.socket.receive(HELPER_WAIT_US);
    if (!hasCome) this.slowUntil = performance.now() + HELPER_SLOW_MS;
    return hasCome;
  }

  close(): void {
    if (!this.present) return;
    this.onGone = () => undefined;
    this.end("was let go");
  }

  private wait(slot: PendingSet, sequence: number, count: number, frames: number, done: Done): void {
    slot.sequence = sequence;
    slot.count = count;
    slot.frames = frames;
    slot.answered = 0;
    slot.results.fill(NeighbourResult.unanswered);
    slot.done = done;
    slot.deadline = performance.now() + HELPER_DEADLINE_MS;
    this.ring.push();
    this.timer ??= setTimeout(this.onTimer, HELPER_DEADLINE_MS);
  }

  private nextSequence(): number {
    this.sequence = (this.sequence + 1) >>> 0;
    return this.sequence;
  }

  /** The caller is in the middle of something: it is not called back from inside its own call. */
  private answerLater(count: number, done: Done): void {
    queueMicrotask(() => done(this.unanswered.subarray(0, count)));
  }

  private receive(bytes: Uint8Array, fd: number): void {
    const { reader } = this;
    let taken = false;
    if (reader.read(bytes)) {
      if (reader.verb === HelperVerb.listen) taken = this.takeListen(fd);
      else if (fd < 0) taken = reader.verb === HelperVerb.frame ? this.takeFrame() : this.takeResults();
    }
    if (taken) return;
    if (fd >= 0) closeSync(fd);
    this.end("has sent an unexpected message");
  }

  private takeListen(fd: number): boolean {
    const { reader } = this;
    const waiting = this.listens[0];
    if (waiting === undefined || waiting.sequence !== reader.sequence) return false;
    if (fd >= 0 !== (reader.listenResult === ListenOutcome.ok)) return false;
    this.listens.shift();
    clearTimeout(waiting.timer);
    if (waiting.resolve !== undefined) waiting.resolve(fd >= 0 ? { fd } : describeFailure(reader));
    else if (fd >= 0) closeSync(fd);
    return true;
  }

  private takeResults(): boolean {
    const { reader } = this;
    const slot = this.ring.oldest;
    if (slot === undefined || slot.frames > 0) return false;
    if (slot.sequence !== reader.sequence || slot.count !== reader.count) return false;
    if (slot.done === undefined) this.deleteLate(slot);
    this.finish(slot, reader.results);
    return true;
  }

  /** The frames of a group are answered singly and in order. */
  private takeFrame(): boolean {
    const { reader } = this;
    const slot = this.ring.oldest;
    if (slot === undefined || slot.answered >= slot.frames) return false;
    if ((slot.sequence + slot.answered) >>> 0 !== reader.sequence) return false;
    slot.results[slot.answered++] = reader.listenResult;
    if (slot.answered === slot.frames) this.finish(slot, slot.results);
    return true;
  }

  /** The oldest group is answered: tells the caller, if it still waits. */
  private finish(slot: PendingSet, results: Uint8Array): void {
    const { done, count } = slot;
    this.latency?.observe(performance.now() - slot.deadline + HELPER_DEADLINE_MS);
    slot.done = undefined;
    this.ring.shift();
    if (done !== undefined) done(results.subarray(0, count));
  }

  private deleteLate(slot: PendingSet): void {
    let late = 0;
    for (let i = 0; i < slot.count; i++) {
      if (this.reader.results[i] !== NeighbourResult.ok) continue;
      this.late.copyFrom(slot.entries, i, late++);
    }
    this.deleteNeighbours(this.late, late);
  }

  /** Answers for the helper where it is too late, and waits for the next deadline. */
  private expire(): void {
    this.timer = undefined;
    const now = performance.now();
    let next: PendingSet | undefined;
    // A callback may ask for more, which goes to the end of the ring and is not due yet.
    for (let i = 0; i < this.ring.count && next === undefined; i++) {
      const slot = this.ring.at(i);
      const done = slot?.done;
      if (slot === undefined || done === undefined) continue;
      // A timer may fire a fraction of a millisecond early.
      if (slot.deadline > now + 1) next = slot;
      else {
        slot.done = undefined;
        done(this.unanswered.subarray(0, slot.count));
      }
    }
    if (next !== undefined && this.present) this.timer ??= setTimeout(this.onTimer, next.deadline - now);
  }

  private giveUpListen(sequence: number): void {
    const waiting = this.listens.find((one) => one.sequence === sequence);
    const resolve = waiting?.resolve;
    if (waiting === undefined || resolve === undefined) return;
    waiting.resolve = undefined;
    resolve(failure("failed", `the helper did not answer in ${LISTEN_DEADLINE_MS} ms`));
  }

  private end(reason: string): void {
    if (!this.present) return;
    this.present = false;
    this.socket.close();
    clearTimeout(this.timer);
    for (const waiting of this.listens.splice(0)) {
      clearTimeout(waiting.timer);
      waiting.resolve?.(goneResult(`the helper ${reason}`));
    }
    for (let slot = this.ring.oldest; slot !== undefined; slot = this.ring.oldest) {
      this.ring.shift();
      const { done } = slot;
      if (done === undefined) continue;
      slot.done = undefined;
      done(this.unanswered.subarray(0, slot.count));
    }
    this.onGone(reason);
  }
}

/** A client on a socket that `open` makes: for tests. */
export function connectHelperBy(open: OpenHelperSocket, sendsFrames = false): Helper {
  return new HelperClient(open, sendsFrames);
}

/**
 * The helper that the launcher has left behind descriptor `fd`, which is taken over; `sendsFrames` as the
 * launcher says. Throws SystemError if it is no such socket.
 */
export function connectHelper(fd: number, sendsFrames: boolean): Helper {
  return connectHelperBy((onMessage, onEnd) => new SeqpacketSocket(fd, onMessage, onEnd), sendsFrames);
}

/** In a helper's place where there is none: opens nothing, sets nothing. `reason` is part of every refusal. */
export function absentHelper(reason: string): Helper {
  const unanswered = new Uint8Array(HELPER_BATCH).fill(NeighbourResult.unanswered);
  return {
    present: false,
    listen: () => Promise.resolve(failure("no-permission", `there is no helper: ${reason}`)),
    setNeighbours: (_entries, count, done) => queueMicrotask(() => done(unanswered.subarray(0, count))),
    deleteNeighbours: () => undefined,
    sendsFrames: false,
    sendFrames: (_arena, _replies, _chosen, count, done) => queueMicrotask(() => done(unanswered.subarray(0, count))),
    awaitAnswer: () => false,
    onGone: () => undefined,
    close: () => undefined,
  };
}
