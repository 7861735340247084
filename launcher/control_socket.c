/*
 * See control_socket.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
#include "statements.h"

#define DEFAULT_DIRECTORY "/run/anydhcpd"
#define DEFAULT_PATH DEFAULT_DIRECTORY "/control.sock"
#define CLIENTS_WAITING 16
#define FIRST_INHERITED 3

/* src/base/limits/http.ts has the same: an ordinary user may not take lower ports. */
#define HTTP_PORT_MIN 1024

/* What a socket is for, and how the user names another place for it. */
struct purpose {
	const char *name;
	const char *elsewhere;
};

static const struct purpose control = { "control socket", "name another with --control PATH" };

static int
new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot open a unix socket: %s", strerror(errno));
	return fd;
}

/* Removes an earlier daemon's socket; a process that still answers there keeps it. */
static void
remove_stale(const struct safe_path *found, const struct sockaddr_un *name, const char *wanted,
    const struct purpose *purpose)
{
	struct stat what;

	if (fstatat(found->directory, found->name, &what, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!S_ISSOCK(what.st_mode))
		die("%s: is there and is not a socket: remove it, or %s", wanted, purpose->elsewhere);
	int fd = new_socket();
	if (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0)
		die("%s: another anydhcpd answers there: stop it, or give this one its own: %s", wanted, purpose->elsewhere);
	/*
	 * Refused: no process listens any more. After another error a process may have it open: a socket of another type, for
	 * one.
	 */
	if (errno != ECONNREFUSED)
		die("%s: a socket that is not ours is there (%s): remove it, or %s", wanted, strerror(errno), purpose->elsewhere);
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
		die_of_configuration("--control-group: there is no group \"%s\": create it (groupadd --system %s) or name another", group, group);
	return entry->gr_gid;
}

/* The socket that a service manager has opened for us, as sd_listen_fds(3) says; -1: none. */
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

/* Opens the socket at `wanted`. -1 with errno if it cannot be bound and `is_optional`; else that ends the process. */
static int
listen_at(const char *wanted, const struct purpose *purpose, bool is_optional, const char *group,
    const struct identity *identity)
{
	const struct identity *trusting = identity->capabilities != 0 ? identity : NULL;
	gid_t readers = readers_of(group, identity);
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct safe_path found;

	if (!safe_path_find(&found, wanted, trusting, FIND_NAME))
		die("%s: cannot make the %s: %s", wanted, purpose->name, found.trouble);
	set_name(&name, &found, wanted);
	remove_stale(&found, &name, wanted, purpose);
	int fd = new_socket();
	mode_t before = umask(0117);
	int failed = bind(fd, (const struct sockaddr *)&name, sizeof name);
	int error = errno;
	umask(before);
	if (failed != 0 && !is_optional)
		die("%s: cannot make the %s: %s", wanted, purpose->name, strerror(error));
	if (failed != 0) {
		safe_path_close(&found);
		close(fd);
		errno = error;
		return -1;
	}
	if (readers != (gid_t)-1)
		give_to_group(&found, readers, group, wanted);
	if (listen(fd, CLIENTS_WAITING) != 0)
		die("%s: cannot listen: %s", wanted, strerror(errno));
	safe_path_close(&found);
	return fd;
}

/* A start makes the directory, where it can; errno says why not. */
static bool
default_directory_make(void)
{
	if (mkdir(DEFAULT_DIRECTORY, 0755) != 0)
		return errno == EEXIST;
	(void)chmod(DEFAULT_DIRECTORY, 0755);	/* under any umask: a socket's own mode decides which users may connect */
	return true;
}

static bool
is_in_default_directory(const char *path)
{
	static const char directory[] = DEFAULT_DIRECTORY "/";
	const size_t length = sizeof directory - 1;

	return strncmp(path, directory, length) == 0 && strchr(path + length, '/') == NULL;
}

int
control_socket_open(const char *path, const char *group, const struct identity *identity)
{
	int fd = inherited_socket();

	if (fd >= 0)
		return fd;
	if (path != NULL)
		return listen_at(path, &control, false, group, identity);
	if (!default_directory_make()) {
		note("no control socket: %s: %s: --control PATH names another place", DEFAULT_DIRECTORY, strerror(errno));
		return -1;
	}
	fd = listen_at(DEFAULT_PATH, &control, true, group, identity);
	if (fd < 0)
		note("no control socket: %s: %s: --control PATH names another place", DEFAULT_PATH, strerror(errno));
	return fd;
}

/* "127.0.0.1:9567", or another address of this host alone. */
static bool
read_loopback(struct sockaddr_in *name, const char *text)
{
	char address[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	char *end;

	if (colon == NULL || (size_t)(colon - text) >= sizeof address)
		return false;
	memcpy(address, text, (size_t)(colon - text));
	address[colon - text] = '\0';
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port < HTTP_PORT_MIN || port > UINT16_MAX ||
	    inet_pton(AF_INET, address, &name->sin_addr) != 1)
		return false;
	name->sin_port = htons((uint16_t)port);
	return ntohl(name->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool
http_socket_look(const char *statement, const struct identity *identity)
{
	const struct identity *trusting = identity->capabilities != 0 ? identity : NULL;
	struct safe_path found;
	struct statement wanted;
	struct stat what;

	if (!statement_find(&wanted, statement) || !wanted.is_string)
		return true;
	if (!safe_path_find(&found, wanted.value, trusting, FIND_NAME)) {
		if (errno == ENOENT && is_in_default_directory(wanted.value))
			return true;
		if (!identity->is_supposed || errno != EACCES)
			trouble_of_file(errno, statement, "%s: the socket cannot be made: %s", wanted.value, found.trouble);
		return false;
	}
	bool is_taken = fstatat(found.directory, found.name, &what, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISSOCK(what.st_mode);
	if (is_taken)
		trouble(statement, "%s: is there and is not a socket: remove it, or name another", wanted.value);
	safe_path_close(&found);
	return !is_taken;
}

int
http_socket_open(const char *statement, const char *group, const struct identity *identity)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	char elsewhere[64], socket_name[64];
	struct statement wanted;
	const int yes = 1;

	if (!statement_find(&wanted, statement))
		return -1;
	if (wanted.is_string && is_in_default_directory(wanted.value))
		(void)default_directory_make();
	if (!http_socket_look(statement, identity))
		return -1;
	snprintf(socket_name, sizeof socket_name, "socket of the %s", statement);
	snprintf(elsewhere, sizeof elsewhere, "name another in the %s statement", statement);
	if (wanted.is_string)
		return listen_at(wanted.value, &(struct purpose){ socket_name, elsewhere }, false, group, identity);
	if (!read_loopback(&name, wanted.value))
		return -1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
	    bind(fd, (const struct sockaddr *)&name, sizeof name) == 0 && listen(fd, CLIENTS_WAITING) == 0)
		return fd;
	note("%s: cannot listen on %s: %s", statement, wanted.value, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int
token_file_open(const char *statement, const struct identity *identity)
{
	struct safe_path found;
	struct statement wanted;
	struct stat what;

	if (!statement_find(&wanted, statement) || !wanted.is_string)
		return -1;
	if (!safe_path_find(&found, wanted.value, identity->change ? identity : NULL, SHOW_FILE)) {
		note("%s: %s: %s", statement, wanted.value, found.trouble);
		return -1;
	}
	int fd = openat(found.directory, found.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int error = errno;
	safe_path_close(&found);
	if (fd < 0)
		note("%s: %s: cannot be read: %s", statement, wanted.value, strerror(error));
	else if (fstat(fd, &what) != 0 || !S_ISREG(what.st_mode))
		note("%s: %s: is not a regular file", statement, wanted.value);
	else if ((what.st_mode & 077) != 0)
		note("%s: %s: others than its owner may use it: chmod 600 it", statement, wanted.value);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
