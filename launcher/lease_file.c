/*
 * See lease_file.h. The directory of the default file is ours, and given to the daemon's user. Any
 * other stays as it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "lease_file.h"
#include "lease_text.h"
#include "../c/descriptors.h"
#include "../c/report.h"

#define DEFAULT_DIRECTORY "/var/lib/anydhcpd"
#define DEFAULT_NAME "dhcpd.leases"
#define DIRECTORY_MODE 0750
#define FILE_MODE 0640
#define NEW_SUFFIX ".new"

/* Names of a file that begin with `base`. A crash may leave FILE and FILE~ as two names of one. */
static nlink_t
names_of(int directory, const struct stat *what, const char *base)
{
	const struct dirent *entry;
	struct stat other;
	nlink_t count = 0;
	DIR *list = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (list == NULL)
		return 0;
	while ((entry = readdir(list)) != NULL)
		if (strncmp(entry->d_name, base, strlen(base)) == 0 && strcmp(entry->d_name + strlen(base), NEW_SUFFIX) != 0 &&
		    fstatat(directory, entry->d_name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
		    other.st_ino == what->st_ino && other.st_dev == what->st_dev)
			count++;
	closedir(list);
	return count;
}

/* A plain file without a name but those of the lease file `base`: a link could lead to another user's file. */
static bool
is_plain(int directory, const struct stat *what, const char *base)
{
	return S_ISREG(what->st_mode) && (what->st_nlink == 1 || what->st_nlink == names_of(directory, what, base));
}

/* Opens a plain file, without touching anything else that may be there; -1 with `what` as far as it is known. */
static int
open_plain(int directory, const char *name, const char *base, int flags, struct stat *what)
{
	char again[64];
	int found = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), fd = -1;

	*what = (struct stat){ 0 };
	if (found < 0)
		return -1;
	if (fstat(found, what) == 0 && is_plain(directory, what, base)) {
		snprintf(again, sizeof again, "/proc/self/fd/%d", found);
		fd = open(again, flags | O_CLOEXEC);
	} else
		errno = EINVAL;
	close_quietly(found);
	return fd;
}

/* Gives a lease file of an earlier user, or of root, to the daemon; a file of another kind keeps its owner. */
static void
give(int directory, const char *name, const struct identity *identity)
{
	struct stat what;
	int fd = open_plain(directory, name, DEFAULT_NAME, O_RDONLY, &what);

	if (fd < 0)
		return;
	if (what.st_uid != identity->uid && lease_text_begins(fd) && fchown(fd, identity->uid, identity->gid) != 0)
		die(DEFAULT_DIRECTORY "/%s: cannot give it to uid %u: %s", name, identity->uid, strerror(errno));
	close(fd);
}

/* Makes the default directory, or takes it over from an earlier user of the daemon. */
static void
own_default_directory(const struct identity *identity)
{
	const struct dirent *entry;
	struct stat what;
	struct safe_path found;
	DIR *directory;

	if (!safe_path_find(&found, DEFAULT_DIRECTORY, identity, FIND_NAME))
		die(DEFAULT_DIRECTORY ": %s: name a lease file with -l", found.trouble);
	if (mkdirat(found.directory, found.name, DIRECTORY_MODE) != 0 && errno != EEXIST)
		die(DEFAULT_DIRECTORY ": cannot be made: %s: name a lease file with -l", strerror(errno));
	int fd = openat(found.directory, found.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	safe_path_close(&found);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return;		/* a link: what it leads to is not ours to give */
	if (fd < 0 || (directory = fdopendir(fd)) == NULL)
		die(DEFAULT_DIRECTORY ": %s", strerror(errno));
	/* Set-gid: the operator has chosen a group that reads the leases, which new files inherit. */
	bool has_group = fstat(fd, &what) == 0 && (what.st_mode & S_ISGID) != 0;
	if (fchown(fd, identity->uid, has_group ? (gid_t)-1 : identity->gid) != 0)
		die(DEFAULT_DIRECTORY ": cannot give it to uid %u: %s", identity->uid, strerror(errno));
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, DEFAULT_NAME, strlen(DEFAULT_NAME)) == 0)
			give(fd, entry->d_name, identity);
	closedir(directory);
}

