/*
 * What the process gives up, in two steps around the loading of the program.
 */
#ifndef ANYDHCPD_SHIELD_SANDBOX_H
#define ANYDHCPD_SHIELD_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes `uid` (`change` false: keeps its own) with no capability but those that loading takes. Ends the process if
 * anything fails.
 */
void sandbox_prepare(bool change, uid_t uid, gid_t gid);

/* Gives up these too: from then on it can use what it has loaded, talk to the daemon, and nothing else. */
void sandbox_enter(void);

#endif
