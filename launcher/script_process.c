/*
 * See script_process.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/report.h"
#include "../script/protocol.h"
#include "facts.h"
#include "script_process.h"
#include "sibling.h"
#include "statements.h"

#define STATEMENT "event-script"
#define NAME "process of the event script"
#define PROGRAM "anydhcpd-script"
#define ELSEWHERE "ANYDHCPD_SCRIPT"
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

/* Whether the user that the statement names can be the script's; false with the trouble handed on. */
static bool
is_user_sound(const char *user, const struct identity *identity)
{
	struct account account;

	if (!identity_find_user(user, &account))
		trouble(STATEMENT, "there is no user \"%s\": create it, or name another", user);
	else if (identity_is_user(identity, user))
		trouble(STATEMENT, "the user \"%s\" is the server's own, which reads packets: name another", user);
	else
		return true;
	return false;
}

/* The user that the statement names, or our own for it. False with the trouble handed on. */
static bool
choose_user(struct account *account, const char *user, const struct identity *identity)
{
	if (user == NULL) {
		identity_choose_sibling(identity, SCRIPT_USER, NAME, account);
		if (identity->change && account->uid == geteuid())
			die("found no uid to run the event script with: create the user " SCRIPT_USER);
		return true;
	}
	if (!identity->change) {
		note(STATEMENT ": the script runs as uid %u: there is no privilege to become another user", geteuid());
		return true;
	}
	return is_user_sound(user, identity) && identity_find_user(user, account);
}

/* Whether what stands in front of the first blank of `path` is a file; then `program` is that. */
static bool
has_arguments(const char *path, char program[STATEMENT_VALUE_MAX])
{
	const size_t length = strcspn(path, " ");
	struct stat what;

	snprintf(program, STATEMENT_VALUE_MAX, "%.*s", (int)length, path);
	return path[length] != '\0' && stat(program, &what) == 0 && S_ISREG(what.st_mode);
}

/* Tells why the script cannot be executed: an errno or SCRIPT_IS_NO_FILE. */
static void
tell_trouble(const char *path, uint32_t why)
{
	char program[STATEMENT_VALUE_MAX];

	if (why == ENOENT && has_arguments(path, program))
		trouble(STATEMENT, "the event script %s cannot be executed: %s: it takes a path and no arguments: name a script that "
		    "calls %s with them", path, strerror(ENOENT), program);
	else
		trouble_of_file((int)why, STATEMENT, "the event script %s cannot be executed: %s (expected a program that the script's user may execute)",
		    path, why == SCRIPT_IS_NO_FILE ? "it is no regular file" : strerror((int)why));
}

void
script_look(const char *package, const struct identity *identity)
{
	static struct statement values[VALUES_MAX];
	const size_t count = statement_values(values, VALUES_MAX, STATEMENT);
	struct stat what;

	if (count == 0)
		return;
	if (getenv(ELSEWHERE) == NULL)
		(void)sibling_look(package, PROGRAM, STATEMENT);
	const char *user = value_of(values, count, "user");
	if (user != NULL)
		(void)is_user_sound(user, identity);
	if (stat(values[0].value, &what) != 0) {
		/* It may lie where only its own user can look. */
		if (errno != EACCES)
			tell_trouble(values[0].value, (uint32_t)errno);
	} else if (!S_ISREG(what.st_mode))
		tell_trouble(values[0].value, SCRIPT_IS_NO_FILE);
	else if ((what.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		tell_trouble(values[0].value, EACCES);
}

int
script_start(const char *package, const struct identity *identity)
{
	struct sibling script = { .name = NAME, .program = PROGRAM };
	static struct statement values[VALUES_MAX];
	size_t count = statement_values(values, VALUES_MAX, STATEMENT);
	const char *elsewhere = getenv(ELSEWHERE);
	struct script_header ready;
	int socket;

	if (count == 0)
		return -1;
	if (elsewhere != NULL)
		socket = sibling_connect(NAME, elsewhere);
	else {
		const char *user = value_of(values, count, "user");

		if (!sibling_look(package, PROGRAM, STATEMENT) || !choose_user(&script.account, user, identity))
			return -1;
		script.arguments[0] = user != NULL && identity->change && script.account.uid == 0 ? "root" : "plain";
		script.arguments[1] = values[0].value;
		socket = sibling_start(&script, package, identity);
	}
	if (sibling_await(NAME, socket, &ready, sizeof ready) != sizeof ready || ready.version != SCRIPT_VERSION ||
	    ready.verb != SCRIPT_READY)
		die("the " NAME " did not start");
	if (ready.value != 0)
		tell_trouble(values[0].value, ready.value);
	return socket;
}
