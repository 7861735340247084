// Every numeric limit of the daemon, with its reason. Nothing else in src/ bounds a queue, a table
// or a retry by a literal of its own.

/** Datagrams taken by one receive call; larger batches gained nothing when measured. */
export const RECEIVE_BATCH = 64;

/** Octets of one receive slot: a longer datagram is cut by the kernel, noticed, and dropped. */
export const RECEIVE_SLOT_OCTETS = 4096;

/**
 * Full receive calls in a row after which the receive queues are looked at, and octets of kernel memory in
 * one of them from which on the server counts as behind: about 800 datagrams, more than a burst of a few
 * hundred clients. Half of what a smaller queue can hold counts as much.
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
 * Milliseconds between looks at the share of the DISCOVERs that is let through. It is halved at a look while some
 * are lost, and grows while none is: from least to whole in half a second, but slowly near what was too much.
 */
export const SHED_LOOK_MS = 20;
export const SHED_CUT = 0.5;
export const SHED_GROWTH = 1.25;
export const SHED_GROWTH_NEAR = 1.02;
/** What counts as near: a tenth less or more. */
export const SHED_NEAR = 0.1;

/** Milliseconds between two words in the log about being behind. */
export const BEHIND_NOTICE_MS = 10_000;

/** Largest reply we build: an Ethernet MTU less IP and UDP headers. */
export const REPLY_OCTETS_MAX = 1472;

/** Smallest maximum message size a client can mean (RFC 2132 section 9.10), less IP and UDP headers. */
export const REPLY_OCTETS_MIN_MAX = 576 - 28;

/** BOOTP messages are padded to this (RFC 1542 section 2.1). */
export const MESSAGE_OCTETS_MIN = 300;

/** Queries about leases with a change under way that wait for its end; beyond it they are dropped and counted. */
export const WAITING_QUERIES_MAX = 256;
/** Commits that one of them waits for: who changes one lease without end does not have the others decided again and again. */
export const QUERY_WAITS_MAX = 4;

/** Replies that may wait for one commit; beyond it new queries are dropped and counted. */
export const HELD_REPLIES_MAX = 2048;

/** Octets of the replies that may wait for one commit. */
export const HELD_OCTETS_MAX = HELD_REPLIES_MAX * 600;

/** Kinds of replies of one scope that are kept to be copied, and the most octets of options of each. */
export const REPLY_TEMPLATES_MAX = 8;
export const REPLY_TEMPLATE_OCTETS_MAX = 512;

/** Hop count above which a query is dropped (RFC 1542 section 4.1.1). */
export const HOPS_MAX = 16;

/** Total octets that one split option may add up to (RFC 3396 has no bound). */
export const OPTION_OCTETS_MAX = 4096;

/** Options, pieces of split ones counted singly, that one message may hold; clients send about fifteen. */
export const OPTION_PIECES_MAX = 256;

/** Seconds, by the monotonic clock, for which an unclaimed OFFER holds its address; less if a pool has nothing else left. */
export const OFFER_SECONDS = 30;

/** Offers of a full pool that are looked at, oldest first, to find one that may give way to a new client. */
export const OFFERS_LOOKED_AT = 16;

/** Seconds by which the wall clock differs from the monotonic one since the last look, from which on it counts as set. */
export const CLOCK_STEP_SECONDS = 5;

/** Seconds for which leases that ended with a step of the wall clock are kept for their clients. */
export const CLOCK_STEP_HOLD_SECONDS = 600;

/** Seconds a declined address rests at least. */
export const ABANDON_SECONDS = 600;

/** Share of a pool that declined addresses may take before more DECLINEs are ignored. */
export const ABANDONED_SHARE_MAX = 0.2;

/** Conflict checks (pings) under way at once; beyond it offers go out unchecked, as waiting would be worse. */
export const PROBES_MAX = 128;

/**
 * Pings to addresses of our own links in PROBE_NEIGHBOUR_MS: each leaves an unanswered neighbour entry,
 * and the kernel's table, 1024 entries by default, serves the whole host (gc_thresh3, arp(7)).
 */
export const PROBES_ON_LINK_MAX = 128;

/** Milliseconds that the kernel keeps asking for an address that nobody has (three requests, a second apart). */
export const PROBE_NEIGHBOUR_MS = 3500;

/** Addresses tried for one DISCOVER after a ping was answered. */
export const PROBE_RETRIES = 3;

/**
 * Free addresses that are kept checked ahead of new clients: of one pool, as many as clients come up at once after a
 * power failure; of all pools together, but some of each; and for how many seconds a check counts.
 */
export const CHECKED_PER_POOL = 256;
export const CHECKED_IN_ALL = 16_384;
export const CHECKED_PER_POOL_MIN = 16;
export const CHECKED_SECONDS = 3600;

/**
 * Of these, so many of a pool are at most so many seconds old, and are offered first; and so many of all pools
 * together, but one of each.
 */
export const CHECKED_FRESH_PER_POOL = 8;
export const CHECKED_FRESH_IN_ALL = 2400;
export const CHECKED_FRESH_SECONDS = 300;

