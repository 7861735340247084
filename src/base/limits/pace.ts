// Limits of the work that follows leases (src/base/pace.ts).

import type { Milliseconds } from "../time.ts";

/** Milliseconds of a turn: a message that comes meanwhile waits that long. */
export const PACE_TURN_MS: Milliseconds = 0.5;

/** The share of the time that this work takes while many messages come. */
export const PACE_SHARE_BUSY = 0.02;

/**
 * Messages a second up to which they leave this work all the time that it wants, and from which on it has PACE_SHARE_BUSY; between
 * them its share falls evenly. A new lease is two messages. Processor and disk are shared with what this work has others do, so
 * it is not enough that the event loop has time.
 */
export const PACE_MESSAGES_FEW = 2500;
export const PACE_MESSAGES_MANY = 5000;

/**
 * Messages a second beyond which the share falls on: with twice as many to half of it, as far as PACE_PAUSE_MOST_MS allows. So
 * many last for some seconds, and what they leave undone is done then.
 */
export const PACE_MESSAGES_FLOOD = 20_000;

/** The same by the share of the event loop's time that everything else takes: a slow machine is busy with few messages. */
export const PACE_LOAD_FEW = 0.2;
export const PACE_LOAD_MANY = 0.5;

/** Milliseconds over which messages and load are averaged. */
export const PACE_LOOK_MS: Milliseconds = 50;

/** The shortest pause that a timer keeps, in milliseconds; shorter ones add up. */
export const PACE_PAUSE_LEAST_MS: Milliseconds = 1;

/** The longest pause, in milliseconds: after a turn that the machine has stretched. */
export const PACE_PAUSE_MOST_MS: Milliseconds = 100;
