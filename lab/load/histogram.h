/* Times in buckets whose width grows with the time: 1/64 of it at most, from nanoseconds to minutes. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_SUB = 64, HISTOGRAM_BUCKETS = 40 * HISTOGRAM_SUB };

struct histogram {
	uint64_t count;
	uint64_t max;
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t nanoseconds);
/* The time, in nanoseconds, that a share (0 to 1) of the values does not exceed; 0 without values. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
