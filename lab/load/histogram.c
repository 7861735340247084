#include "histogram.h"

#include <string.h>

/* Values below HISTOGRAM_SUB have a bucket each; above, each power of two is cut into HISTOGRAM_SUB/2. */
static unsigned
bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < HISTOGRAM_SUB)
		return (unsigned)value;
	shift = 63u - (unsigned)__builtin_clzll(value) - 5u;
	unsigned bucket = HISTOGRAM_SUB / 2 * (shift + 1) + (unsigned)(value >> shift) - HISTOGRAM_SUB / 2;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t
value_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < HISTOGRAM_SUB)
		return bucket;
	shift = bucket / (HISTOGRAM_SUB / 2) - 1;
	return (uint64_t)(bucket % (HISTOGRAM_SUB / 2) + HISTOGRAM_SUB / 2) << shift;
}

void
histogram_reset(struct histogram *histogram)
{
	memset(histogram, 0, sizeof *histogram);
}

void
histogram_add(struct histogram *histogram, uint64_t nanoseconds)
{
	histogram->buckets[bucket_of(nanoseconds)]++;
	histogram->count++;
	if (nanoseconds > histogram->max)
		histogram->max = nanoseconds;
}

uint64_t
histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5), seen = 0;

	if (histogram->count == 0)
		return 0;
	for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		seen += histogram->buckets[bucket];
		if (seen >= wanted && seen > 0)
			return value_of(bucket);
	}
	return histogram->max;
}
