/* One client's exchange: its messages, its patience, and a hard look at every reply. RFC 2131. */
#include <string.h>
#include <time.h>

#include "clients.h"
#include "dhcp_message.h"
#include "load.h"

enum { MS = 1000000, BACKOFF_MAX = 6, MIXED_RENEWALS_PERCENT = 80, MIXED_RELEASES_PERCENT = 5 };

uint32_t under_way;

static uint32_t random_state = 2463534242u;

static uint32_t
random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static void
send_query(uint32_t number, struct query *query)
{
	int passes_relay = orders.relay_count == 0 || query->type == RELEASE ||
	    (query->ciaddr != 0 && clients[number].attempts <= orders.unicast);
	struct link *link = passes_relay && link_past_relay != NULL ? link_past_relay : link_to_server;
	uint32_t source;

	query->client = number;
	query->xid = client_xid(number);
	query->giaddr = passes_relay ? 0 : orders.relays[number % orders.relay_count];
	query->broadcast = orders.broadcast && query->ciaddr == 0;
	source = passes_relay ? query->ciaddr : query->giaddr;
	link->queue(link, build_query(query, link->slot(link)), number, source);
	clients[number].way = source % WAYS;
	counts.ways[source % WAYS].is_used = 1;
	counts.sent++;
}

static void
set_timeout(uint32_t number)
{
	unsigned doublings = clients[number].attempts - 1u < BACKOFF_MAX ? clients[number].attempts - 1u : BACKOFF_MAX;
	uint64_t wait_ms = (uint64_t)orders.timeout_ms << doublings;

	/* RFC 2131 section 4.1: plus or minus a random second, here a quarter of the first delay. */
	wait_ms += random_number() % (orders.timeout_ms / 2 + 1);
	wait_ms -= orders.timeout_ms / 4;
	wheel_set(&wheel, number, now_ns / MS + wait_ms);
}

/* Sends, or repeats, the message of the client's state. */
static void
send_present(uint32_t number)
{
	struct client *client = &clients[number];
	struct query query = { .type = REQUEST };

	if (client->attempts == 0)
		client->sent_ns = now_ns;
	if (client->state == SELECTING)
		query.type = DISCOVER;
	else if (client->state == RENEWING)
		query.ciaddr = client->address;
	else {
		query.requested = client->address;
		query.server = client->server;
	}
	client->attempts++;
	send_query(number, &query);
	set_timeout(number);
}

static void
enter(uint32_t number, uint8_t state)
{
	clients[number].state = state;
	clients[number].attempts = 0;
	send_present(number);
}

static void
finish(uint32_t number)
{
	wheel_stop(&wheel, number);
	clients[number].state = IDLE;
	under_way--;
}

/* A released address is the server's again; a DHCPRELEASE gets no answer. */
static void
release(uint32_t number)
{
	struct query query = { .type = RELEASE, .ciaddr = clients[number].address, .server = clients[number].server };

	send_query(number, &query);
	release_address(number);
}

void
start_exchange(uint32_t number, uint64_t due_ns)
{
	struct client *client = &clients[number];
	int renews = orders.kind == RENEW;

	if (orders.kind == MIXED && client->is_bound) {
		uint32_t chance = random_number() % 100;
		renews = chance < MIXED_RENEWALS_PERCENT;
		if (chance >= 100 - MIXED_RELEASES_PERCENT)
			release(number);
	}
	client->generation++;
	client->started_ns = due_ns;
	under_way++;
	counts.started++;
	enter(number, renews && client->is_bound ? RENEWING : SELECTING);
}

void
on_timeout(void *context, uint32_t number)
{
	(void)context;
	if (clients[number].attempts >= orders.tries) {
		counts.lost++;
		finish(number);
		return;
	}
	counts.retransmissions++;
	send_present(number);
}

static int
is_agent_same(uint32_t number, const struct reply *reply)
{
	uint8_t content[64];
	size_t length = client_agent(number, content);

	return reply->agent != NULL && reply->agent_length == length && memcmp(reply->agent, content, length) == 0;
}

