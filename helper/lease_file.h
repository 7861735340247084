/*
 * Where the daemon's one writable file lives, and how an unprivileged daemon gets to write it.
 */
#ifndef ANYDHCPD_LEASE_FILE_H
#define ANYDHCPD_LEASE_FILE_H

#include <stdbool.h>

#include "identity.h"

enum lease_way {
	LEASE_BY_PATH,		/* the daemon's user may write the directory */
	LEASE_IDMAPPED,		/* it may, once the directory's owner is shown as the daemon's user */
	LEASE_BY_DESCRIPTOR,	/* it may not: FILE and FILE.new are opened beforehand */
};

struct lease_file {
	enum lease_way way;
	const char *path;	/* as given */
	char *directory;	/* real path */
	char *name;		/* last component */
	int fd;			/* LEASE_BY_DESCRIPTOR, else -1 */
	int new_fd;
};

/* Makes the default directory if it is the default file; finds the real directory. Ends the process if there is none. */
void lease_file_locate(struct lease_file *, const char *path, const struct identity *);

/*
 * Chooses the way. `parents_hide`: directories above may keep the daemon's user out (no private
 * root); `may_map`: the launcher can show a directory with another owner.
 */
void lease_file_choose(struct lease_file *, const struct identity *, bool parents_hide, bool may_map);

#endif
