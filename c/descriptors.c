/*
 * See descriptors.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "report.h"

void
close_range_of(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	if (errno != ENOSYS || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		die("cannot close descriptors: %s", strerror(errno));
	for (rlim_t fd = first; fd < limit.rlim_cur && fd <= last; fd++)	/* Linux before 5.9 */
		close((int)fd);
}

void
close_from(unsigned first)
{
	close_range_of(first, ~0U);
}

void
close_quietly(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

int
move_up(int fd)
{
	if (fd < 0)
		return -1;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (moved < 0)
		die("cannot move a descriptor: %s", strerror(errno));
	close(fd);
	return moved;
}

void
place(int fd, int number)
{
	if (fd >= 0 && dup2(fd, number) < 0)
		die("cannot hand on a descriptor: %s", strerror(errno));
}

void
keep_socket(int fd)
{
	int type;
	socklen_t length = sizeof type;
	int null = open("/dev/null", O_RDWR);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_SEQPACKET)
		die("descriptor %d is not the daemon's socket: start bin/anydhcpd", fd);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("cannot use /dev/null: %s", strerror(errno));
	close_from((unsigned)fd + 1);
}
