// Limits of sockets: receiving at a time, sending again, and what --observe sees (src/backend).

import type { Milliseconds } from "../time.ts";

/** Datagrams taken by one receive call; larger batches gained nothing when measured. */
export const RECEIVE_BATCH = 64;

/** Octets of one receive slot: a longer datagram is cut by the kernel, noticed, and dropped. */
export const RECEIVE_SLOT_OCTETS = 4096;

/** Milliseconds that link and address events are collected before they are acted on. */
export const INTERFACE_DEBOUNCE_MS: Milliseconds = 100;

/** Milliseconds until the interfaces are listed again for a datagram to an address that was not among them. */
export const LOOK_AGAIN_MS: Milliseconds = 20;

/** Queries seen on the wire (--observe) of which it is not known yet whether a socket delivers them. */
export const OBSERVE_SIGHTINGS_MAX = 2048;

/** Milliseconds of a tick of --observe, and ticks after which a query counts as lost on its way to the socket. */
export const OBSERVE_TICK_MS: Milliseconds = 100;
export const OBSERVE_TICKS = 3;

/** Other servers that --observe names; the replies of more are counted only. */
export const FOREIGN_SERVERS_MAX = 64;

/** Octets of receive buffer asked for per listener: about 3,300 queries at 1.3 KB each, as measured. */
export const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;

/** Milliseconds between attempts to send what met a full send buffer, and how many there are. */
export const SEND_RETRY_MS: Milliseconds = 2;
export const SEND_RETRIES_MAX = 25;
