/*
 * The command line: dhcpd(8)'s flags, with the glued optional argument of -u, and long options, whose values follow
 * a "=" or are the next argument. It is read here and nowhere else: the daemon gets facts.
 */
#ifndef ANYDHCPD_ARGUMENTS_H
#define ANYDHCPD_ARGUMENTS_H

#include <stdbool.h>

#define DEFAULT_CONFIG_FILE "/etc/dhcpd.conf"
#define DEFAULT_LEASE_FILE "/var/lib/anydhcpd/dhcpd.leases"

/* What the launcher itself has to know of it. */
struct arguments {
	const char *config_file;
	const char *lease_file;
	const char *control;		/* --control, else ANYDHCPD_CONTROL, else NULL */
	const char *control_group;	/* --control-group, else NULL */
	const char *sockets;		/* for the helper: "packets" for the bpf backend, "observe", else "sockets" */
	bool has_shield;		/* --shield=xdp */
	bool require_sandbox;
	bool reads_config;		/* false: it only explains itself */
	bool serves;			/* false: the daemon only checks or explains itself */
};

/* Reads the arguments behind the program's name and adds the facts. Ends the process with status 2 at a mistake. */
void arguments_read(struct arguments *, char *argv[]);

#endif
