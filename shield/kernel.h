/*
 * The shield's program and its maps in the kernel, and the interfaces that have it. A link holds the program to an interface
 * for as long as its descriptor is open: the end of this process, however it comes, takes the shield away.
 */
#ifndef ANYDHCPD_SHIELD_KERNEL_H
#define ANYDHCPD_SHIELD_KERNEL_H

#include <stdbool.h>

#include "protocol.h"

/* Makes the maps and loads the program: with CAP_BPF and CAP_NET_ADMIN. Ends the process on failure. */
void shield_load(void);

/* Whether the kernel lets this process use what it has loaded. */
bool shield_is_usable(void);

/* The following fill in result, error and counts of a reply. */
void shield_limit(const struct shield_limit limits[SHIELD_LIMITS], struct shield_reply *);
void shield_attach(unsigned ifindex, struct shield_reply *);
void shield_detach(unsigned ifindex, struct shield_reply *);
void shield_count(unsigned ifindex, struct shield_reply *);
void shield_keys(const struct shield_key_request *, struct shield_reply *);

/* The descriptor of the program, for tests. */
int shield_program_fd(void);

#endif
