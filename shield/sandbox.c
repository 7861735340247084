/*
 * See sandbox.h. Of bpf(2) there is left: reading and changing the maps that it has, holding the program that it has to an
 * interface, and asking whether it is there. None of it takes a capability (Linux 6.1: those are asked for where maps and
 * programs are made).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../c/call_filter.h"
#include "../c/privilege.h"
#include "../c/report.h"
#include "sandbox.h"

/* Older headers do not have it. */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

#define DESCRIPTORS 512

static void
limit(int resource, rlim_t most, const char *name)
{
	struct rlimit both = { most, most };

	if (setrlimit(resource, &both) != 0)
		die("cannot limit %s: %s", name, strerror(errno));
}

void
sandbox_prepare(bool change, uid_t uid, gid_t gid)
{
	uint64_t held = capabilities_held();
	/* CAP_SYS_ADMIN stands in for CAP_BPF, which a service manager may not know. */
	uint64_t loading = (held & CAPABILITY(CAP_BPF)) != 0 ? CAPABILITY(CAP_BPF) : CAPABILITY(CAP_SYS_ADMIN);

	become(change, uid, gid, held & (loading | CAPABILITY(CAP_NET_ADMIN)));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		die("cannot refuse to be traced: %s", strerror(errno));
	limit(RLIMIT_CORE, 0, "core files");
	limit(RLIMIT_NOFILE, DESCRIPTORS, "descriptors");
}

void
sandbox_enter(void)
{
	static const struct sock_filter program[] = {
		ONLY_OUR_ARCHITECTURE,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 8),
		LOAD(ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_MAP_LOOKUP_ELEM, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_MAP_UPDATE_ELEM, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_MAP_DELETE_ELEM, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_OBJ_GET_INFO_BY_FD, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_LINK_CREATE, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		ALLOW(SYS_recvmsg),
		ALLOW(SYS_sendmsg),
		ALLOW(CALL_PPOLL),
		ALLOW(SYS_close),
		ALLOW(SYS_sched_getaffinity),
		ALLOW_WITH_EITHER(SYS_write, STDERR_FILENO, STDERR_FILENO),
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_exit_group),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { sizeof program / sizeof program[0], (struct sock_filter *)(uintptr_t)program };

	become(false, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		die("cannot install the system-call filter: %s", strerror(errno));
}
