/*
 * See idmap.h. A user namespace exists as long as a process or a descriptor is in it: a child makes
 * one and waits, we write its maps and keep the descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idmap.h"

static bool
write_map(pid_t child, const char *name, unsigned from, unsigned to)
{
	char path[64], text[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)child, name);
	int length = snprintf(text, sizeof text, "%u %u 1\n", from, to);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool written = write(fd, text, (size_t)length) == length;
	close(fd);
	return written;
}

/* Says by one octet that the namespace is there, then waits to be killed. */
_Noreturn static void
hold_namespace(int said)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (unshare(CLONE_NEWUSER) != 0 || write(said, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int
open_namespace(pid_t child)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)child);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
idmap_open(uid_t from_uid, gid_t from_gid, uid_t to_uid, gid_t to_gid)
{
	int ends[2], fd = -1;
	char octet;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t child = fork();
	if (child == 0)
		hold_namespace(ends[1]);
	close(ends[1]);
	if (child > 0 && read(ends[0], &octet, 1) == 1 && write_map(child, "uid_map", from_uid, to_uid) &&
	    write_map(child, "gid_map", from_gid, to_gid))
		fd = open_namespace(child);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return fd;
}
