/* Ethernet frames with a UDP datagram over IPv4, and packet sockets that take those for one port. */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Where the message is in a frame that has plain headers. */
enum { FRAME_PAYLOAD_AT = 14 + 20 + 8 };

/* Sender and receiver; addresses in host order. */
struct frame_ends {
	uint8_t source_hardware[6], destination_hardware[6];
	uint32_t source, destination;
	uint16_t source_port, destination_port;
};

/* Writes the headers before the `length` octets of message at FRAME_PAYLOAD_AT; returns the frame's length. */
size_t write_frame_headers(uint8_t *frame, const struct frame_ends *ends, size_t length);

/* The message to a port in a frame, with its length and ends; NULL when there is none. */
const uint8_t *read_frame(const uint8_t *frame, size_t octets, uint16_t port, struct frame_ends *ends, size_t *length);

/* The IPv4 address that a text is, in host order; ends the program where it is none. */
uint32_t address_of(const char *text);

/* A packet socket of an interface for a protocol, of IPv4's for a UDP port only; ends the program where that cannot be. */
int open_packet_socket(const char *interface, uint16_t protocol, uint16_t port);

#endif
