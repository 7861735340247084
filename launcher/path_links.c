/*
 * See path_links.h.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/report.h"
#include "path_links.h"

#define LINKS_MAX 256
#define LINKS_FOLLOWED_MAX 40	/* the kernel's own limit */

/* A directory to make (`leads_to` NULL), or a symbolic link. */
struct link {
	char *path;
	char *leads_to;
};

static struct link links[LINKS_MAX];
static size_t link_count;

static void
add_link(const char *path, const char *leads_to)
{
	for (size_t i = 0; i < link_count; i++)
		if (strcmp(links[i].path, path) == 0)
			return;
	if (link_count == LINKS_MAX)
		die("%s: too many directories and links on the way", path);
	links[link_count].path = strdup(path);
	links[link_count].leads_to = leads_to == NULL ? NULL : strdup(leads_to);
	if (links[link_count].path == NULL || (leads_to != NULL && links[link_count].leads_to == NULL))
		die("out of memory");
	link_count++;
}

/*
 * Goes from the real path `here` to its entry `name`. Returns what a symbolic link says, which is to
 * be walked next (`here` is where it starts), "" for anything else, NULL if there is no such entry.
 */
static const char *
step(char here[PATH_MAX], const char *name)
{
	static char says[PATH_MAX];
	char next[PATH_MAX];
	size_t length = strlen(here);
	struct stat what;

	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(here, '/');

		*(slash == here ? slash + 1 : slash) = '\0';
		return "";
	}
	if (length + strlen(name) + 2 > sizeof next)
		return NULL;
	strcpy(next, here);
	strcat(next, length > 1 ? "/" : "");
	strcat(next, name);
	if (lstat(next, &what) != 0)
		return NULL;
	if (S_ISLNK(what.st_mode)) {
		ssize_t octets = readlink(next, says, sizeof says - 1);

		if (octets <= 0)
			return NULL;
		says[octets] = '\0';
		add_link(next, says);
		if (says[0] == '/')
			strcpy(here, "/");
		return says;
	}
	if (S_ISDIR(what.st_mode))
		add_link(next, NULL);
	strcpy(here, next);
	return "";
}

void
trail_follow(const char *path)
{
	char here[PATH_MAX] = "/", rest[PATH_MAX * 2];
	unsigned followed = 0;

	if (strlen(path) >= PATH_MAX || (path[0] != '/' && getcwd(here, sizeof here) == NULL))
		return;
	strcpy(rest, path);
	while (rest[0] != '\0') {
		char name[NAME_MAX + 1];
		size_t length = strcspn(rest, "/");
		const char *says = "";

		if (length > NAME_MAX)
			return;
		memcpy(name, rest, length);
		name[length] = '\0';
		memmove(rest, rest + length, strlen(rest + length) + 1);
		if (length == 0) {
			memmove(rest, rest + 1, strlen(rest));	/* a slash */
			continue;
		}
		if (strcmp(name, ".") != 0)
			says = step(here, name);
		if (says == NULL || strlen(says) + strlen(rest) >= sizeof rest)
			return;
		if (says[0] != '\0' && ++followed > LINKS_FOLLOWED_MAX)
			return;
		memmove(rest + strlen(says), rest, strlen(rest) + 1);
		memcpy(rest, says, strlen(says));
	}
}

void
trail_make_parents(const char *path)
{
	char above[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);

		if (length >= sizeof above)
			return;
		memcpy(above, path, length);
		above[length] = '\0';
		(void)mkdir(above, 0755);
	}
}

void
trail_repeat(void)
{
	for (size_t i = 0; i < link_count; i++) {
		trail_make_parents(links[i].path + 1);
		if (links[i].leads_to == NULL)
			(void)mkdir(links[i].path + 1, 0755);
		else
			(void)!symlink(links[i].leads_to, links[i].path + 1);
	}
}
