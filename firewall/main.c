/*
 * The process that changes elements of nftables sets for the daemon: CAP_NET_ADMIN alone, the sets that its arguments
 * name, and requests on descriptor 3 (protocol.h). Without allocation; the daemon's death is seen as the end of the socket.
 * The launcher (launcher/main.c) starts it.
 *
 * It is two: a worker that does all this, and a keeper that starts another worker when one has ended while the daemon
 * is there. So a fault in the worker costs the changes that it was about to make, and the daemon repeats them when it
 * learns of that.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "../c/requests.h"
#include "../c/stop_signals.h"
#include "check.h"
#include "elements.h"
#include "nftables.h"
#include "protocol.h"
#include "sandbox.h"
#include "sets.h"

/* Where the launcher has put the socket to the daemon. */
#define DAEMON_FD 3

/* Seconds before another worker is started: the first time, and the longest after doubling. */
#define REST_MIN 1
#define REST_MAX 60

/* A daemon that is gone is noticed by the next read. */
static void
answer(const void *octets, size_t length)
{
	struct iovec part = { (void *)(uintptr_t)octets, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (sendmsg(DAEMON_FD, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		die("cannot answer: %s", strerror(errno));
}

static void
answer_list(const struct firewall_list_reply *reply, size_t length)
{
	answer(reply, length);
}

static void
serve_look(const struct firewall_set_request *request)
{
	struct set *set = sets_at(request->set);
	struct firewall_look_reply reply = { .header = request->header };

	/* A change between the two is seen by the next look. */
	reply.is_changed = sets_are_changed() ? 1 : 0;
	sets_look(set);
	reply.header.count = (uint16_t)sets_count();
	reply.result = set->result;
	reply.key = set->key;
	reply.has_timeout = set->has_timeout ? 1 : 0;
	reply.handle = set->result == FIREWALL_OK ? set->handle : 0;
	memcpy(reply.family, set->family_name, sizeof reply.family);
	memcpy(reply.table, set->table, sizeof reply.table);
	memcpy(reply.set, set->name, sizeof reply.set);
	answer(&reply, sizeof reply);
}

static void
serve_change(const struct firewall_change_request *request)
{
	static struct firewall_change_reply reply;

	reply.header = request->header;
	elements_change(request->elements, request->header.count, reply.results);
	answer(&reply, offsetof(struct firewall_change_reply, results) + request->header.count);
}

static void
serve_request(const union firewall_request *request, size_t length)
{
	const char *wrong = check_request(request, length, sets_count());

	if (wrong != NULL)
		die("%s", wrong);
	if (request->header.verb == FIREWALL_LOOK)
		serve_look(&request->set);
	else if (request->header.verb == FIREWALL_LIST)
		elements_list(&request->header, request->set.set, answer_list);
	else
		serve_change(&request->change);
}

/* Takes one request; false at the end of the socket. */
static bool
take_request(void)
{
	static union firewall_request request;
	ssize_t length = read_request(DAEMON_FD, &request, sizeof request.octets);

	if (length > 0)
		serve_request(&request, (size_t)length);
	return length != 0;
}

static void
loop(const sigset_t *while_waiting)
{
	while (!stopped) {
		struct pollfd ends[2] = {
			{ .fd = DAEMON_FD, .events = POLLIN },
			{ .fd = elements_are_listed() ? nftables_list_fd : -1, .events = POLLIN },
		};

		if (ppoll(ends, 2, NULL, while_waiting) < 0 && errno != EINTR)
			die("cannot wait for requests: %s", strerror(errno));
		if (ends[1].revents != 0)
			elements_list_more(answer_list);
		if (ends[0].revents != 0 && !take_request())
			return;
	}
}

_Noreturn static void
work(const sigset_t *while_waiting)
{
	struct firewall_header ready = { FIREWALL_VERSION, FIREWALL_READY, (uint16_t)sets_count(), 0 };

	/* A keeper that is gone must not leave a worker that nothing ends. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0)
		die("cannot follow the keeper: %s", strerror(errno));
	sandbox_enter_worker();
	/* Answers that the worker before has not taken. */
	(void)netlink_drain(nftables_fd);
	(void)sets_are_changed();
	for (unsigned i = 0; i < sets_count(); i++)
		sets_look(sets_at(i));
	answer(&ready, sizeof ready);
	loop(while_waiting);
	_exit(0);
}

/* Waits for the end of the worker; false if it was in order. */
static bool
await_worker(void)
{
	int status;

	while (wait4(-1, &status, 0, NULL) < 0)
		if (errno != EINTR)
			die("cannot wait for the worker: %s", strerror(errno));
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* Whether the daemon is gone, which a worker that has failed could not say. */
static bool
is_daemon_gone(void)
{
	struct pollfd end = { .fd = DAEMON_FD };
	const struct timespec now = { 0, 0 };

	return ppoll(&end, 1, &now, NULL) > 0 && (end.revents & (POLLHUP | POLLERR)) != 0;
}

static void
keep(const sigset_t *while_waiting)
{
	for (time_t rest = REST_MIN;; rest = rest * 2 < REST_MAX ? rest * 2 : REST_MAX) {
		struct timespec pause = { rest, 0 };
		pid_t worker = fork();

		if (worker < 0)
			die("cannot fork: %s", strerror(errno));
		if (worker == 0)
			work(while_waiting);
		if (!await_worker() || is_daemon_gone())
			return;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		if (is_daemon_gone())
			return;
	}
}

/* argv: uid and gid to become, or "keep" "keep"; then the sets, each "FAMILY TABLE SET". */
int
main(int argc, char *argv[])
{
	sigset_t while_waiting;

	report_begin("anydhcpd-firewall");
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc < 4)
		die("this program is started by bin/anydhcpd");
	bool change = strcmp(argv[1], "keep") != 0;

	keep_socket(DAEMON_FD);
	sets_name((unsigned)argc - 3, argv + 3);
	prepare_stop_signals(&while_waiting);
	nftables_open();
	sandbox_enter_keeper(change, (uid_t)strtoul(argv[1], NULL, 10), (gid_t)strtoul(argv[2], NULL, 10));
	keep(&while_waiting);
	return 0;
}
