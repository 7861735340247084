// What happens when more queries come in than the server can answer, so that no client loses its lease to a flood of
// new ones:
//
//  1. While the server is behind, DISCOVERs wait in a backlog, and the socket is emptied faster than
//     it fills; renewals and requests are answered as they come.
//  2. When the backlog overflows, the server makes the backend let only a share of the DISCOVERs through, which
//     costs it a tenth of receiving them. Those clients ask again, and chance treats them alike.
//
// The share is cut while the backlog loses queries and grows while it does not, slowly near the share that was too much
// last. So the server answers about as many as without a flood, and all again soon after it.

import {
  BACKLOG_MAX,
  BACKLOG_TURN,
  BACKLOG_TURN_BEHIND,
  BEHIND_NOTICE_MS,
  SHED_CUT,
  SHED_GROWTH,
  SHED_GROWTH_NEAR,
  SHED_LOOK_MS,
  SHED_NEAR,
  SHED_SHARE_MIN,
  SHED_WHOLE,
} from "../../base/limits/overload.ts";
import type { Clock } from "../../base/time.ts";
import type { Logger } from "../../log.ts";
import type { Arrival } from "../../wire/arrival.ts";
import type { Counters } from "../counters.ts";
import { Backlog } from "./backlog.ts";
import { mayWait } from "./may-wait.ts";

/** The parts that act on an overload. */
export interface OverloadParts {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Logger;
  /** Answers a query that has waited; the octets are valid during the call. */
  answer(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): void;
  /** Some have been answered, and the turn of the loop ends. */
  endTurn(): void;
  /** See Backend.shed. */
  shed(share: number): void;
  /** See Backend.isQueueLong. */
  isQueueLong(): boolean;
}

/** Decides which queries wait and which are dropped. */
export class Overload {
  private readonly parts: OverloadParts;
  private readonly backlog = new Backlog();
  private readonly workOff = (): void => this.answerSome();
  private share = SHED_WHOLE;
  private lookedAt = 0;
  private look: NodeJS.Timeout | undefined;
  /** The share that was too much last. */
  private tooMuch = SHED_WHOLE;
  /** Queries that the backlog has lost since the share was looked at. */
  private lost = 0;
  private nextNoticeAt = 0;
  private isTold = false;

  constructor(parts: OverloadParts) {
    this.parts = parts;
  }

  /** Takes note of a receive call of `count` datagrams, before they are looked at. */
  countReceived(count: number): void {
    this.backlog.countReceived(count, this.parts.isQueueLong);
    if (this.lost > 0) this.adjust();
  }

  /** Whether queries may have to wait now: then `putOff` is to be asked about each. */
  get isBehind(): boolean {
    return this.backlog.isBehind;
  }

  /** Makes a query wait that may; false if it has to be answered at once. */
  putOff(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    const { backlog } = this;
    if (!backlog.takes(length) || !mayWait(bytes, offset, length)) return false;
    if (backlog.count === 0) setImmediate(this.workOff);
    if (backlog.put(bytes, offset, length, arrival)) return true;
    this.lost += 1;
    this.parts.counters.count("drop-behind");
    return true;
  }

  /** Forgets the waiting queries: their clients ask again. */
  clear(): void {
    this.backlog.clear();
  }

  /** Ends the looks at the share. */
  stop(): void {
    clearInterval(this.look);
    this.look = undefined;
  }

  /** Changes the share that is let through, if it is time. */
  private readonly adjust = (): void => {
    const now = this.parts.clock.monotonic();
    if (now - this.lookedAt < SHED_LOOK_MS) return;
    this.lookedAt = now;
    const share = this.nextShare();
    this.lost = 0;
    if (share === this.share) return;
    this.share = share;
    this.parts.shed(share);
    this.say(now);
    // With nothing coming in, nothing else would look.
    if (share === SHED_WHOLE) this.stop();
    else this.look ??= setInterval(this.adjust, SHED_LOOK_MS).unref();
  };

  private nextShare(): number {
    const { share, tooMuch } = this;
    if (this.lost > 0) {
      this.tooMuch = share;
      return Math.max(SHED_SHARE_MIN, Math.floor(share * SHED_CUT));
    }
    if (this.backlog.count > BACKLOG_MAX / 2) return share;
    const isNear = Math.abs(share - tooMuch) < tooMuch * SHED_NEAR;
    return Math.min(SHED_WHOLE, Math.ceil(share * (isNear ? SHED_GROWTH_NEAR : SHED_GROWTH)));
  }

  private say(now: number): void {
    const { log } = this.parts;
    if (this.share === SHED_WHOLE) {
      if (this.isTold) log.info({ event: "behind" }, "every query is answered again");
      this.isTold = false;
    } else if (now >= this.nextNoticeAt && !this.isTold) {
      this.isTold = true;
      this.nextNoticeAt = now + BEHIND_NOTICE_MS;
      log.warn({ event: "behind" }, "more queries than can be answered: some of the new clients' are dropped");
    }
  }

  /** Answers some of the waiting queries, once a turn of the loop until none is left. */
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
