// Replies that wait for a commit, when a part of it fails.

import { describe, expect, it } from "vitest";
import { ReplyBatch } from "../../../src/backend/backend.ts";
import { HeldCommit } from "../../../src/server/held-commit.ts";
import { CommitOutcome } from "../../../src/store/store.ts";

describe("a held commit", () => {
  it("keeps the replies whose change is durable, each with its log line", () => {
    const held = new HeldCommit(new ReplyBatch());
    const outcomes = [CommitOutcome.ok, CommitOutcome.failed, CommitOutcome.ok];
    for (const [i, outcome] of outcomes.entries()) {
      held.changes.add(i);
      held.changes.outcomes[i] = outcome;
      const row = held.replies.add(300);
      held.replies.rows.setTag(row, i);
      held.replies.rows.setDestination(row, i);
      held.replies.notes[row] = { line: i };
    }
    const dropped: CommitOutcome[] = [];
    held.dropFailedReplies((outcome) => dropped.push(outcome));
    expect(dropped).toEqual([CommitOutcome.failed]);
    const { rows, notes } = held.replies;
    const left = [0, 1].map((row) => [rows.destination(row), notes[row]]);
    expect(left).toEqual([
      [0, { line: 0 }],
      [2, { line: 2 }],
    ]);
  });
});
