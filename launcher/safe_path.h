/*
 * Finding a file by its path with privilege. A symbolic link on the way counts only if root (or the user who starts the
 * daemon) alone could have made it: another user who may write a directory on the way must not choose which file a
 * privileged program opens. The result is a descriptor of the directory, so that the next steps happen there even if
 * the path leads elsewhere by then.
 */
#ifndef ANYDHCPD_SAFE_PATH_H
#define ANYDHCPD_SAFE_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "identity.h"

struct safe_path {
	int directory;			/* O_PATH; -1 if there is none */
	char path[PATH_MAX];		/* its real path */
	char name[NAME_MAX + 1];	/* of the file in it, which need not be there */
	bool is_safe;			/* no other user can make `path` lead to another directory */
	bool is_refused;		/* the trouble is a link that is not followed */
	char trouble[PATH_MAX + 256];	/* why there is none */
};

enum safe_path_mode {
	FIND_NAME,	/* the directory of the path's last component, even if that is a link */
	SHOW_FILE,	/* the directory of the file it leads to; path_links.h remembers all directories and links on the way */
};

/*
 * Walks `path` (relative: from the working directory). With `identity` NULL every link counts: for files that are
 * only shown to a daemon. False with `trouble`.
 */
bool safe_path_find(struct safe_path *, const char *path, const struct identity *, enum safe_path_mode);

/* The real path of the file that was found; false if it is too long. */
bool safe_path_real(const struct safe_path *, char path[PATH_MAX]);

/* Closes the directory; errno stays. */
void safe_path_close(struct safe_path *);

#endif
