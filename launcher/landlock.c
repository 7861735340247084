/*
 * See landlock.h. Rules belong to inodes, so they hold in the private root as well, and are made while it is put
 * together. TCP connections are left to the system-call filter (native/sandbox.cc): only the daemon knows whether its
 * configuration asks for any.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../c/report.h"
#include "facts.h"
#include "landlock.h"

/* From the kernel's <linux/landlock.h>, which is older than the kernel on many machines that build this. */
enum {
	CALL_CREATE_RULESET = 444,
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	GET_VERSION = 1,
	RULE_BELOW = 1,
	EXECUTE = 1 << 0,
	WRITE = 1 << 1,
	READ = 1 << 2,
	LIST = 1 << 3,
	REMOVE = 1 << 5,
	MAKE = 1 << 8,
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,
	CONTROL_DEVICE = 1 << 15,
	OF_FILES = EXECUTE | WRITE | READ | TRUNCATE | CONTROL_DEVICE,
	BIND_TCP = 1 << 0,
	ABSTRACT_SOCKETS = 1 << 0,
	SIGNALS = 1 << 1,
	VERSION_OF_TCP = 4,
	VERSION_OF_SCOPES = 6,
};

/* All rights that a version of Landlock knows. */
static const uint64_t rights[] = { 0, REFER - 1, REFER | (REFER - 1), TRUNCATE | (TRUNCATE - 1), TRUNCATE | (TRUNCATE - 1),
	CONTROL_DEVICE | (CONTROL_DEVICE - 1) };

struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

struct __attribute__((packed)) rule {
	uint64_t allowed;
	int32_t file;
};

static struct ruleset handled;
static int ruleset = -1;
/* Of the kernel's Landlock, 0: has none; -1: not asked yet. */
static int version = -1;

static void
begin(void)
{
	const char *manager = getenv("NOTIFY_SOCKET");
	const int known = sizeof rights / sizeof rights[0] - 1;

	version = (int)syscall(CALL_CREATE_RULESET, NULL, 0, GET_VERSION);
	/* EPERM: a container's system-call filter that is older than Landlock, as systemd-nspawn's. */
	if (version < 0 && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
		die("cannot ask for Landlock: %s", strerror(errno));
	if (version <= 0) {
		version = 0;
		return;
	}
	handled.files = rights[version < known ? version : known];
	if (version >= VERSION_OF_TCP)
		handled.network = BIND_TCP;
	/* An abstract name may be the service manager's. */
	if (version >= VERSION_OF_SCOPES)
		handled.scopes = manager != NULL && manager[0] == '@' ? SIGNALS : SIGNALS | ABSTRACT_SOCKETS;
	/* Older kernels accept the longer structure as long as what they do not know is zero. */
	ruleset = (int)syscall(CALL_CREATE_RULESET, &handled, sizeof handled, 0);
	if (ruleset < 0)
		die("cannot use Landlock: %s", strerror(errno));
}

void
landlock_allow(int file, enum file_access access)
{
	static const uint64_t wanted[] = {
		[FILE_LIST] = LIST,
		[FILE_READ] = EXECUTE | READ | LIST,
		[FILE_WRITE] = READ | LIST | WRITE | TRUNCATE | REMOVE | MAKE | REFER,
		[FILE_DEVICE] = READ | WRITE,
	};
	struct stat what;

	if (version < 0)
		begin();
	if (version == 0)
		return;
	if (fstat(file, &what) != 0)
		die("cannot look at a file for Landlock: %s", strerror(errno));
	const struct rule rule = { wanted[access] & handled.files & (S_ISDIR(what.st_mode) ? UINT64_MAX : OF_FILES), file };
	if (syscall(CALL_ADD_RULE, ruleset, RULE_BELOW, &rule, 0) != 0)
		die("cannot add a rule to Landlock: %s", strerror(errno));
}

void
landlock_enter(bool required)
{
	if (required && version < VERSION_OF_SCOPES)
		die_of_configuration("--require-sandbox: this kernel has version %d of Landlock, and %d (Linux 6.12) is needed: "
		    "leave the option out, or use a newer kernel", version, VERSION_OF_SCOPES);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("cannot set no_new_privs: %s", strerror(errno));
	if (version <= 0) {
		note("this kernel or container has no Landlock: one fence less around the daemon's files");
		return;
	}
	if (syscall(CALL_RESTRICT_SELF, ruleset, 0) != 0)
		die("cannot enter Landlock: %s", strerror(errno));
	close(ruleset);
}
