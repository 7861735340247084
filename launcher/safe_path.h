/*
 * Finding a file by its path with privilege. A symbolic link on the way counts only if nobody but root
 * (or whoever starts the daemon) could have made it: another user who may write a directory on the way
 * must not choose which file a privileged program opens. The result is a descriptor of the directory,
 * so that what is done next happens there whatever the path leads to by then.
 */
#ifndef ANYDHCPD_SAFE_PATH_H
#define ANYDHCPD_SAFE_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "identity.h"

struct way {
	int directory;			/* O_PATH; -1 if there is none */
	char path[PATH_MAX];		/* its real path */
	char name[NAME_MAX + 1];	/* of the file in it, which need not be there */
	bool is_safe;			/* nobody else can make `path` lead to another directory */
	bool is_refused;		/* the trouble is a link that is not followed */
	char trouble[PATH_MAX + 256];	/* why there is none */
};

/*
 * Walks `path` (relative: from the working directory) to the directory of its last component, or of the
 * file that it leads to (`follow_last`). With `identity` NULL every link counts: for files that are only
 * shown to a daemon which keeps the launcher's own user. False with `trouble`.
 */
bool way_find(struct way *, const char *path, const struct identity *, bool follow_last);

/* Closes the directory. */
void way_close(struct way *);

#endif
