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

#include "safe_path.h"

#define LINKS_FOLLOWED_MAX 40	/* the kernel's own limit */
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

struct walk {
	struct way *way;
	const struct identity *identity;
	char rest[2 * PATH_MAX];	/* what is still to be walked */
	bool is_closed;			/* only who is trusted can make an entry of the directory reached */
	unsigned followed;
};

static bool
fail(struct way *way, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(way->trouble, sizeof way->trouble, format, arguments);
	va_end(arguments);
	way_close(way);
	return false;
}

/* Makes `directory` the one reached. A sticky directory keeps what is in it from being exchanged. */
static bool
reach(struct walk *walk, int directory)
{
	struct way *way = walk->way;
	struct stat what;

	if (way->directory >= 0)
		close(way->directory);
	way->directory = directory;
	if (directory < 0 || fstat(directory, &what) != 0)
		return fail(way, "%s: %s", way->path, strerror(errno));
	bool is_trusted = walk->identity == NULL || identity_trusts(walk->identity, what.st_uid);
	walk->is_closed = is_trusted && (what.st_mode & WRITABLE_BY_OTHERS) == 0;
	if (!is_trusted || (!walk->is_closed && (what.st_mode & S_ISVTX) == 0))
		way->is_safe = false;
	return true;
}

static bool
reach_root(struct walk *walk)
{
	strcpy(walk->way->path, "/");
	return reach(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static bool
reach_parent(struct walk *walk)
{
	char *slash = strrchr(walk->way->path, '/');

	*(slash == walk->way->path ? slash + 1 : slash) = '\0';
	return reach(walk, openat(walk->way->directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static bool
reach_child(struct walk *walk, int directory, const char *name)
{
	char *path = walk->way->path;
	size_t length = strlen(path);

	if (length + strlen(name) + 2 > sizeof walk->way->path) {
		close(directory);
		return fail(walk->way, "%s/%s: path too long", path, name);
	}
	snprintf(path + length, sizeof walk->way->path - length, "%s%s", length > 1 ? "/" : "", name);
	return reach(walk, directory);
}

/* Puts what the link says in front of the rest. */
static bool
follow(struct walk *walk, int link, const struct stat *what, const char *name)
{
	struct way *way = walk->way;
	char says[PATH_MAX];
	ssize_t octets = readlinkat(link, "", says, sizeof says - 1);

	if (walk->identity != NULL &&
	    !(walk->is_closed && way->is_safe && identity_trusts(walk->identity, what->st_uid))) {
		way->is_refused = true;
		return fail(way, "%s/%s is a symbolic link that not only root can make (it is uid %u's, in a directory "
		    "that others may write or own): it is not followed: name the file that it leads to, if that is "
		    "what you want, or remove it", strcmp(way->path, "/") == 0 ? "" : way->path, name, what->st_uid);
	}
	if (octets <= 0 || strlen(walk->rest) + (size_t)octets + 2 > sizeof walk->rest ||
	    ++walk->followed > LINKS_FOLLOWED_MAX)
		return fail(way, "%s/%s: %s", way->path, name, strerror(ELOOP));
	says[octets] = '\0';
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

/* Steps to `name`; true with `way->name` set if it is the last. */
static bool
step(struct walk *walk, const char *name, bool follow_last)
{
	struct way *way = walk->way;
	bool is_last = walk->rest[0] == '\0', went;
	struct stat what;

	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0)
		return reach_parent(walk);
	int entry = openat(way->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (is_last && (entry < 0 || fstat(entry, &what) != 0 || !S_ISLNK(what.st_mode) || !follow_last)) {
		if (entry < 0 && errno != ENOENT)
			return fail(way, "%s: %s", name, strerror(errno));
		if (entry >= 0)
			close(entry);
		strcpy(way->name, name);
		return true;
	}
	if (entry < 0 || fstat(entry, &what) != 0)
		return fail(way, "its directory: %s", strerror(errno));
	if (!S_ISLNK(what.st_mode))
		return reach_child(walk, entry, name);
	went = follow(walk, entry, &what, name);
	close(entry);
	return went;
}

bool
way_find(struct way *way, const char *path, const struct identity *identity, bool follow_last)
{
	struct walk walk = { .way = way, .identity = identity };

	*way = (struct way){ .directory = -1, .is_safe = true };
	if (path[0] != '/' && getcwd(walk.rest, PATH_MAX) == NULL)
		return fail(way, "the working directory: %s", strerror(errno));
	if (strlen(path) >= PATH_MAX)
		return fail(way, "path too long");
	strcat(strcat(walk.rest, "/"), path);
	if (!reach_root(&walk))
		return false;
	while (way->name[0] == '\0') {
		const char *name = next_component(&walk);

		if (name == NULL || name[0] == '\0')
			return fail(way, "no name of a file");
		if (!step(&walk, name, follow_last))
			return false;
	}
	return true;
}

void
way_close(struct way *way)
{
	if (way->directory >= 0)
		close(way->directory);
	way->directory = -1;
}
