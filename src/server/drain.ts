// Taking a server out of service without a gap: first its health says so, so that its route is withdrawn; meanwhile it
// still answers queries; then it falls silent.

import type { Seconds } from "../base/time.ts";

/** serving: as ever. draining: unhealthy, and it still answers. silent: it answers nothing. */
export type DrainState = "serving" | "draining" | "silent";

const MS_PER_SECOND = 1000;

/** Whether a server serves, is being drained, or is drained. */
export class Drain {
  private current: DrainState = "serving";
  private timer: NodeJS.Timeout | undefined;
  private readonly waiting: (() => void)[] = [];
  private isFinal = false;

  get state(): DrainState {
    return this.current;
  }

  /** Begins, if it has not begun yet; `then` is called when the server is silent, after so many seconds. */
  begin(seconds: Seconds, then: () => void): void {
    if (this.current === "silent") return then();
    this.waiting.push(then);
    if (this.current === "draining") return;
    this.current = "draining";
    if (seconds === 0) this.fallSilent();
    else this.timer = setTimeout(() => this.fallSilent(), seconds * MS_PER_SECOND);
  }

  /** As `begin`, for a server that will end then: it does not serve again. */
  beginLast(seconds: Seconds, then: () => void): void {
    this.isFinal = true;
    this.begin(seconds, then);
  }

  /** Serves again, unless the server is about to end. */
  end(): void {
    if (this.isFinal) return;
    clearTimeout(this.timer);
    this.waiting.length = 0;
    this.current = "serving";
  }

  private fallSilent(): void {
    this.current = "silent";
    for (const then of this.waiting.splice(0)) then();
  }
}
