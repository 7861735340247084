/*
 * The directories and symbolic links that lie on the way to a file, so that a path leads to the same
 * place in a private root as it does outside, however it is written.
 */
#ifndef ANYDHCPD_PATH_LINKS_H
#define ANYDHCPD_PATH_LINKS_H

/* Walks `path` (relative: from the working directory) and remembers every directory and link, as far as it leads. */
void trail_follow(const char *path);

/* Makes the directories above `path` below the working directory; what is there already stays. */
void trail_make_parents(const char *path);

/* Makes all that was remembered below the working directory; what is there already stays. */
void trail_repeat(void);

#endif
