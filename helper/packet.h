/*
 * Packet sockets for the bpf backend. What is read from one has passed the filter compiled in here;
 * the daemon can neither see it without nor replace it. What is written to one is up to the daemon.
 */
#ifndef ANYDHCPD_PACKET_H
#define ANYDHCPD_PACKET_H

#include <stdint.h>

/*
 * A packet socket on one Ethernet interface, filtered, locked, then bound; -1 with errno.
 * EPROTONOSUPPORT: the interface is not Ethernet.
 */
int packet_open(uint32_t ifindex, uint32_t receive_octets);

/* Prints the filter, one instruction a line, for the test that compares it with src/backend/filter.ts. */
void packet_print_filter(void);

#endif
