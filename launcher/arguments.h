/*
 * The few of the daemon's flags that the launcher must know; src/cli/args.ts reads them all and says
 * what is wrong with them.
 */
#ifndef ANYDHCPD_ARGUMENTS_H
#define ANYDHCPD_ARGUMENTS_H

#include <stdbool.h>

#define DEFAULT_CONFIG_FILE "/etc/dhcpd.conf"
#define DEFAULT_LEASE_FILE "/var/lib/anydhcpd/dhcpd.leases"

struct arguments {
	const char *config_file;
	const char *lease_file;
	const char *control;		/* --control, else ANYDHCPD_CONTROL, else NULL */
	const char *control_group;	/* --control-group, else NULL */
	bool packets;			/* --backend bpf */
	bool observe;			/* --observe bpf */
	bool serve;			/* false: the daemon will only check, explain itself, or refuse its arguments */
};

void arguments_read(struct arguments *, int argc, char *argv[]);

/* Writes what was read, one "name value" a line, for the test that compares it with src/cli/args.ts. */
void arguments_print(int argc, char *argv[]);

#endif
