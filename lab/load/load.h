/* What the parts of the load generator share: the orders it was given, and what it has counted. */
#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

#include "histogram.h"
#include "link.h"
#include "wheel.h"

/* What clients do. */
enum kind { DORA, RENEW, FLOOD, MIXED, KINDS };

/*
 * Ways to servers: routers may choose one by the last two bits of the address that a message comes from, the relay's or the
 * client's own.
 */
enum { WAYS = 4, RELAYS_MAX = 16 };

/* The ways in which a reply can be invalid. */
enum fault {
	FAULT_SOURCE,		/* not from the address that was asked */
	FAULT_SERVER_IDENTIFIER,	/* option 54 missing, or not the address that was asked */
	FAULT_HARDWARE,		/* another client's hardware address */
	FAULT_XID,		/* a transaction that the client never began */
	FAULT_TYPE,		/* an OFFER to a REQUEST, and the like */
	FAULT_ADDRESS,		/* no address, another than was asked for, or outside of the range */
	FAULT_TAKEN,		/* an OFFER of an address that another client has: of two servers, one may not know yet */
	FAULT_DUPLICATE,	/* an ACK of one */
	FAULT_OPTIONS,		/* no lease time or no netmask */
	FAULT_AGENT,		/* option 82 not handed back as it was */
	FAULT_DESTINATION,	/* frame to another than the client or everybody */
	FAULTS
};

struct orders {
	enum kind kind;
	uint32_t window;	/* closed loop: exchanges under way */
	double rate;		/* open loop: exchanges a second; 0 for the closed loop */
	double seconds;		/* of measuring */
	double warmup;		/* seconds before */
	uint64_t limit;		/* exchanges after which it ends; 0: none */
	uint32_t timeout_ms;	/* before a message is repeated; doubles each time */
	uint32_t tries;		/* messages sent before a client gives up */
	uint32_t server;
	uint32_t relays[RELAYS_MAX];	/* clients are shared out among them */
	uint32_t relay_count;	/* 0: direct */
	uint32_t unicast;	/* times that a renewal is sent past the relay before it is sent by it */
	uint32_t first, last;	/* addresses that may be given out; 0: any */
	uint32_t pause_ms;	/* between the exchanges of a client in a closed loop of 1 */
	int broadcast;
	uint32_t rest_ms;	/* at least, from the start of a client's exchange to that of its next one */
	int once;		/* every client has one exchange a phase */
	int finish;		/* the last exchanges are waited for */
	int list_ways;		/* the report has how long each way was silent */
	int list_offers;	/* the report has every OFFER's time */
	int ignore_identifier;	/* the server identifier may be any */
	int ignore_destination;	/* frames may go to any hardware address */
	int ignore_agent;	/* option 82 need not come back */
	int bunched;		/* a relay's datagrams pass the kernel as one (UDP_SEGMENT) where they can */
};

/* What became of messages that went one way. */
struct way {
	int is_used;
	uint64_t acked_ns;	/* the last ACK; the start of measuring before the first one */
	uint64_t silence_ns;	/* the longest time without an ACK while exchanges were started */
};

struct counts {
	uint64_t exchanges, started;
	uint64_t sent, received;
	uint64_t retransmissions, lost, naks, late, starved;
	uint64_t invalid[FAULTS];
	struct histogram exchange;	/* first message sent, or due, to last reply */
	struct histogram offer;		/* DISCOVER to OFFER */
	struct way ways[WAYS];
	uint64_t held_up_ns;	/* the longest turn of the loop, without its waiting: the machine had no time for us */
	uint64_t last_start_ns;	/* when no more exchanges were to be started; 0: they still are */
};

extern struct orders orders;
extern struct counts counts;
extern struct wheel wheel;
extern struct link *link_to_server;
extern struct link *link_past_relay;	/* NULL: all go by the relay, or there is none */
extern uint64_t now_ns;
extern uint32_t under_way;

/* exchange.c */
void start_exchange(uint32_t client, uint64_t due_ns);
void take_reply(void *context, const struct arrival *arrival);
void on_timeout(void *context, uint32_t client);
/* An ACK came by a way, or (at the end) could have come. */
void end_silence(struct way *way);

/* report.c */
const char *kind_name(enum kind kind);
void print_report(double seconds, double setup_seconds, double processor_seconds);
/* Keeps an OFFER's time, where they are to be listed. */
void note_offer(uint64_t nanoseconds);
/* Writes every client's lease to a file: address, hardware address, Unix second until which it was promised. */
void write_leases(const char *path);
/* Keeps which address a client was refused. */
void note_nak(uint32_t client, uint32_t address);
/* Forgets the counts so far, but for invalid replies. */
void reset_counts(void);

#endif
