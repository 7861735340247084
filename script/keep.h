/*
 * Two processes run the event script: a worker that does it all, and a keeper that starts another worker when a signal has
 * ended one while the daemon is there. A worker that ends by itself has had a reason: the keeper ends too.
 */
#ifndef ANYDHCPD_SCRIPT_KEEP_H
#define ANYDHCPD_SCRIPT_KEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the next worker has to know of the one before. */
struct kept {
	uint32_t taken;		/* sequence of the request that was taken last; 0: none */
	pid_t script;		/* that runs; 0: none */
};

extern struct kept *kept;

/* Runs `work` in a worker, and again in another one where it is ended by a signal; `is_next`: not in the first. Returns the exit status. */
int keep(int daemon, void (*work)(bool is_next));

#endif
