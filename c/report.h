/*
 * Messages for people. Without stdio, because the sandbox has no room for its buffers and system calls.
 */
#ifndef ANYDHCPD_REPORT_H
#define ANYDHCPD_REPORT_H

/* Called by die() before it exits; NULL if there is nothing to undo. */
extern void (*report_cleanup)(void);

/*
 * `name` stands in front of each message. Looks whether standard error is systemd's journal: lines get a
 * priority in front then.
 */
void report_begin(const char *name);

/* JOURNAL_STREAM if it is, for a program that we start; else NULL. */
extern const char *report_journal;

/* Writes one line to standard error and exits 1. */
_Noreturn void die(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same for an impossible demand of the configuration or the command line: exits 78 (EX_CONFIG of sysexits.h). A
 * service manager need not try again.
 */
_Noreturn void die_of_configuration(const char *, ...) __attribute__((format(printf, 1, 2)));

/* The same for a mistake in the command line: refers to --help and exits 2. */
_Noreturn void die_of_usage(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
