/*
 * See hosts_file.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/report.h"
#include "hosts_file.h"
#include "safe_path.h"
#include "statements.h"

/* Resolvers with users of their own read the file. */
#define DIRECTORY_MODE 0755

/* src/names/hosts-file.ts writes the new file under this name; dnsmasq passes over names that begin with a dot. */
#define NEW_PREFIX "."
#define NEW_SUFFIX ".new"

static bool
is_ours(const char *entry, const char *name)
{
	char new_name[NAME_MAX + sizeof NEW_PREFIX NEW_SUFFIX];

	snprintf(new_name, sizeof new_name, NEW_PREFIX "%s" NEW_SUFFIX, name);
	return strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0 || strcmp(entry, name) == 0 ||
	    strcmp(entry, new_name) == 0;
}

/* The first entry of the directory that is not ours; NULL: there is none. */
static const char *
other_entry(DIR *directory, const char *name)
{
	const struct dirent *entry;

	while ((entry = readdir(directory)) != NULL)
		if (!is_ours(entry->d_name, name))
			return entry->d_name;
	return NULL;
}

/*
 * Makes the directory writable to the daemon where it has just been made, or was made for a daemon with another user, which
 * leaves nothing else in it. Any other stays as it is: it may be everybody's.
 */
static void
give_directory(const struct safe_path *found, const struct identity *identity, bool is_made)
{
	struct stat what;

	if (!is_made && identity_may(identity, found->directory, ".", R_OK | W_OK | X_OK))
		return;
	int fd = openat(found->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	if (directory == NULL || fstat(fd, &what) != 0)
		die("hosts-file: %s: %s", found->path, strerror(errno));
	const bool is_former = what.st_uid != 0 && (what.st_mode & 07777) == DIRECTORY_MODE;
	if (!is_made && (!is_former || other_entry(directory, found->name) != NULL))
		die("hosts-file: uid %u may not write in %s: name a file in a directory that is not there yet, which is made then, "
		    "or give the server one of its own: install -d -o %u -g %u -m 0755 DIRECTORY", identity->uid, found->path,
		    identity->uid, identity->gid);
	if (fchown(fd, identity->uid, identity->gid) != 0 || fchmod(fd, DIRECTORY_MODE) != 0)
		die("hosts-file: %s: cannot give it to uid %u: %s", found->path, identity->uid, strerror(errno));
	closedir(directory);
}

/* Makes the last directory on the way to the file; one that is there stays as it is. Returns whether it was made. */
static bool
make_directory(const char *path, const struct identity *trusting)
{
	char copy[STATEMENT_VALUE_MAX];
	struct safe_path parent;

	strcpy(copy, path);
	if (!safe_path_find(&parent, dirname(copy), trusting, FIND_NAME))
		die("hosts-file: %s: %s: make the directories on the way to it first", path, parent.trouble);
	mode_t before = umask(0777 & ~DIRECTORY_MODE);
	const bool is_made = mkdirat(parent.directory, parent.name, DIRECTORY_MODE) == 0;
	if (!is_made && errno != EEXIST)
		die("hosts-file: %s: cannot make its directory: %s", path, strerror(errno));
	umask(before);
	safe_path_close(&parent);
	return is_made;
}

void
hosts_file_prepare(const struct daemon_files *files)
{
	const struct identity *identity = files->identity;
	const struct identity *trusting = identity->capabilities != 0 ? identity : NULL;
	struct statement wanted;
	struct safe_path found;

	/* Any other value is an error that the daemon reports. */
	if (!statement_find(&wanted, "hosts-file") || !wanted.is_string || wanted.value[0] != '/')
		return;
	const bool is_made = make_directory(wanted.value, trusting);
	if (!safe_path_find(&found, wanted.value, trusting, FIND_NAME))
		die("hosts-file: %s: %s", wanted.value, found.trouble);
	give_directory(&found, identity, is_made);
	if (!daemon_files_add_writable(files, &found, false) && files->has_private_root)
		die("hosts-file: %s: cannot be put into the private root: %s", found.path, strerror(errno));
	safe_path_close(&found);
}
