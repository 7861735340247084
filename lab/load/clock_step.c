/*
 * A wall clock that was set, for one process (LD_PRELOAD): the seconds in the file CLOCK_STEP_FILE, eight octets in the
 * machine's order, are added to it. The monotonic clock goes on as it does.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t NONE = 0;
static const volatile int64_t *step = &NONE;

__attribute__((constructor)) static void
map_file(void)
{
	const char *path = getenv("CLOCK_STEP_FILE");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *octets = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);

	if (octets != MAP_FAILED)
		step = octets;
	if (fd != -1)
		close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += *step;
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &exact);
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *target)
{
	struct timespec exact;

	clock_gettime(CLOCK_REALTIME, &exact);
	if (target != NULL)
		*target = exact.tv_sec;
	return exact.tv_sec;
}
