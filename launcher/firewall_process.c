/*
 * See firewall_process.h. src/config/language/firewall-set.ts reads the same statements.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../c/privilege.h"
#include "../c/report.h"
#include "../firewall/protocol.h"
#include "facts.h"
#include "firewall_process.h"
#include "sibling.h"
#include "statements.h"

#define STATEMENT "firewall-set"
#define NAME "firewall process"
#define PROGRAM "anydhcpd-firewall"
#define ELSEWHERE "ANYDHCPD_FIREWALL"
#define FIREWALL_USER "_anydhcpd-firewall"

/* nft(8)'s default. */
#define DEFAULT_FAMILY "ip"

_Static_assert(SIBLING_ARGUMENTS_MAX >= FIREWALL_SETS_MAX, "a set is an argument");

static char names[FIREWALL_SETS_MAX][STATEMENT_WORDS_MAX + sizeof DEFAULT_FAMILY];

/* Writes "FAMILY TABLE SET" of the words behind the statement's own. False if they name no set of nftables. */
static bool
read_name(const char *words, char *name, size_t room)
{
	unsigned blanks = 0;

	if (strncmp(words, "nft ", 4) != 0)
		return false;
	for (const char *at = words + 4; *at != '\0'; at++)
		blanks += *at == ' ';
	return blanks >= 1 && blanks <= 2 &&
	    (size_t)snprintf(name, room, "%s%s", blanks == 1 ? DEFAULT_FAMILY " " : "", words + 4) < room;
}

/* Fills in each set that is named once; returns how many. What makes no sense is the daemon's to refuse. */
static size_t
read_sets(const char **arguments)
{
	char words[STATEMENT_WORDS_MAX];
	const char *at = NULL;
	size_t count = 0, known;

	while (count < FIREWALL_SETS_MAX && statement_next(&at, STATEMENT, words)) {
		if (!read_name(words, names[count], sizeof names[count]))
			continue;
		for (known = 0; known < count && strcmp(names[known], names[count]) != 0; known++)
			;
		if (known == count)
			arguments[count] = names[count];
		count += known == count;
	}
	return count;
}

void
firewall_look(const char *package)
{
	const char *sets[SIBLING_ARGUMENTS_MAX];

	if (read_sets(sets) > 0 && getenv(ELSEWHERE) == NULL)
		(void)sibling_look(package, PROGRAM, STATEMENT);
}

int
firewall_start(const char *package, const struct identity *identity)
{
	struct sibling process = { .name = NAME, .program = PROGRAM, .is_waited_for = true };
	const char *elsewhere = getenv(ELSEWHERE);
	struct firewall_header ready;
	int socket;

	if (read_sets(process.arguments) == 0)
		return -1;
	if (elsewhere != NULL)
		socket = sibling_connect(NAME, elsewhere);
	else if ((identity->capabilities & CAPABILITY(CAP_NET_ADMIN)) != 0) {
		if (!sibling_look(package, PROGRAM, STATEMENT))
			return -1;
		identity_choose_sibling(identity, FIREWALL_USER, NAME, &process.account);
		socket = sibling_start(&process, package, identity);
	} else {
		note("CAP_NET_ADMIN is missing: no element of a firewall set can be changed");
		return -1;
	}
	if (sibling_await(NAME, socket, &ready, sizeof ready) != sizeof ready || ready.version != FIREWALL_VERSION ||
	    ready.verb != FIREWALL_READY)
		die("the firewall process did not start");
	return socket;
}
