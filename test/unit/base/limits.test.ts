// Limits that only work together: what one of them says about another one holds.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { RECEIVE_BATCH, RECEIVE_BUFFER_OCTETS, RECEIVE_SLOT_OCTETS } from "../../../src/base/limits/backend.ts";
import {
  BUSY_PER_POOL,
  CHECK_OLD_NEIGHBOUR_MS,
  CHECK_ON_LINK_MS,
  CHECKED_FRESH_IN_ALL,
  CHECKED_FRESH_PER_POOL,
  CHECKED_FRESH_SECONDS,
  CHECKED_IN_ALL,
  CHECKED_PER_POOL,
  CHECKED_PER_POOL_MIN,
  CHECKED_SECONDS,
  CHECKS_PER_TICK,
  CHECKS_PER_TICK_MAX,
  CHECKS_UNDER_WAY_KEPT_MAX,
  CHECKS_UNDER_WAY_MAX,
  PROBE_NEIGHBOUR_MS,
  PROBES_ON_LINK_MAX,
} from "../../../src/base/limits/checks.ts";
import { HELPER_BATCH, HELPER_PENDING_MAX, HELPER_TABLE_ENTRIES } from "../../../src/base/limits/helper.ts";
import { BULK_ANSWER_OCTETS } from "../../../src/base/limits/leasequery.ts";
import {
  BACKLOG_MAX,
  BACKLOG_SLOT_OCTETS,
  BACKLOG_TURN,
  BACKLOG_TURN_BEHIND,
  BEHIND_QUEUE_OCTETS,
  SHED_SHARE_MIN,
  SHED_WHOLE,
} from "../../../src/base/limits/overload.ts";
import {
  HELD_OCTETS_MAX,
  HELD_REPLIES_MAX,
  REPLY_BATCHES_KEPT,
  REPLY_BATCHES_MAX,
} from "../../../src/base/limits/replies.ts";
import {
  COMPACTION_SLACK_OCTETS,
  COMPACTION_UNSYNCED_OCTETS,
  JOURNAL_RETRY_MS_MAX,
  JOURNAL_RETRY_MS_MIN,
  ROOM_PROBE_OCTETS,
  ROOM_PROBE_OCTETS_MAX,
} from "../../../src/base/limits/store.ts";
import {
  CLIENT_ID_OCTETS_MAX,
  MESSAGE_OCTETS_MIN,
  OPTION_OCTETS_MAX,
  REPLY_OCTETS_MAX,
  REPLY_OCTETS_MIN_MAX,
  REPLY_TEMPLATE_OCTETS_MAX,
} from "../../../src/base/limits/wire.ts";

/** Entries of the kernel's neighbour table (arp(7): gc_thresh3). */
const KERNEL_NEIGHBOURS = 1024;
/** Milliseconds between two ARP requests of the kernel for one address. */
const ARP_RETRY_MS = 1000;

function numberInC(file: string, name: string): number {
  const text = readFileSync(join(resolve(import.meta.dirname, "../../.."), file), "utf8");
  return Number(new RegExp(`^#define ${name} (\\d+)$`, "m").exec(text)?.[1]);
}

