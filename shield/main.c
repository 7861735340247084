/*
 * The process that holds the kernel shield for the daemon: it loads one program (program.h), gives up every capability, and
 * attaches the program to interfaces, changes its limits and tables and reads its counts as requests on descriptor 3 say
 * (protocol.h). Without allocation. The end of the socket is the end of the process and of the shield. The launcher
 * (launcher/main.c) starts it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "../c/requests.h"
#include "../c/stop_signals.h"
#include "check.h"
#include "kernel.h"
#include "sandbox.h"

/* Where the launcher has put the socket to the daemon. */
#define DAEMON_FD 3

/* A daemon that is gone is noticed by the next read. */
static void
answer(struct shield_reply *reply)
{
	struct iovec part = { reply, sizeof *reply };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (sendmsg(DAEMON_FD, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		die("cannot answer: %s", strerror(errno));
}

static void
serve(const union shield_request *request, size_t length)
{
	struct shield_reply reply = { .header = request->header };
	const char *wrong = check_request(request, length);

	if (wrong != NULL)
		die("%s", wrong);
	switch (request->header.verb) {
	case SHIELD_LIMIT:
		shield_limit(request->limit.limits, &reply);
		break;
	case SHIELD_ATTACH:
		shield_attach(request->interface.ifindex, &reply);
		break;
	case SHIELD_DETACH:
		shield_detach(request->interface.ifindex, &reply);
		break;
	case SHIELD_COUNT:
		shield_count(request->interface.ifindex, &reply);
		break;
	default:
		shield_keys(&request->keys, &reply);
	}
	answer(&reply);
}

/* Takes one request; false at the end of the socket. */
static bool
take_request(void)
{
	static union shield_request request;
	ssize_t length = read_request(DAEMON_FD, &request, sizeof request.octets);

	if (length > 0)
		serve(&request, (size_t)length);
	return length != 0;
}

static void
loop(const sigset_t *while_waiting)
{
	while (!stopped) {
		struct pollfd end = { .fd = DAEMON_FD, .events = POLLIN };

		if (ppoll(&end, 1, NULL, while_waiting) < 0 && errno != EINTR)
			die("cannot wait for requests: %s", strerror(errno));
		if (end.revents != 0 && !take_request())
			return;
	}
}

/* argv: uid and gid to become, or "keep" "keep". */
int
main(int argc, char *argv[])
{
	struct shield_reply ready = { .header = { SHIELD_VERSION, SHIELD_READY, 0, 0 } };
	sigset_t while_waiting;

	report_begin("anydhcpd-shield");
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc != 3)
		die("this program is started by bin/anydhcpd");
	bool change = strcmp(argv[1], "keep") != 0;

	keep_socket(DAEMON_FD);
	prepare_stop_signals(&while_waiting);
	sandbox_prepare(change, (uid_t)strtoul(argv[1], NULL, 10), (gid_t)strtoul(argv[2], NULL, 10));
	shield_load();
	sandbox_enter();
	if (!shield_is_usable())
		die("the kernel lets no process without CAP_BPF use its maps, as Linux 6.1 and later do: start without --shield");
	answer(&ready);
	loop(&while_waiting);
	return 0;
}
