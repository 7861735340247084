/*
 * A slow, stalling or failing disk, for tests and benchmarks (LD_PRELOAD). Calls on files whose name contains
 * "dhcpd.leases" obey the first line that the file SLOW_DISK_CONTROL has at that moment:
 *
 *	delay MS			every fsync and fdatasync takes that much longer
 *	stall MS TOKEN			the next one does, once for each TOKEN
 *	fail sync|write ERRNO		every such call fails and does nothing
 *	fail sync|write ERRNO TOKEN	the next one does, once for each TOKEN
 *
 * Anything else, or no such file: nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WORD = 16, LINE = 96 };

struct order {
	char verb[WORD], what[WORD], token[WORD];
	int number;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char token_done[WORD];

static int
is_lease_file(int fd)
{
	char link[64], name[512];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, name, sizeof name - 1);
	if (length <= 0)
		return 0;
	name[length] = '\0';
	return strstr(name, "dhcpd.leases") != NULL;
}

/* System calls of its own: a call by name may come back here. */
static int
read_order(struct order *order)
{
	const char *path = getenv("SLOW_DISK_CONTROL");
	char line[LINE];
	int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	long length = fd == -1 ? -1 : syscall(SYS_read, fd, line, sizeof line - 1);

	if (fd != -1)
		syscall(SYS_close, fd);
	if (length <= 0)
		return 0;
	line[length] = '\0';
	memset(order, 0, sizeof *order);
	if (sscanf(line, "fail %15s %d %15s", order->what, &order->number, order->token) >= 2)
		strcpy(order->verb, "fail");
	else if (sscanf(line, "%15s %d %15s", order->verb, &order->number, order->token) < 2)
		return 0;
	return 1;
}

/* Whether an order is to be carried out, which those with a token are once. */
static int
takes(const struct order *order)
{
	int takes = 1;

	pthread_mutex_lock(&lock);
	if (order->token[0] != '\0') {
		takes = strcmp(order->token, token_done) != 0;
		strcpy(token_done, order->token);
	}
	pthread_mutex_unlock(&lock);
	return takes;
}

static void
sleep_ms(int milliseconds)
{
	struct timespec rest = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	while (nanosleep(&rest, &rest) == -1 && errno == EINTR)
		;
}

/* 0, or the errno that the call fails with. */
static int
intervene(int fd, const char *what)
{
	int saved = errno;
	struct order order;

	if (!is_lease_file(fd) || !read_order(&order)) {
		errno = saved;
		return 0;
	}
	errno = saved;
	if (strcmp(order.verb, "fail") == 0)
		return strcmp(order.what, what) == 0 && takes(&order) ? order.number : 0;
	if (strcmp(what, "sync") != 0 || !takes(&order))
		return 0;
	sleep_ms(order.number);
	return 0;
}

int
fdatasync(int fd)
{
	errno = intervene(fd, "sync");
	return errno != 0 ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	errno = intervene(fd, "sync");
	return errno != 0 ? -1 : (int)syscall(SYS_fsync, fd);
}

ssize_t
write(int fd, const void *octets, size_t length)
{
	static ssize_t (*_Atomic real)(int, const void *, size_t);

	if (real == NULL)
		real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	int error = intervene(fd, "write");
	if (error == 0)
		return real(fd, octets, length);
	errno = error;
	return -1;
}

ssize_t
writev(int fd, const struct iovec *pieces, int count)
{
	static ssize_t (*_Atomic real)(int, const struct iovec *, int);

	if (real == NULL)
		real = (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
	int error = intervene(fd, "write");
	if (error == 0)
		return real(fd, pieces, count);
	errno = error;
	return -1;
}
