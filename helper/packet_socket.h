/*
 * Packet sockets for the bpf backend and for --observe. What is read from one has passed a filter
 * compiled in here; the daemon can neither see it without nor replace it. What is written to one is up
 * to the daemon, even to one that is only meant for looking on: the kernel has no packet socket that
 * cannot send (shutdown(2) is not supported for them).
 */
#ifndef ANYDHCPD_PACKET_SOCKET_H
#define ANYDHCPD_PACKET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A packet socket on one Ethernet interface, filtered, locked, then bound; -1 with errno. `observe`:
 * servers' replies pass its filter too. EPROTONOSUPPORT: the interface is not Ethernet.
 */
int packet_open(bool observe, uint32_t ifindex, uint32_t receive_octets);

#endif
