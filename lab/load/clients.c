#include "clients.h"

#include <err.h>
#include <stdlib.h>

enum { CLIENT_BITS = 22 };

static const uint32_t EMPTY = 0, REMOVED = UINT32_MAX;

struct client *clients;
uint32_t client_count;

/* Addresses by open addressing; `owners` holds a client's number + 1. */
static uint32_t *owners;
static uint32_t owner_mask;

void
clients_init(uint32_t count)
{
	uint32_t places = 1024;

	if (count == 0 || count >= 1u << CLIENT_BITS)
		errx(1, "between 1 and %u clients", (1u << CLIENT_BITS) - 1);
	while (places < count * 4)
		places *= 2;
	client_count = count;
	owner_mask = places - 1;
	clients = calloc(count, sizeof *clients);
	owners = calloc(places, sizeof *owners);
	if (clients == NULL || owners == NULL)
		err(1, "memory for %u clients", count);
}

uint32_t
client_xid(uint32_t client)
{
	return (uint32_t)clients[client].generation << CLIENT_BITS | client;
}

static uint32_t
place_of(uint32_t address)
{
	return address * 2654435761u & owner_mask;
}

uint32_t
client_of_address(uint32_t address)
{
	for (uint32_t place = place_of(address); owners[place] != EMPTY; place = (place + 1) & owner_mask) {
		uint32_t owner = owners[place];
		if (owner != REMOVED && clients[owner - 1].address == address)
			return owner;
	}
	return 0;
}

void
release_address(uint32_t client)
{
	if (!clients[client].is_bound)
		return;
	uint32_t place = place_of(clients[client].address);
	while (owners[place] != client + 1)
		place = (place + 1) & owner_mask;
	/* What has nothing behind it needs no mark: with few changes of address the chains stay short. */
	owners[place] = owners[(place + 1) & owner_mask] == EMPTY ? EMPTY : REMOVED;
	clients[client].is_bound = 0;
}

int
bind_address(uint32_t client, uint32_t address)
{
	uint32_t owner = client_of_address(address);

	if (owner != 0)
		return owner == client + 1 ? 0 : -1;
	release_address(client);
	uint32_t place = place_of(address);
	while (owners[place] != EMPTY && owners[place] != REMOVED)
		place = (place + 1) & owner_mask;
	owners[place] = client + 1;
	clients[client].address = address;
	clients[client].is_bound = 1;
	return 0;
}
