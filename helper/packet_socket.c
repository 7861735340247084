/*
 * See packet_socket.h. The order matters: a packet socket with a protocol takes frames of all interfaces
 * from the moment it exists, so it is made without one, filtered and locked, and bound last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "packet_socket.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define SERVER_PORT 67
#define CLIENT_PORT 68
#define SMALLEST_DATAGRAM (8 + 236)
#define REQUEST_OP 1
#define REPLY_OP 2
#define FRAGMENT_BITS 0x3fff
#define WHOLE 0x40000

/* Offset of the IP header; what is behind it is found through the index register. */
#define IP ETHER_HDR_LEN

#define LOAD_KNOWN(what) BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + (what)))
#define LOAD_OCTET(at) BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (at))
#define LOAD_HALF(at) BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (at))
#define LOAD_OCTET_BEHIND(at) BPF_STMT(BPF_LD | BPF_B | BPF_IND, (at))
#define LOAD_HALF_BEHIND(at) BPF_STMT(BPF_LD | BPF_H | BPF_IND, (at))
#define TEST(how, value, jt, jf) BPF_JUMP(BPF_JMP | (how) | BPF_K, (value), (jt), (jf))

/* src/backend/filter/filter.ts says the same with labels, and why. */
static const struct sock_filter frame_filter[] = {
	/*  0 */ LOAD_KNOWN(SKF_AD_PKTTYPE),
	/*  1 */ TEST(BPF_JGT, PACKET_MULTICAST, 19, 0),
	/*  2 */ LOAD_KNOWN(SKF_AD_VLAN_TAG_PRESENT),
	/*  3 */ TEST(BPF_JEQ, 0, 0, 17),
	/*  4 */ LOAD_KNOWN(SKF_AD_PROTOCOL),
	/*  5 */ TEST(BPF_JEQ, ETHERTYPE_IP, 0, 15),
	/*  6 */ LOAD_OCTET(IP),
	/*  7 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	/*  8 */ TEST(BPF_JEQ, 0x40, 0, 12),
	/*  9 */ LOAD_OCTET(IP + 9),
	/* 10 */ TEST(BPF_JEQ, IPPROTO_UDP, 0, 10),
	/* 11 */ LOAD_HALF(IP + 6),
	/* 12 */ TEST(BPF_JSET, FRAGMENT_BITS, 8, 0),
	/* 13 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP),
	/* 14 */ LOAD_HALF_BEHIND(IP + 2),
	/* 15 */ TEST(BPF_JEQ, SERVER_PORT, 0, 5),
	/* 16 */ LOAD_HALF_BEHIND(IP + 4),
	/* 17 */ TEST(BPF_JGE, SMALLEST_DATAGRAM, 0, 3),
	/* 18 */ LOAD_OCTET_BEHIND(IP + 8),
	/* 19 */ TEST(BPF_JEQ, REQUEST_OP, 0, 1),
	/* 20 */ BPF_STMT(BPF_RET | BPF_K, WHOLE),
	/* 21 */ BPF_STMT(BPF_RET | BPF_K, 0),
};

/* The same for a daemon that only looks on: servers' replies too, whoever they are for. */
static const struct sock_filter observe_filter[] = {
	/*  0 */ LOAD_KNOWN(SKF_AD_PKTTYPE),
	/*  1 */ TEST(BPF_JGT, PACKET_OTHERHOST, 27, 0),
	/*  2 */ LOAD_KNOWN(SKF_AD_VLAN_TAG_PRESENT),
	/*  3 */ TEST(BPF_JEQ, 0, 0, 25),
	/*  4 */ LOAD_KNOWN(SKF_AD_PROTOCOL),
	/*  5 */ TEST(BPF_JEQ, ETHERTYPE_IP, 0, 23),
	/*  6 */ LOAD_OCTET(IP),
	/*  7 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	/*  8 */ TEST(BPF_JEQ, 0x40, 0, 20),
	/*  9 */ LOAD_OCTET(IP + 9),
	/* 10 */ TEST(BPF_JEQ, IPPROTO_UDP, 0, 18),
	/* 11 */ LOAD_HALF(IP + 6),
	/* 12 */ TEST(BPF_JSET, FRAGMENT_BITS, 16, 0),
	/* 13 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP),
	/* 14 */ LOAD_HALF_BEHIND(IP + 4),
	/* 15 */ TEST(BPF_JGE, SMALLEST_DATAGRAM, 0, 13),
	/* 16 */ LOAD_OCTET_BEHIND(IP + 8),
	/* 17 */ TEST(BPF_JEQ, REPLY_OP, 5, 0),
	/* 18 */ TEST(BPF_JEQ, REQUEST_OP, 0, 10),
	/* 19 */ LOAD_KNOWN(SKF_AD_PKTTYPE),
	/* 20 */ TEST(BPF_JGT, PACKET_MULTICAST, 8, 0),
	/* 21 */ LOAD_HALF_BEHIND(IP + 2),
	/* 22 */ TEST(BPF_JEQ, SERVER_PORT, 5, 6),
	/* 23 */ LOAD_HALF_BEHIND(IP),
	/* 24 */ TEST(BPF_JEQ, SERVER_PORT, 0, 4),
	/* 25 */ LOAD_HALF_BEHIND(IP + 2),
	/* 26 */ TEST(BPF_JEQ, SERVER_PORT, 1, 0),
	/* 27 */ TEST(BPF_JEQ, CLIENT_PORT, 0, 1),
	/* 28 */ BPF_STMT(BPF_RET | BPF_K, WHOLE),
	/* 29 */ BPF_STMT(BPF_RET | BPF_K, 0),
};

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

static void
print(const struct sock_filter *program, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%u %u %u %u\n", program[i].code, program[i].jt, program[i].jf, program[i].k);
}

void
packet_print_filters(void)
{
	print(frame_filter, LENGTH(frame_filter));
	printf("\n");
	print(observe_filter, LENGTH(observe_filter));
}
