/*
 * The truth table of shield/check.c: from a request that is allowed, every rule is broken by itself. A line of output for each
 * row: "ok" or "WRONG" and what it is. Compiled with --coverage by shield-check.test.ts.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../shield/check.h"

static bool all_right = true;
static union shield_request request;

static void
judge(const char *what, size_t length, bool should_be)
{
	bool is = check_request(&request, length) == NULL;

	all_right = all_right && is == should_be;
	printf("%s %s: %s\n", is == should_be ? "ok" : "WRONG", what, should_be ? "allowed" : "refused");
}

static size_t
limit(uint64_t interval, uint64_t tolerance)
{
	memset(&request, 0, sizeof request);
	request.header = (struct shield_header){ SHIELD_VERSION, SHIELD_LIMIT, 0, 1 };
	request.limit.limits[SHIELD_LIMITS - 1] = (struct shield_limit){ interval, tolerance };
	return sizeof request.limit;
}

static size_t
interface(uint8_t verb, uint32_t ifindex)
{
	memset(&request, 0, sizeof request);
	request.interface = (struct shield_interface_request){ { SHIELD_VERSION, verb, 0, 1 }, ifindex };
	return sizeof request.interface;
}

static size_t
keys(uint16_t count, uint32_t table, uint32_t action)
{
	memset(&request, 0, sizeof request);
	request.header = (struct shield_header){ SHIELD_VERSION, SHIELD_KEYS, count, 1 };
	request.keys.table = table;
	request.keys.action = action;
	return offsetof(struct shield_key_request, keys) + count * sizeof request.keys.keys[0];
}

static void
limits(void)
{
	size_t length = limit(SHIELD_NANOSECONDS_MAX, SHIELD_NANOSECONDS_MAX);

	judge("limits", length, true);
	judge("limits, one octet less", length - 1, false);
	judge("limits, one octet more", length + 1, false);
	request.header.count = 1;
	judge("limits with a count", length, false);
	judge("no limits", limit(0, 0), true);
	judge("an interval that is too long", limit(SHIELD_NANOSECONDS_MAX + 1, 0), false);
	judge("a tolerance that is too long", limit(0, SHIELD_NANOSECONDS_MAX + 1), false);
}

static void
interfaces(void)
{
	static const uint8_t verbs[] = { SHIELD_ATTACH, SHIELD_DETACH, SHIELD_COUNT };

	for (size_t i = 0; i < sizeof verbs; i++) {
		size_t length = interface(verbs[i], INT32_MAX);

		judge("an interface", length, true);
		judge("an interface, one octet less", length - 1, false);
		judge("an interface, one octet more", length + 1, false);
		request.header.count = 1;
		judge("an interface with a count", length, false);
		judge("interface 0", interface(verbs[i], 0), false);
		judge("an interface beyond the last", interface(verbs[i], UINT32_C(1) << 31), false);
	}
}

static void
tables(void)
{
	size_t length = keys(SHIELD_BATCH, SHIELD_CLIENTS, SHIELD_PUT);

	judge("as many keys as may be", length, true);
	judge("keys, one octet less", length - 1, false);
	judge("keys, one octet more", length + 1, false);
	judge("a key less than it says", length - 8, false);
	judge("one key too many", keys(SHIELD_BATCH + 1, SHIELD_CLIENTS, SHIELD_PUT), false);
	judge("no key", keys(0, SHIELD_CLIENTS, SHIELD_PUT), false);
	judge("a destination to remove", keys(1, SHIELD_DESTINATIONS, SHIELD_REMOVE), true);
	judge("table 0", keys(1, 0, SHIELD_PUT), false);
	judge("table 3", keys(1, 3, SHIELD_PUT), false);
	judge("action 0", keys(1, SHIELD_CLIENTS, 0), false);
	judge("action 3", keys(1, SHIELD_CLIENTS, 3), false);
}

int
main(void)
{
	limits();
	interfaces();
	tables();
	judge("less than a header", sizeof request.header - 1, false);
	size_t length = interface(SHIELD_ATTACH, 1);
	request.header.version++;
	judge("another version", length, false);
	judge("verb 0", interface(0, 1), false);
	judge("the process's own verb", interface(SHIELD_READY, 1), false);
	judge("an unknown verb", interface(SHIELD_KEYS + 1, 1), false);
	return all_right ? 0 : 1;
}
