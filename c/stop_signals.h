/*
 * Signals of a program beside the daemon, which waits in ppoll.
 */
#ifndef ANYDHCPD_STOP_SIGNALS_H
#define ANYDHCPD_STOP_SIGNALS_H

#include <signal.h>

/* Set by SIGTERM and SIGINT. */
extern volatile sig_atomic_t stopped;

/*
 * Lets SIGTERM and SIGINT arrive only inside ppoll, which gets `while_waiting` as its set of signals; signals for the
 * daemon's whole group are ignored. Ends the process on failure.
 */
void prepare_stop_signals(sigset_t *while_waiting);

#endif
