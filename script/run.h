/*
 * One run of the script: its process, its output, its end.
 */
#ifndef ANYDHCPD_SCRIPT_RUN_H
#define ANYDHCPD_SCRIPT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

/* Takes what comes of a run; `text` of `length` octets stands behind a line's header. */
typedef void run_report(const struct script_header *, const char *text, size_t length);

/*
 * Starts the script in a process group of its own, with /dev/null as standard input. False with errno if it cannot be
 * executed.
 */
bool run_start(const char *program, struct script_request *, uint32_t sequence, uint32_t seconds, run_report *);

/* Whether a script runs. */
bool run_is_under_way(void);

/* What to wait for: the script's output (-1: nothing any more), and milliseconds until run_expire has to be called. */
int run_output(void);
int run_remaining(void);

/* The output can be read: passes lines on. */
void run_read(void);

/* The time is over, or may be: asks the script to end, and then ends it. */
void run_expire(void);

/* A child has ended: where it was the script, reports that the run is over. */
void run_reap(void);

#endif
