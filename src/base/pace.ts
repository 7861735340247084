// The pace of the work that follows leases and that no client waits for: names, the hosts file, updates of zones, the event
// script, readers of events. All of it together is done in short turns. While few messages come, one turn follows the other
// at once; while many come, or few that keep a slow machine busy, the turns have a fiftieth of the time, and less in a flood.
// So no reply waits longer than a turn takes, and a flood costs this work its haste, and the messages next to nothing.

import {
  PACE_LOAD_FEW,
  PACE_LOAD_MANY,
  PACE_LOOK_MS,
  PACE_MESSAGES_FEW,
  PACE_MESSAGES_FLOOD,
  PACE_MESSAGES_MANY,
  PACE_PAUSE_LEAST_MS,
  PACE_PAUSE_MOST_MS,
  PACE_SHARE_BUSY,
  PACE_TURN_MS,
} from "./limits/pace.ts";
import { DOUBLE_ZERO } from "./shapes.ts";
import type { Milliseconds, MonotonicMilliseconds } from "./time.ts";

const MS_PER_SECOND = 1000;

/** Does a little of some work, well below a tenth of a millisecond of it; true: there is more to do at once. Throws nothing. */
export type Step = () => boolean;

/** The clock and the timers of the event loop, and what else goes on in it. */
export interface PaceParts {
  monotonic(): MonotonicMilliseconds;
  /** How many messages have come. */
  messages(): number;
  /** For how long the loop has had nothing to do since it began. */
  idle(): Milliseconds;
  /** Calls `turn` after what the loop has at hand. */
  soon(turn: () => void): void;
  /** Calls `turn` after a time. */
  later(turn: () => void, after: Milliseconds): void;
}

/** See the head of this file. One is for all that follows the leases of a server. */
export class Pace {
  private readonly parts: PaceParts;
  /** The steps that are due. */
  private readonly steps = new Set<Step>();
  /** What each step has cost, as if all had begun together: the one with the least is called next. */
  private readonly costs = new Map<Step, Milliseconds>();
  /** The cost of the step that was called last, before that call. */
  private reached: Milliseconds = DOUBLE_ZERO;
  private isPlanned = false;
  /** When the last turn began and ended. */
  private begunAt: MonotonicMilliseconds = DOUBLE_ZERO;
  private endedAt: MonotonicMilliseconds = DOUBLE_ZERO;
  /** `PaceParts.idle` when the last turn began. */
  private idleAt: Milliseconds = DOUBLE_ZERO;
  /** `PaceParts.messages` when the last turn began. */
  private messagesAt = 0;
  /** The cost of the last turn. */
  private spent: Milliseconds = DOUBLE_ZERO;
  /** Charges since then. */
  private charged: Milliseconds = DOUBLE_ZERO;
  /** Messages a second, and the share of the time that everything else takes. */
  private rate = DOUBLE_ZERO;
  private load = DOUBLE_ZERO;
  /** The pause that is due after the last turn. */
  private debt: Milliseconds = DOUBLE_ZERO;

  constructor(parts: PaceParts) {
    this.parts = parts;
  }

  /**
   * Has `step` called in turns from now on, until it returns false. Nothing where that is so already. It is remembered until `end`,
   * also when it has returned false: give one function for all of a work, not one for each part.
   */
  start(step: Step): void {
    if (this.steps.has(step)) return;
    this.steps.add(step);
    // A step that had nothing to do has saved nothing up.
    this.costs.set(step, Math.max(this.reached, this.costs.get(step) ?? 0));
    this.plan();
  }

  /** Stops calling `step`, and forgets it. */
  end(step: Step): void {
    this.steps.delete(step);
    this.costs.delete(step);
  }

  /** Counts time that the work of a step takes outside of turns, in callbacks, in other processes. */
  charge(time: Milliseconds): void {
    this.charged += time;
  }

  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    const rest = this.debt - (this.parts.monotonic() - this.endedAt);
    if (rest < PACE_PAUSE_LEAST_MS) this.parts.soon(this.turn);
    else this.parts.later(this.turn, rest);
  }

  private readonly turn = (): void => {
    const { parts, steps } = this;
    const begun = parts.monotonic();
    this.look(begun);
    let now = begun;
    const before = this.charged;
    for (let step = this.next(); step !== undefined; step = this.next()) {
      const [at, charged] = [now, this.charged];
      // It may be started anew meanwhile.
      steps.delete(step);
      const isMore = step();
      now = parts.monotonic();
      // It may have ended itself.
      if (this.costs.has(step)) {
        if (isMore) steps.add(step);
        this.costs.set(step, this.reached + (now - at) + (this.charged - charged));
      }
      if (now - begun + this.charged - before >= PACE_TURN_MS) break;
    }
    this.spent = now - begun + this.charged;
    this.charged = 0;
    this.endedAt = now;
    const pause = this.spent * (1 / this.share - 1);
    this.debt = Math.min(PACE_PAUSE_MOST_MS, this.debt + pause);
    this.isPlanned = false;
    if (steps.size > 0) this.plan();
  };

  /** The step that has cost the least. */
  private next(): Step | undefined {
    let least: Step | undefined;
    let cost = Number.POSITIVE_INFINITY;
    for (const step of this.steps) {
      const own = this.costs.get(step) ?? 0;
      if (own >= cost) continue;
      least = step;
      cost = own;
    }
    if (least !== undefined) this.reached = cost;
    return least;
  }

  /**
   * Accounts for the time since the last turn began: all of it that was neither idle nor spent on this work went to
   * everything else.
   */
  private look(now: MonotonicMilliseconds): void {
    const { parts } = this;
    const idle = parts.idle();
    const messages = parts.messages();
    const time = now - this.begunAt;
    if (time > 0) {
      const weight = Math.min(1, time / PACE_LOOK_MS);
      const others = Math.max(0, time - (idle - this.idleAt) - this.spent);
      this.load += (Math.min(1, others / time) - this.load) * weight;
      this.rate += (((messages - this.messagesAt) * MS_PER_SECOND) / time - this.rate) * weight;
    }
    this.debt = Math.max(0, this.debt - (now - this.endedAt));
    this.begunAt = now;
    this.idleAt = idle;
    this.messagesAt = messages;
  }

  /** The share of the time that this work may take. */
  private get share(): number {
    const byRate = shareBeside(this.rate, PACE_MESSAGES_FEW, PACE_MESSAGES_MANY);
    const share = Math.min(byRate, shareBeside(this.load, PACE_LOAD_FEW, PACE_LOAD_MANY));
    return this.rate > PACE_MESSAGES_FLOOD ? (share * PACE_MESSAGES_FLOOD) / this.rate : share;
  }
}

/** All of the time up to `few`, PACE_SHARE_BUSY from `many` on. */
function shareBeside(value: number, few: number, many: number): number {
  const beyond = Math.max(0, Math.min(1, (value - few) / (many - few)));
  return 1 - beyond * (1 - PACE_SHARE_BUSY);
}
