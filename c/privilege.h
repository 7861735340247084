/*
 * Capabilities and ids of this process: what it holds, and how it gives them up. Shared by launcher
 * and helper. Every function that gives something up ends the process if it cannot.
 */
#ifndef ANYDHCPD_PRIVILEGE_H
#define ANYDHCPD_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* The permitted set. */
uint64_t capabilities_held(void);

/*
 * Becomes uid and gid without supplementary groups (`change` false: keeps its ids) and keeps
 * exactly `capabilities` (effective and permitted), nothing inheritable, ambient or in the bounding
 * set, with no_new_privs. Verifies it all afterwards.
 */
void become(bool change, uid_t uid, gid_t gid, uint64_t capabilities);

#endif
