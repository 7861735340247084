/* The result of a phase: one line of JSON on standard output. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "clients.h"
#include "dhcp_message.h"
#include "load.h"

static const char *const FAULT_NAMES[FAULTS] = {
	[FAULT_SOURCE] = "source",
	[FAULT_SERVER_IDENTIFIER] = "serverIdentifier",
	[FAULT_HARDWARE] = "hardware",
	[FAULT_XID] = "xid",
	[FAULT_TYPE] = "type",
	[FAULT_ADDRESS] = "address",
	[FAULT_TAKEN] = "taken",
	[FAULT_DUPLICATE] = "duplicate",
	[FAULT_OPTIONS] = "options",
	[FAULT_AGENT] = "agent",
	[FAULT_DESTINATION] = "destination",
};

enum { OFFERS_MAX = 4096, NAKS_MAX = 4096 };

static uint64_t offers[OFFERS_MAX];
static int offers_listed;
static struct {
	uint32_t client, address;
} naks[NAKS_MAX];
static int naks_listed;

const char *
kind_name(enum kind kind)
{
	static const char *const NAMES[KINDS] = { "dora", "renew", "flood", "mixed" };

	return NAMES[kind];
}

void
reset_counts(void)
{
	uint64_t invalid[FAULTS];

	memcpy(invalid, counts.invalid, sizeof invalid);
	memset(&counts, 0, sizeof counts);
	memcpy(counts.invalid, invalid, sizeof invalid);
	offers_listed = 0;
	naks_listed = 0;
}

static void
print_times(const char *name, const struct histogram *histogram)
{
	static const struct {
		const char *name;
		double share;
	} SHARES[] = {
		{ "p5", 0.05 }, { "p25", 0.25 }, { "p50", 0.5 }, { "p75", 0.75 }, { "p95", 0.95 }, { "p99", 0.99 },
		{ "p999", 0.999 },
	};

	printf(",\"%s\":{", name);
	for (size_t i = 0; i < sizeof SHARES / sizeof SHARES[0]; i++)
		printf("\"%s\":%.1f,", SHARES[i].name, (double)histogram_quantile(histogram, SHARES[i].share) / 1e3);
	printf("\"max\":%.1f}", (double)histogram->max / 1e3);
}

void
note_offer(uint64_t nanoseconds)
{
	if (!orders.list_offers)
		return;
	if (offers_listed == OFFERS_MAX)
		errx(1, "more than %d OFFERs to list", OFFERS_MAX);
	offers[offers_listed++] = nanoseconds;
}

void
note_nak(uint32_t client, uint32_t address)
{
	if (naks_listed < NAKS_MAX) {
		naks[naks_listed].client = client;
		naks[naks_listed++].address = address;
	}
}

/* How many refused an address that no other client has by now: the client that got it may not have known it then. */
static unsigned long long
count_undeserved_naks(void)
{
	unsigned long long undeserved = counts.naks - (uint64_t)naks_listed;

	for (int i = 0; i < naks_listed; i++) {
		uint32_t owner = client_of_address(naks[i].address);
		undeserved += owner == 0 || owner == naks[i].client + 1;
	}
	return undeserved;
}

void
write_leases(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		err(1, "%s", path);
	for (uint32_t number = 0; number < client_count; number++) {
		uint32_t address = clients[number].address;
		uint8_t hardware[6];

		if (!clients[number].is_bound)
			continue;
		client_hardware(number, hardware);
		fprintf(file, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
		for (int i = 0; i < 6; i++)
			fprintf(file, "%c%02x", i == 0 ? ' ' : ':', hardware[i]);
		fprintf(file, " %u\n", clients[number].until);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

static void
print_offers(void)
{
	if (!orders.list_offers)
		return;
	printf(",\"offersMicroseconds\":[");
	for (int i = 0; i < offers_listed; i++)
		printf("%s%.1f", i > 0 ? "," : "", (double)offers[i] / 1e3);
	printf("]");
}

/* Milliseconds for each way, null for one that no message went. */
static void
print_ways(void)
{
	if (!orders.list_ways)
		return;
	printf(",\"silencesMilliseconds\":[");
	for (int number = 0; number < WAYS; number++) {
		struct way *way = &counts.ways[number];
		const char *separator = number > 0 ? "," : "";
		end_silence(way);
		if (way->is_used)
			printf("%s%.1f", separator, (double)way->silence_ns / 1e6);
		else
			printf("%snull", separator);
	}
	printf("]");
}

void
print_report(double seconds, double setup_seconds, double processor_seconds)
{
	uint64_t invalid = 0;

	for (int fault = 0; fault < FAULTS; fault++)
		invalid += counts.invalid[fault];
	printf("{\"phase\":\"%s\",\"path\":\"%s\",\"broadcast\":%s,\"window\":%u,\"rate\":%.0f", kind_name(orders.kind),
	    orders.relay_count > 0 ? "relayed" : "direct", orders.broadcast ? "true" : "false", orders.window, orders.rate);
	printf(",\"seconds\":%.3f,\"setupSeconds\":%.3f", seconds, setup_seconds);
	printf(",\"exchanges\":%llu,\"perSecond\":%.1f", (unsigned long long)counts.exchanges,
	    seconds > 0 ? (double)counts.exchanges / seconds : 0);
	print_times("exchangeMicroseconds", &counts.exchange);
	print_times("offerMicroseconds", &counts.offer);
	print_offers();
	print_ways();
	printf(",\"started\":%llu,\"sent\":%llu,\"received\":%llu,\"retransmissions\":%llu,\"lost\":%llu,\"naks\":%llu,\"undeservedNaks\":%llu",
	    (unsigned long long)counts.started, (unsigned long long)counts.sent, (unsigned long long)counts.received,
	    (unsigned long long)counts.retransmissions, (unsigned long long)counts.lost,
	    (unsigned long long)counts.naks, count_undeserved_naks());
	printf(",\"late\":%llu,\"starved\":%llu,\"invalidReplies\":%llu,\"invalidKinds\":{", (unsigned long long)counts.late,
	    (unsigned long long)counts.starved, (unsigned long long)invalid);
	const char *separator = "";
	for (int fault = 0; fault < FAULTS; fault++) {
		if (counts.invalid[fault] == 0)
			continue;
		printf("%s\"%s\":%llu", separator, FAULT_NAMES[fault], (unsigned long long)counts.invalid[fault]);
		separator = ",";
	}
	printf("},\"heldUpMilliseconds\":%.1f,\"processorSeconds\":%.6f}\n", (double)counts.held_up_ns / 1e6,
	    processor_seconds);
	fflush(stdout);
}
