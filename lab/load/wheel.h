/*
 * Timers of clients: one each, to the millisecond, set and stopped in constant time. A deadline
 * further away than the wheel is wide goes round as often as needed.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include <stdint.h>

enum { WHEEL_SLOTS = 1 << 14 };

struct timer {
	uint32_t next;		/* number of the timer + 1; 0 at the end */
	uint32_t previous;	/* the same */
	uint64_t due_ms;	/* 0: not set */
};

struct wheel {
	struct timer *timers;
	uint64_t now_ms;
	uint32_t set;
	uint32_t slots[WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, uint32_t timers, uint64_t now_ms);
void wheel_set(struct wheel *wheel, uint32_t timer, uint64_t due_ms);
void wheel_stop(struct wheel *wheel, uint32_t timer);
/* Moves on to `now_ms` and calls `fire` for each timer that was due; it may be set again there. */
void wheel_turn(struct wheel *wheel, uint64_t now_ms, void (*fire)(void *context, uint32_t timer), void *context);

#endif
