/*
 * What the process gives up before it reads its first request.
 */
#ifndef ANYDHCPD_FIREWALL_SANDBOX_H
#define ANYDHCPD_FIREWALL_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes `uid` (`change` false: keeps its own) with CAP_NET_ADMIN at most and nothing to gain any more. The keeper can
 * start workers and wait for them from then on. Ends the process if anything fails.
 */
void sandbox_enter_keeper(bool change, uid_t uid, gid_t gid);

/* A worker can do nothing but talk to the daemon and to the kernel by the sockets that it has. */
void sandbox_enter_worker(void);

#endif
