/*
 * See daemon_leases.h.
 */
#include <string.h>

#include "arguments.h"
#include "daemon_leases.h"
#include "facts.h"
#include "private_root.h"

void
daemon_leases_prepare(struct lease_file *lease, const char *path, const struct daemon_files *files)
{
	const struct identity *identity = files->identity;

	if (identity->capabilities == 0) {
		/* The daemon has our rights, no more and no less. */
		if (safe_path_find(&lease->found, path, NULL, SHOW_FILE))
			(void)daemon_files_add_writable(files, &lease->found, false);
		return;
	}
	lease_file_locate(lease, path, identity);
	bool in_the_open = !files->has_private_root || private_root_covers(lease->found.path);
	if (lease_file_may_write(lease, identity, in_the_open) && daemon_files_add_writable(files, &lease->found, false))
		return;
	if (!in_the_open && lease_file_is_alone(lease) && daemon_files_add_writable(files, &lease->found, true))
		return;
	lease_file_open(lease, identity);
	note("%s: uid %u may not write there: the file was opened beforehand and is compacted in place", path,
	    identity->uid);
}

void
daemon_leases_show(const char *path, const struct daemon_files *files)
{
	const struct identity *identity = files->identity;
	struct lease_file lease = { .path = path, .fd = -1, .new_fd = -1 };

	if (!safe_path_find(&lease.found, path, identity->capabilities != 0 ? identity : NULL, SHOW_FILE))
		return;
	bool in_the_open = !files->has_private_root || private_root_covers(lease.found.path);
	/* A start gives the default directory to the daemon. */
	bool is_shown = strcmp(path, DEFAULT_LEASE_FILE) == 0 || lease_file_may_write(&lease, identity, in_the_open);
	if (is_shown)
		daemon_files_add_readable(files, &lease.found);
	safe_path_close(&lease.found);
}
