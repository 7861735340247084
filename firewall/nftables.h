/*
 * Messages of nfnetlink's nf_tables (linux/netfilter/nf_tables.h): how they are built and read, and the sockets for them.
 */
#ifndef ANYDHCPD_FIREWALL_NFTABLES_H
#define ANYDHCPD_FIREWALL_NFTABLES_H

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../c/netlink_socket.h"
#include "sets.h"

/* Since Linux 6.3; older headers do not have it. */
#define MESSAGE_DESTROY_ELEMENTS 30

/* Requests that are built: messages and attributes one behind the other. Nothing is written behind `room`. */
struct requests {
	char *octets;
	size_t room;
	size_t length;
};

/* The start of a part whose length is known when it is finished. */
typedef size_t mark;

/* Opens both sockets, and learns what the kernel can do. Before the sandbox; ends the process on failure. */
void nftables_open(void);

/* For requests that are answered at once, and for lists. */
extern int nftables_fd;
extern int nftables_list_fd;

/*
 * Whether the kernel gives an element that is there another time (Linux 6.12) and takes it as no error if one to be removed
 * is absent (Linux 6.3).
 */
extern bool nftables_updates;

mark message_begin(struct requests *, uint16_t type, uint16_t flags, uint8_t family, uint32_t sequence);
void message_end(struct requests *, mark);

/* The first and last message of a transaction. */
void batch_begin(struct requests *);
void batch_end(struct requests *);

void attribute_put(struct requests *, uint16_t type, const void *value, size_t length);
void attribute_text(struct requests *, uint16_t type, const char *);
mark attribute_begin(struct requests *, uint16_t type);
void attribute_end(struct requests *, mark);

/* The type without its subsystem if the message is one of nf_tables and long enough; else -1. */
int message_type(const struct nlmsghdr *);

/* The error (positive errno, 0: acknowledged) if the message is NLMSG_ERROR, else -1. */
int message_error(const struct nlmsghdr *);

/* Attributes, in the message or in another one. */
struct attributes {
	const char *at;
	size_t left;
};

struct attributes message_attributes(const struct nlmsghdr *);

/* The next attribute: its type, and its value in `value`; -1 if there is none. */
int attribute_next(struct attributes *, struct attributes *value);

/* A number of `octets` (4 or 8) in network order; 0 if the value is shorter. */
uint64_t attribute_number(const struct attributes *value, size_t octets);

/* Adds the table and the set. */
void attribute_set(struct requests *, const struct set *, uint16_t table, uint16_t name);

#endif
