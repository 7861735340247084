/* What the parts of the load generator share: the orders it was given, and what it has counted. */
#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

#include "histogram.h"
#include "link.h"
#include "wheel.h"

/* What clients do. */
enum kind { DORA, RENEW, FLOOD, MIXED, KINDS };

/* The ways in which a reply can be invalid. */
enum fault {
	FAULT_SOURCE,		/* not from the address that was asked */
	FAULT_SERVER_IDENTIFIER,	/* option 54 missing, or not the address that was asked */
	FAULT_HARDWARE,		/* another client's hardware address */
	FAULT_XID,		/* a transaction that the client never began */
	FAULT_TYPE,		/* an OFFER to a REQUEST, and the like */
	FAULT_ADDRESS,		/* no address, another than was asked for, or outside of the range */
	FAULT_DUPLICATE,		/* an address that another client has */
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
	uint32_t giaddr;	/* 0: direct */
	uint32_t first, last;	/* addresses that may be given out; 0: any */
	uint32_t pause_ms;	/* between the exchanges of a client in a closed loop of 1 */
	int broadcast;
	uint32_t rest_ms;	/* at least, from the start of a client's exchange to that of its next one */
	int once;		/* every client has one exchange a phase */
	int finish;		/* with once: the last exchanges are waited for */
	int list_offers;	/* the report has every OFFER's time */
	int ignore_identifier;	/* the server identifier may be any */
	int ignore_destination;	/* frames may go to any hardware address */
	int ignore_agent;	/* option 82 need not come back */
	int bunched;		/* a relay's datagrams pass the kernel as one (UDP_SEGMENT) where they can */
};

struct counts {
	uint64_t exchanges, started;
	uint64_t sent, received;
	uint64_t retransmissions, lost, naks, late, starved;
	uint64_t invalid[FAULTS];
	struct histogram exchange;	/* first message sent, or due, to last reply */
	struct histogram offer;		/* DISCOVER to OFFER */
};

extern struct orders orders;
extern struct counts counts;
extern struct wheel wheel;
extern struct link *link_to_server;
extern uint64_t now_ns;
extern uint32_t under_way;

/* exchange.c */
void start_exchange(uint32_t client, uint64_t due_ns);
void take_reply(void *context, const struct arrival *arrival);
void on_timeout(void *context, uint32_t client);

/* report.c */
const char *kind_name(enum kind kind);
void print_report(double seconds, double setup_seconds, double processor_seconds);
/* Keeps an OFFER's time, where they are to be listed. */
void note_offer(uint64_t nanoseconds);
/* Writes every client's lease to a file: address, hardware address, Unix second until which it was promised. */
void write_leases(const char *path);
/* Forgets what was counted so far, but for invalid replies. */
void reset_counts(void);

#endif
