/*
 * The process that runs the event script: one loop over requests on descriptor 3, one script at a time. It has a user of
 * its own, no privilege (unless the configuration names root), and ends when the daemon does, after the script that runs.
 * The launcher (launcher/script_process.c), or a service manager, starts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/privilege.h"
#include "../c/report.h"
#include "keep.h"
#include "protocol.h"
#include "request.h"
#include "run.h"

/* Where the launcher has put the socket to the daemon. */
#define DAEMON_FD 3

/* How far scripts stand back behind everything else on a busy processor. */
#define SCRIPT_NICE 15
#define SCRIPT_WEIGHT "15"

/* One octet more than the largest request, so that a longer one is seen. */
static union {
	struct script_header header;
	char octets[SCRIPT_REQUEST_MAX + 1];
} message;

static const char *program;
static bool is_daemon_gone;

/* The next read notices that the daemon is gone; a daemon that reads too slowly misses lines. */
static void
answer(const struct script_header *header, const char *text, size_t length)
{
	struct iovec parts[] = { { (void *)(uintptr_t)header, sizeof *header }, { (void *)(uintptr_t)text, length } };
	struct msghdr out = { .msg_iov = parts, .msg_iovlen = length > 0 ? 2 : 1 };
	int flags = header->verb == SCRIPT_LINE ? MSG_NOSIGNAL | MSG_DONTWAIT : MSG_NOSIGNAL;

	if (sendmsg(DAEMON_FD, &out, flags) < 0 && errno != EPIPE && errno != ECONNRESET && errno != EAGAIN)
		die("cannot answer: %s", strerror(errno));
}

static void
serve(size_t length)
{
	const struct script_header header = message.header;
	struct script_request request;

	if (length < sizeof header || header.version != SCRIPT_VERSION || header.verb != SCRIPT_RUN || header.outcome != 0 ||
	    header.reserved != 0)
		die("request of wrong length, version or verb");
	if (header.value < SCRIPT_SECONDS_MIN || header.value > SCRIPT_SECONDS_MAX)
		die("request with a wrong time");
	if (run_is_under_way())
		die("request while a script runs");
	request_read(&request, message.octets + sizeof header, length - sizeof header);
	if (!run_start(program, &request, header.sequence, header.value, answer))
		answer(&(struct script_header){ SCRIPT_VERSION, SCRIPT_DONE, SCRIPT_NOT_RUN, 0, header.sequence,
		    (uint32_t)errno }, NULL, 0);
}

static void
take_request(void)
{
	struct iovec part = { message.octets, sizeof message.octets };
	struct msghdr in = { .msg_iov = &part, .msg_iovlen = 1 };
	struct script_header header;

	/* Noted before it is taken, so that no worker takes it twice and none is lost. */
	if (recv(DAEMON_FD, &header, sizeof header, MSG_PEEK | MSG_DONTWAIT) == sizeof header)
		kept->taken = header.sequence;
	ssize_t length = recvmsg(DAEMON_FD, &in, MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length < 0 && errno != ECONNRESET)
		die("cannot read requests: %s", strerror(errno));
	if (length <= 0) {
		is_daemon_gone = true;
		return;
	}
	/* MSG_CTRUNC: somebody tries to pass descriptors to us; the kernel has closed them. */
	if ((in.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || length > SCRIPT_REQUEST_MAX)
		die("request too long, or with descriptors");
	serve((size_t)length);
}

static void
loop(int children)
{
	struct signalfd_siginfo told;

	while (!is_daemon_gone || run_is_under_way()) {
		struct pollfd wanted[] = { { .fd = children, .events = POLLIN }, { .fd = run_output(), .events = POLLIN },
			{ .fd = is_daemon_gone ? -1 : DAEMON_FD, .events = POLLIN } };

		if (poll(wanted, sizeof wanted / sizeof wanted[0], run_remaining()) < 0 && errno != EINTR)
			die("cannot wait for requests: %s", strerror(errno));
		if (wanted[1].revents != 0)
			run_read();
		if (wanted[0].revents != 0) {
			while (read(children, &told, sizeof told) == sizeof told)
				continue;
			run_reap();
		}
		run_expire();
		if (wanted[2].revents != 0)
			take_request();
	}
}

/* Signals that are meant for the daemon's whole group. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
}

/* The end of a child is read from a descriptor. */
static int
prepare_signals(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0)
		die("cannot block signals: %s", strerror(errno));
	int children = signalfd(-1, &blocked, SFD_NONBLOCK | SFD_CLOEXEC);
	if (children < 0)
		die("cannot wait for children: %s", strerror(errno));
	return children;
}

/* What SCRIPT_READY says of the program. */
static uint32_t
look_at_program(void)
{
	struct stat what;

	if (stat(program, &what) != 0)
		return (uint32_t)errno;
	if (!S_ISREG(what.st_mode))
		return SCRIPT_IS_NO_FILE;
	return access(program, X_OK) == 0 ? 0 : (uint32_t)errno;
}

/* A worker before this one was ended by a signal: of its last request the daemon has heard nothing, or will not. */
static void
follow_worker(void)
{
	const struct script_header ready = { SCRIPT_VERSION, SCRIPT_READY, 0, 0, kept->taken, look_at_program() };
	struct script_header header;

	/* It was noted, and not taken. */
	if (kept->taken != 0 && recv(DAEMON_FD, &header, sizeof header, MSG_PEEK | MSG_DONTWAIT) == sizeof header &&
	    header.sequence == kept->taken)
		(void)recv(DAEMON_FD, &header, sizeof header, MSG_DONTWAIT);
	answer(&ready, NULL, 0);
}

static void
work(bool is_next)
{
	const int children = prepare_signals();

	if (is_next)
		follow_worker();
	loop(children);
}

/*
 * Scripts stand back behind the server: their niceness is inherited. If the kernel shares a processor out by sessions
 * before it looks at processes (autogroup), this session stands back as a whole. If the kernel refuses either, the
 * script runs without it.
 */
static void
stand_back(void)
{
	int group = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	(void)setpriority(PRIO_PROCESS, 0, SCRIPT_NICE);
	if (group < 0)
		return;
	if (write(group, SCRIPT_WEIGHT, strlen(SCRIPT_WEIGHT)) < 0) {
		/* Without CAP_SYS_ADMIN the kernel takes one a tenth of a second from all of the system. */
	}
	close(group);
}

/* argv: uid and gid to become, or "keep" "keep"; "plain", or "root" to keep all privilege; the script. */
int
main(int argc, char *argv[])
{
	const struct rlimit no_core = { 0, 0 };
	struct script_header ready = { .version = SCRIPT_VERSION, .verb = SCRIPT_READY };

	report_begin("anydhcpd-script");
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc != 5)
		die("this program is started by bin/anydhcpd");
	keep_socket(DAEMON_FD);
	if (fcntl(DAEMON_FD, F_SETFD, FD_CLOEXEC) != 0)
		die("cannot keep the daemon's socket from scripts: %s", strerror(errno));
	stand_back();
	if (strcmp(argv[3], "root") != 0)
		become(strcmp(argv[1], "keep") != 0, (uid_t)strtoul(argv[1], NULL, 10), (gid_t)strtoul(argv[2], NULL, 10), 0);
	if (chdir("/") != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
		die("cannot prepare for scripts: %s", strerror(errno));
	umask(022);
	program = argv[4];
	ready.value = look_at_program();
	ignore_signals();
	answer(&ready, NULL, 0);
	return keep(DAEMON_FD, work);
}
