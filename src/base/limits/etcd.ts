// Limits of the etcd store (src/store/etcd).

/** Compare-and-puts of one transaction: etcd takes 128 operations by default, and the transaction itself is one. */
export const CHANGES_PER_TRANSACTION_MAX = 127;

/** Transactions under way at once: more add delay, no throughput. */
export const TRANSACTIONS_UNDER_WAY_MAX = 4;

/**
 * Milliseconds that changes wait for more to come while a transaction is under way. A majority of members on the same
 * network answers sooner, so that mostly one transaction of a node is under way, and the next one has all that came
 * meanwhile; members that are further away get the next one without waiting for their answer.
 */
export const GATHER_MS = 10;

/** Milliseconds that a commit may take, repetitions at other members included. A member that has no leader takes nothing up later, so waiting longer only lengthens an outage. */
export const COMMIT_DEADLINE_MS = 400;

/** Milliseconds that a read may take. */
export const READ_DEADLINE_MS = 1000;

/** Milliseconds that a member is left alone after it has not answered in time. */
export const QUARANTINE_MS = 5000;

/** Milliseconds that a member is left alone after it could not be reached, or was silent. */
export const UNREACHED_MS = 500;

/**
 * Milliseconds after which a member that answers nothing is silent, and another one is asked the same; or so many times
 * what its answers take on average, if that is longer: copies of requests are no help where all members are busy.
 */
export const SILENCE_MS = 100;
export const SILENCE_ANSWERS = 4;

/** Less time than this is not worth another attempt, in milliseconds. */
export const ATTEMPT_MS_MIN = 30;

/** Milliseconds between questions to members that are all left alone, and questions without an answer for each: an election of etcd takes one to two seconds. */
export const PROBE_MS = 100;
export const PROBES_UNDER_WAY_MAX = 4;

/** Milliseconds between attempts to connect to a member: the first, and the longest. */
export const RECONNECT_MS_MIN = 100;
export const RECONNECT_MS_MAX = 500;

/** Milliseconds between keepalives of a connection. Members close connections whose keepalives come more often. */
export const KEEPALIVE_MS = 10_000;

/** Commits that fail one after the other before the store counts as away. */
export const FAILED_COMMITS_MAX = 2;

/** Milliseconds between attempts to find out whether a store that is away is back. */
export const RETURN_PROBE_MS = 250;

/** Milliseconds between a watch's requests for its own progress, and without an answer until it counts as dead. */
export const PROGRESS_MS = 1000;
export const WATCH_SILENCE_MS = 2000;

/** Addresses of one read of a snapshot: an answer of about 1 MB, which a member makes in some milliseconds. */
export const SNAPSHOT_RANGE_ADDRESSES = 8192;

/** Answers of a snapshot that are under way or wait for being taken over. */
export const SNAPSHOT_ANSWERS_MAX = 4;

/** Octets of a snapshot's answers after which their memory is collected. */
export const SNAPSHOT_OCTETS_COLLECTED = 2 << 20;

/** Milliseconds that one of them may take: a member that is busy needs longer for it than for a commit. */
export const SNAPSHOT_READ_DEADLINE_MS = 5000;

/** Reads of a snapshot that may fail one after the other before it is given up. */
export const SNAPSHOT_FAILURES_MAX = 3;

/** Keys of one read of addresses that no pool has. */
export const SNAPSHOT_PAGE_KEYS = 10_000;

/** Milliseconds of a turn of the event loop in which leases are taken over from the store, and leases between two looks at the clock. */
export const LEARNING_MS_PER_TURN = 2;
export const LEARNT_PER_LOOK = 16;

/** Slots that are looked at in one turn for leases which the store has no longer. */
export const SWEPT_PER_TURN = 20_000;

/** Octets of metadata and heartbeats that are read at most. */
export const CLUSTER_VALUE_OCTETS_MAX = 4096;

/** Heartbeats of other nodes that are kept. */
export const NODES_MAX = 256;

/** Milliseconds between a node's heartbeats, and without one until it counts as gone. */
export const HEARTBEAT_MS = 2000;
export const NODE_SILENCE_MS = 10_000;

/** Milliseconds between writes of the file that remembers the cluster. */
export const STATE_WRITE_MS = 10_000;

/** Milliseconds between two lines of the log that say the same of a store that does not answer. */
export const TROUBLE_SAID_MS = 30_000;

/** Milliseconds between looks at the members' own condition. */
export const CONDITION_MS = 60_000;

/** Octets of a member's database from which on the log warns: three quarters of etcd's quota, which is 2 GiB by default. */
export const DATABASE_OCTETS_WARNED = 1_610_612_736;

/** Revisions that a store keeps before the log warns that nothing compacts it. */
export const KEPT_REVISIONS_WARNED = 200_000;
