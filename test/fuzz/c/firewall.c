/*
 * The firewall process's reader of requests and of the kernel's answers, with the kernel played by this file: for
 * libFuzzer, or driver.c. Compiled with the process's own files, whose system calls have been renamed to those below.
 *
 * An input is pieces: a kind, a length in two octets, and so many octets. A piece is a request of the daemon, the answer to
 * the next exchange, or a datagram of a list.
 *
 * What must hold: the process ends, or answers, and what it sends to the kernel is about the sets that it was told, and of
 * the kinds that firewall/elements.c and firewall/sets.c build.
 */
#include <setjmp.h>
#include <stdio.h>

#include "../../../firewall/main.c"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

enum piece { REQUEST, ANSWER, LISTED, PIECES };

/* Descriptors of the stand-ins. */
enum { EXCHANGE_FD = 100, LIST_FD };

#define TABLE "filter"
#define ANSWER_OCTETS 8192

static jmp_buf ended;
static int opened;

static const uint8_t *request_octets;
static size_t request_length;

static const uint8_t *chosen_answer, *listed;
static size_t chosen_length, listed_length;

static uint8_t answer_octets[ANSWER_OCTETS];
static size_t answer_length;

void (*report_cleanup)(void);

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
sandbox_enter_keeper(bool change, uid_t uid, gid_t gid)
{
	(void)change, (void)uid, (void)gid;
}

void
sandbox_enter_worker(void)
{
}

/* Of main, which does not run here (c/descriptors.h). */
void
keep_socket(int fd)
{
	(void)fd;
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
fuzz_socket(int family, int type, int protocol)
{
	(void)family, (void)type, (void)protocol;
	return opened++ == 0 ? EXCHANGE_FD : LIST_FD;
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

/* The first attribute of every message with names is the table's: there is only one here. */
static void
judge(const struct nlmsghdr *message)
{
	const char *attributes = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(struct nfgenmsg));

	if (message->nlmsg_type == NFNL_MSG_BATCH_BEGIN || message->nlmsg_type == NFNL_MSG_BATCH_END)
		return;
	expect(message->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES, "a message that is none of nf_tables");
	switch (message->nlmsg_type & 0xff) {
	case NFT_MSG_GETGEN:
		return;
	case NFT_MSG_NEWSETELEM:
	case NFT_MSG_DELSETELEM:
	case MESSAGE_DESTROY_ELEMENTS:
	case NFT_MSG_GETSETELEM:
	case NFT_MSG_GETSET:
	case NFT_MSG_GETTABLE:
		expect(memcmp(attributes + sizeof(struct nlattr), TABLE, sizeof TABLE) == 0, "a message about another table");
		return;
	default:
		expect(false, "a message of another kind");
	}
}

static void
answer_error(uint32_t sequence, int error)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr body;
	} message = { { sizeof message, NLMSG_ERROR, 0, sequence, 0 }, { .error = -error } };

	if (answer_length + sizeof message > ANSWER_OCTETS)
		return;
	memcpy(answer_octets + answer_length, &message, sizeof message);
	answer_length += sizeof message;
}

ssize_t
fuzz_sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct iovec *part = message->msg_iov;
	size_t left = part->iov_len;

	(void)flags;
	if (fd == DAEMON_FD)
		return (ssize_t)part->iov_len;
	answer_length = 0;
	for (const struct nlmsghdr *one = part->iov_base; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
		judge(one);
		if ((one->nlmsg_flags & NLM_F_ACK) != 0)
			answer_error(one->nlmsg_seq, 0);
	}
	expect(left == 0, "requests that are not whole messages");
	if (fd == EXCHANGE_FD && chosen_answer != NULL) {
		answer_length = chosen_length < ANSWER_OCTETS ? chosen_length : ANSWER_OCTETS;
		memcpy(answer_octets, chosen_answer, answer_length);
		chosen_answer = NULL;
	}
	return (ssize_t)part->iov_len;
}

static ssize_t
deliver(struct msghdr *message, const void *octets, size_t length)
{
	size_t room = message->msg_iov[0].iov_len;
	size_t taken = length < room ? length : room;

	memcpy(message->msg_iov[0].iov_base, octets, taken);
	message->msg_flags = length > room ? MSG_TRUNC : 0;
	return (ssize_t)taken;
}

ssize_t
fuzz_recvmsg(int fd, struct msghdr *message, int flags)
{
	size_t length;

	(void)flags;
	if (fd == DAEMON_FD)
		return deliver(message, request_octets, request_length);
	if (message->msg_name != NULL)
		memset(message->msg_name, 0, message->msg_namelen);
	if (fd == LIST_FD && listed != NULL) {
		const uint8_t *octets = listed;
		listed = NULL;
		return deliver(message, octets, listed_length);
	}
	length = answer_length;
	answer_length = 0;
	if (fd == LIST_FD || length == 0) {
		errno = EAGAIN;
		return -1;
	}
	return deliver(message, answer_octets, length);
}

static void
take_piece(enum piece kind, const uint8_t *octets, size_t length)
{
	switch (kind) {
	case REQUEST:
		request_octets = octets;
		request_length = length;
		(void)take_request();
		break;
	case ANSWER:
		chosen_answer = octets;
		chosen_length = length;
		break;
	default:
		listed = octets;
		listed_length = length;
		if (elements_are_listed())
			elements_list_more(answer_list);
	}
}

/* Both kinds of sets are there, whatever the input says of them later. */
static void
begin(uint8_t settings)
{
	static char *const names[] = { "inet " TABLE " addresses", "ip " TABLE " pairs" };

	if (opened == 0) {
		nftables_open();
		sets_name(2, names);
	}
	nftables_updates = (settings & 1) != 0;
	for (unsigned i = 0; i < sets_count(); i++) {
		sets_at(i)->result = FIREWALL_OK;
		sets_at(i)->key = i == 0 ? FIREWALL_ADDRESS : FIREWALL_ADDRESS_HARDWARE;
		sets_at(i)->has_timeout = (settings & 2) != 0;
	}
	chosen_answer = listed = NULL;
	answer_length = 0;
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
