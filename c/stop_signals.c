/*
 * See stop_signals.h.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "report.h"
#include "stop_signals.h"

volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

void
prepare_stop_signals(sigset_t *while_waiting)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t blocked;

	sigemptyset(while_waiting);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0)
		die("cannot block signals: %s", strerror(errno));
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
}
