/*
 * See lease_file.h. The directory of the default file is ours, and given to the daemon's user. Any
 * other stays as it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
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
#define NEW_SUFFIX ".new"

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
	char *text = strdup(path), *real;

	if (text == NULL)
		die("out of memory");
	*lease = (struct lease_file){ path, NULL, NULL, -1, -1 };
	if (identity->capabilities != 0 && strcmp(path, DEFAULT_LEASE_FILE) == 0)
		own_default_directory(identity);
	real = realpath(path, NULL);	/* it may be a link: the file itself is what gets replaced */
	if (real == NULL)
		real = text;
	lease->name = strdup(strrchr(real, '/') != NULL ? strrchr(real, '/') + 1 : real);
	lease->directory = realpath(dirname(real), NULL);
	if (lease->name == NULL || lease->directory == NULL)
		die("%s: cannot use it for leases: its directory: %s", path, strerror(errno));
	if (lease->name[0] == '\0' || strlen(lease->name) + sizeof NEW_SUFFIX > NAME_MAX)
		die("%s: no name for a lease file", path);
	if (real != text)
		free(real);
	free(text);
}

static int
open_directory(const struct lease_file *lease)
{
	int directory = open(lease->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		die("%s: cannot use it for leases: %s", lease->directory, strerror(errno));
	return directory;
}

/* Reading, appending, and renaming another file over it. */
static bool
may_replace(const struct lease_file *lease, const struct identity *identity, int directory)
{
	struct stat file, parent;

	if (fstatat(directory, lease->name, &file, 0) != 0)
		return errno == ENOENT;
	if (fstat(directory, &parent) != 0)
		return false;
	/* In a sticky directory only a file's owner, or the directory's, may do that. */
	if ((parent.st_mode & S_ISVTX) != 0 && file.st_uid != identity->uid && parent.st_uid != identity->uid)
		return false;
	return identity_may(identity, directory, lease->name, R_OK | W_OK);
}

bool
lease_file_may_write(const struct lease_file *lease, const struct identity *identity, bool parents_count)
{
	const int all = R_OK | W_OK | X_OK;
	int directory = open_directory(lease);
	bool may = parents_count ? identity_may(identity, AT_FDCWD, lease->directory, all) :
	    identity_may(identity, directory, ".", all);

	may = may && may_replace(lease, identity, directory);
	close(directory);
	return may;
}

bool
lease_file_is_alone(const struct lease_file *lease)
{
	struct stat parent, file;
	const struct dirent *entry;
	DIR *directory = fdopendir(open_directory(lease));

	if (directory == NULL)
		die("%s: %s", lease->directory, strerror(errno));
	bool alone = fstat(dirfd(directory), &parent) == 0 && (parent.st_mode & S_IRWXU) == S_IRWXU;
	while (alone && (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		alone = strncmp(entry->d_name, lease->name, strlen(lease->name)) == 0 &&
		    fstatat(dirfd(directory), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 && is_plain(&file) &&
		    file.st_uid == parent.st_uid && (file.st_mode & (S_IRUSR | S_IWUSR)) == (S_IRUSR | S_IWUSR);
	}
	closedir(directory);
	return alone;
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

void
lease_file_open(struct lease_file *lease, const struct identity *identity)
{
	char new_name[NAME_MAX + 1];
	int directory = open_directory(lease);

	strcpy(new_name, lease->name);
	strcat(new_name, NEW_SUFFIX);
	lease->fd = open_beforehand(lease, identity, directory, lease->name);
	lease->new_fd = open_beforehand(lease, identity, directory, new_name);
	close(directory);
}
