// Limits of leasequeries, single and bulk (src/leasequery, src/engine/leasequery, src/wire).

import type { Milliseconds } from "../time.ts";

/** Leasequeries (RFC 4388) answered in a second, and at once; further ones are dropped. */
export const LEASEQUERIES_PER_SECOND = 1000;

/** Further addresses of a client that one answer to a leasequery names: as many as one option holds. */
export const ASSOCIATED_ADDRESSES_MAX = 63;

/**
 * Leases looked at to answer one leasequery by hardware address or client identifier: only a client that makes
 * identifiers up has more.
 */
export const LEASEQUERY_LEASES_MAX = 1024;

/** Connections for bulk leasequeries at once (RFC 6926 section 6.3: BULK_LQ_MAX_CONNS). */
export const BULK_CONNECTIONS_MAX = 10;

/** Milliseconds in which nothing moves on such a connection before it is ended (RFC 6926 section 6.3: BULK_LQ_DATA_TIMEOUT). */
export const BULK_DATA_TIMEOUT_MS: Milliseconds = 300_000;

/** Longest bulk leasequery; one that says it is longer ends its connection. */
export const BULK_QUERY_OCTETS_MAX = 4096;

/** Octets of answers that one connection holds at a time: the next are made when the kernel has taken these. */
export const BULK_ANSWER_OCTETS = 32 * 1024;

/** Leases that one connection looks at before everything else has its turn. */
export const BULK_LEASES_PER_SLICE = 4096;

/** Milliseconds after which a lease with a change under way is looked at again. */
export const BULK_WAIT_MS: Milliseconds = 5;
