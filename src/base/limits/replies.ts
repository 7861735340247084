// Limits of replies between their decision and the kernel: those that wait for a commit, and the batches that all leave
// in (src/server, src/backend, src/store).

/** Queries about leases with a change under way that wait for its end; beyond it they are dropped and counted. */
export const WAITING_QUERIES_MAX = 256;
/**
 * Commits that one of them waits for: a client that changes one lease without end must not have the other queries
 * decided again and again.
 */
export const QUERY_WAITS_MAX = 4;

/** Replies that may wait for one commit; beyond it new queries are dropped and counted. */
export const HELD_REPLIES_MAX = 2048;

/** Octets of the replies that may wait for one commit. */
export const HELD_OCTETS_MAX = HELD_REPLIES_MAX * 600;

/**
 * Reply batches that are kept for the next turn and its commit: with fewer left replies are gathered, not sent. One each
 * has the turn, the commit that is being filled, and the commit that is on its way to the disk.
 */
export const REPLY_BATCHES_KEPT = 1 + 1 + 1;

/** Reply batches that wait for the helper or for the kernel beside them. */
export const REPLY_BATCHES_LEAVING = 5;

/** Reply batches in use at once. */
export const REPLY_BATCHES_MAX = REPLY_BATCHES_KEPT + REPLY_BATCHES_LEAVING;
