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

/* A directory to make (`leads_to` NULL), or a symbolic link. */
struct link {
	char *path;
	char *leads_to;
};

static struct link links[LINKS_MAX];
static size_t link_count;

void
path_links_add(const char *path, const char *leads_to)
{
	for (size_t i = 0; i < link_count; i++)
		if (strcmp(links[i].path, path) == 0)
			return;
	if (link_count == LINKS_MAX)
		die("%s: too many directories and links on the way", path);
	struct link *link = &links[link_count++];
	link->path = strdup(path);
	link->leads_to = leads_to == NULL ? NULL : strdup(leads_to);
	if (link->path == NULL || (leads_to != NULL && link->leads_to == NULL))
		die("out of memory");
}

void
path_links_make_parents(const char *path)
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
path_links_repeat(void)
{
	for (size_t i = 0; i < link_count; i++) {
		path_links_make_parents(links[i].path + 1);
		if (links[i].leads_to == NULL)
			(void)mkdir(links[i].path + 1, 0755);
		else
			(void)!symlink(links[i].leads_to, links[i].path + 1);
	}
}
