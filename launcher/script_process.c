/*
 * See script_process.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../c/report.h"
#include "../script/protocol.h"
#include "facts.h"
#include "script_process.h"
#include "sibling.h"
#include "statements.h"

#define NAME "process of the event script"
#define SCRIPT_USER "_anydhcpd-script"

/* The script, and pairs of a word and its value; src/config/language/event-script.ts reads the same. */
#define VALUES_MAX 6

/* The value behind a word; NULL: it is not there. */
static const char *
value_of(const struct statement *values, size_t count, const char *word)
{
	for (size_t i = 1; i + 1 < count; i++)
		if (!values[i].is_string && strcasecmp(values[i].value, word) == 0)
			return values[i + 1].value;
	return NULL;
}

/* The user that the statement names, or our own for it; whether it is root. */
static bool
choose_user(struct account *account, const char *user, const struct identity *identity)
{
	if (user == NULL) {
		identity_choose_sibling(identity, SCRIPT_USER, NAME, account);
		if (identity->change && account->uid == geteuid())
			die("found no uid to run the event script with: create the user " SCRIPT_USER);
		return false;
	}
	if (!identity->change) {
		note("event-script: the script runs as uid %u: there is no privilege to become another user", geteuid());
		return false;
	}
	if (!identity_find_user(user, account))
		die("event-script: there is no user \"%s\": create it, or name another", user);
	if (account->uid == identity->uid)
		die("event-script: the user \"%s\" is the server's own, which reads packets: name another", user);
	return account->uid == 0;
}

int
script_start(const char *package, const struct identity *identity)
{
	struct sibling script = { .name = NAME, .program = "anydhcpd-script" };
	static struct statement values[VALUES_MAX];
	size_t count = statement_values(values, VALUES_MAX, "event-script");
	const char *elsewhere = getenv("ANYDHCPD_SCRIPT");
	struct script_header ready;
	int socket;

	if (count == 0)
		return -1;
	if (elsewhere != NULL)
		socket = sibling_connect(NAME, elsewhere);
	else {
		bool is_root = choose_user(&script.account, value_of(values, count, "user"), identity);
		script.arguments[0] = is_root ? "root" : "plain";
		script.arguments[1] = values[0].value;
		socket = sibling_start(&script, package, identity);
	}
	if (sibling_await(NAME, socket, &ready, sizeof ready) != sizeof ready || ready.version != SCRIPT_VERSION ||
	    ready.verb != SCRIPT_READY)
		die("the " NAME " did not start");
	if (ready.value != 0)
		fact("script-trouble", "%s", strerror((int)ready.value));
	return socket;
}
