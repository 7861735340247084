/*
 * See arguments.h. The same walk as parseArguments() in src/cli/args.ts, and no other: what a flag
 * swallows must be the same on both sides.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"

/* One cluster of letters; returns how many arguments it took, its own included. */
static int
read_cluster(struct arguments *result, const char *letters, const char *next)
{
	for (; *letters != '\0'; letters++) {
		const char *value = letters[1] != '\0' ? letters + 1 : next;

		switch (*letters) {
		case 'd':
		case 'f':
		case 'v':
			continue;
		case 'c':
		case 'l':
			if (value == NULL) {
				result->serve = false;
				return 1;
			}
			if (*letters == 'c')
				result->config_file = value;
			else
				result->lease_file = value;
			return value == next ? 2 : 1;
		case 'u':
			return 1;
		default:
			result->serve = false;	/* -n, -h, or something the daemon refuses */
			if (*letters == 'n' || *letters == 'h')
				continue;
			return 1;
		}
	}
	return 1;
}

/* One long option; returns how many arguments it took. */
static int
read_long(struct arguments *result, const char *word, const char *next)
{
	static const char control[] = "--control=", backend[] = "--backend=", observe[] = "--observe=";

	if (strncmp(word, control, sizeof control - 1) == 0)
		result->control = word + sizeof control - 1;
	else if (strncmp(word, backend, sizeof backend - 1) == 0)
		result->packets = strcmp(word + sizeof backend - 1, "bpf") == 0;
	else if (strncmp(word, observe, sizeof observe - 1) == 0)
		result->observe = strcmp(word + sizeof observe - 1, "bpf") == 0;
	else if (strcmp(word, "--observe") == 0) {
		result->observe = next != NULL && strcmp(next, "bpf") == 0;
		return next == NULL ? 1 : 2;
	} else if (strcmp(word, "--help") == 0)
		result->serve = false;
	return 1;
}

void
arguments_read(struct arguments *result, int argc, char *argv[])
{
	*result = (struct arguments){ DEFAULT_CONFIG_FILE, DEFAULT_LEASE_FILE, getenv("ANYDHCPD_CONTROL"), false, false, true };
	for (int i = 0; i < argc;) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(word, "--") == 0)
			return;
		if (word[0] == '-' && word[1] == '-')
			i += read_long(result, word, next);
		else if (word[0] == '-' && word[1] != '\0')
			i += read_cluster(result, word + 1, next);
		else
			i++;
	}
}
