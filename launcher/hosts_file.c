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

#include "../c/descriptors.h"
#include "facts.h"
#include "hosts_file.h"
#include "safe_path.h"
#include "statements.h"

#define STATEMENT "hosts-file"

/* Resolvers with users of their own read the file. */
#define DIRECTORY_MODE 0755

/* src/names/hosts-file.ts writes the new file under this name; dnsmasq passes over names that begin with a dot. */
#define NEW_PREFIX "."
#define NEW_SUFFIX ".new"
#define NEW_NAME_MAX (NAME_MAX + sizeof NEW_PREFIX NEW_SUFFIX)

static void
name_new(char new_name[NEW_NAME_MAX], const char *name)
{
	snprintf(new_name, NEW_NAME_MAX, NEW_PREFIX "%s" NEW_SUFFIX, name);
}

static bool
is_ours(const char *entry, const char *name)
{
	char new_name[NEW_NAME_MAX];

	name_new(new_name, name);
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
 * Whether a directory was made for a daemon with another user, which leaves nothing else in it. Root's stays root's: it may be
 * /srv or /mnt.
 */
static bool
is_of_former_user(int fd, const char *name)
{
	struct stat what;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);

	if (directory == NULL)
		return false;
	const bool is_former = fstat(fd, &what) == 0 && what.st_uid != 0 && (what.st_mode & 07777) == DIRECTORY_MODE &&
	    other_entry(directory, name) == NULL;
	closedir(directory);
	return is_former;
}

/* Whether the daemon may use a directory that was there before; false with the trouble handed on. */
static bool
may_use(const struct safe_path *found, const struct identity *identity)
{
	if (identity_may(identity, found->directory, ".", R_OK | W_OK | X_OK) ||
	    is_of_former_user(found->directory, found->name))
		return true;
	trouble(STATEMENT, "uid %u may not write in %s: name a file in a directory that is not there yet, which is made then, "
	    "or give the server one of its own: install -d -o %u -g %u -m 0755 DIRECTORY", identity->uid, found->path,
	    identity->uid, identity->gid);
	return false;
}

/*
 * Makes the directory the daemon's where it has just been made, or is a former daemon's. Any other stays as it is: it may be
 * everybody's. A new file that another user has left unfinished goes: the daemon could not write it.
 */
static bool
give_directory(const struct safe_path *found, const struct identity *identity, bool is_made)
{
	char new_name[NEW_NAME_MAX];

	if (!is_made && identity_may(identity, found->directory, ".", R_OK | W_OK | X_OK))
		return true;
	int fd = openat(found->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_given = fd >= 0 && fchown(fd, identity->uid, identity->gid) == 0 && fchmod(fd, DIRECTORY_MODE) == 0;
	if (!is_given)
		trouble(STATEMENT, "%s: cannot be given to uid %u: %s", found->path, identity->uid, strerror(errno));
	close_quietly(fd);
	if (!is_given)
		return false;
	name_new(new_name, found->name);
	(void)unlinkat(found->directory, new_name, 0);
	return true;
}

/* Makes the last directory on the way to the file. False with errno where it is there, or cannot be made. */
static bool
make_directory(const struct safe_path *parent)
{
	mode_t before = umask(0777 & ~DIRECTORY_MODE);
	const bool is_made = mkdirat(parent->directory, parent->name, DIRECTORY_MODE) == 0;
	const int error = errno;

	umask(before);
	errno = error;
	return is_made;
}

/* Whether the directory that `parent` leads to is there, or else can be made. False with the trouble handed on. */
static bool
look_at_parent(const struct safe_path *parent, const char *path, const struct identity *identity, bool *is_there)
{
	*is_there = faccessat(parent->directory, parent->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (*is_there || identity->is_supposed || faccessat(parent->directory, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	trouble(STATEMENT, "%s: cannot make its directory: %s", path, strerror(errno));
	return false;
}

/*
 * Finds the directory, and makes it if it is absent and `makes`; false with the trouble handed on, or if there is none
 * yet.
 */
static bool
find_directory(struct safe_path *found, const char *path, const struct identity *identity, bool makes, bool *is_made)
{
	const struct identity *trusting = identity->capabilities != 0 ? identity : NULL;
	char copy[STATEMENT_VALUE_MAX];
	struct safe_path parent;
	bool is_there;

	strcpy(copy, path);
	if (!safe_path_find(&parent, dirname(copy), trusting, FIND_NAME)) {
		if (!identity->is_supposed || errno != EACCES)
			trouble_of_file(errno, STATEMENT, "%s: %s: make the directories on the way to it first", path,
			    parent.trouble);
		return false;
	}
	bool is_possible = look_at_parent(&parent, path, identity, &is_there);
	*is_made = is_possible && !is_there && makes && make_directory(&parent);
	if (is_possible && !is_there && makes && !*is_made)
		trouble(STATEMENT, "%s: cannot make its directory: %s", path, strerror(errno));
	safe_path_close(&parent);
	if (!is_possible || (!is_there && !*is_made))
		return false;
	if (safe_path_find(found, path, trusting, FIND_NAME))
		return true;
	if (!identity->is_supposed || errno != EACCES)
		trouble(STATEMENT, "%s: %s", path, found->trouble);
	return false;
}

/* Any other value is an error that the daemon reports. */
static bool
find_statement(struct statement *wanted)
{
	return statement_find(wanted, STATEMENT) && wanted->is_string && wanted->value[0] == '/';
}

void
hosts_file_look(const struct identity *identity)
{
	struct statement wanted;
	struct safe_path found;
	bool is_made;

	if (!find_statement(&wanted) || !find_directory(&found, wanted.value, identity, false, &is_made))
		return;
	(void)may_use(&found, identity);
	safe_path_close(&found);
}

void
hosts_file_prepare(const struct daemon_files *files)
{
	const struct identity *identity = files->identity;
	struct statement wanted;
	struct safe_path found;
	bool is_made;

	if (!find_statement(&wanted) || !find_directory(&found, wanted.value, identity, true, &is_made))
		return;
	if ((is_made || may_use(&found, identity)) && give_directory(&found, identity, is_made) &&
	    !daemon_files_add_writable(files, &found, false) && files->has_private_root)
		trouble(STATEMENT, "%s: cannot be put into the private root: %s", found.path, strerror(errno));
	safe_path_close(&found);
}
