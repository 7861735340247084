/*
 * See shield_process.h.
 */
#include <linux/capability.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../c/privilege.h"
#include "../c/report.h"
#include "../shield/protocol.h"
#include "facts.h"
#include "shield_process.h"
#include "sibling.h"

#define NAME "process of the kernel shield"
#define PROGRAM "anydhcpd-shield"
#define ELSEWHERE "ANYDHCPD_SHIELD"
#define SHIELD_USER "_anydhcpd-shield"

/* Older headers do not have it. */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool
may_load(uint64_t capabilities)
{
	return (capabilities & CAPABILITY(CAP_NET_ADMIN)) != 0 &&
	    (capabilities & (CAPABILITY(CAP_BPF) | CAPABILITY(CAP_SYS_ADMIN))) != 0;
}

void
shield_look(const char *package)
{
	if (getenv(ELSEWHERE) == NULL)
		sibling_need(package, PROGRAM, "--shield xdp");
}

int
shield_start(const char *package, const struct identity *identity)
{
	struct sibling process = { .name = NAME, .program = PROGRAM };
	const char *elsewhere = getenv(ELSEWHERE);
	struct shield_reply ready;
	int socket;

	if (elsewhere != NULL) {
		socket = sibling_try_connect(elsewhere);
		if (socket < 0) {
			fact("no-shield", "the " NAME " cannot be reached by %s (%s)", elsewhere, strerror(errno));
			return -1;
		}
	} else if (may_load(identity->capabilities)) {
		identity_choose_sibling(identity, SHIELD_USER, NAME, &process.account);
		socket = sibling_start(&process, package, identity);
	} else
		die_of_configuration("--shield needs CAP_NET_ADMIN and CAP_BPF: start as root, or without --shield");
	if (sibling_try_await(socket, &ready, sizeof ready) == sizeof ready && ready.header.version == SHIELD_VERSION &&
	    ready.header.verb == SHIELD_READY)
		return socket;
	if (elsewhere != NULL)
		close(socket);
	else
		sibling_let_go(&process, socket);
	fact("no-shield", "the " NAME " did not start, for the reason that it wrote to %s",
	    elsewhere != NULL ? "its own log" : "standard error");
	return -1;
}
