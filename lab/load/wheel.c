#include "wheel.h"

#include <err.h>
#include <stdlib.h>

void
wheel_init(struct wheel *wheel, uint32_t timers, uint64_t now_ms)
{
	*wheel = (struct wheel){ .now_ms = now_ms };
	wheel->timers = calloc(timers, sizeof *wheel->timers);
	if (wheel->timers == NULL)
		err(1, "memory for %u timers", timers);
}

void
wheel_set(struct wheel *wheel, uint32_t number, uint64_t due_ms)
{
	struct timer *timer = &wheel->timers[number];
	uint32_t *slot;

	wheel_stop(wheel, number);
	if (due_ms <= wheel->now_ms)
		due_ms = wheel->now_ms + 1;
	slot = &wheel->slots[due_ms % WHEEL_SLOTS];
	timer->due_ms = due_ms;
	timer->previous = 0;
	timer->next = *slot;
	if (*slot != 0)
		wheel->timers[*slot - 1].previous = number + 1;
	*slot = number + 1;
	wheel->set++;
}

void
wheel_stop(struct wheel *wheel, uint32_t number)
{
	struct timer *timer = &wheel->timers[number];

	if (timer->due_ms == 0)
		return;
	if (timer->previous != 0)
		wheel->timers[timer->previous - 1].next = timer->next;
	else
		wheel->slots[timer->due_ms % WHEEL_SLOTS] = timer->next;
	if (timer->next != 0)
		wheel->timers[timer->next - 1].previous = timer->previous;
	timer->due_ms = 0;
	wheel->set--;
}

void
wheel_turn(struct wheel *wheel, uint64_t now_ms, void (*fire)(void *context, uint32_t timer), void *context)
{
	while (wheel->now_ms < now_ms) {
		wheel->now_ms++;
		uint32_t number = wheel->slots[wheel->now_ms % WHEEL_SLOTS];
		while (number != 0) {
			struct timer *timer = &wheel->timers[number - 1];
			uint32_t next = timer->next;
			if (timer->due_ms <= wheel->now_ms) {
				wheel_stop(wheel, number - 1);
				fire(context, number - 1);
			}
			number = next;
		}
	}
}
