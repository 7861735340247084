/*
 * See private_root.h. Uses the mount calls of Linux 5.2 and 5.12, by number: C libraries have them
 * only recently, and their headers clash with the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "../c/report.h"
#include "facts.h"
#include "path_links.h"
#include "private_root.h"
#include "safe_path.h"

/* From the kernel's <linux/mount.h> and <asm/unistd.h>; the numbers are the same on every machine. */
enum {
	CALL_OPEN_TREE = 428,
	CALL_MOVE_MOUNT = 429,
	CALL_FSOPEN = 430,
	CALL_FSCONFIG = 431,
	CALL_FSMOUNT = 432,
	CALL_MOUNT_SETATTR = 442,
	TREE_CLONE = 1,
	TREE_CLOEXEC = O_CLOEXEC,
	TREE_RECURSIVE = 0x8000,
	MOVE_FROM_DESCRIPTOR = 0x4,
	FILESYSTEM_CLOEXEC = 1,
	CONFIG_SET_STRING = 1,
	CONFIG_CREATE = 6,
	MOUNT_READ_ONLY = 0x1,
	MOUNT_NO_SUID = 0x2,
	MOUNT_NO_DEVICES = 0x4,
	MOUNT_NO_EXEC = 0x8,
	MOUNT_IDMAPPED = 0x100000,
};

struct mount_attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t user_namespace;
};

#define ENTRIES_MAX 64

/* Where the new root is put together: a directory that is there on every Linux and no longer needed then. */
#define WORKPLACE "/proc"

struct entry {
	char *target;
	int tree;
	bool is_directory;
	size_t order;
};

static int root_mount = -1;
static struct entry entries[ENTRIES_MAX];
static size_t entry_count;

static int
set_attributes(int tree, unsigned flags, uint64_t set, int idmap)
{
	struct mount_attributes attributes = { .set = set };

	if (idmap >= 0) {
		attributes.set |= MOUNT_IDMAPPED;
		attributes.user_namespace = (uint64_t)idmap;
	}
	return (int)syscall(CALL_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH | flags, &attributes, sizeof attributes);
}

/* A detached tmpfs, -1 with errno. */
static int
new_tmpfs(void)
{
	int context = (int)syscall(CALL_FSOPEN, "tmpfs", FILESYSTEM_CLOEXEC);
	int mount = -1;

	if (context < 0)
		return -1;
	if (syscall(CALL_FSCONFIG, context, CONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
	    syscall(CALL_FSCONFIG, context, CONFIG_SET_STRING, "size", "256k", 0) == 0 &&
	    syscall(CALL_FSCONFIG, context, CONFIG_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(CALL_FSMOUNT, context, FILESYSTEM_CLOEXEC, MOUNT_NO_SUID | MOUNT_NO_DEVICES);
	close_quietly(context);
	return mount;
}

bool
private_root_begin(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    (root_mount = new_tmpfs()) >= 0 && set_attributes(root_mount, 0, MOUNT_NO_EXEC, -1) == 0) {
		landlock_allow(root_mount, FILE_LIST);
		return true;
	}
	note("no private root, so Landlock alone keeps the daemon to its files: cannot mount: %s", strerror(errno));
	root_mount = -1;
	return false;
}

static bool
is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool
private_root_covers(const char *path)
{
	for (size_t i = 0; i < entry_count; i++)
		if (entries[i].is_directory && is_below(path, entries[i].target))
			return true;
	return false;
}

bool
private_root_add(int source, const char *target, enum file_access access, int idmap)
{
	static const uint64_t attributes[] = {
		[FILE_READ] = MOUNT_READ_ONLY | MOUNT_NO_SUID | MOUNT_NO_DEVICES,
		[FILE_WRITE] = MOUNT_NO_SUID | MOUNT_NO_DEVICES | MOUNT_NO_EXEC,
		[FILE_DEVICE] = MOUNT_NO_SUID | MOUNT_NO_EXEC,
	};
	unsigned recursive = idmap >= 0 ? 0 : TREE_RECURSIVE;
	struct entry *entry = &entries[entry_count];
	struct stat what;

	if (root_mount < 0) {
		landlock_allow(source, access);
		errno = EPERM;
		return idmap < 0;
	}
	if (entry_count == ENTRIES_MAX) {
		errno = E2BIG;
		return false;
	}
	entry->tree = (int)syscall(CALL_OPEN_TREE, source, "",
	    TREE_CLONE | TREE_CLOEXEC | AT_EMPTY_PATH | recursive);
	if (entry->tree < 0)
		return false;
	if (fstat(entry->tree, &what) != 0 || set_attributes(entry->tree, recursive, attributes[access], idmap) != 0) {
		close_quietly(entry->tree);
		return false;
	}
	entry->is_directory = S_ISDIR(what.st_mode);
	entry->target = strdup(target);
	if (entry->target == NULL)
		die("out of memory");
	entry->order = entry_count++;
	landlock_allow(source, access);
	return true;
}

static void
put_in_place(const struct entry *entry)
{
	const char *path = entry->target + 1;	/* below the new root, which is the working directory */
	int fd;

	path_links_make_parents(path);
	if (entry->is_directory)
		(void)mkdir(path, 0755);
	else if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) >= 0)
		close(fd);
	if (syscall(CALL_MOVE_MOUNT, entry->tree, "", AT_FDCWD, path, MOVE_FROM_DESCRIPTOR) != 0)
		die("%s: cannot be put into the private root: %s", entry->target, strerror(errno));
	close(entry->tree);
}

static int
by_depth(const void *left, const void *right)
{
	const struct entry *one = left, *other = right;
	size_t a = strlen(one->target), b = strlen(other->target);

	return a != b ? (a > b) - (a < b) : (one->order > other->order) - (one->order < other->order);
}

void
private_root_enter(void)
{
	char working_directory[PATH_MAX] = "/";
	mode_t before = umask(022);
	struct safe_path found;

	if (getcwd(working_directory, sizeof working_directory) == NULL || working_directory[0] != '/')
		strcpy(working_directory, "/");
	if (safe_path_find(&found, working_directory, NULL, SHOW_FILE))
		safe_path_close(&found);
	if (syscall(CALL_MOVE_MOUNT, root_mount, "", AT_FDCWD, WORKPLACE, MOVE_FROM_DESCRIPTOR) != 0 ||
	    chdir(WORKPLACE) != 0)
		die("cannot make the private root: %s", strerror(errno));
	qsort(entries, entry_count, sizeof entries[0], by_depth);	/* an entry inside another comes after it */
	for (size_t i = 0; i < entry_count; i++)
		put_in_place(&entries[i]);
	path_links_repeat();
	if (set_attributes(root_mount, 0, MOUNT_READ_ONLY, -1) != 0)
		die("cannot make the private root read-only: %s", strerror(errno));
	if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		die("cannot move into the private root: %s", strerror(errno));
	if (chdir(working_directory) != 0)
		note("%s: the working directory is not there any more", working_directory);
	umask(before);
}
