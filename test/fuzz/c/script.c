/*
 * What the process of the event script takes of a request (script/request.h): for libFuzzer, or driver.c. An input is the
 * strings behind a request's header.
 *
 * What must hold: it ends, or what is executed has one of three events, an address, a name that is no option of a command,
 * and variables without control characters whose names are dnsmasq's or ours; nothing behind the end is read.
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../script/request.h"
#include "../../../c/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

static jmp_buf ended;

void (*report_cleanup)(void);

_Noreturn void
die(const char *format, ...)
{
	(void)format;
	longjmp(ended, 1);
}

static void
must(int condition)
{
	if (!condition)
		abort();
}

static void
check(const struct script_request *request)
{
	const char *event = request->arguments[1], *name = request->arguments[4];
	size_t count = 0;

	must(strcmp(event, "add") == 0 || strcmp(event, "old") == 0 || strcmp(event, "del") == 0);
	must(*request->arguments[2] != '-' && strlen(request->arguments[2]) <= 64);
	must(strlen(request->arguments[3]) <= 15);
	must(name == NULL || (*name != '-' && *name != '\0' && strpbrk(name, " /.$`'\"\\;&|<>*?") == NULL));
	must(request->arguments[5] == NULL);
	must(strncmp(request->environment[0], "PATH=", 5) == 0);
	for (char *const *at = request->environment + 1; *at != NULL; at++, count++) {
		must(strncmp(*at, "DNSMASQ_", 8) == 0 || strncmp(*at, "ANYDHCPD_EVENT=", 15) == 0);
		for (const char *octet = strchr(*at, '='); *octet != '\0'; octet++)
			must((unsigned char)*octet >= ' ' && *octet != '\x7f');
	}
	must(count <= SCRIPT_VARIABLES_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct script_request request;
	/* As long as the input, so that the sanitizer sees a read behind its end. */
	char *strings = malloc(length > 0 ? length : 1);

	if (strings == NULL)
		abort();
	if (length > 0)
		memcpy(strings, octets, length);
	if (setjmp(ended) == 0) {
		request_read(&request, strings, length);
		check(&request);
	}
	free(strings);
	return 0;
}
