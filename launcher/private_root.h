/*
 * A root directory of the daemon's own: a small read-only tmpfs in which exactly the files it needs
 * are bound, at the same absolute paths. It is a jail, and it is what lets an unprivileged daemon
 * read a package below a home directory of mode 0700: the directories above are the tmpfs's own.
 *
 * Everything is collected first (detached copies of mounts), then put in place at once.
 */
#ifndef ANYDHCPD_PRIVATE_ROOT_H
#define ANYDHCPD_PRIVATE_ROOT_H

#include <stdbool.h>

#include "landlock.h"

/* Leaves the common mount namespace. False, with a note, where this process may not mount. */
bool private_root_begin(void);

/*
 * Adds the file or directory that the descriptor `source` is of, with everything mounted below it, at `target`, and
 * allows it (landlock.h); where there is no private root, does only that. From FILE_READ and FILE_WRITE no device can
 * be used, from FILE_WRITE and FILE_DEVICE nothing be executed.
 * `idmap` (-1: none) is from idmap_open(); nothing mounted below comes along then. False with errno.
 */
bool private_root_add(int source, const char *target, enum file_access, int idmap);

/* Whether `path` (real) lies inside something added: its parents are as they are outside then. */
bool private_root_covers(const char *path);

/* Puts everything in place and moves into it; the working directory stays, if only as an empty one. */
void private_root_enter(void);

#endif
