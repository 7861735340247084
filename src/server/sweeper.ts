// Ends leases and offers when their time has come: a look each second. Many that end at once are ended a few
// in a turn of the event loop, so that no query waits for them.

import type { Ipv4 } from "../base/ipv4.ts";
import { CLOCK_STEP_HOLD_SECONDS, EXPIRIES_PER_TURN } from "../base/limits/server.ts";
import type { Clock, EpochSeconds, MonotonicSeconds, Seconds } from "../base/time.ts";
import type { LeaseSlot, LeaseTable } from "../lease/table/table.ts";
import { ClockWatch } from "./clock-watch.ts";

/** What a sweeper needs. */
export interface SweeperParts {
  readonly clock: Clock;
  /** The table that counts now: a reload replaces it. */
  readonly table: () => LeaseTable;
  /** Seconds that leases last beyond their ends, for their clients alone: see LeaseTable.expire. None where it is absent. */
  readonly guard?: () => Seconds;
  /** Called for each look. */
  readonly onLook?: () => void;
  /** A lease of it has expired. */
  readonly onExpired: (slot: LeaseSlot) => void;
  /** The wall clock was set forward by so many seconds (back: negative). Called before leases end by the new time. */
  readonly onClockSet: (seconds: Seconds) => void;
  /** Times of many leases have been moved with the clock. Without it none are: servers that share leases go by terms of their own. */
  readonly onMoved?: (() => void) | undefined;
}

const SWEEP_MS = 1000;

/** A step of the wall clock that some leases have not been moved with, because a change of them was under way. */
interface UnfinishedStep {
  readonly step: Seconds;
  readonly from: EpochSeconds;
  readonly until: EpochSeconds;
  readonly left: readonly Ipv4[];
}

/** Started once, stopped once. */
export class Sweeper {
  private readonly parts: SweeperParts;
  private readonly watch: ClockWatch;
  /** Until then (monotonic clock) leases that ended with a step of the wall clock are held back. */
  private heldBackUntil: MonotonicSeconds = Number.POSITIVE_INFINITY;
  /** When it was started, by the wall clock as it is set now: what clients were given since then is known to have been given by this clock. */
  private startedAt: EpochSeconds = 0;
  private unfinished: readonly UnfinishedStep[] = [];
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;

  constructor(parts: SweeperParts) {
    this.parts = parts;
    this.watch = new ClockWatch(parts.clock);
  }

  /** Whether leases that ended with a step of the wall clock are held back. */
  get isHoldingBack(): boolean {
    return this.heldBackUntil !== Number.POSITIVE_INFINITY;
  }

  start(): void {
    this.startedAt = Math.floor(this.parts.clock.wall());
    this.timer = setInterval(this.sweep, SWEEP_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    clearImmediate(this.turn);
  }

  private readonly sweep = (): void => {
    clearImmediate(this.turn);
    const { table, clock, onExpired, guard, onLook } = this.parts;
    onLook?.();
    this.finishSteps();
    this.watchClock();
    const [now, monotonic] = [clock.wall(), clock.monotonic() / 1000];
    const lapsed = table().lapseOffers(now, monotonic, EXPIRIES_PER_TURN);
    const moved = lapsed + table().expire(now, EXPIRIES_PER_TURN - lapsed, onExpired, guard?.() ?? 0);
    this.turn = moved === EXPIRIES_PER_TURN ? setImmediate(this.sweep) : undefined;
  };

  /** Many leases may end at once by a step forward, while their clients go on by clocks of their own. */
  private watchClock(): void {
    const { table, clock, onClockSet } = this.parts;
    const step = this.watch.measureStep();
    const monotonic = clock.monotonic() / 1000;
    if (step !== 0) {
      onClockSet(step);
      this.moveTimes(step);
    }
    if (step > 0) {
      if (this.heldBackUntil === Number.POSITIVE_INFINITY) table().holdBack(clock.wall() - step);
      this.heldBackUntil = monotonic + CLOCK_STEP_HOLD_SECONDS;
    } else if (monotonic >= this.heldBackUntil) {
      table().holdBack(Number.POSITIVE_INFINITY);
      this.heldBackUntil = Number.POSITIVE_INFINITY;
    }
  }

  /** Leases given since the start go by their clients' clocks, which nobody has set. */
  private moveTimes(step: Seconds): void {
    const { clock, table, onMoved } = this.parts;
    if (onMoved === undefined) return;
    const now = clock.wall();
    // A transaction that may have been after the step back is left alone: such a lease lasts longer.
    const from = step > 0 ? this.startedAt : Math.max(this.startedAt, now + 1);
    const until = now - step;
    const left = table().moveTimes(step, from, until);
    if (left.length > 0) this.unfinished = [...this.unfinished, { step, from, until, left }];
    this.startedAt += step;
    onMoved();
  }

  private finishSteps(): void {
    if (this.unfinished.length === 0) return;
    const table = this.parts.table();
    this.unfinished = this.unfinished
      .map((one) => ({ ...one, left: table.moveTimes(one.step, one.from, one.until, one.left) }))
      .filter(({ left }) => left.length > 0);
    this.parts.onMoved?.();
  }
}