/* The daemon's own rights decide about its user's files; another user's file must be a lease file beyond doubt. */
static void
refuse_odd(const struct lease_file *lease, const struct identity *identity)
{
	struct stat what;

	if (fstatat(lease->found.directory, lease->found.name, &what, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!S_ISREG(what.st_mode))
		die("%s: not used for leases: it is no plain file: move it away, or name another lease file with -l",
		    lease->path);
	if (what.st_uid != identity->uid && !is_plain(lease->found.directory, &what, lease->found.name))
		die("%s: not used for leases: the file has a name elsewhere too (a hard link) and is uid %u's: remove this "
		    "name, or name another lease file with -l", lease->path, what.st_uid);
}

void
lease_file_locate(struct lease_file *lease, const char *path, const struct identity *identity)
{
	*lease = (struct lease_file){ .path = path, .fd = -1, .new_fd = -1 };
	if (strcmp(path, DEFAULT_LEASE_FILE) == 0)
		own_default_directory(identity);
	if (!safe_path_find(&lease->found, path, identity, SHOW_FILE))
		die("%s: cannot use it for leases: %s", path, lease->found.trouble);
	if (strlen(lease->found.name) + sizeof NEW_SUFFIX > NAME_MAX)
		die("%s: no name for a lease file", path);
	refuse_odd(lease, identity);
}

/* Whether a file of another place is mounted on this name, as containers do: it can be written and not replaced. */
static bool
is_mount(int directory, const char *name)
{
	struct statx what;

	return statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &what) == 0 &&
	    (what.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Reading, appending, and renaming another file over it. */
static bool
may_replace(const struct lease_file *lease, const struct identity *identity, int directory)
{
	struct stat file, parent;

	if (fstatat(directory, lease->found.name, &file, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	if (fstat(directory, &parent) != 0)
		return false;
	/* In a sticky directory only a file's owner, or the directory's, may do that. */
	if ((parent.st_mode & S_ISVTX) != 0 && file.st_uid != identity->uid && parent.st_uid != identity->uid)
		return false;
	return !is_mount(directory, lease->found.name) && identity_may(identity, directory, lease->found.name, R_OK | W_OK);
}

bool
lease_file_may_write(const struct lease_file *lease, const struct identity *identity, bool parents_count)
{
	const int all = R_OK | W_OK | X_OK;
	const struct safe_path *found = &lease->found;
	bool may = parents_count ? identity_may(identity, AT_FDCWD, found->path, all) :
	    identity_may(identity, found->directory, ".", all);

	return may && may_replace(lease, identity, found->directory);
}

/*
 * An entry of `owner`'s directory that the launcher may show to the daemon as its own. A file system mounted on it
 * would not be shown.
 */
static bool
is_lease_file(const struct lease_file *lease, const char *name, uid_t owner)
{
	struct stat what;

	if (strncmp(name, lease->found.name, strlen(lease->found.name)) != 0 || is_mount(lease->found.directory, name))
		return false;
	int fd = open_plain(lease->found.directory, name, lease->found.name, O_RDONLY, &what);
	if (fd < 0)
		return false;
	bool is = what.st_uid == owner && (what.st_mode & (S_IRUSR | S_IWUSR)) == (S_IRUSR | S_IWUSR) &&
	    lease_text_begins(fd);
	close(fd);
	return is;
}

bool
lease_file_is_alone(const struct lease_file *lease)
{
	struct stat parent;
	const struct dirent *entry;
	DIR *directory = fdopendir(openat(lease->found.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (directory == NULL)
		die("%s: %s", lease->found.path, strerror(errno));
	bool alone = fstat(dirfd(directory), &parent) == 0 && (parent.st_mode & S_IRWXU) == S_IRWXU;
	while (alone && (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			alone = is_lease_file(lease, entry->d_name, parent.st_uid);
	closedir(directory);
	return alone;
}

/* Makes an empty file; its name outlives a power failure, as its content does. */
static int
create(const struct lease_file *lease, const char *name)
{
	int fd = openat(lease->found.directory, name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, FILE_MODE);
	int directory = openat(lease->found.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory >= 0) {
		fsync(directory);
		close(directory);
	}
	return fd;
}

static int
open_beforehand(const struct lease_file *lease, const struct identity *identity, const char *name)
{
	const struct safe_path *found = &lease->found;
	struct stat what;
	int fd = open_plain(found->directory, name, found->name, O_RDWR | O_APPEND, &what);

	if (fd < 0 && errno == ENOENT)
		fd = create(lease, name);
	else if (fd < 0 && what.st_mode != 0 && errno == EINVAL)
		die("%s/%s: not used for leases: it is a link, no plain file, or has a name elsewhere too: remove it, or "
		    "name another lease file with -l", found->path, name);
	if (fd < 0 || fstat(fd, &what) != 0)
		die("%s/%s: cannot be opened for leases: %s", found->path, name, strerror(errno));
	if (what.st_uid != geteuid() && what.st_uid != identity->uid)
		die("%s/%s: not used for leases: it is uid %u's: chown it to root, or name another lease file with -l",
		    found->path, name, what.st_uid);
	if (what.st_uid != identity->uid && !lease_text_begins(fd))
		die("%s/%s: not used for leases: it does not begin as a lease file does, and stays as it is: move it away, "
		    "or name another lease file with -l", found->path, name);
	return fd;
}

void
lease_file_open(struct lease_file *lease, const struct identity *identity)
{
	char new_name[sizeof lease->found.name + sizeof NEW_SUFFIX];

	snprintf(new_name, sizeof new_name, "%s" NEW_SUFFIX, lease->found.name);
	lease->fd = open_beforehand(lease, identity, lease->found.name);
	lease->new_fd = open_beforehand(lease, identity, new_name);
}
