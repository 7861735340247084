/*
 * Replies sent as whole frames, for hosts that grant CAP_NET_RAW and not CAP_NET_ADMIN: there no
 * neighbour entry can be set, and a client without an address would only hear broadcasts. The daemon
 * names addresses and gives the payload; no header comes from it.
 */
#ifndef ANYDHCPD_FRAMES_H
#define ANYDHCPD_FRAMES_H

#include <stdbool.h>

#include "protocol.h"

/* Before the sandbox: opens a packet socket that never receives, where frames are the way. Whether it did. */
bool frames_open(void);

/* Checks one request and sends it; an enum helper_result, and the errno of a send that failed. */
uint32_t frames_send(const struct helper_frame_request *, uint32_t *error);

#endif
