/*
 * The privileged helper that runs beside the daemon: sandbox, one loop over requests on descriptor 3, an orderly
 * end. Single-threaded, without allocation; the daemon's death is seen as the end of the socket. The launcher
 * (launcher/main.c) starts it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "frames.h"
#include "neighbours.h"
#include "netlink.h"
#include "protocol.h"
#include "../c/report.h"
#include "../c/requests.h"
#include "../c/stop_signals.h"
#include "sandbox.h"
#include "sockets.h"

/* Where the launcher has put the socket to the daemon. */
#define DAEMON_FD 3

/* One octet more than the largest request, so that a longer one is seen. */
union request {
	struct helper_header header;
	struct helper_listen_request listen;
	struct helper_neighbour_request neighbours;
	struct helper_frame_request frame;
	char octets[sizeof(struct helper_frame_request) + 1];
};

/* The kind of packet socket that the daemon was started to use; 0 for none. */
static uint8_t packets_allowed;

/* Sends a message, with a descriptor unless it is -1. A daemon that is gone is noticed by the next read. */
static void
answer(const void *octets, size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { (void *)(uintptr_t)octets, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		memset(&control, 0, sizeof control);
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		control.header.cmsg_len = CMSG_LEN(sizeof fd);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	}
	if (sendmsg(DAEMON_FD, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		die("cannot answer: %s", strerror(errno));
}

static void
serve_listen(const struct helper_listen_request *request)
{
	struct helper_listen_reply reply = { .header = request->header };

	if (request->header.count != 0 || request->freebind > 1 || request->reserved[0] != 0 || request->reserved[1] != 0)
		die("listen request with reserved octets");
	int fd = sockets_open(request, packets_allowed, &reply);
	answer(&reply, sizeof reply, fd);
	if (fd >= 0)
		close(fd);
}

static void
serve_neighbours(const struct helper_neighbour_request *request, size_t length)
{
	unsigned count = request->header.count;
	struct helper_neighbour_reply reply = { .header = request->header };

	if (count == 0 || count > HELPER_BATCH ||
	    length != sizeof request->header + count * sizeof request->entries[0])
		die("neighbour request of wrong length");
	for (unsigned i = 0; i < count; i++)
		if (request->entries[i].hardware_high > UINT16_MAX)
			die("neighbour request with reserved octets");
	if (request->header.verb == HELPER_NEIGHBOUR_DELETE) {
		neighbours_delete(request->entries, count);
		return;
	}
	neighbours_set(request->entries, count, reply.results);
	answer(&reply, sizeof reply, -1);
}

static void
serve_frame(const struct helper_frame_request *request, size_t length)
{
	unsigned count = request->header.count;
	struct helper_listen_reply reply = { .header = request->header };

	if (count < HELPER_PAYLOAD_MIN || count > HELPER_PAYLOAD_MAX ||
	    length != offsetof(struct helper_frame_request, payload) + count)
		die("frame request of wrong length");
	if (request->hardware_high > UINT16_MAX)
		die("frame request with reserved octets");
	reply.result = frames_send(request, &reply.error);
	answer(&reply, sizeof reply, -1);
}

static void
serve_request(const union request *request, size_t length)
{
	if (length < sizeof request->header || request->header.version != HELPER_VERSION)
		die("request of wrong length or version");
	switch (request->header.verb) {
	case HELPER_LISTEN:
		if (length != sizeof request->listen)
			die("listen request of wrong length");
		serve_listen(&request->listen);
		break;
	case HELPER_NEIGHBOUR_SET:
	case HELPER_NEIGHBOUR_DELETE:
		serve_neighbours(&request->neighbours, length);
		break;
	case HELPER_FRAME:
		serve_frame(&request->frame, length);
		break;
	default:
		die("request with unknown verb %u", request->header.verb);
	}
}

/* Takes one request; false at the end of the socket. */
static bool
take_request(void)
{
	static union request request;
	ssize_t length = read_request(DAEMON_FD, &request, sizeof request.octets);

	if (length > 0)
		serve_request(&request, (size_t)length);
	return length != 0;
}

static void
loop(const sigset_t *while_waiting)
{
	while (!stopped) {
		int wait = neighbours_expire();
		struct timespec timeout = { wait / 1000, wait % 1000 * 1000000L };
		struct pollfd daemon_end = { .fd = DAEMON_FD, .events = POLLIN };
		int ready = ppoll(&daemon_end, 1, wait < 0 ? NULL : &timeout, while_waiting);

		if (ready < 0 && errno != EINTR)
			die("cannot wait for requests: %s", strerror(errno));
		if (ready > 0 && !take_request())
			return;
	}
}

/*
 * argv: uid and gid to become, or "keep" "keep"; "packets" or "observe" if packet sockets of that kind may be
 * opened, else "sockets".
 */
int
main(int argc, char *argv[])
{
	struct helper_header ready = { HELPER_VERSION, HELPER_READY, 0, 0 };
	sigset_t while_waiting;

	report_begin("anydhcpd-helper");
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc != 4)
		die("this program is started by bin/anydhcpd");
	bool change = strcmp(argv[1], "keep") != 0;
	packets_allowed = strcmp(argv[3], "packets") == 0 ? HELPER_PACKET : strcmp(argv[3], "observe") == 0 ? HELPER_OBSERVE : 0;

	keep_socket(DAEMON_FD);
	prepare_stop_signals(&while_waiting);
	netlink_open();
	ready.count = frames_open() ? 1 : 0;
	sandbox_enter(change, (uid_t)strtoul(argv[1], NULL, 10), (gid_t)strtoul(argv[2], NULL, 10), packets_allowed != 0);
	report_cleanup = neighbours_clear;
	answer(&ready, sizeof ready, -1);
	loop(&while_waiting);
	neighbours_clear();
	return 0;
}
