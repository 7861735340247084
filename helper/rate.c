/*
 * See rate.h.
 */
#include <time.h>

#include "rate.h"
#include "../c/report.h"

#define FULL ((uint64_t)RATE_BURST * 1000)

static uint64_t tokens = FULL;	/* in thousandths */
static uint64_t filled_at;

uint64_t
rate_now(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_MONOTONIC, &time) != 0)
		die("cannot read the clock");
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool
rate_take(uint64_t at)
{
	tokens += (at - filled_at) * RATE_PER_SECOND;
	if (tokens > FULL)
		tokens = FULL;
	filled_at = at;
	if (tokens < 1000)
		return false;
	tokens -= 1000;
	return true;
}
