/*
 * The directory of the lease file among the files that the daemon gets to see.
 */
#ifndef ANYDHCPD_DAEMON_LEASES_H
#define ANYDHCPD_DAEMON_LEASES_H

#include "daemon_files.h"
#include "lease_file.h"

/*
 * The ways for an unprivileged daemon to keep leases in `path`, best first: its directory as it is; the directory shown
 * as the daemon's own, if there is nothing else in it, because a user who can write a directory can replace everything
 * in it; two descriptors opened beforehand.
 */
void daemon_leases_prepare(struct lease_file *, const char *path, const struct daemon_files *);

/*
 * For a check, which is to see what a start would: the directory of the leases, where files may lie that the configuration
 * includes. Nothing is made, and nothing given away.
 */
void daemon_leases_show(const char *path, const struct daemon_files *);

#endif
