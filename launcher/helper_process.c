/*
 * See helper_process.h.
 */
#include <linux/capability.h>
#include <stdlib.h>

#include "../c/privilege.h"
#include "../c/report.h"
#include "../helper/protocol.h"
#include "facts.h"
#include "helper_process.h"
#include "sibling.h"

#define NAME "helper"
#define PROGRAM "anydhcpd-helper"
#define ELSEWHERE "ANYDHCPD_HELPER"
#define HELPER_USER "_anydhcpd-helper"

/* Capabilities that a helper is worth starting for. */
#define USEFUL (CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_NET_RAW))

/* -1: there is none. */
static int
reach(const char *package, const struct identity *identity, const char *sockets)
{
	struct sibling helper = { .name = NAME, .program = PROGRAM, .is_waited_for = true,
		.arguments = { sockets } };
	const char *elsewhere = getenv(ELSEWHERE);

	if (elsewhere != NULL)
		return sibling_connect(NAME, elsewhere);
	if ((identity->capabilities & USEFUL) == 0)
		return -1;
	identity_choose_sibling(identity, HELPER_USER, NAME, &helper.account);
	return sibling_start(&helper, package, identity);
}

void
helper_look(const char *package)
{
	if (getenv(ELSEWHERE) == NULL)
		sibling_need(package, PROGRAM, "the server");
}

int
helper_start(const char *package, const struct identity *identity, const char *sockets)
{
	int socket = reach(package, identity, sockets);
	struct helper_header ready;

	if (socket < 0) {
		note("no privilege, no helper: replies that need a neighbour entry are broadcast");
		return -1;
	}
	if (sibling_await(NAME, socket, &ready, sizeof ready) != sizeof ready || ready.version != HELPER_VERSION ||
	    ready.verb != HELPER_READY)
		die("the helper did not start");
	if (ready.count != 0) {
		fact("frames", "%s", "");
		note("CAP_NET_ADMIN is missing: the helper sends replies to clients without an address as frames");
	}
	return socket;
}
