/*
 * See control_socket.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_socket.h"
#include "facts.h"
#include "../c/report.h"
#include "safe_path.h"

#define DEFAULT_DIRECTORY "/run/anydhcpd"
#define DEFAULT_PATH DEFAULT_DIRECTORY "/control.sock"
#define CLIENTS_WAITING 16
#define FIRST_INHERITED 3

static int
new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot open a unix socket: %s", strerror(errno));
	return fd;
}

/* Removes what an earlier daemon has left; whoever still answers there keeps it. */
static void
remove_stale(const struct safe_path *found, const struct sockaddr_un *name, const char *wanted)
{
	struct stat what;

	if (fstatat(found->directory, found->name, &what, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!S_ISSOCK(what.st_mode))
		die("%s: is there and is not a socket: remove it, or name another with --control PATH", wanted);
	int fd = new_socket();
	if (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0)
		die("%s: another anydhcpd answers there: stop it, or give this one its own with --control PATH", wanted);
	close(fd);
	unlinkat(found->directory, found->name, 0);
}

/* A socket's name is looked up by its path: where others may bend that, by the open directory. */
static void
set_name(struct sockaddr_un *name, const struct safe_path *found, const char *wanted)
{
	char through[NAME_MAX + 64];

	snprintf(through, sizeof through, "/proc/self/fd/%d/%s", found->directory, found->name);
	const char *path = found->is_safe ? wanted : through;
	if (strlen(wanted) >= sizeof name->sun_path || strlen(path) >= sizeof name->sun_path)
		die("%s: too long for a socket's name", wanted);
	strcpy(name->sun_path, path);
}

/* Gives the socket just made to a group, and nothing that was put in its place. */
static void
give_to_group(const struct safe_path *found, gid_t readers, const char *group, const char *wanted)
{
	struct stat what;
	int fd = openat(found->directory, found->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &what) != 0 || !S_ISSOCK(what.st_mode) || what.st_uid != geteuid() ||
	    what.st_nlink != 1 || fchownat(fd, "", (uid_t)-1, readers, AT_EMPTY_PATH) != 0)
		die("%s: cannot give it to the group %s: %s", wanted, group != NULL ? group : DAEMON_USER, strerror(errno));
	close(fd);
}

/* The group whose members may ask; -1: none beside the owner. */
static gid_t
readers_of(const char *group, const struct identity *identity)
{
	const struct group *entry;

	if (group == NULL)
		return identity->dedicated ? identity->gid : (gid_t)-1;
	entry = getgrnam(group);
	if (entry == NULL)
		die("--control-group: there is no group \"%s\": create it (groupadd --system %s) or name another", group, group);
	return entry->gr_gid;
}

/* The one that a service manager has opened for us, as sd_listen_fds(3) says; -1: none. */
static int
inherited_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int listens = 0, domain = 0;
	socklen_t size = sizeof listens;

	if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != getpid())
		return -1;
	if (strcmp(count, "1") != 0 ||
	    getsockopt(FIRST_INHERITED, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0 ||
	    getsockopt(FIRST_INHERITED, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX)
		die("LISTEN_FDS: the service manager has to hand over one listening unix socket, the control socket");
	return FIRST_INHERITED;
}

int
control_socket_open(const char *path, const char *group, const struct identity *identity)
{
	int inherited = inherited_socket();
	gid_t readers = readers_of(group, identity);
	const char *wanted = path != NULL ? path : DEFAULT_PATH;
	const struct identity *trusting = identity->capabilities != 0 ? identity : NULL;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct safe_path found;

	if (inherited >= 0)
		return inherited;
	if (path == NULL && mkdir(DEFAULT_DIRECTORY, 0755) == 0)
		(void)chmod(DEFAULT_DIRECTORY, 0755);	/* whatever the umask: the socket's own mode says who may ask */
	else if (path == NULL && errno != EEXIST) {
		note("no control socket: %s: %s: --control PATH names another place", DEFAULT_DIRECTORY, strerror(errno));
		return -1;
	}
	if (!safe_path_find(&found, wanted, trusting, FIND_NAME))
		die("%s: cannot make the control socket: %s", wanted, found.trouble);
	set_name(&name, &found, wanted);
	remove_stale(&found, &name, wanted);
	int fd = new_socket();
	mode_t before = umask(0117);
	int failed = bind(fd, (const struct sockaddr *)&name, sizeof name);
	int error = errno;
	umask(before);
	if (failed != 0 && path == NULL) {
		note("no control socket: %s: %s: --control PATH names another place", wanted, strerror(error));
		close(fd);
		safe_path_close(&found);
		return -1;
	}
	if (failed != 0)
		die("%s: cannot make the control socket: %s", wanted, strerror(error));
	if (readers != (gid_t)-1)
		give_to_group(&found, readers, group, wanted);
	if (listen(fd, CLIENTS_WAITING) != 0)
		die("%s: cannot listen: %s", wanted, strerror(errno));
	safe_path_close(&found);
	return fd;
}