/** Free addresses of a pool that are known to be in use all the same, and for how many seconds. */
export const BUSY_PER_POOL = 256;
export const BUSY_SECONDS = 300;

/**
 * Checks ahead under way at once: each on a link of ours is an entry of the kernel's neighbour table, which holds 1024
 * for the whole host (gc_thresh3, arp(7)). Without a helper that deletes these entries they stay four times as long.
 */
export const CHECKS_UNDER_WAY_MAX = 256;
export const CHECKS_UNDER_WAY_KEPT_MAX = 64;

/**
 * Milliseconds from one look for addresses to check ahead to the next, as long as there are some and when there are
 * none, and how many are asked for at each: one in a millisecond, which is what a wireless network sends of broadcasts
 * at its lowest rate, and what a device with a few receive buffers takes in.
 */
export const CHECK_AHEAD_TICK_MS = 20;
export const CHECK_AHEAD_REST_MS = 2000;
export const CHECKS_PER_TICK = 20;
/** How many at most at one look that comes late, which makes up for what it missed: the loop is busy just after a start. */
export const CHECKS_PER_TICK_MAX = 32;

/**
 * Checks ahead on one link: at once, which is what its pools need after a start, and in a second from then on. Those
 * through routers share a bound of their own: they may all meet one router, which asks by ARP in our place.
 */
export const CHECKS_AT_ONCE_ON_LINK = 256;
export const CHECKS_PER_SECOND_ON_LINK = 32;
export const CHECKS_AT_ONCE_ROUTED = 256;
export const CHECKS_PER_SECOND_ROUTED = 64;

/**
 * Milliseconds in which whoever has an address on a link of ours has answered ARP for it. A host does so within a few, a
 * wireless one that sleeps within 0.3 s (three beacons); the kernel would ask a second time after 1 s.
 */
export const CHECK_ON_LINK_MS = 900;

/**
 * Milliseconds after which the kernel knows whether an old entry of its neighbour table is still true: five seconds in
 * which it trusts it, three requests a second apart, and one to spare.
 */
export const CHECK_OLD_NEIGHBOUR_MS = 9000;

/** Milliseconds between looks at the neighbour table: it may be large. */
export const CHECK_LOOK_MS = 40;

/** Milliseconds without checks ahead in a pool after the kernel took no ping: it has no route, or its neighbour table is full. */
export const CHECK_PAUSE_MS = 10_000;

/** Milliseconds to wait for the helper before a reply is broadcast instead. */
export const HELPER_DEADLINE_MS = 50;

/** Neighbour requests in one helper message (helper/protocol.h says the same). */
export const HELPER_BATCH = 64;

/** Neighbour requests whose answers are awaited at once: two of the helper's tables full. */
export const HELPER_PENDING_MAX = 8;

/** Milliseconds to wait for a listener from the helper. */
export const LISTEN_DEADLINE_MS = 5000;

/** Milliseconds that link and address events are collected before they are acted on. */
export const INTERFACE_DEBOUNCE_MS = 100;

/** Milliseconds until the interfaces are listed again for a datagram to an address that was not among them. */
export const LOOK_AGAIN_MS = 20;

/** Queries seen on the wire (--observe) of which it is not known yet whether a socket delivers them. */
export const OBSERVE_SIGHTINGS_MAX = 2048;

/** Milliseconds of a tick of --observe, and ticks after which a query counts as lost on its way to the socket. */
export const OBSERVE_TICK_MS = 100;
export const OBSERVE_TICKS = 3;

/** Renewals and releases that are remembered, to see which of them come twice: from the client and from a relay. */
export const MESSAGES_COMPARED = 256;

/** Seconds within which the second one comes. */
export const DOUBLE_WITHIN_SECONDS = 2;

/** Relays that the log names because messages come twice by them. */
export const DOUBLING_RELAYS_MAX = 64;

/** Other servers that --observe names; the replies of more are counted only. */
export const FOREIGN_SERVERS_MAX = 64;

/** Longest client identifier that is kept with a lease: option 61 cannot be longer unless split. */
export const CLIENT_ID_OCTETS_MAX = 255;

/** Errors reported from one configuration before the rest is left out. */
export const DIAGNOSTICS_MAX = 100;

/** Addresses that DECLINEs may take out of use in a minute; the rest is ignored. */
export const ABANDONS_PER_MINUTE = 60;

/** Seconds within which a repeated DHCPREQUEST is answered from the lease as it stands. */
export const REPEAT_SECONDS = 2;

/** Exchanges with clients on our own links of which is known how they were answered last, and for how many seconds. */
export const DELIVERIES_REMEMBERED = 1024;
export const DELIVERY_MEMORY_SECONDS = 60;

/** Leases that changed from one card to another and are watched, and for how many milliseconds a change back counts, and is not told again. */
export const SHARED_IDENTIFIERS_WATCHED = 1024;
export const SHARED_IDENTIFIER_MS = 3_600_000;

/** An answer and the client's repeated message may have crossed so long, in seconds: shorter than any client waits, longer than a link takes. */
export const ANSWER_CROSSING_SECONDS = 0.2;

