/*
 * See sandbox.h. The filter cannot look inside a netlink message: that it is about elements of the named sets, and about
 * nothing else, is for elements.c and sets.c to see to, which build every message themselves.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../c/call_filter.h"
#include "../c/privilege.h"
#include "../c/report.h"
#include "sandbox.h"

#if defined(SYS_fork)
#define CALL_FORK SYS_fork
#else
#define CALL_FORK SYS_clone
#endif

/* What both do: answer, wait, say their last words, end. */
#define COMMON \
	ALLOW(SYS_sendmsg), \
	ALLOW(CALL_PPOLL), \
	ALLOW_WITH_EITHER(SYS_write, STDERR_FILENO, STDERR_FILENO), \
	ALLOW(SYS_rt_sigreturn), \
	ALLOW(SYS_exit_group)

static void
limit(int resource, rlim_t most, const char *name)
{
	struct rlimit both = { most, most };

	if (setrlimit(resource, &both) != 0)
		die("cannot limit %s: %s", name, strerror(errno));
}

static void
install(const struct sock_filter *program, size_t length)
{
	struct sock_fprog filter = { (unsigned short)length, (struct sock_filter *)(uintptr_t)program };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		die("cannot install the system-call filter: %s", strerror(errno));
}

void
sandbox_enter_keeper(bool change, uid_t uid, gid_t gid)
{
	static const struct sock_filter program[] = {
		ONLY_OUR_ARCHITECTURE,
		COMMON,
		ALLOW(SYS_recvmsg),
		ALLOW(SYS_clone),
		ALLOW(CALL_FORK),
		ALLOW(SYS_wait4),
		ALLOW(CALL_SLEEP),
		/* Of a worker that begins, and of the C library around a fork. */
		ALLOW(SYS_set_robust_list),
		ALLOW(SYS_rt_sigprocmask),
		ALLOW(SYS_rt_sigaction),
		ALLOW(SYS_gettid),
		ALLOW(SYS_prctl),
		ALLOW(SYS_seccomp),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};

	become(change, uid, gid, capabilities_held() & CAPABILITY(CAP_NET_ADMIN));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		die("cannot refuse to be traced: %s", strerror(errno));
	limit(RLIMIT_CORE, 0, "core files");
	limit(RLIMIT_NOFILE, 16, "descriptors");
	install(program, sizeof program / sizeof program[0]);
}

void
sandbox_enter_worker(void)
{
	static const struct sock_filter program[] = {
		ONLY_OUR_ARCHITECTURE,
		COMMON,
		ALLOW(SYS_recvmsg),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};

	install(program, sizeof program / sizeof program[0]);
}
