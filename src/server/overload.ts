// What happens when more comes in than can be answered, so that no client loses its lease to a flood
// of new ones:
//
//  1. While the server is behind, DISCOVERs wait in a backlog, and the socket is emptied faster than
//     it fills; renewals and requests are answered as they come.
//  2. While the backlog overflows, the backend is told to drop a share of the DISCOVERs by itself,
//     which costs a hundredth of receiving them: half, three quarters, and so on. Their clients ask
//     again, and chance treats them alike.
//
// The share goes up a step at a time while the backlog loses queries, and down while nobody waits.

import {
  BACKLOG_TURN,
  BACKLOG_TURN_BEHIND,
  BEHIND_NOTICE_MS,
  SHED_FEWER_MS,
  SHED_LEVEL_MAX,
  SHED_MORE_MS,
} from "../base/limits.ts";
import type { Clock } from "../base/time.ts";
import type { Logger } from "../log.ts";
import type { Arrival } from "../wire/arrival.ts";
import { mayWait } from "../wire/may-wait.ts";
import { Backlog } from "./backlog.ts";
import type { Counters } from "./counters.ts";

/** What is done about it, and with what. */
export interface OverloadParts {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Logger;
  /** Answers a query that has waited; the octets are valid during the call. */
  answer(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): void;
  /** Some have been answered, and the turn of the loop ends. */
  endTurn(): void;
  /** See Backend.shed. */
  shed(level: number): void;
  /** See Backend.isQueueLong. */
  isQueueLong(): boolean;
}

/** Decides who waits and what is dropped. */
export class Overload {
  private readonly parts: OverloadParts;
  private readonly backlog = new Backlog();
  private readonly workOff = (): void => this.answerSome();
  private level = 0;
  private levelAt = 0;
  /** Queries that the backlog has lost since the level was looked at. */
  private lost = 0;
  private nextNoticeAt = 0;

  constructor(parts: OverloadParts) {
    this.parts = parts;
  }

  /** Takes note of a receive call of `count` datagrams, before they are looked at. */
  note(count: number): void {
    this.backlog.note(count, this.parts.isQueueLong);
    if (this.level > 0 || this.lost > 0) this.adjust();
  }

  /** Whether queries may have to wait now: then `putOff` is to be asked about each. */
  get isBehind(): boolean {
    return this.backlog.isBehind;
  }

  /** Has a query wait that may; false if it is to be answered at once. */
  putOff(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    const { backlog } = this;
    if (!backlog.takes(length) || !mayWait(bytes, offset, length)) return false;
    if (backlog.count === 0) setImmediate(this.workOff);
    if (backlog.put(bytes, offset, length, arrival)) return true;
    this.lost += 1;
    this.parts.counters.count("drop-behind");
    return true;
  }

  /** Forgets who waits: they ask again. */
  clear(): void {
    this.backlog.clear();
  }

  /** Moves the share that the backend drops up or down, if it is time; to be called now and then when nothing comes in. */
  adjust(): void {
    const now = this.parts.clock.monotonic();
    const isLosing = this.lost > 0;
    if (now - this.levelAt < (isLosing ? SHED_MORE_MS : SHED_FEWER_MS)) return;
    const isIdle = !isLosing && this.backlog.count === 0;
    const level = isLosing
      ? Math.min(SHED_LEVEL_MAX, this.level + 1)
      : isIdle
        ? Math.max(0, this.level - 1)
        : this.level;
    this.lost = 0;
    this.levelAt = now;
    if (level === this.level) return;
    this.say(level, now);
    this.level = level;
    this.parts.shed(level);
  }

  private say(level: number, now: number): void {
    const { log } = this.parts;
    if (level === 0) log.info({ event: "behind" }, "every query is answered again");
    else if (now >= this.nextNoticeAt) {
      this.nextNoticeAt = now + BEHIND_NOTICE_MS;
      log.warn({ event: "behind", level }, "more queries than can be answered: some of the new clients' are dropped");
    }
  }

  /** Answers some of those that wait, once a turn of the loop until nobody does. */
  private answerSome(): void {
    const { backlog, parts } = this;
    const most = backlog.isBehind ? BACKLOG_TURN_BEHIND : BACKLOG_TURN;
    for (let i = 0; i < most && backlog.count > 0; i++) {
      parts.answer(backlog.arena, backlog.offset, backlog.length, backlog.arrival);
      backlog.drop();
    }
    parts.endTurn();
    if (backlog.count > 0) setImmediate(this.workOff);
  }
}
