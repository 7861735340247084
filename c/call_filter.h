/*
 * Pieces of system-call filters (linux/seccomp.h).
 */
#ifndef ANYDHCPD_CALL_FILTER_H
#define ANYDHCPD_CALL_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "audit_architecture.h"

/* 32-bit machines have the calls with 64-bit time under other names. */
#if defined(SYS_ppoll_time64)
#define CALL_PPOLL SYS_ppoll_time64
#define CALL_CLOCK SYS_clock_gettime64
#define CALL_SLEEP SYS_clock_nanosleep_time64
#else
#define CALL_PPOLL SYS_ppoll
#define CALL_CLOCK SYS_clock_gettime
#define CALL_SLEEP SYS_clock_nanosleep
#endif

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))

/* Ends a program of another architecture; the call's number is loaded behind it. */
#define ONLY_OUR_ARCHITECTURE \
	LOAD(offsetof(struct seccomp_data, arch)), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCHITECTURE, 1, 0), \
	RETURN(SECCOMP_RET_KILL_PROCESS), \
	LOAD(offsetof(struct seccomp_data, nr))
/* Allows a call with any arguments. */
#define ALLOW(call) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), RETURN(SECCOMP_RET_ALLOW)
/* Allows a call with one of these first arguments and nothing else. */
#define ALLOW_WITH_EITHER(call, argument, other) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 5), LOAD(ARGUMENT(0)), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (argument), 1, 0), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (other), 0, 1), RETURN(SECCOMP_RET_ALLOW), \
	RETURN(SECCOMP_RET_KILL_PROCESS)

#endif
