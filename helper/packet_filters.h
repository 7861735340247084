/*
 * The filters of packet sockets, written by `npm run filters` from src/backend/filter/filter.ts. A test compares.
 */
#ifndef ANYDHCPD_PACKET_FILTERS_H
#define ANYDHCPD_PACKET_FILTERS_H

#include <linux/filter.h>

/* What the bpf backend reads. */
static const struct sock_filter frame_filter[] = {
	{ 0x28, 0, 0, 0xfffff004 },     /* 0: for whom it is */
	{ 0x25, 19, 0, 0x2 },           /* 1: another host, or our own */
	{ 0x28, 0, 0, 0xfffff030 },     /* 2: VLAN tag */
	{ 0x15, 0, 17, 0x0 },           /* 3: none */
	{ 0x28, 0, 0, 0xfffff000 },     /* 4: EtherType */
	{ 0x15, 0, 15, 0x800 },         /* 5: IPv4 */
	{ 0x30, 0, 0, 0xe },            /* 6: version and header length */
	{ 0x54, 0, 0, 0xf0 },           /* 7: version */
	{ 0x15, 0, 12, 0x40 },          /* 8: 4 */
	{ 0x30, 0, 0, 0x17 },           /* 9: protocol */
	{ 0x15, 0, 10, 0x11 },          /* 10: UDP */
	{ 0x28, 0, 0, 0x14 },           /* 11: flags and fragment offset */
	{ 0x45, 8, 0, 0x3fff },         /* 12: a fragment */
	{ 0xb1, 0, 0, 0xe },            /* 13: length of the IP header, options included */
	{ 0x48, 0, 0, 0x10 },           /* 14: destination port */
	{ 0x15, 0, 5, 0x43 },           /* 15: 67, both octets */
	{ 0x48, 0, 0, 0x12 },           /* 16: UDP length */
	{ 0x35, 0, 3, 0xf4 },           /* 17: at least a BOOTP header */
	{ 0x50, 0, 0, 0x16 },           /* 18: op */
	{ 0x15, 0, 1, 0x1 },            /* 19: BOOTREQUEST */
	{ 0x06, 0, 0, 0x40000 },        /* 20: keep all of it */
	{ 0x06, 0, 0, 0x0 },            /* 21: drop */
};

/* What a daemon that only looks on reads: servers' replies too. */
static const struct sock_filter observe_filter[] = {
	{ 0x28, 0, 0, 0xfffff004 },     /* 0: for whom it is */
	{ 0x25, 27, 0, 0x3 },           /* 1: our own */
	{ 0x28, 0, 0, 0xfffff030 },     /* 2: VLAN tag */
	{ 0x15, 0, 25, 0x0 },           /* 3: none */
	{ 0x28, 0, 0, 0xfffff000 },     /* 4: EtherType */
	{ 0x15, 0, 23, 0x800 },         /* 5: IPv4 */
	{ 0x30, 0, 0, 0xe },            /* 6: version and header length */
	{ 0x54, 0, 0, 0xf0 },           /* 7: version */
	{ 0x15, 0, 20, 0x40 },          /* 8: 4 */
	{ 0x30, 0, 0, 0x17 },           /* 9: protocol */
	{ 0x15, 0, 18, 0x11 },          /* 10: UDP */
	{ 0x28, 0, 0, 0x14 },           /* 11: flags and fragment offset */
	{ 0x45, 16, 0, 0x3fff },        /* 12: a fragment */
	{ 0xb1, 0, 0, 0xe },            /* 13: length of the IP header, options included */
	{ 0x48, 0, 0, 0x12 },           /* 14: UDP length */
	{ 0x35, 0, 13, 0xf4 },          /* 15: at least a BOOTP header */
	{ 0x50, 0, 0, 0x16 },           /* 16: op */
	{ 0x15, 5, 0, 0x2 },            /* 17: BOOTREPLY */
	{ 0x15, 0, 10, 0x1 },           /* 18: BOOTREQUEST */
	{ 0x28, 0, 0, 0xfffff004 },     /* 19: for whom it is */
	{ 0x25, 8, 0, 0x2 },            /* 20: another host */
	{ 0x48, 0, 0, 0x10 },           /* 21: destination port */
	{ 0x15, 5, 6, 0x43 },           /* 22: 67 */
	{ 0x48, 0, 0, 0xe },            /* 23: source port */
	{ 0x15, 0, 4, 0x43 },           /* 24: 67: a server's, or a relay's */
	{ 0x48, 0, 0, 0x10 },           /* 25: destination port */
	{ 0x15, 1, 0, 0x43 },           /* 26: 67: to a relay */
	{ 0x15, 0, 1, 0x44 },           /* 27: 68: to a client */
	{ 0x06, 0, 0, 0x40000 },        /* 28: keep all of it */
	{ 0x06, 0, 0, 0x0 },            /* 29: drop */
};

#endif