/** Lines a second that the log gives to DHCP messages, and how many of them in a row; a flood beyond it is summed up. */
export const LOG_LINES_PER_SECOND = 1000;
export const LOG_LINES_AT_ONCE = 250;

/** Of these, lines for DISCOVERs and OFFERs, which cost their sender nothing: a flood of them writes a megabyte a minute. */
export const LOG_DISCOVER_LINES_PER_SECOND = 60;
export const LOG_DISCOVER_LINES_AT_ONCE = 1000;

/** Milliseconds between two warnings that a network has no free address, and between looks whether it has again. */
export const FULL_NOTICE_MS = 60_000;
export const FULL_LOOK_MS = 1000;

/** Reply batches in use at once: being filled, waiting for a commit, waiting for the helper. */
export const REPLY_BATCHES_MAX = 8;

/** Of these, those that are kept for commits and for the next replies: with fewer left replies are gathered, not sent. */
export const REPLY_BATCHES_KEPT = 3;

/** Octets of a lease file's declarations in one batch. */
export const DECLARATION_BATCH_OCTETS = 1 << 20;

/** Ended leases whose records join a commit: few beside the commit's own, so that its clients do not wait for them. */
export const ENDS_PER_COMMIT = 64;

/** Leases that end in one turn of the event loop: about a millisecond of them. */
export const EXPIRIES_PER_TURN = 500;

/** Seconds for which the event loop's delay is measured after it was asked for. */
export const LOOP_DELAY_SECONDS = 600;

/** Clients of the control socket at once. */
export const CONTROL_CLIENTS_MAX = 16;

/** Longest line a client of the control socket may send. */
export const CONTROL_REQUEST_OCTETS_MAX = 65_536;

/** Milliseconds for which anydhcpctl waits for the daemon to say something, but for the end of a reload. */
export const CONTROL_ANSWER_MS = 5000;

/** Leases that the control socket is told in one turn of the event loop: about half a millisecond of them. */
export const LEASES_TOLD_PER_TURN = 100;

/** Octets of receive buffer asked for per listener: about 3,300 queries at 1.3 KB each, as measured. */
export const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;

/** Milliseconds for which a helper that did not answer is not asked again; its replies are broadcast meanwhile. */
export const HELPER_REST_MS = 1000;

/** Milliseconds between attempts to send what met a full send buffer, and how many there are. */
export const SEND_RETRY_MS = 2;
export const SEND_RETRIES_MAX = 25;

/** Milliseconds between attempts to write a new lease file after an error: the first, and the longest after doubling. */
export const JOURNAL_RETRY_MS_MIN = 1000;
export const JOURNAL_RETRY_MS_MAX = 30_000;

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

/** Octets of log lines that may wait for their reader; beyond it lines are dropped and counted. */
export const LOG_OCTETS_MAX = 1 << 20;

/** Made-up batches of queries that a server goes through after its start, after how many its parts are made anew, and milliseconds between batches. */
export const REHEARSAL_SLICES = 48;
export const REHEARSAL_STAGE_SLICES = 8;
export const REHEARSAL_PAUSE_MS = 5;

/** Real messages after which the server rehearses no more: they have done the same. */
export const REHEARSAL_REAL_ENOUGH = 1024;

/** Lines for DHCP messages that are made in one turn of the event loop: about a millisecond of them. */
export const LOG_LINES_PER_TURN = 32;

/** Milliseconds for which lines for DHCP messages wait before they are made: a burst of clients is over by then. */
export const LOG_LINES_DELAY_MS = 100;

/** Milliseconds from one write of log lines to the next. */
export const LOG_WRITE_INTERVAL_MS = 25;

/** Leasequeries (RFC 4388) answered in a second, and at once; what is beyond is dropped. */
export const LEASEQUERIES_PER_SECOND = 1000;

/** Further addresses of a client that one answer to a leasequery names: what one option holds. */
export const ASSOCIATED_ADDRESSES_MAX = 63;

/** Leases looked at to answer one leasequery by hardware address or client identifier: more have only those who make identifiers up. */
export const LEASEQUERY_LEASES_MAX = 1024;

/** Connections for bulk leasequeries at once (RFC 6926 section 6.3: BULK_LQ_MAX_CONNS). */
export const BULK_CONNECTIONS_MAX = 10;

/** Milliseconds in which nothing moves on such a connection before it is ended (RFC 6926 section 6.3: BULK_LQ_DATA_TIMEOUT). */
export const BULK_DATA_TIMEOUT_MS = 300_000;

/** Longest bulk leasequery; one that says it is longer ends its connection. */
export const BULK_QUERY_OCTETS_MAX = 4096;

/** Octets of answers that one connection holds at a time: the kernel has taken them before the next are made. */
export const BULK_ANSWER_OCTETS = 32 * 1024;

/** Leases that one connection looks at before everything else has its turn. */
export const BULK_LEASES_PER_SLICE = 4096;

/** Milliseconds after which a lease with a change under way is looked at again. */
export const BULK_WAIT_MS = 5;

/** Milliseconds for which the daemon serves on without its helper before it ends, so that both are started anew. */
export const HELPER_GONE_MS = 10_000;
