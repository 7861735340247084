/* The physical limit: the least work that any server can do on this path. It turns DISCOVER into OFFER and
 * REQUEST into ACK by overwriting the message where it lies, with an address made of the hardware address;
 * it knows no lease. recvmmsg, IP_PKTINFO and sendmmsg as a serious server would use them.
 *
 *   echo ADDRESS POOL [FILE]
 *
 * listens on ADDRESS port 67 and gives POOL plus the number in chaddr's last three octets. With FILE each
 * batch that holds a REQUEST is first appended to it (a record for each REQUEST) and synced with one
 * fdatasync, which is the limit for a server that acknowledges only what is on disk. Writes "ready" when
 * it listens; runs until it is killed. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"

/* About what a lease takes in a lease file. */
enum { RECORD_LENGTH = 290 };

/* Octets of socket buffer: no query is to be lost for want of them. */
enum { SOCKET_BUFFER = 4 << 20 };

/* Where the generator's queries have their message type: it is their first option. */
enum { TYPE_AT = OPTIONS + 2 };

static uint8_t messages[BATCH][LARGEST_MESSAGE];
static char controls[BATCH][64];
static struct iovec vectors[BATCH];
static struct sockaddr_in relays[BATCH];
static struct mmsghdr headers[BATCH];
static char records[BATCH * RECORD_LENGTH];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(struct in_addr address)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(67), .sin_addr = address };
	int one = 1, size = SOCKET_BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) fail("socket");
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) != 0) fail("IP_PKTINFO");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0) fail("bind");
	return fd;
}

/* Receives a batch; returns how many messages it has. */
static int receive(int fd)
{
	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){ messages[i], LARGEST_MESSAGE };
		headers[i].msg_hdr = (struct msghdr){
			.msg_name = &relays[i], .msg_namelen = sizeof relays[i],
			.msg_iov = &vectors[i], .msg_iovlen = 1,
			.msg_control = controls[i], .msg_controllen = sizeof controls[i],
		};
	}
	int count = recvmmsg(fd, headers, BATCH, MSG_WAITFORONE, NULL);
	return count > 0 ? count : 0;
}

/* Makes the reply out of the query; returns whether that is an ACK. The control data that came with the
 * query goes out with the reply, so the source is the address asked. */
static int answer(int i, uint32_t pool, const uint8_t *options, size_t length)
{
	uint8_t *message = messages[i];
	int is_request = message[TYPE_AT] == REQUEST;
	message[OP] = BOOTREPLY;
	put32(message + YIADDR, pool + (get32(message + CHADDR + 2) & 0xffffff));
	memcpy(message + OPTIONS, options, length);
	message[TYPE_AT] = is_request ? ACK : OFFER;
	vectors[i].iov_len = SMALLEST_MESSAGE;
	return is_request;
}

static void store(int file, int count)
{
	size_t length = (size_t)count * RECORD_LENGTH;
	if (write(file, records, length) != (ssize_t)length) fail("write");
	if (fdatasync(file) != 0) fail("fdatasync");
}

static void send_all(int fd, int count)
{
	for (int sent = 0; sent < count;) {
		int step = sendmmsg(fd, headers + sent, (unsigned)(count - sent), 0);
		sent += step > 0 ? step : 1;
	}
}

int main(int argc, char **argv)
{
	struct in_addr address, pool;
	if (argc < 3 || inet_aton(argv[1], &address) == 0 || inet_aton(argv[2], &pool) == 0) {
		fputs("usage: echo ADDRESS POOL [FILE]\n", stderr);
		return 2;
	}
	int file = -1;
	if (argc > 3 && (file = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0600)) < 0) fail(argv[3]);
	memset(records, 'x', sizeof records);

	uint8_t options[SMALLEST_MESSAGE - OPTIONS] = { MESSAGE_TYPE, 1, OFFER };
	uint8_t lease_time[4], mask[4] = { 255, 255, 0, 0 };
	put32(lease_time, 3600);
	uint8_t *end = put_option(options + 3, SERVER_IDENTIFIER, &address, 4);
	end = put_option(end, LEASE_TIME, lease_time, 4);
	end = put_option(end, 1, mask, 4);
	end = put_option(end, RELAY_AGENT_INFORMATION, "\x01\x06port01", 8);
	*end = END;

	int fd = listen_on(address);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int count = receive(fd), requests = 0;
		for (int i = 0; i < count; i++) requests += answer(i, ntohl(pool.s_addr), options, sizeof options);
		if (file >= 0 && requests > 0) store(file, requests);
		send_all(fd, count);
	}
}
