/*
 * What the helper gives up before it reads its first request.
 */
#ifndef ANYDHCPD_SANDBOX_H
#define ANYDHCPD_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes `uid` (`change` false: keeps its own) with three capabilities at most and nothing to gain any more. After
 * this the process can do what serving takes; packet sockets only if `packets`. Ends it if anything fails.
 */
void sandbox_enter(bool change, uid_t uid, gid_t gid, bool packets);

#endif
