/*
 * See privilege.h. The order matters and was found by experiment: the bounding set needs CAP_SETPCAP
 * and so goes first; the change of uid empties the permitted set unless PR_SET_KEEPCAPS says
 * otherwise; no_new_privs last.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege.h"
#include "report.h"

#define CAPABILITIES_MAX 64

static void
read_capabilities(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	if (syscall(SYS_capget, &header, data) != 0)
		die("cannot read the capabilities: %s", strerror(errno));
}

static uint64_t
both_words(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

uint64_t
capabilities_held(void)
{
	struct __user_cap_data_struct data[2];

	read_capabilities(data);
	return both_words(data[0].permitted, data[1].permitted);
}

static void
set_capabilities(uint64_t wanted)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2], held[2];

	read_capabilities(held);
	memset(data, 0, sizeof data);
	data[0].effective = data[0].permitted = (uint32_t)wanted;
	data[1].effective = data[1].permitted = (uint32_t)(wanted >> 32);
	/* A service manager may forbid the call to whom it has given nothing. */
	if (memcmp(held, data, sizeof data) != 0 && syscall(SYS_capset, &header, data) != 0)
		die("cannot give up capabilities: %s", strerror(errno));
}

/* Programs executed later cannot get a capability from their file or from being root. */
static void
empty_bounding_set(void)
{
	for (unsigned long number = 0; number < CAPABILITIES_MAX; number++) {
		if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
			die("cannot empty the bounding set: %s", strerror(errno));
	}
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
	    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0) != 0)
		die("cannot set the securebits: %s", strerror(errno));
}

static void
change_ids(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		die("cannot keep capabilities: %s", strerror(errno));
	if (setgroups(0, NULL) != 0)
		die("cannot leave the supplementary groups: %s", strerror(errno));
	if (setresgid(gid, gid, gid) != 0)
		die("cannot become gid %u: %s", gid, strerror(errno));
	if (setresuid(uid, uid, uid) != 0)
		die("cannot become uid %u: %s", uid, strerror(errno));
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		die("cannot clear the keep-capabilities flag: %s", strerror(errno));
}

static void
verify(bool change, uid_t uid, gid_t gid, uint64_t wanted)
{
	struct __user_cap_data_struct data[2];
	uid_t real_uid, effective_uid, saved_uid;
	gid_t real_gid, effective_gid, saved_gid;

	if (getresuid(&real_uid, &effective_uid, &saved_uid) != 0 ||
	    getresgid(&real_gid, &effective_gid, &saved_gid) != 0)
		die("cannot read the ids: %s", strerror(errno));
	if (change && (real_uid != uid || effective_uid != uid || saved_uid != uid || real_gid != gid ||
	    effective_gid != gid || saved_gid != gid || getgroups(0, NULL) != 0))
		die("the change to uid %u did not take", uid);
	read_capabilities(data);
	if (both_words(data[0].effective, data[1].effective) != wanted ||
	    both_words(data[0].permitted, data[1].permitted) != wanted ||
	    (data[0].inheritable | data[1].inheritable) != 0)
		die("capabilities are left over");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		die("no_new_privs did not take");
}

void
become(bool change, uid_t uid, gid_t gid, uint64_t capabilities)
{
	/* Without CAP_SETPCAP the bounding set stays; no_new_privs makes it powerless. */
	if ((capabilities_held() & CAPABILITY(CAP_SETPCAP)) != 0)
		empty_bounding_set();
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		die("cannot empty the ambient set: %s", strerror(errno));
	if (change)
		change_ids(uid, gid);
	set_capabilities(capabilities);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("cannot set no_new_privs: %s", strerror(errno));
	verify(change, uid, gid, capabilities);
}
