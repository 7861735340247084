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
	const char *control;	/* --control=PATH, else ANYDHCPD_CONTROL, else NULL */
	bool packets;		/* --backend=bpf */
	bool observe;		/* --observe=bpf, --observe bpf */
	bool serve;		/* false: the daemon will only check, explain itself, or refuse its arguments */
};

void arguments_read(struct arguments *, int argc, char *argv[]);

#endif
