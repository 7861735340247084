/*
 * The helper's reader of requests and its checks, with the kernel played by this file: for libFuzzer, or driver.c.
 * Compiled with the helper's own files, whose system calls have been renamed to those below (scripts/fuzz-c.mjs).
 *
 * An input is one octet of settings and then pieces: a kind, a length in two octets, and so many octets. A piece is a
 * request of the daemon, an answer of the kernel, word of a change, or time that passes.
 *
 * What must hold: the helper ends, or answers, and what it has the kernel do is what helper/check.h allows.
 */
#include <setjmp.h>
#include <stdio.h>

#include "../../../helper/main.c"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <time.h>

/* Of the address sanitizer, whose own header is not installed everywhere. */
void __asan_poison_memory_region(void const volatile *start, size_t size);
void __asan_unpoison_memory_region(void const volatile *start, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

enum piece { REQUEST, ANSWER, CHANGE, TIME, PIECES };

/* Descriptors of the stand-ins. */
enum { REQUESTS_FD = 100, CHANGES_FD, FRAMES_FD, SOCKET_FD };

#define INTERFACE 2
#define OWN_ADDRESS 0x0a000001u
#define ANSWER_OCTETS 8192

static jmp_buf ended;
static uint64_t milliseconds = 1000000;
static int opened;

static const uint8_t *request_octets;
static size_t request_length;
static int request_flags;

static _Alignas(struct nlmsghdr) uint8_t answer_octets[ANSWER_OCTETS];
static size_t answer_length;
/* Of the input: what the next exchange is answered with. From then on the kernel's word is not what `judge` knows. */
static const uint8_t *chosen_answer;
static size_t chosen_length;
static bool is_kernel_odd;
static bool has_change;
/* Entries were set, which the next input is not to find. */
static bool has_set;
static uint8_t neighbour_state;

void (*report_cleanup)(void);

/* Of main, which does not run here (c/descriptors.h). */
void
keep_socket(int fd)
{
	(void)fd;
}

_Noreturn void
die(const char *format, ...)
{
	(void)format;
	longjmp(ended, 1);
}

void
report_begin(const char *name)
{
	(void)name;
}

void
sandbox_enter(bool change, uid_t uid, gid_t gid, bool packets)
{
	(void)change, (void)uid, (void)gid, (void)packets;
}
void
close_quietly(int fd)
{
	(void)fd;
}

uint64_t
capabilities_held(void)
{
	return (uint64_t)1 << 13;	/* CAP_NET_RAW */
}

static void
expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "violation: %s\n", what);
	abort();
}

int
fuzz_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	time->tv_sec = (time_t)(milliseconds / 1000);
	time->tv_nsec = (long)(milliseconds % 1000) * 1000000L;
	return 0;
}

int
fuzz_socket(int family, int type, int protocol)
{
	(void)type, (void)protocol;
	if (family == AF_NETLINK)
		return opened++ % 2 == 0 ? REQUESTS_FD : CHANGES_FD;
	return family == AF_PACKET && (type & 15) == SOCK_DGRAM ? FRAMES_FD : SOCKET_FD;
}

int
fuzz_bind(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)fd, (void)address, (void)length;
	return 0;
}

int
fuzz_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	(void)fd, (void)level, (void)name, (void)value, (void)length;
	return 0;
}

int
fuzz_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	(void)fd, (void)length;
	((struct sockaddr_ll *)address)->sll_hatype = ARPHRD_ETHER;
	return 0;
}

int
fuzz_close(int fd)
{
	(void)fd;
	return 0;
}

/* Adds a message of the kernel's with one attribute, or with none. */
static void
add_answer(uint16_t type, uint32_t sequence, const void *body, size_t body_length, uint16_t attribute, const void *value, size_t value_length)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(answer_octets + answer_length);
	size_t length = NLMSG_LENGTH(NLMSG_ALIGN(body_length));

	if (answer_length + length + RTA_SPACE(value_length) > ANSWER_OCTETS)
		return;
	memset(message, 0, length + RTA_SPACE(value_length));
	memcpy(NLMSG_DATA(message), body, body_length);
	if (value_length > 0) {
		struct rtattr *one = (struct rtattr *)((char *)message + length);
		one->rta_type = attribute;
		one->rta_len = (unsigned short)RTA_LENGTH(value_length);
		memcpy(RTA_DATA(one), value, value_length);
		length += RTA_SPACE(value_length);
	}
	message->nlmsg_len = (uint32_t)length;
	message->nlmsg_type = type;
	message->nlmsg_seq = sequence;
	answer_length += NLMSG_ALIGN(length);
}

