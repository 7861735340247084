/*
 * See check.h. Pure functions of their arguments.
 */
#include <string.h>

#include "check.h"

static const char *
check_change(const struct firewall_change_request *request, size_t length, unsigned sets)
{
	unsigned count = request->header.count;

	if (count == 0 || count > FIREWALL_BATCH || length != sizeof request->header + count * sizeof request->elements[0])
		return "change request of wrong length";
	for (unsigned i = 0; i < count; i++) {
		const struct firewall_element *one = &request->elements[i];

		if (one->action != FIREWALL_PUT && one->action != FIREWALL_REMOVE)
			return "change request with unknown action";
		if (one->set >= sets)
			return "change of a set that the launcher has not named";
	}
	return NULL;
}

const char *
check_request(const union firewall_request *request, size_t length, unsigned sets)
{
	if (length < sizeof request->header || request->header.version != FIREWALL_VERSION)
		return "request of wrong length or version";
	switch (request->header.verb) {
	case FIREWALL_LOOK:
	case FIREWALL_LIST:
		if (length != sizeof request->set || request->header.count != 0)
			return "request of wrong length";
		return request->set.set < sets ? NULL : "request about a set that the launcher has not named";
	case FIREWALL_CHANGE:
		return check_change(&request->change, length, sets);
	default:
		return "request with unknown verb";
	}
}

/* Copies the next word into `target` of so much room; what follows it, or NULL if it does not fit or has other characters. */
static const char *
take_word(const char *text, char *target, size_t room)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
	size_t length = strspn(text, allowed);

	if (length == 0 || length >= room)
		return NULL;
	memset(target, 0, room);
	memcpy(target, text, length);
	return text + length;
}

bool
check_name(const char *text, char family[8], char table[FIREWALL_NAME_OCTETS], char set[FIREWALL_NAME_OCTETS])
{
	text = take_word(text, family, 8);
	if (text == NULL || *text != ' ')
		return false;
	text = take_word(text + 1, table, FIREWALL_NAME_OCTETS);
	if (text == NULL || *text != ' ')
		return false;
	text = take_word(text + 1, set, FIREWALL_NAME_OCTETS);
	return text != NULL && *text == '\0';
}
