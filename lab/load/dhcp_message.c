#include "dhcp_message.h"

#include <string.h>

/* The last three octets tell clients apart; the first two say that the address is made up. */
static const uint8_t HARDWARE_PREFIX[2] = { 0x02, 0x64 };

uint8_t hardware_series;

/* What ordinary clients ask for. */
static const uint8_t PARAMETERS[] = { 1, 3, 6, 12, 15, 28, 42, 51, 54, 58, 59, 121 };

uint16_t
get16(const uint8_t *octets)
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

uint32_t
get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

void
put16(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

void
put32(uint8_t *octets, uint32_t value)
{
	put16(octets, (uint16_t)(value >> 16));
	put16(octets + 2, (uint16_t)value);
}

void
client_hardware(uint32_t client, uint8_t hardware[6])
{
	memcpy(hardware, HARDWARE_PREFIX, 2);
	hardware[2] = hardware_series;
	hardware[3] = (uint8_t)(client >> 16);
	put16(hardware + 4, (uint16_t)client);
}

static uint8_t *
put_hex(uint8_t *at, uint32_t value, int digits)
{
	for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
		*at++ = (uint8_t)"0123456789abcdef"[value >> shift & 15];
	return at;
}

size_t
client_agent(uint32_t client, uint8_t content[64])
{
	static const char CIRCUIT[] = "ge-0/0/";
	uint8_t *at = content;

	*at++ = 1;
	*at++ = sizeof CIRCUIT - 1 + 6;
	memcpy(at, CIRCUIT, sizeof CIRCUIT - 1);
	at = put_hex(at + sizeof CIRCUIT - 1, client, 6);
	*at++ = 2;
	*at++ = 6;
	client_hardware(client, at);
	return (size_t)(at + 6 - content);
}

static uint8_t *
put_address(uint8_t *at, uint8_t code, uint32_t address)
{
	if (address == 0)
		return at;
	at[0] = code;
	at[1] = 4;
	put32(at + 2, address);
	return at + 6;
}

size_t
build_query(const struct query *query, uint8_t *octets)
{
	uint8_t *at;
	size_t length;

	memset(octets, 0, MESSAGE_MIN);
	octets[0] = 1;
	octets[1] = 1;
	octets[2] = 6;
	octets[3] = query->giaddr != 0;
	put32(octets + XID_AT, query->xid);
	put16(octets + FLAGS_AT, query->broadcast ? BROADCAST_FLAG : 0);
	put32(octets + CIADDR_AT, query->ciaddr);
	put32(octets + GIADDR_AT, query->giaddr);
	client_hardware(query->client, octets + CHADDR_AT);
	put32(octets + COOKIE_AT, COOKIE);

	at = octets + OPTIONS_AT;
	*at++ = 53;
	*at++ = 1;
	*at++ = query->type;
	*at++ = 61;
	*at++ = 7;
	*at++ = 1;
	client_hardware(query->client, at);
	at += 6;
	at = put_address(at, 50, query->requested);
	at = put_address(at, 54, query->server);
	*at++ = 12;
	*at++ = 8;
	*at++ = 'p';
	*at++ = 'c';
	at = put_hex(at, query->client, 6);
	*at++ = 55;
	*at++ = sizeof PARAMETERS;
	memcpy(at, PARAMETERS, sizeof PARAMETERS);
	at += sizeof PARAMETERS;
	if (query->giaddr != 0) {
		at[0] = 82;
		at[1] = (uint8_t)client_agent(query->client, at + 2);
		at += 2 + at[1];
	}
	*at++ = 255;
	length = (size_t)(at - octets);
	return length < MESSAGE_MIN ? MESSAGE_MIN : length;
}

static void
note_option(struct reply *reply, uint8_t code, const uint8_t *value, size_t length)
{
	switch (code) {
	case 1:
		reply->has_netmask = length == 4;
		break;
	case 51:
		reply->lease_seconds = length == 4 ? get32(value) : 0;
		break;
	case 53:
		reply->type = length == 1 ? value[0] : 0;
		break;
	case 54:
		reply->server = length == 4 ? get32(value) : 0;
		break;
	case 82:
		reply->agent = value;
		reply->agent_length = length;
		break;
	default:
		break;
	}
}

int
read_reply(const uint8_t *octets, size_t length, struct reply *reply)
{
	size_t at = OPTIONS_AT;

	memset(reply, 0, sizeof *reply);
	if (length < OPTIONS_AT || octets[0] != 2 || get32(octets + COOKIE_AT) != COOKIE)
		return -1;
	reply->xid = get32(octets + XID_AT);
	reply->yiaddr = get32(octets + YIADDR_AT);
	if (octets[1] != 1 || octets[2] != 6 || memcmp(octets + CHADDR_AT, HARDWARE_PREFIX, 2) != 0)
		return -1;
	if (octets[CHADDR_AT + 2] != hardware_series)
		return 1;
	reply->client = (uint32_t)octets[CHADDR_AT + 3] << 16 | get16(octets + CHADDR_AT + 4);
	while (at < length && octets[at] != 255) {
		if (octets[at] == 0) {
			at++;
			continue;
		}
		if (at + 2 > length || at + 2 + octets[at + 1] > length)
			return -1;
		note_option(reply, octets[at], octets + at + 2, octets[at + 1]);
		at += 2u + octets[at + 1];
	}
	return 0;
}
