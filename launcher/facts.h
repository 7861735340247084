/*
 * What the launcher hands on to the daemon: one environment variable, ANYDHCPD_LAUNCH, one fact a line, a name and,
 * behind a blank, its value. A backslash in a value is written as "\\", a newline as "\n". src/cli/launch.ts reads it.
 *
 * From the command line (arguments.c): config FILE, leases FILE, backend udp|bpf, observe bpf, log text|json, listen
 * ADDRESS (0.0.0.0 for a wildcard), interface NAME, verbose, strict, check, help, version. Descriptors, by number:
 * helper, control, lease-file, new-lease-file, metrics, status-page, token-file, script, firewall, shield. Else: frames
 * (the helper sends them), no-shield TEXT (why there is no shield although one is asked for), port-holder PID NAME (of
 * port 67), trouble STATEMENT TEXT (why the server cannot have what a statement of the configuration asks for),
 * may-come (a trouble is an absent file or directory, which another start may find), note TEXT (for the log).
 * Listen, interface, port-holder, trouble and note may come several times. What is absent does not hold.
 */
#ifndef ANYDHCPD_FACTS_H
#define ANYDHCPD_FACTS_H

#include <errno.h>

/* Adds a fact; an empty value leaves the name alone. */
void fact(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a line for the daemon's log. */
#define note(...) fact("note", __VA_ARGS__)

/* Adds why the server cannot have what the statement `name` asks for: the daemon tells it with its place, and does not start. */
#define trouble(name, format, ...) fact("trouble", "%s " format, name, __VA_ARGS__)

/* The same for a file or directory that `error`, an errno, may say is not there: then another start may find it. */
#define trouble_of_file(error, name, ...) do { \
	if ((error) == ENOENT) \
		fact("may-come", "%s", ""); \
	trouble(name, __VA_ARGS__); \
} while (0)

/* Puts all facts into the environment. */
void facts_hand_on(void);

/* Writes all facts to standard output. */
void facts_print(void);

#endif
