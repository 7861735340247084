// The one commit that has come and has not ended.

import { assert } from "../../base/assert.ts";
import type { CommitBatch, CommitOutcome } from "../store.ts";

/** Keeps a commit until its outcome is known. */
export class PendingCommit {
  private current: CommitBatch | undefined;
  private stage: "waiting" | "begun" = "waiting";
  private done: (batch: CommitBatch) => void = () => undefined;
  private onEnded: (() => void) | undefined;

  /** Whether there is none. */
  get isNone(): boolean {
    return this.current === undefined;
  }

  /** Whether there is a commit that has not begun. */
  get isWaiting(): boolean {
    return this.current !== undefined && this.stage === "waiting";
  }

  /** The commit. */
  get batch(): CommitBatch {
    assert(this.current !== undefined, "there is a commit");
    return this.current;
  }

  /** Takes one, when there is none. */
  take(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    assert(this.current === undefined, "one commit at a time");
    this.current = batch;
    this.done = done;
    this.stage = "waiting";
  }

  /** It is written, or refused, from here on. */
  startWriting(): CommitBatch {
    assert(this.isWaiting, "a commit begins once");
    this.stage = "begun";
    return this.batch;
  }

  /** It has to begin again, if there is one. */
  beginAgain(): void {
    this.stage = "waiting";
  }

  /** Answers it, all leases alike. The next may come from within. */
  end(outcome: CommitOutcome): void {
    const { current, done, onEnded } = this;
    assert(current !== undefined, "only a commit can end");
    this.current = undefined;
    this.onEnded = undefined;
    current.outcomes.fill(outcome, 0, current.count);
    onEnded?.();
    done(current);
  }

  /** Resolves when there is none. */
  ended(): Promise<void> {
    if (this.current === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.onEnded = resolve;
    });
  }
}
