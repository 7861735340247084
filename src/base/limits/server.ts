// Limits of the work beside answering: ends of leases, steps of the clock, remarks on other machines (src/server).

import type { Milliseconds, Seconds } from "../time.ts";

/** Seconds by which the wall clock differs from the monotonic one since the last look, from which on it counts as set. */
export const CLOCK_STEP_SECONDS: Seconds = 5;

/** Seconds for which leases that ended with a step of the wall clock are kept for their clients. */
export const CLOCK_STEP_HOLD_SECONDS: Seconds = 600;

/** Renewals and releases that are remembered, to see which of them come twice: from the client and from a relay. */
export const MESSAGES_COMPARED = 256;

/** Seconds within which the second one comes. */
export const DOUBLE_WITHIN_SECONDS: Seconds = 2;

/** Relays that the log names because messages come twice by them. */
export const DOUBLING_RELAYS_MAX = 64;

/**
 * Leases that changed from one card to another and are watched, and for how many milliseconds a change back counts and
 * is not logged again.
 */
export const SHARED_IDENTIFIERS_WATCHED = 1024;
export const SHARED_IDENTIFIER_MS: Milliseconds = 3_600_000;

/** Milliseconds between two warnings that a network has no free address, and between looks whether it has again. */
export const FULL_NOTICE_MS: Milliseconds = 60_000;
export const FULL_LOOK_MS: Milliseconds = 1000;

/** Leases that end in one turn of the event loop: about a millisecond of them. */
export const EXPIRIES_PER_TURN = 500;

/** Milliseconds of a turn of the event loop in which it is found out what another configuration would do to leases. */
export const EFFECTS_MS_PER_TURN: Milliseconds = 2;

/** Pairs of scopes that are kept with what differs between them. */
export const SCOPES_COMPARED_MAX = 250;

/** Addresses that are named of those that it would do something to. */
export const EFFECT_NAMES_MAX = 10;

/** Clients that were refused, and other servers that clients have chosen, that the status page tells of. */
export const REFUSED_CLIENTS_MAX = 200;
export const CHOSEN_SERVERS_MAX = 20;

/**
 * Messages, made-up ones of the rehearsal included, after which memory is given back, looks a second apart that found no
 * further one before that is done, looks from then until it is done once more, and octets of a heap up to which all of it is
 * collected at once.
 */
export const QUIET_MESSAGES_MIN = 4096;
export const QUIET_LOOKS = 3;
export const QUIET_LOOKS_AGAIN = 6;
export const COLLECTED_HEAP_MAX = 64 << 20;
