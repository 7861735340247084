/*
 * See arguments.h. The same walk as parseArguments() in src/cli/args.ts, and no other: what a flag
 * swallows must be the same on both sides.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"

/* The walk: what was read, and what has still to agree when it is over. */
struct walk {
	struct arguments *result;
	bool wildcard;		/* -u */
	bool addresses;		/* -uADDRESS */
	bool over;		/* --help, --version or a mistake: nothing after it counts */
};

static void
end(struct walk *walk)
{
	walk->result->serve = false;
	walk->over = true;
}

/* Whether `text` is an IPv4 address, as dhcpd(8) writes one. */
static bool
is_address(const char *text, struct in_addr *address)
{
	return inet_pton(AF_INET, text, address) == 1;
}

static void
take_listen_address(struct walk *walk, const char *text)
{
	struct in_addr address = { INADDR_ANY };

	if (*text != '\0' && !is_address(text, &address))
		end(walk);
	else if (address.s_addr == INADDR_ANY)
		walk->wildcard = true;
	else
		walk->addresses = true;
}

/* One cluster of letters; returns how many arguments it took, its own included. */
static int
read_cluster(struct walk *walk, const char *letters, const char *next)
{
	for (; *letters != '\0'; letters++) {
		const char *value = letters[1] != '\0' ? letters + 1 : next;

		switch (*letters) {
		case 'd':
		case 'f':
		case 'v':
			continue;
		case 'n':
			walk->result->serve = false;
			continue;
		case 'c':
		case 'l':
			if (value == NULL)
				end(walk);
			else if (*letters == 'c')
				walk->result->config_file = value;
			else
				walk->result->lease_file = value;
			return value == next ? 2 : 1;
		case 'u':
			take_listen_address(walk, letters + 1);
			return 1;
		default:
			end(walk);	/* -h, or something the daemon refuses */
			return 1;
		}
	}
	return 1;
}

static void
take_value(struct walk *walk, const char *name, size_t length, const char *value)
{
	struct arguments *result = walk->result;
	bool is_bpf = strcmp(value, "bpf") == 0;

#define IS(option) (length == strlen(option) && strncmp(name, option, length) == 0)
	if (IS("--control") && *value != '\0')
		result->control = value;
	else if (IS("--control-group") && *value != '\0')
		result->control_group = value;
	else if (IS("--backend") && (is_bpf || strcmp(value, "udp") == 0))
		result->packets = is_bpf;
	else if (IS("--observe") && is_bpf)
		result->observe = true;
	else if (!IS("--log") || (strcmp(value, "text") != 0 && strcmp(value, "json") != 0))
		end(walk);
#undef IS
}

/* One long option; returns how many arguments it took. */
static int
read_long(struct walk *walk, const char *word, const char *next)
{
	static const char *const with_value[] = { "--backend", "--control", "--control-group", "--log", "--observe" };
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
		if (strlen(with_value[i]) != length || strncmp(word, with_value[i], length) != 0)
			continue;
		const char *value = word[length] == '=' ? word + length + 1 : next != NULL ? next : "";
		take_value(walk, word, length, value);
		return word[length] == '=' ? 1 : 2;
	}
	if (strcmp(word, "--strict") != 0)
		end(walk);	/* --help, --version, or something the daemon refuses */
	return 1;
}

static void
take_interface(struct walk *walk, const char *word)
{
	struct in_addr address;

	if (is_address(word, &address))
		walk->result->serve = false;
}

void
arguments_read(struct arguments *result, int argc, char *argv[])
{
	struct walk walk = { .result = result };

	*result = (struct arguments){ .config_file = DEFAULT_CONFIG_FILE, .lease_file = DEFAULT_LEASE_FILE,
	    .control = getenv("ANYDHCPD_CONTROL"), .serve = true };
	for (int i = 0; i < argc && !walk.over;) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(word, "--") == 0) {
			while (++i < argc)
				take_interface(&walk, argv[i]);
		} else if (word[0] == '-' && word[1] == '-') {
			i += read_long(&walk, word, next);
		} else if (word[0] == '-' && word[1] != '\0') {
			i += read_cluster(&walk, word + 1, next);
		} else {
			take_interface(&walk, word);
			i++;
		}
	}
	if ((walk.wildcard && walk.addresses) || (result->packets && result->observe))
		result->serve = false;
}

void
arguments_print(int argc, char *argv[])
{
	struct arguments read;

	arguments_read(&read, argc, argv);
	printf("serve %d\nconfigFile %s\nleaseFile %s\ncontrol %s\ncontrolGroup %s\npackets %d\nobserve %d\n", read.serve,
	    read.config_file, read.lease_file, read.control != NULL ? read.control : "",
	    read.control_group != NULL ? read.control_group : "", read.packets, read.observe);
}
