/*
 * Loaded into a program beside the daemon by LD_PRELOAD: a program that was taken over. When the program waits for requests
 * the first time, in its sandbox, this makes the system call that the variable ATTEMPT names, with numbers and texts behind
 * it, says how it went, and ends the process.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS_MAX 8

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "openat", SYS_openat }, { "socket", SYS_socket }, { "kill", SYS_kill }, { "setuid", SYS_setuid },
	{ "setgid", SYS_setgid }, { "mount", SYS_mount }, { "unshare", SYS_unshare }, { "ptrace", SYS_ptrace },
	{ "execve", SYS_execve }, { "clone", SYS_clone }, { "chroot", SYS_chroot }, { "getppid", SYS_getppid },
	{ "capset", SYS_capset }, { "connect", SYS_connect }, { "bpf", SYS_bpf }, { "mmap", SYS_mmap },
	{ "sethostname", SYS_sethostname }, { "process_vm_readv", SYS_process_vm_readv },
};

/* Shared with the keeper, which waits too once its worker is gone: it is not the one that reads what the daemon sends. */
static volatile char *has_tried;

__attribute__((constructor)) static void
share(void)
{
	has_tried = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void
say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(3);
}

static long
value_of(char *word)
{
	char *end;
	long number = strtol(word, &end, 0);

	return *end == '\0' ? number : (long)word;
}

static void
attempt(void)
{
	static char text[256];
	long words[WORDS_MAX] = { 0 };
	const char *wanted = getenv("ATTEMPT");
	size_t count = 0;
	char *name, *word;

	if (*has_tried)
		_exit(0);
	*has_tried = 1;

	strncpy(text, wanted != NULL ? wanted : "", sizeof text - 1);
	name = strtok(text, " ");
	while (count < WORDS_MAX && (word = strtok(NULL, " ")) != NULL)
		words[count++] = value_of(word);
	for (size_t i = 0; name != NULL && i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		say("tries\n");
		errno = 0;
		long result = syscall(calls[i].number, words[0], words[1], words[2], words[3], words[4], words[5]);
		say(result < 0 ? strerrorname_np(errno) : "done");
		say("\n");
		_exit(0);
	}
	_exit(2);
}

int
ppoll(struct pollfd *wanted, nfds_t count, const struct timespec *time, const sigset_t *signals)
{
	(void)wanted, (void)count, (void)time, (void)signals;
	attempt();
	return -1;
}

int
poll(struct pollfd *wanted, nfds_t count, int time)
{
	(void)wanted, (void)count, (void)time;
	attempt();
	return -1;
}
