/*
 * Which files the daemon gets to see, and with which user's rights. Works with and without a private root: without one,
 * a file that the daemon's user cannot read is an error with a way out.
 */
#ifndef ANYDHCPD_DAEMON_FILES_H
#define ANYDHCPD_DAEMON_FILES_H

#include <stdbool.h>

#include "identity.h"
#include "safe_path.h"

struct daemon_files {
	const struct identity *identity;
	bool has_private_root;
	const char *package;	/* real paths */
	const char *node;
	const char *main_file;
};

/* The system's libraries and tables, Node, the package: to read only. */
void daemon_files_add_program(const struct daemon_files *);

/* The directory of the configuration, whole: an editor renames a new file over the old one. */
void daemon_files_add_config(const struct daemon_files *, const char *config_file);

/*
 * Adds the directory that was found, to write in; `show_owner` shows its owner's files as the daemon's user's.
 * False if that is not possible.
 */
bool daemon_files_add_writable(const struct daemon_files *, const struct safe_path *, bool show_owner);

/* Adds the directory that was found, to be read: as its owner's where the daemon's user may not search it. */
void daemon_files_add_readable(const struct daemon_files *, const struct safe_path *);

/* After everything is in place: ends the process with a sentence if the daemon could not even start. */
void daemon_files_verify(const struct daemon_files *);

#endif
