/*
 * See helper_process.h.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "../helper/protocol.h"
#include "facts.h"
#include "helper_process.h"

#define HELPER_PROGRAM "native/build/Release/anydhcpd-helper"
#define HELPER_READY_MILLISECONDS 5000

/* Where the helper expects its end of the socket. */
#define SOCKET_OF_HELPER 3

_Noreturn static void
become_helper(int fd, const char *program, const struct identity *identity, const char *sockets)
{
	char uid[16] = "keep", gid[16] = "keep";
	char *argv[] = { "anydhcpd-helper", uid, gid, (char *)(uintptr_t)sockets, NULL };
	char journal[64] = "";
	char *environment[] = { NULL, NULL };

	if (identity->change) {
		snprintf(uid, sizeof uid, "%u", identity->helper_uid);
		snprintf(gid, sizeof gid, "%u", identity->helper_gid);
	}
	if (report_journal != NULL) {
		snprintf(journal, sizeof journal, "JOURNAL_STREAM=%s", report_journal);
		environment[0] = journal;
	}
	setsid();	/* Ctrl-C is the daemon's business */
	place(fd, SOCKET_OF_HELPER);
	close_from(SOCKET_OF_HELPER + 1);
	execve(program, argv, environment);
	die("%s: cannot be executed: %s", program, strerror(errno));
}

/* Waits for the helper's sandbox behind `socket`. */
static int
await_helper(int socket)
{
	struct helper_header ready;
	struct pollfd end = { .fd = socket, .events = POLLIN };

	if (poll(&end, 1, HELPER_READY_MILLISECONDS) != 1)
		die("the helper did not start in %d ms", HELPER_READY_MILLISECONDS);
	if (recv(socket, &ready, sizeof ready, 0) != sizeof ready || ready.version != HELPER_VERSION ||
	    ready.verb != HELPER_READY)
		die("the helper did not start");
	if (ready.count != 0) {
		fact("frames", "%s", "");
		note("CAP_NET_ADMIN is missing: the helper sends replies to clients without an address as frames");
	}
	return socket;
}

int
helper_connect(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof name.sun_path)
		die("%s: too long for a socket's name", path);
	strcpy(name.sun_path, path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&name, sizeof name) != 0)
		die("%s: cannot reach the helper: %s", path, strerror(errno));
	return await_helper(fd);
}

int
helper_start(const char *package, const struct identity *identity, const char *sockets)
{
	char program[PATH_MAX];
	int pair[2];

	if ((size_t)snprintf(program, sizeof program, "%s/" HELPER_PROGRAM, package) >= sizeof program)
		die("%s: path too long", package);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		die("cannot open a socket pair: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		die("cannot fork: %s", strerror(errno));
	if (child == 0) {
		close(pair[0]);
		become_helper(move_up(pair[1]), program, identity, sockets);
	}
	close(pair[1]);
	return await_helper(pair[0]);
}
