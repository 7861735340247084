/*
 * See sandbox.h. The filter cannot look inside a netlink message, so check.c stays the boundary; it
 * takes away everything else: files, programs, other protocols, new netlink sockets.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../c/call_filter.h"
#include "../c/privilege.h"
#include "../c/report.h"
#include "sandbox.h"

#define NEEDED (CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_NET_RAW))

static void
limit(int resource, rlim_t most, const char *name)
{
	struct rlimit both = { most, most };

	if (setrlimit(resource, &both) != 0)
		die("cannot limit %s: %s", name, strerror(errno));
}

static void
install_filter(bool packets)
{
	/* No new netlink socket; a packet socket only where the daemon is to use them. */
	const uint32_t family = packets ? AF_PACKET : AF_INET;
	const struct sock_filter program[] = {
		ONLY_OUR_ARCHITECTURE,
		ALLOW(SYS_recvmsg),
		ALLOW(SYS_sendmsg),
		ALLOW(CALL_PPOLL),
		ALLOW(CALL_CLOCK),			/* where the vDSO cannot tell the time */
		ALLOW_WITH_EITHER(SYS_socket, AF_INET, family),
		ALLOW(SYS_setsockopt),
		ALLOW(SYS_bind),
		ALLOW(SYS_getsockname),
		ALLOW(SYS_close),
		ALLOW_WITH_EITHER(SYS_write, STDERR_FILENO, STDERR_FILENO),	/* the last words */
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_exit_group),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { sizeof program / sizeof program[0], (struct sock_filter *)(uintptr_t)program };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		die("cannot install the system-call filter: %s", strerror(errno));
}

void
sandbox_enter(bool change, uid_t uid, gid_t gid, bool packets)
{
	become(change, uid, gid, capabilities_held() & NEEDED);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		die("cannot refuse to be traced: %s", strerror(errno));
	limit(RLIMIT_NPROC, 0, "processes");
	limit(RLIMIT_CORE, 0, "core files");
	limit(RLIMIT_NOFILE, 16, "descriptors");
	install_filter(packets);
}
