/*
 * See lease_file.h. The directory of the default file is ours, and given to the daemon's user. Any
 * other stays as it is: it is shown with another owner only if nothing but lease files is in it,
 * because whoever can write a directory can write everything in it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "lease_file.h"
#include "report.h"

#define DEFAULT_DIRECTORY "/var/lib/anydhcpd"
#define DIRECTORY_MODE 0750
#define FILE_MODE 0640

/* A plain file with one name: a link could lead to anybody's file. */
static bool
is_plain(const struct stat *what)
{
	return S_ISREG(what->st_mode) && what->st_nlink == 1;
}

static void
give(int directory, const char *name, const struct identity *identity)
{
	struct stat what;
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &what) == 0 && is_plain(&what) && what.st_uid != identity->uid &&
	    fchown(fd, identity->uid, identity->gid) != 0)
		die(DEFAULT_DIRECTORY "/%s: cannot give it to uid %u: %s", name, identity->uid, strerror(errno));
	close(fd);
}

/* Makes the default directory, or takes it over from an earlier user of the daemon. */
static void
own_default_directory(const struct identity *identity)
{
	const struct dirent *entry;
	DIR *directory;

	if (mkdir(DEFAULT_DIRECTORY, DIRECTORY_MODE) != 0 && errno != EEXIST)
		die(DEFAULT_DIRECTORY ": cannot be made: %s: name a lease file with -l", strerror(errno));
	int fd = open(DEFAULT_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (directory = fdopendir(fd)) == NULL)
		die(DEFAULT_DIRECTORY ": %s", strerror(errno));
	if (fchown(fd, identity->uid, identity->gid) != 0)
		die(DEFAULT_DIRECTORY ": cannot give it to uid %u: %s", identity->uid, strerror(errno));
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, "dhcpd.leases", strlen("dhcpd.leases")) == 0)
			give(fd, entry->d_name, identity);
	closedir(directory);
}

void
lease_file_locate(struct lease_file *lease, const char *path, const struct identity *identity)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash == NULL ? strdup(".") : slash == path ? strdup("/") :
	    strndup(path, (size_t)(slash - path));

	*lease = (struct lease_file){ LEASE_BY_PATH, path, NULL, strdup(slash == NULL ? path : slash + 1), -1, -1 };
	if (identity->capabilities != 0 && strcmp(path, DEFAULT_LEASE_FILE) == 0)
		own_default_directory(identity);
	lease->directory = parent == NULL ? NULL : realpath(parent, NULL);
	if (lease->directory == NULL)
		die("%s: cannot use it for leases: %s: %s", path, parent, strerror(errno));
	free(parent);
}

/* Whether the user may do everything that appending and compaction take. */
static bool
may_write(const struct lease_file *lease, const struct identity *identity, bool parents_hide, int directory)
{
	struct stat file, parent;

	if (!(parents_hide ? identity_may(identity, AT_FDCWD, lease->directory, R_OK | W_OK | X_OK) :
	    identity_may(identity, directory, ".", R_OK | W_OK | X_OK)))
		return false;
	if (fstatat(directory, lease->name, &file, 0) != 0)
		return errno == ENOENT;
	if (fstat(directory, &parent) != 0)
		return false;
	/* In a sticky directory only a file's owner may rename another over it. */
	if ((parent.st_mode & S_ISVTX) != 0 && file.st_uid != identity->uid && parent.st_uid != identity->uid)
		return false;
	return identity_may(identity, directory, lease->name, R_OK | W_OK);
}

/* Whether the directory holds lease files of one owner, the directory's, and nothing else. */
static bool
is_for_leases_only(const struct lease_file *lease, int directory)
{
	struct stat parent, file;
	const struct dirent *entry;
	bool only = fstat(directory, &parent) == 0;
	DIR *list = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (list == NULL)
		return false;
	while (only && (entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		only = strncmp(entry->d_name, lease->name, strlen(lease->name)) == 0 &&
		    fstatat(directory, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 && is_plain(&file) &&
		    file.st_uid == parent.st_uid;
	}
	closedir(list);
	return only && (parent.st_mode & S_IRWXU) == S_IRWXU;
}

static int
open_beforehand(const struct lease_file *lease, const struct identity *identity, int directory, const char *name)
{
	struct stat what;
	int fd = openat(directory, name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		die("%s/%s: cannot be opened for leases: %s", lease->directory, name, strerror(errno));
	if (fstat(fd, &what) != 0 || !is_plain(&what) || (what.st_uid != geteuid() && what.st_uid != identity->uid))
		die("%s/%s: not used for leases: it is a link, no plain file, or somebody else's", lease->directory, name);
	return fd;
}

static void
open_both(struct lease_file *lease, const struct identity *identity, int directory)
{
	char new_name[256];
	size_t length = strlen(lease->name);

	if (length == 0 || length + sizeof ".new" > sizeof new_name)
		die("%s: no name for a lease file", lease->path);
	memcpy(new_name, lease->name, length);
	memcpy(new_name + length, ".new", sizeof ".new");
	lease->way = LEASE_BY_DESCRIPTOR;
	lease->fd = open_beforehand(lease, identity, directory, lease->name);
	lease->new_fd = open_beforehand(lease, identity, directory, new_name);
	note("%s: uid %u may not write its directory: the file was opened beforehand and is compacted in place",
	    lease->path, identity->uid);
}

void
lease_file_choose(struct lease_file *lease, const struct identity *identity, bool parents_hide, bool may_map)
{
	int directory = open(lease->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		die("%s: cannot use it for leases: %s", lease->directory, strerror(errno));
	if (may_write(lease, identity, parents_hide, directory))
		lease->way = LEASE_BY_PATH;
	else if (may_map && is_for_leases_only(lease, directory))
		lease->way = LEASE_IDMAPPED;
	else
		open_both(lease, identity, directory);
	close(directory);
}
