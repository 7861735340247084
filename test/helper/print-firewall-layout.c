/*
 * Prints the numbers of firewall/protocol.h, one "name value" a line, for the test that compares them with
 * src/firewall/protocol.ts.
 */
#include <stdio.h>

#include "../../firewall/protocol.h"

#define PRINT(name, value) printf("%s %zu\n", name, (size_t)(value))

int
main(void)
{
	PRINT("version", FIREWALL_VERSION);
	PRINT("batch", FIREWALL_BATCH);
	PRINT("setsMax", FIREWALL_SETS_MAX);
	PRINT("nameOctets", FIREWALL_NAME_OCTETS);
	PRINT("never", FIREWALL_NEVER);
	PRINT("verb.ready", FIREWALL_READY);
	PRINT("verb.look", FIREWALL_LOOK);
	PRINT("verb.change", FIREWALL_CHANGE);
	PRINT("verb.list", FIREWALL_LIST);
	PRINT("action.put", FIREWALL_PUT);
	PRINT("action.remove", FIREWALL_REMOVE);
	PRINT("result.ok", FIREWALL_OK);
	PRINT("result.missing", FIREWALL_MISSING);
	PRINT("result.full", FIREWALL_FULL);
	PRINT("result.failed", FIREWALL_FAILED);
	PRINT("result.unsuitable", FIREWALL_UNSUITABLE);
	PRINT("key.address", FIREWALL_ADDRESS);
	PRINT("key.addressHardware", FIREWALL_ADDRESS_HARDWARE);
	PRINT("key.hardwareAddress", FIREWALL_HARDWARE_ADDRESS);
	PRINT("header.octets", sizeof(struct firewall_header));
	PRINT("header.version", offsetof(struct firewall_header, version));
	PRINT("header.verb", offsetof(struct firewall_header, verb));
	PRINT("header.count", offsetof(struct firewall_header, count));
	PRINT("header.sequence", offsetof(struct firewall_header, sequence));
	PRINT("element.octets", sizeof(struct firewall_element));
	PRINT("element.action", offsetof(struct firewall_element, action));
	PRINT("element.set", offsetof(struct firewall_element, set));
	PRINT("element.hardwareHigh", offsetof(struct firewall_element, hardware_high));
	PRINT("element.hardwareLow", offsetof(struct firewall_element, hardware_low));
	PRINT("element.address", offsetof(struct firewall_element, address));
	PRINT("element.seconds", offsetof(struct firewall_element, seconds));
	PRINT("setRequest.octets", sizeof(struct firewall_set_request));
	PRINT("setRequest.set", offsetof(struct firewall_set_request, set));
	PRINT("lookReply.octets", sizeof(struct firewall_look_reply));
	PRINT("lookReply.result", offsetof(struct firewall_look_reply, result));
	PRINT("lookReply.key", offsetof(struct firewall_look_reply, key));
	PRINT("lookReply.hasTimeout", offsetof(struct firewall_look_reply, has_timeout));
	PRINT("lookReply.isChanged", offsetof(struct firewall_look_reply, is_changed));
	PRINT("lookReply.handle", offsetof(struct firewall_look_reply, handle));
	PRINT("lookReply.family", offsetof(struct firewall_look_reply, family));
	PRINT("lookReply.table", offsetof(struct firewall_look_reply, table));
	PRINT("lookReply.set", offsetof(struct firewall_look_reply, set));
	PRINT("lookReply.nameOctets", FIREWALL_NAME_OCTETS);
	PRINT("listReply.octets", offsetof(struct firewall_list_reply, elements));
	PRINT("listReply.result", offsetof(struct firewall_list_reply, result));
	PRINT("listReply.isLast", offsetof(struct firewall_list_reply, is_last));
	return 0;
}
