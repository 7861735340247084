/*
 * See sibling.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "facts.h"
#include "sibling.h"

#define DIRECTORY "native/build/Release"
/* For a package without one of its programs. */
#define ADVICE ": install anydhcpd again, from a whole package"

#define READY_MILLISECONDS 5000

/* Pauses of 10 ms, until a sibling that was let go has ended. */
#define ENDING_PAUSES 100

/* By how much a sibling that is waited for is less nice than the launcher. It runs for microseconds at a time. */
#define WAITED_FOR_NICE 10

/* Where a sibling expects its end of the socket. */
#define SOCKET_OF_SIBLING 3

_Noreturn static void
become_sibling(const struct sibling *sibling, const char *program, int fd, bool change)
{
	char uid[16] = "keep", gid[16] = "keep", journal[64] = "";
	const char *argv[SIBLING_ARGUMENTS_MAX + 4] = { sibling->program, uid, gid };
	char *environment[] = { NULL, NULL };

	if (change) {
		snprintf(uid, sizeof uid, "%u", sibling->account.uid);
		snprintf(gid, sizeof gid, "%u", sibling->account.gid);
	}
	memcpy(argv + 3, sibling->arguments, sizeof sibling->arguments);
	if (report_journal != NULL) {
		snprintf(journal, sizeof journal, "JOURNAL_STREAM=%s", report_journal);
		environment[0] = journal;
	}
	/* May be refused, by a service manager or for want of CAP_SYS_NICE: then it is late on a busy machine. */
	if (sibling->is_waited_for)
		setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - WAITED_FOR_NICE);
	setsid();	/* Ctrl-C is the daemon's business */
	place(fd, SOCKET_OF_SIBLING);
	close_from(SOCKET_OF_SIBLING + 1);
	execve(program, (char *const *)(uintptr_t)argv, environment);
	die("%s: cannot be executed: %s", program, strerror(errno));
}

static void
name_program(char path[PATH_MAX], const char *package, const char *program)
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/" DIRECTORY "/%s", package, program) >= PATH_MAX)
		die("%s: path too long", package);
}

/* Whether the package has it; where not, errno says why. */
static bool
is_there(char path[PATH_MAX], const char *package, const char *program)
{
	name_program(path, package, program);
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

void
sibling_need(const char *package, const char *program, const char *purpose)
{
	char path[PATH_MAX];

	if (!is_there(path, package, program))
		die_of_configuration("%s, which %s needs, cannot be executed: %s" ADVICE, path, purpose, strerror(errno));
}

bool
sibling_look(const char *package, const char *program, const char *statement)
{
	char path[PATH_MAX];

	if (is_there(path, package, program))
		return true;
	trouble(statement, "%s, which %s needs, cannot be executed: %s" ADVICE, path, statement, strerror(errno));
	return false;
}

int
sibling_start(struct sibling *sibling, const char *package, const struct identity *identity)
{
	char program[PATH_MAX];
	int pair[2];

	name_program(program, package, sibling->program);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		die("cannot open a socket pair: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		die("cannot fork: %s", strerror(errno));
	if (child == 0) {
		close(pair[0]);
		become_sibling(sibling, program, move_up(pair[1]), identity->change);
	}
	close(pair[1]);
	sibling->pid = child;
	return pair[0];
}

void
sibling_let_go(const struct sibling *sibling, int socket)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	close(socket);
	for (int i = 0; i < ENDING_PAUSES && waitpid(sibling->pid, NULL, WNOHANG) == 0; i++)
		nanosleep(&pause, NULL);
}

int
sibling_try_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close_quietly(fd);
	return -1;
}

int
sibling_connect(const char *name, const char *path)
{
	int fd = sibling_try_connect(path);

	if (fd < 0)
		die("%s: cannot reach the %s: %s", path, name, strerror(errno));
	return fd;
}

size_t
sibling_try_await(int socket, void *ready, size_t size)
{
	struct pollfd end = { .fd = socket, .events = POLLIN };

	if (poll(&end, 1, READY_MILLISECONDS) != 1)
		return 0;
	ssize_t length = recv(socket, ready, size, 0);
	return length > 0 ? (size_t)length : 0;
}

size_t
sibling_await(const char *name, int socket, void *ready, size_t size)
{
	size_t length = sibling_try_await(socket, ready, size);

	if (length == 0)
		die("the %s ended before it was ready, or took more than %d ms", name, READY_MILLISECONDS);
	return length;
}
