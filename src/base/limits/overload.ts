// Limits while more queries come in than the server can answer, and of the rehearsal that makes a start fast
// (src/server/overload, src/server/rehearsal.ts).

import type { Milliseconds, Seconds } from "../time.ts";

/**
 * Full receive calls in a row after which the receive queues are looked at, and octets of kernel memory in
 * one of them from which on the server counts as behind: about 800 datagrams, more than a burst of a few
 * hundred clients. Half of a smaller queue counts as much.
 */
export const BEHIND_BATCHES = 16;
export const BEHIND_QUEUE_OCTETS = 1 << 20;

/**
 * DISCOVERs that may wait while the server is behind: what a socket's queue holds after the process was kept from
 * running for a while. At 50,000 answers a second the last one waits 80 ms.
 */
export const BACKLOG_MAX = 4096;

/** Longest datagram that waits: an Ethernet MTU and a little; longer ones are answered as they come. */
export const BACKLOG_SLOT_OCTETS = 1536;

/**
 * DISCOVERs answered in a turn of the loop while more comes in than can be answered, and once it does not: an
 * answer takes as long as five to seven queries taken from the kernel, and a renewal may be among those.
 */
export const BACKLOG_TURN_BEHIND = 8;
export const BACKLOG_TURN = 64;

/** Of so many DISCOVERs a share is let through; and of them, how many at least. */
export const SHED_WHOLE = 1024;
export const SHED_SHARE_MIN = 4;

/**
 * Milliseconds between looks at the share of the DISCOVERs that is let through. A look halves it while some are lost,
 * and raises it while none is: from least to whole in half a second, but slowly near the share that was too much.
 */
export const SHED_LOOK_MS: Milliseconds = 20;
export const SHED_CUT = 0.5;
export const SHED_GROWTH = 1.25;
export const SHED_GROWTH_NEAR = 1.02;
/** What counts as near: a tenth less or more. */
export const SHED_NEAR = 0.1;

/** Milliseconds between two words in the log about being behind. */
export const BEHIND_NOTICE_MS: Milliseconds = 10_000;

/** Seconds for which the event loop's delay is measured after it was asked for. */
export const LOOP_DELAY_SECONDS: Seconds = 600;

/** Made-up batches of queries that a server goes through after its start, after how many its parts are made anew, and milliseconds between batches. */
export const REHEARSAL_SLICES = 200;
export const REHEARSAL_STAGE_SLICES = 25;
export const REHEARSAL_PAUSE_MS: Milliseconds = 5;

/** Real messages after which the server rehearses no more: they have done the same. */
export const REHEARSAL_REAL_ENOUGH = 8192;
