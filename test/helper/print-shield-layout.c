/*
 * Prints the numbers of shield/protocol.h, one "name value" a line, for the test that compares them with
 * src/backend/shield/protocol.ts.
 */
#include <stdio.h>

#include "../../shield/protocol.h"

#define PRINT(name, value) printf("%s %zu\n", name, (size_t)(value))

int
main(void)
{
	PRINT("version", SHIELD_VERSION);
	PRINT("batch", SHIELD_BATCH);
	PRINT("verb.ready", SHIELD_READY);
	PRINT("verb.limit", SHIELD_LIMIT);
	PRINT("verb.attach", SHIELD_ATTACH);
	PRINT("verb.detach", SHIELD_DETACH);
	PRINT("verb.count", SHIELD_COUNT);
	PRINT("verb.keys", SHIELD_KEYS);
	PRINT("result.ok", SHIELD_OK);
	PRINT("result.native", SHIELD_NATIVE);
	PRINT("result.generic", SHIELD_GENERIC);
	PRINT("result.failed", SHIELD_FAILED);
	PRINT("result.lost", SHIELD_LOST);
	PRINT("table.destinations", SHIELD_DESTINATIONS);
	PRINT("table.clients", SHIELD_CLIENTS);
	PRINT("action.put", SHIELD_PUT);
	PRINT("action.remove", SHIELD_REMOVE);
	PRINT("header.octets", sizeof(struct shield_header));
	PRINT("header.version", offsetof(struct shield_header, version));
	PRINT("header.verb", offsetof(struct shield_header, verb));
	PRINT("header.count", offsetof(struct shield_header, count));
	PRINT("header.sequence", offsetof(struct shield_header, sequence));
	PRINT("limitRequest.octets", sizeof(struct shield_limit_request));
	PRINT("limitRequest.limits", offsetof(struct shield_limit_request, limits));
	PRINT("limit.octets", sizeof(struct shield_limit));
	PRINT("limit.interval", offsetof(struct shield_limit, interval));
	PRINT("limit.tolerance", offsetof(struct shield_limit, tolerance));
	PRINT("interfaceRequest.octets", sizeof(struct shield_interface_request));
	PRINT("interfaceRequest.ifindex", offsetof(struct shield_interface_request, ifindex));
	PRINT("keyRequest.octets", offsetof(struct shield_key_request, keys));
	PRINT("keyRequest.table", offsetof(struct shield_key_request, table));
	PRINT("keyRequest.action", offsetof(struct shield_key_request, action));
	PRINT("key.octets", sizeof((struct shield_key_request *)0)->keys[0]);
	PRINT("reply.octets", sizeof(struct shield_reply));
	PRINT("reply.result", offsetof(struct shield_reply, result));
	PRINT("reply.error", offsetof(struct shield_reply, error));
	PRINT("reply.counts", offsetof(struct shield_reply, counts));
	return 0;
}
