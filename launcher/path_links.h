/*
 * The directories and symbolic links that lie on the way to a file, so that a path leads to the same
 * place in a private root as it does outside, however it is written. safe_path_find() collects them.
 */
#ifndef ANYDHCPD_PATH_LINKS_H
#define ANYDHCPD_PATH_LINKS_H

/* Remembers the directory `path` (a real path), or the symbolic link that says `leads_to`. */
void path_links_add(const char *path, const char *leads_to);

/* Makes the directories above `path` below the working directory; existing ones stay. */
void path_links_make_parents(const char *path);

/* Makes all remembered entries below the working directory; existing ones stay. */
void path_links_repeat(void);

#endif
