/*
 * See port_holders.h: sockets of this network namespace from /proc/net/udp, their owners from the
 * descriptors of every process.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "port_holders.h"

#define SERVER_PORT 67
#define SOCKETS_MAX 32

static unsigned long inodes[SOCKETS_MAX];
static size_t inode_count;

static void
find_sockets(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];
	unsigned port;
	unsigned long inode;

	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %*s %*s %lu", &port, &inode) == 2 &&
		    port == SERVER_PORT && inode_count < SOCKETS_MAX)
			inodes[inode_count++] = inode;
	fclose(file);
}

/* Whether one of the descriptors in the directory `path` is one of the sockets. */
static bool
holds_one(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL) {
		char target[64];
		unsigned long inode;
		ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);

		if (length <= 0)
			continue;
		target[length] = '\0';
		if (sscanf(target, "socket:[%lu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < inode_count; i++)
			found = found || inodes[i] == inode;
	}
	closedir(directory);
	return found;
}

/* Tells "pid name"; a process chooses its own name, so only plain characters are kept. */
static void
tell(const char *pid)
{
	char path[64], name[32] = "?";

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	FILE *file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(name, sizeof name, file) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	for (char *one = name; *one != '\0'; one++)
		if (!isalnum((unsigned char)*one) && strchr("-_.:/()", *one) == NULL)
			*one = '?';
	fact("port-holder", "%s %s", pid, name);
}

void
port_holders_tell(void)
{
	const struct dirent *entry;
	DIR *processes;

	find_sockets("/proc/net/udp");
	find_sockets("/proc/net/udp6");
	if (inode_count == 0 || (processes = opendir("/proc")) == NULL)
		return;
	while ((entry = readdir(processes)) != NULL) {
		char path[64];

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/fd", entry->d_name);
		if (holds_one(path))
			tell(entry->d_name);
	}
	closedir(processes);
}
