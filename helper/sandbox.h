/*
 * What the helper gives up before it reads its first request.
 */
#ifndef ANYDHCPD_SANDBOX_H
#define ANYDHCPD_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/* Own uid (`change` false: keep it), three capabilities at most, nothing to gain any more. */
void sandbox_privileges(bool change, uid_t uid, gid_t gid);

/* The system-call filter: after this the process can do what serving takes, packet sockets only if `packets`. */
void sandbox_seal(bool packets);

#endif
