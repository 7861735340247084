/* The simulated clients: what each waits for and what it has been given; which client has an address. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdint.h>

/* What a client waits for. */
enum { IDLE, SELECTING, REQUESTING, RENEWING };

struct client {
	uint64_t started_ns;	/* of the exchange under way: when its first message was due */
	uint64_t sent_ns;	/* when the message that is waited for was first sent */
	uint32_t address;	/* offered or leased */
	uint32_t server;	/* identifier of the server that offered it */
	uint32_t until;		/* Unix second that its lease lasts to, counted from when it was asked for */
	uint16_t generation;	/* of the transaction identifier */
	uint8_t state;
	uint8_t attempts;	/* times that the present message was sent */
	uint8_t way;		/* by which it was sent last: see load.h */
	uint8_t is_bound;
};

extern struct client *clients;
extern uint32_t client_count;

void clients_init(uint32_t count);

/* Transaction identifiers carry the client's number and a generation. */
uint32_t client_xid(uint32_t client);

/* Gives an address to a client. Returns 0, or -1 when another one has it. */
int bind_address(uint32_t client, uint32_t address);
/* The client has no address any longer. */
void release_address(uint32_t client);
/* Number + 1 of the client that has an address; 0 when none. */
uint32_t client_of_address(uint32_t address);

#endif