static void
add_error(uint32_t sequence, int error)
{
	struct nlmsgerr body = { .error = -error };

	add_answer(NLMSG_ERROR, sequence, &body, sizeof body, 0, NULL, 0);
}

/* A neighbour entry that is about to be set is one that check.h allows. */
static void
judge(const struct nlmsghdr *message)
{
	const struct ndmsg *body = NLMSG_DATA(message);
	const uint8_t *attributes = (const uint8_t *)body + NLMSG_ALIGN(sizeof *body);
	uint32_t address;

	memcpy(&address, attributes + sizeof(struct rtattr), sizeof address);
	address = ntohl(address);
	const uint8_t *hardware = attributes + 2 * sizeof(struct rtattr) + sizeof address;
	expect(body->ndm_state == NUD_REACHABLE, "an entry that lasts");
	expect(body->ndm_ifindex == INTERFACE, "an entry of another interface");
	expect(address > OWN_ADDRESS && address < OWN_ADDRESS + 254, "an entry of an address that is no client's");
	expect((hardware[0] & 1) == 0 && (hardware[0] | hardware[1] | hardware[2] | hardware[3] | hardware[4] | hardware[5]) != 0,
	    "an entry of a hardware address that is no client's");
}

/* The kernel as it is: one Ethernet interface with 10.0.0.1/24. */
static void
answer_like_the_kernel(const struct nlmsghdr *message)
{
	static const uint8_t hardware[6] = { 2, 0, 0, 0, 0, 0x99 };
	const struct ifinfomsg link = { .ifi_type = ARPHRD_ETHER, .ifi_index = INTERFACE, .ifi_flags = IFF_UP };
	const struct ifaddrmsg address = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = INTERFACE };
	const struct ndmsg neighbour = { .ndm_family = AF_INET, .ndm_state = neighbour_state };
	const uint32_t own = htonl(OWN_ADDRESS);
	const int zero = 0;

	switch (message->nlmsg_type) {
	case RTM_GETLINK:
		add_answer(RTM_NEWLINK, 0, &link, sizeof link, IFLA_ADDRESS, hardware, sizeof hardware);
		add_answer(NLMSG_DONE, 0, &zero, sizeof zero, 0, NULL, 0);
		break;
	case RTM_GETADDR:
		add_answer(RTM_NEWADDR, 0, &address, sizeof address, IFA_ADDRESS, &own, sizeof own);
		add_answer(NLMSG_DONE, 0, &zero, sizeof zero, 0, NULL, 0);
		break;
	case RTM_GETNEIGH:
		if (neighbour_state == 0)
			add_error(message->nlmsg_seq, ENOENT);
		else
			add_answer(RTM_NEWNEIGH, message->nlmsg_seq, &neighbour, sizeof neighbour, 0, NULL, 0);
		break;
	case RTM_NEWNEIGH:
		has_set = true;
		if (!is_kernel_odd)
			judge(message);
		add_error(message->nlmsg_seq, 0);
		break;
	default:
		break;
	}
}

static void
take_kernel_request(const struct msghdr *message)
{
	const struct iovec *part = message->msg_iov;
	size_t left = part->iov_len;	/* made by the helper, of whole messages */

	answer_length = 0;
	for (const struct nlmsghdr *one = part->iov_base; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left))
		answer_like_the_kernel(one);
	if (chosen_answer == NULL)
		return;
	answer_length = chosen_length < ANSWER_OCTETS ? chosen_length : ANSWER_OCTETS;
	memcpy(answer_octets, chosen_answer, answer_length);
	chosen_answer = NULL;
}

