/*
 * See safe_path.h. One component after the other is opened below the one before, never following a link;
 * that is what openat2(RESOLVE_NO_SYMLINKS) does, and works on every kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/descriptors.h"
#include "path_links.h"
#include "safe_path.h"

#define LINKS_FOLLOWED_MAX 40	/* the kernel's own limit */
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

struct walk {
	struct safe_path *found;
	const struct identity *identity;
	enum safe_path_mode mode;
	char rest[2 * PATH_MAX];	/* the part still to be walked */
	bool is_closed;			/* only a trusted user can make an entry of the directory reached */
	unsigned followed;
};

static bool
fail(struct safe_path *found, const char *format, ...)
{
	va_list arguments;
	int error = errno;

	va_start(arguments, format);
	vsnprintf(found->trouble, sizeof found->trouble, format, arguments);
	va_end(arguments);
	errno = error;
	safe_path_close(found);
	return false;
}

/* Makes `directory` the one reached. In a sticky directory other users cannot exchange the entries. */
static bool
reach(struct walk *walk, int directory)
{
	struct safe_path *found = walk->found;
	struct stat what;

	if (found->directory >= 0)
		close(found->directory);
	found->directory = directory;
	if (directory < 0 || fstat(directory, &what) != 0)
		return fail(found, "%s: %s", found->path, strerror(errno));
	bool is_trusted = walk->identity == NULL || identity_trusts(walk->identity, what.st_uid);
	walk->is_closed = is_trusted && (what.st_mode & WRITABLE_BY_OTHERS) == 0;
	if (!is_trusted || (!walk->is_closed && (what.st_mode & S_ISVTX) == 0))
		found->is_safe = false;
	return true;
}

static bool
reach_root(struct walk *walk)
{
	strcpy(walk->found->path, "/");
	return reach(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static bool
reach_parent(struct walk *walk)
{
	char *slash = strrchr(walk->found->path, '/');

	*(slash == walk->found->path ? slash + 1 : slash) = '\0';
	return reach(walk, openat(walk->found->directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* The real path of the entry `name` of the directory reached; false if it is too long. */
static bool
path_of(const struct safe_path *found, const char *name, char path[PATH_MAX])
{
	const char *slash = strcmp(found->path, "/") == 0 ? "" : "/";

	return (size_t)snprintf(path, PATH_MAX, "%s%s%s", found->path, slash, name) < PATH_MAX;
}

static bool
reach_child(struct walk *walk, int directory, const char *name)
{
	char path[PATH_MAX];

	if (!path_of(walk->found, name, path)) {
		close(directory);
		return fail(walk->found, "%s/%s: path too long", walk->found->path, name);
	}
	strcpy(walk->found->path, path);
	return reach(walk, directory);
}

/* Remembers a directory or link that is passed, for a private root. */
static void
remember(const struct walk *walk, const char *name, const char *leads_to)
{
	char path[PATH_MAX];

	if (walk->mode == SHOW_FILE && path_of(walk->found, name, path))
		path_links_add(path, leads_to);
}

/* Puts what the link says in front of the rest. */
static bool
follow(struct walk *walk, int link, const struct stat *what, const char *name)
{
	struct safe_path *found = walk->found;
	char says[PATH_MAX];
	ssize_t octets = readlinkat(link, "", says, sizeof says - 1);

	if (walk->identity != NULL &&
	    !(walk->is_closed && found->is_safe && identity_trusts(walk->identity, what->st_uid))) {
		found->is_refused = true;
		return fail(found, "%s/%s is a symbolic link that not only root can make (it is uid %u's, in a directory "
		    "that others may write or own): it is not followed: name the file that it leads to, if that is "
		    "what you want, or remove it", strcmp(found->path, "/") == 0 ? "" : found->path, name, what->st_uid);
	}
	if (octets <= 0 || strlen(walk->rest) + (size_t)octets + 2 > sizeof walk->rest ||
	    ++walk->followed > LINKS_FOLLOWED_MAX)
		return fail(found, "%s/%s: %s", found->path, name, strerror(ELOOP));
	says[octets] = '\0';
	remember(walk, name, says);
	memmove(walk->rest + octets + 1, walk->rest, strlen(walk->rest) + 1);
	memcpy(walk->rest, says, (size_t)octets);
	walk->rest[octets] = '/';
	return says[0] != '/' || reach_root(walk);
}

/* Takes the next component off the rest; "" at the end, NULL if it is too long. */
static const char *
next_component(struct walk *walk)
{
	static char name[NAME_MAX + 1];
	size_t start = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + start, "/");

	if (length > NAME_MAX)
		return NULL;
	memcpy(name, walk->rest + start, length);
	name[length] = '\0';
	length += start;
	length += strspn(walk->rest + length, "/");
	memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
	return name;
}

/* Whether the entry just opened is the end: the last component, and not a link that is to be followed. */
static bool
is_end(const struct walk *walk, int entry, const struct stat *what)
{
	return walk->rest[0] == '\0' && (entry < 0 || !S_ISLNK(what->st_mode) || walk->mode == FIND_NAME);
}

/* Steps to `name`; true with `found->name` set if it is the end. */
static bool
step(struct walk *walk, const char *name)
{
	struct safe_path *found = walk->found;
	struct stat what = { 0 };
	bool went;

	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0)
		return reach_parent(walk);
	int entry = openat(found->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (entry >= 0 && fstat(entry, &what) != 0) {
		close(entry);
		return fail(found, "%s: %s", name, strerror(errno));
	}
	if (S_ISDIR(what.st_mode))
		remember(walk, name, NULL);
	if (is_end(walk, entry, &what)) {
		if (entry < 0 && errno != ENOENT)
			return fail(found, "%s: %s", name, strerror(errno));
		if (entry >= 0)
			close(entry);
		strcpy(found->name, name);
		return true;
	}
	if (entry < 0)
		return fail(found, "its directory: %s", strerror(errno));
	if (!S_ISLNK(what.st_mode))
		return reach_child(walk, entry, name);
	went = follow(walk, entry, &what, name);
	close(entry);
	return went;
}

bool
safe_path_find(struct safe_path *found, const char *path, const struct identity *identity, enum safe_path_mode mode)
{
	struct walk walk = { .found = found, .identity = identity, .mode = mode };

	*found = (struct safe_path){ .directory = -1, .is_safe = true };
	if (path[0] != '/' && getcwd(walk.rest, PATH_MAX) == NULL)
		return fail(found, "the working directory: %s", strerror(errno));
	if (strlen(path) >= PATH_MAX)
		return fail(found, "path too long");
	strcat(strcat(walk.rest, "/"), path);
	if (!reach_root(&walk))
		return false;
	while (found->name[0] == '\0') {
		const char *name = next_component(&walk);

		if (name == NULL || name[0] == '\0')
			return fail(found, "no name of a file");
		if (!step(&walk, name))
			return false;
	}
	return true;
}

bool
safe_path_real(const struct safe_path *found, char path[PATH_MAX])
{
	return path_of(found, found->name, path);
}

void
safe_path_close(struct safe_path *found)
{
	if (found->directory >= 0)
		close_quietly(found->directory);
	found->directory = -1;
}
