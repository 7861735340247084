/*
 * See control_socket.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_socket.h"
#include "report.h"

#define DEFAULT_DIRECTORY "/run/anydhcpd"
#define DEFAULT_PATH DEFAULT_DIRECTORY "/control.sock"
#define CLIENTS_WAITING 16

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
remove_stale(const struct sockaddr_un *name)
{
	struct stat what;

	if (lstat(name->sun_path, &what) != 0)
		return;
	if (!S_ISSOCK(what.st_mode))
		die("%s: is there and is not a socket: remove it, or name another with --control PATH", name->sun_path);
	int fd = new_socket();
	if (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0)
		die("%s: another anydhcpd answers there: stop it, or give this one its own with --control PATH",
		    name->sun_path);
	close(fd);
	unlink(name->sun_path);
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

int
control_socket_open(const char *path, const char *group, const struct identity *identity)
{
	gid_t readers = readers_of(group, identity);
	const char *wanted = path != NULL ? path : DEFAULT_PATH;
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (strlen(wanted) >= sizeof name.sun_path)
		die("%s: too long for a socket's name", wanted);
	strcpy(name.sun_path, wanted);
	if (path == NULL && mkdir(DEFAULT_DIRECTORY, 0755) == 0)
		(void)chmod(DEFAULT_DIRECTORY, 0755);	/* whatever the umask: the socket's own mode says who may ask */
	else if (path == NULL && errno != EEXIST) {
		note("no control socket: %s: %s: --control PATH names another place", DEFAULT_DIRECTORY, strerror(errno));
		return -1;
	}
	remove_stale(&name);
	int fd = new_socket();
	mode_t before = umask(0117);
	int failed = bind(fd, (const struct sockaddr *)&name, sizeof name);
	int error = errno;
	umask(before);
	if (failed != 0 && path == NULL) {
		note("no control socket: %s: %s: --control PATH names another place", wanted, strerror(error));
		close(fd);
		return -1;
	}
	if (failed != 0)
		die("%s: cannot make the control socket: %s", wanted, strerror(error));
	if (readers != (gid_t)-1 && fchownat(AT_FDCWD, wanted, (uid_t)-1, readers, AT_SYMLINK_NOFOLLOW) != 0)
		die("%s: cannot give it to the group %s: %s", wanted, group != NULL ? group : DAEMON_USER, strerror(errno));
	if (listen(fd, CLIENTS_WAITING) != 0)
		die("%s: cannot listen: %s", wanted, strerror(errno));
	return fd;
}