describe("the limits", () => {
  it("let every reply be as long as any client can demand, and be received by a server of this kind", () => {
    expect(MESSAGE_OCTETS_MIN).toBeLessThanOrEqual(REPLY_OCTETS_MIN_MAX);
    expect(REPLY_OCTETS_MIN_MAX).toBeLessThanOrEqual(REPLY_OCTETS_MAX);
    expect(REPLY_TEMPLATE_OCTETS_MAX).toBeLessThan(REPLY_OCTETS_MAX);
    expect(REPLY_OCTETS_MAX).toBeLessThan(BACKLOG_SLOT_OCTETS);
    expect(BACKLOG_SLOT_OCTETS).toBeLessThanOrEqual(RECEIVE_SLOT_OCTETS);
    expect(CLIENT_ID_OCTETS_MAX).toBeLessThanOrEqual(OPTION_OCTETS_MAX);
    expect(BULK_ANSWER_OCTETS).toBeGreaterThan(2 * REPLY_OCTETS_MAX);
  });

  it("give a commit room for what one turn of the event loop answers", () => {
    expect(RECEIVE_BATCH + BACKLOG_TURN).toBeLessThanOrEqual(HELD_REPLIES_MAX);
    expect(HELD_REPLIES_MAX * MESSAGE_OCTETS_MIN).toBeLessThanOrEqual(HELD_OCTETS_MAX);
  });

  it("leave batches for the helper beside those that are kept for the next turn and its commits", () => {
    expect(REPLY_BATCHES_KEPT).toBe(3);
    expect(REPLY_BATCHES_MAX).toBeGreaterThan(REPLY_BATCHES_KEPT);
  });

  it("say what the helper's headers say", () => {
    expect(numberInC("helper/protocol.h", "HELPER_BATCH")).toBe(HELPER_BATCH);
    expect(numberInC("helper/protocol.h", "HELPER_PAYLOAD_MAX")).toBe(REPLY_OCTETS_MAX);
    expect(numberInC("helper/neighbours.h", "NEIGHBOURS_MAX")).toBe(HELPER_TABLE_ENTRIES);
    expect(Number.isInteger(HELPER_PENDING_MAX)).toBe(true);
  });

  it("leave half of the kernel's neighbour table to the rest of the host", () => {
    expect(PROBES_ON_LINK_MAX + CHECKS_UNDER_WAY_MAX).toBeLessThanOrEqual(KERNEL_NEIGHBOURS / 2);
    expect(CHECKS_UNDER_WAY_KEPT_MAX).toBe(CHECKS_UNDER_WAY_MAX / 4);
  });

  it("end a check before the kernel asks again, and know an old entry's end after three requests", () => {
    expect(CHECK_ON_LINK_MS).toBeLessThan(ARP_RETRY_MS);
    expect(PROBE_NEIGHBOUR_MS).toBeGreaterThan(3 * ARP_RETRY_MS);
    expect(CHECK_OLD_NEIGHBOUR_MS).toBeGreaterThan(5000 + 3 * ARP_RETRY_MS);
  });

  it("count fresh checked addresses among the checked ones", () => {
    expect(CHECKED_FRESH_PER_POOL).toBeLessThanOrEqual(CHECKED_PER_POOL_MIN);
    expect(CHECKED_PER_POOL_MIN).toBeLessThanOrEqual(CHECKED_PER_POOL);
    expect(CHECKED_FRESH_IN_ALL).toBeLessThanOrEqual(CHECKED_IN_ALL);
    expect(CHECKED_FRESH_SECONDS).toBeLessThan(CHECKED_SECONDS);
    expect(BUSY_PER_POOL).toBeLessThanOrEqual(CHECKED_PER_POOL);
    expect(CHECKS_PER_TICK).toBeLessThanOrEqual(CHECKS_PER_TICK_MAX);
  });

  it("shed before a queue is full", () => {
    expect(BEHIND_QUEUE_OCTETS).toBeLessThan(RECEIVE_BUFFER_OCTETS);
    expect(RECEIVE_BATCH).toBeLessThanOrEqual(BACKLOG_MAX);
    expect(BACKLOG_TURN_BEHIND).toBeLessThan(BACKLOG_TURN);
    expect(SHED_SHARE_MIN).toBeLessThan(SHED_WHOLE);
  });

  it("let waiting for the disk grow up to a longest time, and probes for room up to a largest size", () => {
    expect(JOURNAL_RETRY_MS_MIN).toBeLessThan(JOURNAL_RETRY_MS_MAX);
    expect(ROOM_PROBE_OCTETS).toBeLessThan(ROOM_PROBE_OCTETS_MAX);
    expect(COMPACTION_UNSYNCED_OCTETS).toBeLessThanOrEqual(COMPACTION_SLACK_OCTETS);
  });
});
