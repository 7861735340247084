/*
 * Programs of the package that run beside the daemon, each with a SOCK_SEQPACKET socket to it: the helper, and others
 * if the configuration asks for them. A sibling finds its end of the socket at descriptor 3 and no other descriptors
 * but the standard ones, gives up by itself the privileges that it does not need (c/privilege.h), and then sends one
 * message: it is ready. The time of its start decides which files it sees: before private_root_begin (private_root.h)
 * the system's, after it the daemon's.
 */
#ifndef ANYDHCPD_SIBLING_H
#define ANYDHCPD_SIBLING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "identity.h"

#define SIBLING_ARGUMENTS_MAX 32

struct sibling {
	const char *name;	/* for people: "helper" */
	const char *program;	/* the name of its file: "anydhcpd-helper" */
	struct account account;	/* its first two arguments, as numbers; "keep" "keep" if no process changes its ids */
	bool is_waited_for;	/* replies wait for it: it goes before other processes that want the processor */
	const char *arguments[SIBLING_ARGUMENTS_MAX + 1];	/* what comes behind them */
	pid_t pid;	/* once it was started */
};

/* Ends the process if the package has no program of that name: `purpose` says what needs it. */
void sibling_need(const char *package, const char *program, const char *purpose);

/*
 * The same for one that a statement of the configuration asks for: false with the trouble handed on (facts.h).
 */
bool sibling_look(const char *package, const char *program, const char *statement);

/* Starts it. Returns our end of its socket. */
int sibling_start(struct sibling *, const char *package, const struct identity *);

/* Connects to the socket at `path`, at which a service manager starts one for each connection. */
int sibling_connect(const char *name, const char *path);

/* The same; -1 with errno where that fails. */
int sibling_try_connect(const char *path);

/*
 * Waits until it is ready: takes its first message, of at most `size` octets, and returns its length. Ends the process
 * if it does not come.
 */
size_t sibling_await(const char *name, int socket, void *ready, size_t size);

/* The same; 0 where it does not come. */
size_t sibling_try_await(int socket, void *ready, size_t size);

/* Closes our end, at which the sibling ends, and gives it a second to do so. */
void sibling_let_go(const struct sibling *, int socket);

#endif
