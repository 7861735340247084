/*
 * See request.h.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "../c/report.h"
#include "request.h"

#define HARDWARE_OCTETS_MAX 64
#define NAME_OCTETS_MAX 63

static const char *const events[] = { "add", "old", "del" };

/* Names of variables; behind one that ends in a zero come others with higher numbers. */
static const char *const variables[] = {
	"ANYDHCPD_EVENT", "DNSMASQ_CIRCUIT_ID", "DNSMASQ_CLIENT_ID", "DNSMASQ_DATA_MISSING", "DNSMASQ_DOMAIN",
	"DNSMASQ_INTERFACE", "DNSMASQ_LEASE_EXPIRES", "DNSMASQ_MUD_URL", "DNSMASQ_OLD_HOSTNAME",
	"DNSMASQ_RELAY_ADDRESS", "DNSMASQ_REMOTE_ID", "DNSMASQ_REQUESTED_OPTIONS", "DNSMASQ_SUBSCRIBER_ID",
	"DNSMASQ_SUPPLIED_HOSTNAME", "DNSMASQ_TAGS", "DNSMASQ_TIME_REMAINING", "DNSMASQ_USER_CLASS0",
	"DNSMASQ_VENDOR_CLASS",
};

/* Whether all octets are of a set, and there are 1 to `most` of them. */
static bool
is_made_of(const char *text, const char *set, size_t most)
{
	size_t length = strlen(text);

	return length > 0 && length <= most && strspn(text, set) == length;
}

static bool
is_event(const char *text)
{
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (strcmp(text, events[i]) == 0)
			return true;
	return false;
}

/* A label of the DNS, or nothing: it cannot be taken for an option of a command. */
static bool
is_name(const char *text)
{
	return *text == '\0' || (*text != '-' && is_made_of(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", NAME_OCTETS_MAX));
}

static bool
is_variable(const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL)
		return false;
	for (const char *at = equals + 1; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == '\x7f')
			return false;
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		size_t length = strlen(variables[i]);

		/* DNSMASQ_USER_CLASS0, and those with a number of one or two digits in its place. */
		if (variables[i][length - 1] == '0' && strncmp(text, variables[i], length - 1) == 0) {
			const char *digits = text + length - 1;
			size_t count = (size_t)(equals - digits);

			if (count >= 1 && count <= 2 && strspn(digits, "0123456789") == count)
				return true;
		} else if ((size_t)(equals - text) == length && strncmp(text, variables[i], length) == 0)
			return true;
	}
	return false;
}

static void
check_arguments(char *const arguments[])
{
	struct in_addr address;

	if (!is_event(arguments[0]))
		die("request with an unknown event");
	if (!is_made_of(arguments[1], "0123456789abcdef:-", HARDWARE_OCTETS_MAX) || *arguments[1] == '-')
		die("request with a wrong hardware address");
	if (inet_pton(AF_INET, arguments[2], &address) != 1)
		die("request with a wrong address");
	if (!is_name(arguments[3]))
		die("request with a wrong name");
}

void
request_read(struct script_request *request, char *strings, size_t length)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	size_t count = 0, variable_count = 0;

	memset(request, 0, sizeof *request);
	request->environment[variable_count++] = path;
	if (length == 0 || strings[length - 1] != '\0')
		die("request without an end");
	for (char *at = strings; at < strings + length; at += strlen(at) + 1, count++) {
		if (count < SCRIPT_ARGUMENTS) {
			request->arguments[1 + count] = at;
			continue;
		}
		if (variable_count > SCRIPT_VARIABLES_MAX || !is_variable(at))
			die("request with a wrong variable");
		request->environment[variable_count++] = at;
	}
	if (count < SCRIPT_ARGUMENTS)
		die("request with too few arguments");
	check_arguments(request->arguments + 1);
	if (*request->arguments[SCRIPT_ARGUMENTS] == '\0')
		request->arguments[SCRIPT_ARGUMENTS] = NULL;
}
