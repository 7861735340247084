/*
 * See identity.h. Three cases: a second uid is mapped and we may change to it; only one is (a user
 * namespace of an ordinary user, or a container without CAP_SETUID); no capability at all.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "facts.h"
#include "identity.h"
#include "../c/privilege.h"
#include "../c/report.h"

/* What the kernel shows for an owner that this user namespace does not map. */
#define OVERFLOW_UID 65534

#define MAP_LINES_MAX 340	/* the kernel's own limit */

/* uid and gid of a process whose user does not exist: the highest unused ids below those of the user nobody. */
#define UNUSED_ID_HIGH 65533
#define UNUSED_ID_LOW 65000

/* The daemon, the helper and other siblings. */
#define ACCOUNTS_MAX 8

struct id_map {
	size_t count;
	struct {
		unsigned long first;
		unsigned long length;
	} lines[MAP_LINES_MAX];
};

static struct id_map uids, gids;

/* Ids already given to a process: no two processes share one. */
static unsigned taken[ACCOUNTS_MAX];
static size_t taken_count;

static void
read_map(const char *path, struct id_map *map)
{
	FILE *file = fopen(path, "re");
	unsigned long first, outside, length;

	if (file == NULL)
		die("%s: %s: /proc must be mounted", path, strerror(errno));
	while (map->count < MAP_LINES_MAX && fscanf(file, "%lu %lu %lu", &first, &outside, &length) == 3) {
		map->lines[map->count].first = first;
		map->lines[map->count++].length = length;
	}
	fclose(file);
}

static bool
is_mapped(const struct id_map *map, unsigned long id)
{
	for (size_t i = 0; i < map->count; i++)
		if (id >= map->lines[i].first && id - map->lines[i].first < map->lines[i].length)
			return true;
	return false;
}

static bool
is_taken(unsigned id)
{
	for (size_t i = 0; i < taken_count; i++)
		if (taken[i] == id)
			return true;
	return id == geteuid() || id == getegid();
}

/* The highest mapped id below 65536 that is not taken; `otherwise` if there is no such. */
static unsigned
highest_mapped(const struct id_map *map, unsigned otherwise)
{
	for (unsigned id = UINT16_MAX; id > 0; id--)
		if (!is_taken(id) && is_mapped(map, id))
			return id;
	return otherwise;
}

static bool
has_second_id(const struct id_map *map)
{
	unsigned long total = 0;

	for (size_t i = 0; i < map->count; i++)
		total += map->lines[i].length;
	return total > 1;
}

static void
take(const struct account *account)
{
	if (taken_count == ACCOUNTS_MAX)
		die("too many processes of different users");
	taken[taken_count++] = account->uid;
}

bool
identity_find_user(const char *name, struct account *account)
{
	const struct passwd *user = getpwnam(name);

	if (user == NULL || !is_mapped(&uids, user->pw_uid) || !is_mapped(&gids, user->pw_gid))
		return false;
	*account = (struct account){ user->pw_uid, user->pw_gid };
	return true;
}

/* The same of a user without privilege. */
static bool
find_plain_user(const char *name, struct account *account)
{
	return identity_find_user(name, account) && account->uid != 0;
}

static void
choose_daemon(struct identity *identity)
{
	struct account account;

	identity->dedicated = find_plain_user(DAEMON_USER, &account);
	if (!identity->dedicated && !find_plain_user("nobody", &account))
		account = (struct account){ highest_mapped(&uids, geteuid()), highest_mapped(&gids, getegid()) };
	take(&account);
	identity->uid = account.uid;
	identity->gid = account.gid;
	if (!identity->dedicated)
		note("there is no user " DAEMON_USER ": running as uid %u, which other programs may share; to add the user: "
		    "useradd --system --no-create-home --shell /usr/sbin/nologin " DAEMON_USER, identity->uid);
}

void
identity_choose_sibling(const struct identity *identity, const char *user, const char *name, struct account *account)
{
	*account = (struct account){ geteuid(), getegid() };
	if (!identity->change)
		return;
	if (find_plain_user(user, account) && !is_taken(account->uid)) {
		take(account);
		return;
	}
	*account = (struct account){ highest_mapped(&uids, geteuid()), highest_mapped(&gids, getegid()) };
	for (unsigned id = UNUSED_ID_HIGH; id >= UNUSED_ID_LOW; id--) {
		if (!is_mapped(&uids, id) || !is_mapped(&gids, id) || is_taken(id) || id == identity->gid ||
		    getpwuid(id) != NULL || getgrgid(id) != NULL)
			continue;
		*account = (struct account){ id, id };
		break;
	}
	take(account);
	note("there is no user %s: the %s runs as uid %u; to add the user: "
	    "useradd --system --no-create-home --shell /usr/sbin/nologin %s", user, name, account->uid, user);
}

void
identity_choose(struct identity *identity)
{
	const uint64_t both = CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID);

	*identity = (struct identity){ .capabilities = capabilities_held(),
	    .uid = geteuid(), .gid = getegid() };
	if (identity->capabilities == 0)
		return;
	read_map("/proc/self/uid_map", &uids);
	read_map("/proc/self/gid_map", &gids);
	if ((identity->capabilities & both) != both || !has_second_id(&uids) || !has_second_id(&gids)) {
		note("uid %u is kept, without capabilities: %s", identity->uid,
		    has_second_id(&uids) ? "CAP_SETUID and CAP_SETGID are missing" : "no other is mapped here");
		return;
	}
	identity->change = true;
	choose_daemon(identity);
	if (identity->uid == geteuid())
		die("found no uid to run the daemon with: create the user " DAEMON_USER);
}

void
identity_suppose(struct identity *identity)
{
	*identity = (struct identity){ .is_supposed = true };
	read_map("/proc/self/uid_map", &uids);
	read_map("/proc/self/gid_map", &gids);
	choose_daemon(identity);
}

bool
identity_is_user(const struct identity *identity, const char *name)
{
	struct account account;

	return identity_find_user(name, &account) && account.uid == identity->uid;
}

bool
identity_trusts(const struct identity *identity, uid_t uid)
{
	if (uid == identity->uid)
		return false;
	return uid == 0 || uid == geteuid() || (uid == OVERFLOW_UID && !is_mapped(&uids, uid));
}

bool
identity_try(const struct identity *identity, bool (*attempt)(const void *), const void *context)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("cannot fork: %s", strerror(errno));
	if (child == 0) {
		become(identity->change, identity->uid, identity->gid, 0);
		_exit(attempt(context) ? 0 : 1);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for a child: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct file_wanted {
	int directory;
	const char *path;
	int mode;
};

static bool
has_access(const void *context)
{
	const struct file_wanted *wanted = context;

	return faccessat(wanted->directory, wanted->path, wanted->mode, 0) == 0;
}

/* By owner, group and mode, which have R_OK, W_OK and X_OK three times. */
static bool
modes_allow(const struct identity *identity, int directory, const char *path, int mode)
{
	struct stat what;

	if (fstatat(directory, path, &what, 0) != 0)
		return false;
	const int shift = what.st_uid == identity->uid ? 6 : what.st_gid == identity->gid ? 3 : 0;
	return ((what.st_mode >> shift) & (mode_t)mode) == (mode_t)mode;
}

bool
identity_may(const struct identity *identity, int directory, const char *path, int mode)
{
	if (identity->is_supposed)
		return modes_allow(identity, directory, path, mode);
	return identity_try(identity, has_access, &(struct file_wanted){ directory, path, mode });
}
