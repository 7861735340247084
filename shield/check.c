/*
 * See check.h. Pure functions of their arguments.
 */
#include "check.h"

static const char *
check_limit(const struct shield_limit_request *request, size_t length)
{
	if (request->header.count != 0 || length != sizeof *request)
		return "limit request of wrong length";
	for (unsigned i = 0; i < SHIELD_LIMITS; i++)
		if (request->limits[i].interval > SHIELD_NANOSECONDS_MAX || request->limits[i].tolerance > SHIELD_NANOSECONDS_MAX)
			return "limit request with a longer time than may be";
	return NULL;
}

static const char *
check_interface(const struct shield_interface_request *request, size_t length)
{
	if (request->header.count != 0 || length != sizeof *request)
		return "interface request of wrong length";
	return request->ifindex == 0 || request->ifindex > INT32_MAX ? "interface request without an interface" : NULL;
}

static const char *
check_keys(const struct shield_key_request *request, size_t length)
{
	unsigned count = request->header.count;

	if (count == 0 || count > SHIELD_BATCH ||
	    length != offsetof(struct shield_key_request, keys) + count * sizeof request->keys[0])
		return "key request of wrong length";
	if (request->table != SHIELD_DESTINATIONS && request->table != SHIELD_CLIENTS)
		return "key request with unknown table";
	return request->action != SHIELD_PUT && request->action != SHIELD_REMOVE ? "key request with unknown action" : NULL;
}

const char *
check_request(const union shield_request *request, size_t length)
{
	if (length < sizeof request->header || request->header.version != SHIELD_VERSION)
		return "request of wrong length or version";
	switch (request->header.verb) {
	case SHIELD_LIMIT:
		return check_limit(&request->limit, length);
	case SHIELD_ATTACH:
	case SHIELD_DETACH:
	case SHIELD_COUNT:
		return check_interface(&request->interface, length);
	case SHIELD_KEYS:
		return check_keys(&request->keys, length);
	default:
		return "request with unknown verb";
	}
}
