/*
 * What the process accepts from a daemon that it does not trust.
 */
#ifndef ANYDHCPD_SHIELD_CHECK_H
#define ANYDHCPD_SHIELD_CHECK_H

#include "protocol.h"

union shield_request {
	struct shield_header header;
	struct shield_limit_request limit;
	struct shield_interface_request interface;
	struct shield_key_request keys;
	uint8_t octets[sizeof(struct shield_key_request) + 1];	/* one more than any request */
};

/* Why a request of `length` octets must not be served; NULL: it may be. */
const char *check_request(const union shield_request *, size_t length);

#endif