static int
is_destination_right(uint32_t number, const struct arrival *arrival, const struct reply *reply)
{
	static const uint8_t BROADCAST[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t hardware[6];

	if (arrival->destination_hardware == NULL)
		return 1;
	if (memcmp(arrival->destination_hardware, BROADCAST, 6) == 0)
		return arrival->destination == UINT32_MAX;
	client_hardware(number, hardware);
	/* The flag is set only where the client has no address to be reached at. */
	return !(orders.broadcast && clients[number].state != RENEWING) && arrival->destination == reply->yiaddr &&
	    memcmp(arrival->destination_hardware, hardware, 6) == 0;
}

static int
is_address_possible(const struct client *client, const struct reply *reply)
{
	if (reply->yiaddr == 0)
		return 0;
	if (orders.first != 0 && (reply->yiaddr < orders.first || reply->yiaddr > orders.last))
		return 0;
	return client->state == SELECTING || reply->yiaddr == client->address;
}

/* The first fault of a reply to a client that waits, or FAULTS for none. */
static enum fault
fault_in(uint32_t number, const struct arrival *arrival, const struct reply *reply)
{
	const struct client *client = &clients[number];
	uint32_t owner;

	if (arrival->source != orders.server || arrival->source_port != 67)
		return FAULT_SOURCE;
	if (!orders.ignore_destination && !is_destination_right(number, arrival, reply))
		return FAULT_DESTINATION;
	if (reply->server == 0 || (!orders.ignore_identifier && reply->server != orders.server))
		return FAULT_SERVER_IDENTIFIER;
	if (orders.relay_count > 0 && arrival->port == 67 && !orders.ignore_agent && !is_agent_same(number, reply))
		return FAULT_AGENT;
	if (reply->type == NAK && client->state != SELECTING)
		return FAULTS;
	if (reply->type != (client->state == SELECTING ? OFFER : ACK))
		return FAULT_TYPE;
	if (reply->lease_seconds == 0 || !reply->has_netmask)
		return FAULT_OPTIONS;
	if (!is_address_possible(client, reply))
		return FAULT_ADDRESS;
	owner = client_of_address(reply->yiaddr);
	if (owner == 0 || owner == number + 1)
		return FAULTS;
	return reply->type == OFFER ? FAULT_TAKEN : FAULT_DUPLICATE;
}

static void
take_offer(uint32_t number, const struct reply *reply)
{
	struct client *client = &clients[number];

	histogram_add(&counts.offer, now_ns - client->sent_ns);
	note_offer(now_ns - client->sent_ns);
	if (client->is_bound && client->address != reply->yiaddr)
		release_address(number);
	client->address = reply->yiaddr;
	client->server = reply->server;
	if (orders.kind == FLOOD) {
		counts.exchanges++;
		histogram_add(&counts.exchange, now_ns - client->started_ns);
		finish(number);
	} else {
		enter(number, REQUESTING);
	}
}

/* When the present message was sent first, as a Unix second. */
static uint32_t
asked_at(uint32_t number)
{
	return (uint32_t)time(NULL) - (uint32_t)((now_ns - clients[number].sent_ns) / 1000000000u) - 1;
}

void
end_silence(struct way *way)
{
	uint64_t until_ns = counts.last_start_ns != 0 ? counts.last_start_ns : now_ns;

	if (until_ns > way->acked_ns && until_ns - way->acked_ns > way->silence_ns)
		way->silence_ns = until_ns - way->acked_ns;
	way->acked_ns = now_ns;
}

static void
take_ack(uint32_t number, const struct reply *reply)
{
	if (bind_address(number, reply->yiaddr) == -1) {
		counts.invalid[FAULT_DUPLICATE]++;
	} else {
		counts.exchanges++;
		end_silence(&counts.ways[clients[number].way]);
		histogram_add(&counts.exchange, now_ns - clients[number].started_ns);
		clients[number].until = asked_at(number) + reply->lease_seconds;
	}
	finish(number);
}

/* A reply that the client does not wait for: to a message that was repeated, or to none at all. */
static int
is_late(uint32_t number, const struct reply *reply)
{
	const struct client *client = &clients[number];

	if (client->generation == 0)
		return 0;
	if (reply->xid != client_xid(number))
		return (reply->xid ^ client_xid(number)) << 10 == 0;
	return client->state == IDLE || (client->state == REQUESTING && reply->type == OFFER);
}

void
take_reply(void *context, const struct arrival *arrival)
{
	struct reply reply;
	enum fault fault;
	uint32_t number;
	int kind;

	(void)context;
	counts.received++;
	kind = read_reply(arrival->octets, arrival->length, &reply);
	if (kind == -1 || (kind == 0 && reply.client >= client_count)) {
		counts.invalid[FAULT_HARDWARE]++;
		return;
	}
	number = reply.client;
	if (kind == 1 || is_late(number, &reply)) {
		counts.late++;
		return;
	}
	if (reply.xid != client_xid(number)) {
		counts.invalid[FAULT_XID]++;
		return;
	}
	fault = fault_in(number, arrival, &reply);
	if (fault != FAULTS) {
		counts.invalid[fault]++;
	} else if (reply.type == NAK) {
		counts.naks++;
		note_nak(number, clients[number].address);
		release_address(number);
		finish(number);
	} else if (reply.type == OFFER) {
		take_offer(number, &reply);
	} else {
		take_ack(number, &reply);
	}
}
