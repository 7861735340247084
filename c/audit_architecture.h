/*
 * How a system-call filter (linux/seccomp.h) tells this machine's own calls from those of another kind of program.
 */
#ifndef ANYDHCPD_AUDIT_ARCHITECTURE_H
#define ANYDHCPD_AUDIT_ARCHITECTURE_H

#include <linux/audit.h>
#include <stdint.h>

#if defined(__x86_64__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define AUDIT_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__arm__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_ARM
#else
#error "the system-call filter does not know this machine: name its AUDIT_ARCH_ constant here"
#endif

/* Where the lower half of an argument lies in struct seccomp_data. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARGUMENT(number) (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (number) + 4)
#else
#define ARGUMENT(number) (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (number))
#endif

#endif
