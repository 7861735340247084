/*
 * Asks the kernel what the kernel shield's program says to frames (BPF_PROG_TEST_RUN), each as if it had come in by the loopback
 * interface of this network namespace. Linked with shield/kernel.c. A command a line of standard input, a line of output each:
 *
 *	limits INTERVAL TOLERANCE ...	for each kind; nanoseconds
 *	destination KEY, client KEY	eight octets in hexadecimal
 *	frame OCTETS			writes 1 for dropped, 2 for passed
 *	counts				writes them
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../c/report.h"
#include "../../shield/kernel.h"

#define LOOPBACK 1

static size_t
octets_of(const char *text, uint8_t *octets, size_t most)
{
	size_t count = 0;
	unsigned value;

	for (; count < most && sscanf(text, "%2x", &value) == 1; text += 2)
		octets[count++] = (uint8_t)value;
	return count;
}

static void
run_frame(const char *text)
{
	static uint8_t frame[4096];
	union bpf_attr attributes = { .test = { .prog_fd = (uint32_t)shield_program_fd(), .data_in = (uint64_t)(uintptr_t)frame,
	    .repeat = 1 } };

	attributes.test.data_size_in = (uint32_t)octets_of(text, frame, sizeof frame);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0)
		die("cannot run the program: %s", strerror(errno));
	printf("%u\n", attributes.test.retval);
}

static void
put(uint32_t table, const char *text)
{
	static struct shield_key_request request;
	struct shield_reply reply = { .result = 0 };

	request.header.count = 1;
	request.table = table;
	request.action = SHIELD_PUT;
	(void)octets_of(text, request.keys[0], sizeof request.keys[0]);
	shield_keys(&request, &reply);
	printf("%u\n", reply.result);
}

static void
set_limits(char *text)
{
	struct shield_limit limits[SHIELD_LIMITS];
	struct shield_reply reply = { .result = 0 };

	for (unsigned i = 0; i < SHIELD_LIMITS; i++) {
		limits[i].interval = strtoull(text, &text, 10);
		limits[i].tolerance = strtoull(text, &text, 10);
	}
	shield_limit(limits, &reply);
	printf("%u\n", reply.result);
}

static void
tell_counts(void)
{
	struct shield_reply reply = { .result = 0 };

	shield_count(LOOPBACK, &reply);
	for (unsigned i = 0; i < SHIELD_COUNTS; i++)
		printf("%" PRIu64 "%c", reply.counts[i], i + 1 < SHIELD_COUNTS ? ' ' : '\n');
}

int
main(void)
{
	static char line[16384];
	struct shield_reply reply = { .result = 0 };

	report_begin("shield-verdicts");
	shield_load();
	shield_attach(LOOPBACK, &reply);
	if (reply.result == SHIELD_FAILED)
		die("no shield on the loopback interface: %s", strerror((int)reply.error));
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (strncmp(line, "frame ", 6) == 0)
			run_frame(line + 6);
		else if (strncmp(line, "limits ", 7) == 0)
			set_limits(line + 7);
		else if (strncmp(line, "destination ", 12) == 0)
			put(SHIELD_DESTINATIONS, line + 12);
		else if (strncmp(line, "client ", 7) == 0)
			put(SHIELD_CLIENTS, line + 7);
		else
			tell_counts();
	}
	return 0;
}
