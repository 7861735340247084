/*
 * Three ways to a server: as one relay or several, by a UDP socket on port 67; as clients that know their address and ask
 * past the relay, by a UDP socket on port 68; as the clients of a link themselves, by whole frames of a packet socket. All
 * batch in both directions.
 */
#ifndef LINK_H
#define LINK_H

#include <stddef.h>
#include <stdint.h>

enum { LINK_BATCH = 64, LINK_SLOT = 2048, LINK_BUFFER_OCTETS = 16 << 20 };

/* One message that has come, and where from. */
struct arrival {
	const uint8_t *octets;
	size_t length;
	uint32_t source;	/* address, host order */
	uint16_t source_port;
	uint16_t port;		/* that it was sent to */
	uint32_t destination;	/* frames: address and hardware address it was sent to */
	const uint8_t *destination_hardware;	/* NULL for UDP sockets */
};

struct link {
	int fd;
	int arp;	/* to be waited for, too; -1 without */
	/* Where to write the next message; never NULL: a full batch leaves first. */
	uint8_t *(*slot)(struct link *link);
	/* The message of `length` octets written to `slot` is to be sent, in the name of a client and from an address. */
	void (*queue)(struct link *link, size_t length, uint32_t client, uint32_t source);
	void (*flush)(struct link *link);
	/* Calls `take` for each message that has come, at most a batch; returns how many. */
	unsigned (*receive)(struct link *link, void (*take)(void *context, const struct arrival *arrival), void *context);
};

/*
 * A UDP socket on a port, whose server is `server`; ends the program where that cannot be. All messages leave from `own`,
 * or each from the address that it is queued with where `own` is 0.
 */
struct link *open_socket_link(uint32_t own, uint16_t port, uint32_t server);

/* The clients of an interface, whose server has the address `server`. Answers ARP for the addresses of clients. */
struct link *open_frame_link(const char *interface, uint32_t server);

/* Number + 1 of the client that has the address; 0 when none has. Given by the program, for ARP. */
extern uint32_t (*client_with_address)(uint32_t address);

#endif
