// Limits of the etcd store (src/store/etcd).

/** Compare-and-puts of one transaction: etcd takes 128 operations by default, and the transaction itself is one. */
export const CHANGES_PER_TRANSACTION_MAX = 127;

/** Milliseconds that a read may take. */
export const READ_DEADLINE_MS = 1000;

/** Milliseconds that a member is left alone after it has not answered in time. */
export const QUARANTINE_MS = 5000;

/** Milliseconds that a member is left alone after it could not be reached. */
export const UNREACHED_MS = 500;

/** Milliseconds between attempts to connect to a member: the first, and the longest. */
export const RECONNECT_MS_MIN = 100;
export const RECONNECT_MS_MAX = 500;

/** Milliseconds between keepalives of a connection. Members close connections whose keepalives come more often. */
export const KEEPALIVE_MS = 10_000;
