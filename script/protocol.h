/*
 * The contract between the daemon (src/script/protocol.ts says the same; a test compares) and the process that runs its
 * event script: one SOCK_SEQPACKET message a request, one answer to each, and before the answer the script's output.
 * All numbers are in the machine's own byte order.
 *
 * A request has a header and then strings, each with a NUL behind it: four arguments of the script, of which the last,
 * a name, may be empty, then variables of its environment, NAME=VALUE. The launcher has named the program to run; the
 * daemon cannot name another. A request that breaks a rule of this file ends the process: its sender is broken or
 * hostile.
 */
#ifndef ANYDHCPD_SCRIPT_PROTOCOL_H
#define ANYDHCPD_SCRIPT_PROTOCOL_H

#include <stdint.h>

#define SCRIPT_VERSION 1

/* Octets of the longest request, header included. */
#define SCRIPT_REQUEST_MAX 12288

/* Variables of one request. */
#define SCRIPT_VARIABLES_MAX 48

/* Seconds that a script may be given. */
#define SCRIPT_SECONDS_MIN 1
#define SCRIPT_SECONDS_MAX 3600

/* Lines of a script that are passed on in one run, and octets of one; more is left out. */
#define SCRIPT_LINES_MAX 20
#define SCRIPT_LINE_MAX 400

/* Greater than any errno: the program is something else than a regular file. */
#define SCRIPT_IS_NO_FILE 65536

enum script_verb {
	/*
	 * To the launcher, and to the daemon when another worker has replaced one that a signal has ended; then sequence names
	 * the last request taken, which gets no other answer. value: errno of the look at the program, or SCRIPT_IS_NO_FILE; 0
	 * if it can be executed.
	 */
	SCRIPT_READY = 1,
	SCRIPT_RUN = 2,		/* from the daemon; value: seconds that it may take */
	SCRIPT_LINE = 3,	/* a line of its output stands behind the header */
	SCRIPT_DONE = 4,	/* the run is over; outcome and value say how */
};

enum script_outcome {
	SCRIPT_EXITED = 0,	/* value: the status */
	SCRIPT_KILLED = 1,	/* value: the signal */
	SCRIPT_TOO_LONG = 2,	/* it was ended because its time was over */
	SCRIPT_NOT_RUN = 3,	/* value: errno */
};

struct script_header {
	uint8_t version;
	uint8_t verb;
	uint8_t outcome;	/* 0 where there is none */
	uint8_t reserved;	/* 0 */
	uint32_t sequence;	/* chosen by the daemon, repeated in answer and lines */
	uint32_t value;
};

#endif
