// Paces for tests of the parts that follow leases: one that never waits, one that the test drives.

import { Pace } from "../../src/base/pace.ts";

/** A server with nothing else to do: turns follow each other, by setImmediate by default. */
export function idlePace(soon: (turn: () => void) => void = (turn) => void setImmediate(turn)): Pace {
  return new Pace({
    monotonic: () => performance.now(),
    messages: () => 0,
    idle: () => performance.now(),
    soon,
    later: (turn, after) => void setTimeout(turn, after),
  });
}

/** Turns in which time stands still but for what `spend` takes, one at a call of `turn`. */
export class DrivenPace {
  now = 0;
  idle = 0;
  messages = 0;
  /** Turns so far. */
  turns = 0;
  /** The turn that is planned, and after how long; undefined: none. */
  planned: { readonly turn: () => void; readonly after: number } | undefined;
  readonly pace = new Pace({
    monotonic: () => this.now,
    messages: () => this.messages,
    idle: () => this.idle,
    soon: (turn) => {
      this.planned = { turn, after: 0 };
    },
    later: (turn, after) => {
      this.planned = { turn, after };
    },
  });

  /** The planned turn comes, after its pause; false: none is planned. */
  turn(): boolean {
    const { planned } = this;
    if (planned === undefined) return false;
    this.planned = undefined;
    this.now += planned.after;
    this.turns += 1;
    planned.turn();
    return true;
  }
}
