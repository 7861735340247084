// How many leases are taken over from the store in one turn of the event loop: as many as fit into LEARNING_MS_PER_TURN, so
// that messages of clients wait no longer when the code is not compiled yet or the processor is busy.

import { LEARNING_MS_PER_TURN, LEARNT_PER_LOOK } from "../../base/limits/etcd.ts";

/** The share of a turn. */
export class TurnShare {
  private endsAt = 0;
  /** Leases until the next look at the clock. */
  private left = 0;

  /** A turn begins. */
  begin(): void {
    this.endsAt = performance.now() + LEARNING_MS_PER_TURN;
    this.left = LEARNT_PER_LOOK;
  }

  /** Asked before each lease: whether it belongs to the next turn. */
  isUsed(): boolean {
    if (this.left-- > 0) return false;
    this.left = LEARNT_PER_LOOK - 1;
    return performance.now() >= this.endsAt;
  }
}
