// Ends leases and offers when their time has come: a look each second. Many that end at once are ended a few
// in a turn of the event loop, so that no query waits for them.

import { EXPIRIES_PER_TURN } from "../base/limits.ts";
import type { Clock } from "../base/time.ts";
import type { LeaseSlot, LeaseTable } from "../lease/table.ts";

/** What a sweeper needs. */
export interface SweeperParts {
  readonly clock: Clock;
  /** The table that counts now: a reload replaces it. */
  readonly table: () => LeaseTable;
  /** A lease of it has expired. */
  readonly onExpired: (slot: LeaseSlot) => void;
}

const SWEEP_MS = 1000;

/** Started once, stopped once. */
export class Sweeper {
  private readonly parts: SweeperParts;
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;

  constructor(parts: SweeperParts) {
    this.parts = parts;
  }

  start(): void {
    this.timer = setInterval(this.sweep, SWEEP_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    clearImmediate(this.turn);
  }

  private readonly sweep = (): void => {
    clearImmediate(this.turn);
    const { table, clock, onExpired } = this.parts;
    const moved = table().expire(clock.wall(), EXPIRIES_PER_TURN, onExpired);
    this.turn = moved === EXPIRIES_PER_TURN ? setImmediate(this.sweep) : undefined;
  };
}
