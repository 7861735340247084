/*
 * The truth table of firewall/check.c: from a request or a name that is allowed, every rule is broken by itself. A line of
 * output for each row: "ok" or "WRONG" and what it is. Compiled with --coverage by firewall-check.test.ts.
 */
#include <stdio.h>
#include <string.h>

#include "../../firewall/check.h"

#define SETS 2

static bool all_right = true;
static union firewall_request request;

static void
row(const char *what, bool is, bool should_be)
{
	all_right = all_right && is == should_be;
	printf("%s %s: %s\n", is == should_be ? "ok" : "WRONG", what, should_be ? "allowed" : "refused");
}

static void
judge(const char *what, size_t length, bool should_be)
{
	row(what, check_request(&request, length, SETS) == NULL, should_be);
}

static size_t
set_request(uint8_t verb, uint32_t set)
{
	memset(&request, 0, sizeof request);
	request.set = (struct firewall_set_request){ { FIREWALL_VERSION, verb, 0, 1 }, set };
	return sizeof request.set;
}

static size_t
change(uint16_t count)
{
	memset(&request, 0, sizeof request);
	request.header = (struct firewall_header){ FIREWALL_VERSION, FIREWALL_CHANGE, count, 1 };
	for (unsigned i = 0; i < count && i < FIREWALL_BATCH; i++)
		request.change.elements[i] = (struct firewall_element){ FIREWALL_PUT, SETS - 1, 0, 0, 0x0a000001, 60 };
	return sizeof request.header + count * sizeof request.change.elements[0];
}

static void
requests(void)
{
	size_t length = set_request(FIREWALL_LOOK, SETS - 1);

	judge("a look at the last set", length, true);
	judge("one octet less", length - 1, false);
	judge("one octet more", length + 1, false);
	judge("less than a header", sizeof request.header - 1, false);
	request.header.count = 1;
	judge("a look with a count", length, false);
	judge("a look at a set behind the last", set_request(FIREWALL_LOOK, SETS), false);
	judge("a list of the first set", set_request(FIREWALL_LIST, 0), true);
	judge("a list of no set", set_request(FIREWALL_LIST, UINT32_MAX), false);
	length = set_request(FIREWALL_LOOK, 0);
	request.header.version++;
	judge("another version", length, false);
	judge("a verb of the process's own", set_request(FIREWALL_READY, 0), false);
	judge("no verb", set_request(0, 0), false);
	judge("a verb behind the last", set_request(FIREWALL_LIST + 1, 0), false);
}

static void
changes(void)
{
	judge("one change", change(1), true);
	judge("as many changes as a message has", change(FIREWALL_BATCH), true);
	judge("one more", change(FIREWALL_BATCH + 1), false);
	judge("none", change(0), false);
	judge("one octet less", change(2) - 1, false);
	judge("an element less than is counted", change(2) - sizeof request.change.elements[0], false);
	size_t length = change(2);
	request.change.elements[1].action = FIREWALL_REMOVE;
	judge("a removal", length, true);
	request.change.elements[1].action = FIREWALL_REMOVE + 1;
	judge("an action behind the last", length, false);
	request.change.elements[1].action = 0;
	judge("no action", length, false);
	length = change(2);
	request.change.elements[1].set = SETS;
	judge("a set that was not named", length, false);
}

static void
name(const char *what, const char *text, bool should_be)
{
	char family[8], table[FIREWALL_NAME_OCTETS], set[FIREWALL_NAME_OCTETS];

	row(what, check_name(text, family, table, set), should_be);
}

static void
names(void)
{
	char longest[3 * FIREWALL_NAME_OCTETS] = "inet ";

	name("a name", "inet filter guests", true);
	name("all characters", "ip a_b/c.d-e Z9", true);
	name("no word", "", false);
	name("one word", "inet", false);
	name("two words", "inet filter", false);
	name("two words and a blank", "inet filter ", false);
	name("four words", "inet filter guests more", false);
	name("two blanks", "inet  filter guests", false);
	name("a bracket in a table", "inet f{ guests", false);
	name("a quote in a set", "inet filter \"guests\"", false);
	name("a line end", "inet filter guests\n", false);
	name("a long family", "netdevices filter guests", false);
	memset(longest + strlen(longest), 'a', FIREWALL_NAME_OCTETS - 1);
	strcat(longest, " guests");
	name("the longest table", longest, true);
	longest[strlen("inet ") + FIREWALL_NAME_OCTETS - 1] = 'a';
	strcat(longest, " guests");
	name("a longer table", longest, false);
}

int
main(void)
{
	requests();
	changes();
	names();
	return all_right ? 0 : 1;
}
