// Commits whose replies wait until the firewall's sets have the elements of their leases: at most FIREWALL_DEADLINE_MS
// each, or FIREWALL_HOLD_MS. While the process that changes them is late with its answers, replies that would leave
// anyway do not wait.

import { FIREWALL_DEADLINE_MS, FIREWALL_HOLD_MS, FIREWALL_REST_MS } from "../../base/limits/firewall.ts";
import type { Clock, MonotonicMilliseconds } from "../../base/time.ts";
import type { HeldCommit } from "../held-commit.ts";

/** A commit that waits. */
interface Waiting {
  readonly held: HeldCommit;
  readonly until: MonotonicMilliseconds;
  readonly leave: (held: HeldCommit, isLate: boolean) => void;
}

/** See the head of this file. */
export class AckGate {
  private readonly clock: Clock;
  /** In the order in which their elements were sent. */
  private readonly waiting: Waiting[] = [];
  /** The last batch of changes that is answered, counted from 1. */
  private answered = 0;
  private restsUntil: MonotonicMilliseconds = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Where this process was late itself, answers are there that it has not looked at: they are read before the verdict. */
  private readonly onTimer = (): void => void setImmediate(this.onDeadline);
  private readonly onDeadline = (): void => this.expire();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Calls `leave` when the batch that the commit waits for is answered, or too late; at once where there is nothing to wait
   * for. `isHeldBack`: a reply that is late does not leave.
   */
  pass(held: HeldCommit, isHeldBack: boolean, leave: (held: HeldCommit, isLate: boolean) => void): void {
    const now = this.clock.monotonic();
    if (held.elementsSent <= this.answered) return leave(held, false);
    if (now < this.restsUntil && !isHeldBack) return leave(held, true);
    const most = isHeldBack ? FIREWALL_HOLD_MS : FIREWALL_DEADLINE_MS;
    this.waiting.push({ held, until: now + most, leave });
    this.timer ??= setTimeout(this.onTimer, most);
  }

  /** Batches up to this one are answered. */
  open(answered: number): void {
    this.answered = answered;
    this.restsUntil = 0;
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined || first.held.elementsSent > answered) return;
      this.waiting.shift();
      first.leave(first.held, false);
    }
  }

  private expire(): void {
    this.timer = undefined;
    const now = this.clock.monotonic();
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined) return;
      // A timer may fire a fraction of a millisecond early.
      if (first.until > now + 1) {
        this.timer ??= setTimeout(this.onTimer, first.until - now);
        return;
      }
      this.waiting.shift();
      this.restsUntil = now + FIREWALL_REST_MS;
      first.leave(first.held, true);
    }
  }
}
