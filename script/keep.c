/*
 * See keep.h.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../c/report.h"
#include "keep.h"

/* Seconds before another worker is started: the first time, and the longest after doubling. */
#define REST_MIN 1
#define REST_MAX 60

struct kept *kept;

/* Waits for the end of `wanted`, and reaps processes that scripts have left behind. */
static int
await(pid_t wanted)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, 0)) != wanted)
		if (ended < 0 && errno != EINTR)
			die("cannot wait for the worker: %s", strerror(errno));
	return status;
}

/* A script whose worker is gone: it runs for the same event once more, and must not run twice at a time. */
static void
end_script(void)
{
	if (kept->script == 0)
		return;
	kill(-kept->script, SIGKILL);
	kill(kept->script, SIGKILL);
	kept->script = 0;
}

/* Whether the daemon is gone, or goes within so many seconds. */
static bool
is_gone_within(int daemon, time_t seconds)
{
	struct pollfd end = { .fd = daemon };
	int changed;

	while ((changed = poll(&end, 1, (int)seconds * 1000)) < 0 && errno == EINTR)
		continue;
	return changed > 0 && (end.revents & (POLLHUP | POLLERR)) != 0;
}

static void
let_stop(void (*action)(int))
{
	signal(SIGTERM, action);
	signal(SIGINT, action);
}

int
keep(int daemon, void (*work)(bool is_next))
{
	time_t rest = REST_MIN;

	kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (kept == MAP_FAILED)
		die("cannot share memory: %s", strerror(errno));
	/* So a script whose worker has ended stays ours to end, by its number. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		die("cannot look after scripts: %s", strerror(errno));
	for (bool is_next = false;; is_next = true) {
		struct timespec begun, ended;

		clock_gettime(CLOCK_MONOTONIC, &begun);
		pid_t worker = fork();
		if (worker < 0)
			die("cannot fork: %s", strerror(errno));
		if (worker == 0) {
			work(is_next);
			_exit(0);
		}
		const int status = await(worker);
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		end_script();
		/* No script runs that a signal to the daemon's whole group would end. */
		let_stop(SIG_DFL);
		if (is_gone_within(daemon, rest))
			return 0;
		let_stop(SIG_IGN);
		clock_gettime(CLOCK_MONOTONIC, &ended);
		rest = ended.tv_sec - begun.tv_sec > REST_MAX + rest ? REST_MIN : rest * 2 < REST_MAX ? rest * 2 : REST_MAX;
	}
}