static void
judge_frame(const struct msghdr *message)
{
	const uint8_t *header = message->msg_iov[0].iov_base, *payload = message->msg_iov[1].iov_base;
	uint32_t destination = (uint32_t)header[16] << 24 | (uint32_t)header[17] << 16 | (uint32_t)header[18] << 8 | header[19];

	expect(message->msg_iov[1].iov_len >= HELPER_PAYLOAD_MIN && message->msg_iov[1].iov_len <= HELPER_PAYLOAD_MAX,
	    "a frame of impossible length");
	expect(destination > OWN_ADDRESS && destination < OWN_ADDRESS + 254, "a frame to an address that is no client's");
	expect(payload[0] == 2 && memcmp(payload + 16, header + 16, 4) == 0, "a frame that is no reply to its client");
	expect(header[21] == 67 && header[23] == 68, "a frame to another port");
}

ssize_t
fuzz_sendmsg(int fd, const struct msghdr *message, int flags)
{
	size_t length = 0;

	(void)flags;
	for (size_t i = 0; i < message->msg_iovlen; i++)
		length += message->msg_iov[i].iov_len;
	if (fd == REQUESTS_FD)
		take_kernel_request(message);
	else if (fd == FRAMES_FD && !is_kernel_odd)
		judge_frame(message);
	return (ssize_t)length;
}

/* Puts octets where a message is received; says so if they are cut. What lies behind them may not be read. */
static ssize_t
deliver(struct msghdr *message, const void *octets, size_t length)
{
	uint8_t *target = message->msg_iov[0].iov_base;
	size_t room = message->msg_iov[0].iov_len;
	size_t taken = length < room ? length : room;

	__asan_unpoison_memory_region(target, room);
	memcpy(target, octets, taken);
	__asan_poison_memory_region(target + taken, room - taken);
	message->msg_flags = length > room ? MSG_TRUNC : 0;
	return (ssize_t)taken;
}

ssize_t
fuzz_recvmsg(int fd, struct msghdr *message, int flags)
{
	(void)flags;
	if (fd == DAEMON_FD) {
		ssize_t length = deliver(message, request_octets, request_length);
		message->msg_flags |= request_flags;
		return length;
	}
	if (message->msg_name != NULL)
		memset(message->msg_name, 0, message->msg_namelen);
	if (fd == CHANGES_FD && has_change) {
		has_change = false;
		return deliver(message, "change", 6);
	}
	if (fd == CHANGES_FD || answer_length == 0) {
		errno = EAGAIN;
		return -1;
	}
	size_t length = answer_length;
	answer_length = 0;
	return deliver(message, answer_octets, length);
}

static void
take_piece(enum piece kind, const uint8_t *octets, size_t length)
{
	switch (kind) {
	case REQUEST:
		request_octets = octets;
		request_length = length;
		/* Of an empty message nothing is left to be seen: the end of the socket. */
		(void)take_request();
		break;
	case ANSWER:
		chosen_answer = octets;
		chosen_length = length;
		is_kernel_odd = true;
		break;
	case CHANGE:
		has_change = true;
		neighbour_state = length > 0 ? octets[0] : 0;
		break;
	default:
		milliseconds += length > 1 ? (uint64_t)octets[0] << (octets[1] & 15) : 1;
		(void)neighbours_expire();
	}
}

/* The helper as it is when it starts: nothing is set, and everything will be asked for. */
static void
begin(uint8_t settings)
{
	if (opened == 0) {
		netlink_open();
		(void)frames_open();
	}
	chosen_answer = NULL;
	answer_length = 0;
	request_flags = (settings & 0xc0) == 0xc0 ? MSG_CTRUNC : 0;
	neighbour_state = 0;
	packets_allowed = (settings & 3) == 1 ? HELPER_PACKET : (settings & 3) == 2 ? HELPER_OBSERVE : 0;
	milliseconds += 10000;
	if (has_set)
		neighbours_clear();
	has_set = false;
	is_kernel_odd = false;
	has_change = true;
}

static void
take_input(const uint8_t *octets, size_t length)
{
	size_t at = 1;

	begin(octets[0]);
	while (length - at >= 3) {
		enum piece kind = octets[at] % PIECES;
		size_t size = (size_t)octets[at + 1] | (size_t)octets[at + 2] << 8;
		at += 3;
		if (size > length - at)
			size = length - at;
		take_piece(kind, octets + at, size);
		at += size;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	if (length > 0 && setjmp(ended) == 0)
		take_input(octets, length);
	return 0;
}
