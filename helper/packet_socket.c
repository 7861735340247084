/*
 * See packet_socket.h. The order matters: a packet socket with a protocol takes frames of all interfaces
 * from the moment it exists, so it is made without one, filtered and locked, and bound last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "packet_filters.h"
#include "packet_socket.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define LENGTH(program) (sizeof(program) / sizeof(program)[0])

/* The kernel's own word for the kind of link, after the bind: the filter counts from an Ethernet header. */
static int
require_ethernet(int fd)
{
	struct sockaddr_ll bound;
	socklen_t length = sizeof bound;

	memset(&bound, 0, sizeof bound);
	if (getsockname(fd, (struct sockaddr *)&bound, &length) != 0)
		return -1;
	if (bound.sll_hatype == ARPHRD_ETHER)
		return 0;
	errno = EPROTONOSUPPORT;
	return -1;
}

/* Everything behind socket(); 0, or -1 with errno. */
static int
prepare(int fd, bool observe, uint32_t ifindex, uint32_t receive_octets)
{
	const struct sock_fprog filter = observe ?
	    (struct sock_fprog){ LENGTH(observe_filter), (struct sock_filter *)(uintptr_t)observe_filter } :
	    (struct sock_fprog){ LENGTH(frame_filter), (struct sock_filter *)(uintptr_t)frame_filter };
	struct sockaddr_ll name;
	const int yes = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof yes) != 0)
		return -1;
	listen_set_receive_buffer(fd, receive_octets);
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes) != 0)
		return -1;
	/* Older kernels do not know it; a socket for one protocol never sees what leaves anyway. */
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
	memset(&name, 0, sizeof name);
	name.sll_family = AF_PACKET;
	name.sll_protocol = htons(ETHERTYPE_IP);
	name.sll_ifindex = (int)ifindex;
	if (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0)
		return -1;
	return require_ethernet(fd);
}

int
packet_open(bool observe, uint32_t ifindex, uint32_t receive_octets)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || prepare(fd, observe, ifindex, receive_octets) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}
