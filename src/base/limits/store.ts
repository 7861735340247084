// Limits of the lease file (src/store).

import type { Milliseconds } from "../time.ts";
import { EXPIRIES_PER_TURN } from "./server.ts";

/** Octets of a lease file's declarations in one batch. */
export const DECLARATION_BATCH_OCTETS = 1 << 20;

/** Ended leases whose records join a commit: few beside the commit's own, so that its clients do not wait for them. */
export const ENDS_PER_COMMIT = 64;

/** Ended leases whose records are written at once while no commit is under way: those of one turn. */
export const ENDS_PER_WRITE = EXPIRIES_PER_TURN;

/** Milliseconds between attempts to write a new lease file after an error: the first, and the longest after doubling. */
export const JOURNAL_RETRY_MS_MIN: Milliseconds = 1000;
export const JOURNAL_RETRY_MS_MAX: Milliseconds = 30_000;

/**
 * Octets of a new lease file that may wait for the disk while it is written: a commit in the old one may
 * have to wait for them too.
 */
export const COMPACTION_UNSYNCED_OCTETS = 4 * 1024 * 1024;

/** Octets that are written to a full disk to find out whether it has room again, before commits are tried. */
export const ROOM_PROBE_OCTETS = 64 * 1024;

/** Most octets that are written to find out whether there is room for the ends of leases that were left out. */
export const ROOM_PROBE_OCTETS_MAX = 16 * 1024 * 1024;

/** Octets that a lease file grows by, at least, before the room on its disk is looked at again. */
export const ROOM_LOOK_OCTETS = 64 * 1024;

/** Octets that a lease file may hold beyond twice its live records before it is compacted. */
export const COMPACTION_SLACK_OCTETS = 8 * 1024 * 1024;
