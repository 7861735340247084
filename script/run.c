/*
 * See run.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "keep.h"
#include "run.h"

/* Between the signal that asks a script to end and the one that ends it. */
#define GRACE_MILLISECONDS 2000

/* Where the script's process tells that it could not be executed. */
#define FAILURE_FD 3

static struct {
	pid_t child;		/* 0: none */
	uint32_t sequence;
	int output;		/* -1: closed */
	int64_t deadline;	/* milliseconds of the monotonic clock; -1: none any more */
	bool is_over_time;
	unsigned lines;
	size_t length;		/* of the line that is not whole yet */
	char line[SCRIPT_LINE_MAX];
	run_report *report;
} run = { .output = -1 };

static int64_t
now(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_MONOTONIC, &time) != 0)
		die("cannot read the clock: %s", strerror(errno));
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

_Noreturn static void
become_script(const char *program, struct script_request *request, int output, int failure)
{
	sigset_t none;
	int error;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	/* Of this process's session: one of its own would have the share of a processor that this one has given up. */
	setpgid(0, 0);
	place(output, STDOUT_FILENO);
	place(output, STDERR_FILENO);
	place(failure, FAILURE_FD);
	if (fcntl(FAILURE_FD, F_SETFD, FD_CLOEXEC) != 0)
		_exit(127);
	close_from(FAILURE_FD + 1);
	execve(program, request->arguments, request->environment);
	error = errno;
	if (write(FAILURE_FD, &error, sizeof error) < 0) {
		/* Then the status has to do. */
	}
	_exit(127);
}

bool
run_start(const char *program, struct script_request *request, uint32_t sequence, uint32_t seconds, run_report *report)
{
	int output[2], failure[2], error;
	const char *slash = strrchr(program, '/');

	if (pipe2(output, O_CLOEXEC) != 0)
		return false;
	if (pipe2(failure, O_CLOEXEC) != 0) {
		close_quietly(output[0]);
		close_quietly(output[1]);
		return false;
	}
	request->arguments[0] = (char *)(uintptr_t)(slash != NULL ? slash + 1 : program);
	pid_t child = fork();
	if (child == 0)
		become_script(program, request, move_up(output[1]), move_up(failure[1]));
	error = errno;
	close(output[1]);
	close(failure[1]);
	/* Ends when the program is executed. */
	if (child > 0 && read(failure[0], &error, sizeof error) == 0)
		error = 0;
	close(failure[0]);
	if (error != 0) {
		close(output[0]);
		if (child > 0)
			waitpid(child, NULL, 0);
		errno = error;
		return false;
	}
	if (fcntl(output[0], F_SETFL, O_NONBLOCK) != 0)
		die("cannot read the script's output: %s", strerror(errno));
	run.child = kept->script = child;
	run.sequence = sequence;
	run.output = output[0];
	run.deadline = now() + (int64_t)seconds * 1000;
	run.is_over_time = false;
	run.lines = 0;
	run.length = 0;
	run.report = report;
	return true;
}

bool
run_is_under_way(void)
{
	return run.child != 0;
}

int
run_output(void)
{
	return run.output;
}

int
run_remaining(void)
{
	if (run.child == 0 || run.deadline < 0)
		return -1;
	int64_t left = run.deadline - now();
	return left > 0 ? (int)left : 0;
}

static void
pass_on_line(void)
{
	const struct script_header header = { SCRIPT_VERSION, SCRIPT_LINE, 0, 0, run.sequence, 0 };

	if (run.length > 0 && run.lines++ < SCRIPT_LINES_MAX)
		run.report(&header, run.line, run.length);
	run.length = 0;
}

static void
take_octet(char octet)
{
	if (octet == '\n')
		pass_on_line();
	else if (run.length < sizeof run.line)
		run.line[run.length++] = octet;
}

void
run_read(void)
{
	char octets[4096];
	ssize_t length = read(run.output, octets, sizeof octets);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	for (ssize_t i = 0; i < length; i++)
		take_octet(octets[i]);
	if (length > 0)
		return;
	close(run.output);
	run.output = -1;
}

/* The script, and what it has started in its process group. */
static void
signal_script(int number)
{
	kill(-run.child, number);
	kill(run.child, number);
}

void
run_expire(void)
{
	if (run.child == 0 || run.deadline < 0 || now() < run.deadline)
		return;
	signal_script(run.is_over_time ? SIGKILL : SIGTERM);
	run.deadline = run.is_over_time ? -1 : now() + GRACE_MILLISECONDS;
	run.is_over_time = true;
}

/* What the script has said up to its end: a pipe holds that much. What it has left behind is not waited for. */
static void
finish_output(void)
{
	for (int i = 0; i < 16 && run.output >= 0; i++)
		run_read();
	pass_on_line();
	if (run.output >= 0)
		close(run.output);
	run.output = -1;
}

void
run_reap(void)
{
	struct script_header done = { SCRIPT_VERSION, SCRIPT_DONE, 0, 0, run.sequence, 0 };
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
		if (ended != run.child)
			continue;
		/* The script may end of the signal that what it has started ignores. */
		if (run.is_over_time)
			kill(-run.child, SIGKILL);
		finish_output();
		done.outcome = run.is_over_time ? SCRIPT_TOO_LONG : WIFSIGNALED(status) ? SCRIPT_KILLED : SCRIPT_EXITED;
		done.value = (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		run.child = kept->script = 0;
		run.report(&done, NULL, 0);
	}
}
