/*
 * Where the daemon's one writable file lives, and how an unprivileged daemon gets to write it.
 */
#ifndef ANYDHCPD_LEASE_FILE_H
#define ANYDHCPD_LEASE_FILE_H

#include <stdbool.h>

#include "identity.h"
#include "safe_path.h"

struct lease_file {
	const char *path;	/* as given */
	struct safe_path found;		/* to it, through no link that a user other than root can make */
	int fd;			/* -1: the daemon opens it */
	int new_fd;
};

/*
 * Makes the default directory if it is the default file; finds the real place. Ends the process if there is none, or if
 * it is no plain file.
 */
void lease_file_locate(struct lease_file *, const char *path, const struct identity *);

/*
 * How the daemon's user can use the directory as it stands. `parents_count`: it has to get through
 * the directories above too.
 */
bool lease_file_may_write(const struct lease_file *, const struct identity *, bool parents_count);

/* Whether the directory holds lease files of one owner, its own, and nothing else: by their content, too. */
bool lease_file_is_alone(const struct lease_file *);

/* Opens FILE and FILE.new for a daemon that may do neither. Ends the process if one is no lease file. */
void lease_file_open(struct lease_file *, const struct identity *);

#endif
