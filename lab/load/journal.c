#include "journal.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dhcp_message.h"

/* A write and its sync that take longer are a thread's: less than that, and two changes of threads would cost more. */
enum { SLOW_US = 200 };

enum { RECORD_MAX = 384, REPLY_MAX = 640, LEASE_SECONDS = 3600, INSTANT_MAX = sizeof "0 2000/01/01 00:00:00",
	CONTROL = CMSG_SPACE(sizeof(struct in_pktinfo)) };

/* Records, and the replies that leave once these are on the disk. */
struct batch {
	unsigned count;
	size_t recorded;
	char records[BATCH_MAX * RECORD_MAX];
	struct mmsghdr headers[BATCH_MAX];
	struct iovec vectors[BATCH_MAX];
	struct sockaddr_in peers[BATCH_MAX];
	uint8_t controls[BATCH_MAX][CONTROL] __attribute__((aligned(8)));
	uint8_t octets[BATCH_MAX][REPLY_MAX];
};

static struct batch batches[2], *filling = &batches[0], *spare = &batches[1];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_filled = PTHREAD_COND_INITIALIZER, has_room = PTHREAD_COND_INITIALIZER;
static int file, sender, is_storing;
/* How long a write and its sync took lately. */
static uint64_t usual_us;
/* The times of leases that begin in this second. */
static time_t second;
static char starts[INSTANT_MAX], ends[INSTANT_MAX];

static char *
put_text(char *at, const char *text, size_t length)
{
	memcpy(at, text, length);
	return at + length;
}

#define PUT(at, text) put_text(at, text, sizeof text - 1)

static char *
put_number(char *at, uint8_t number)
{
	if (number >= 100)
		*at++ = (char)('0' + number / 100);
	if (number >= 10)
		*at++ = (char)('0' + number / 10 % 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

static char *
put_hex(char *at, const uint8_t *octets, int count, const char *between)
{
	for (int i = 0; i < count; i++) {
		if (i > 0)
			at = stpcpy(at, between);
		*at++ = "0123456789abcdef"[octets[i] >> 4];
		*at++ = "0123456789abcdef"[octets[i] & 15];
	}
	return at;
}

/* Octets as text, those that are none as three octal digits. */
static char *
put_escaped(char *at, const uint8_t *octets, int count)
{
	for (int i = 0; i < count; i++) {
		uint8_t octet = octets[i];
		if (octet > ' ' && octet < 127 && octet != '"' && octet != '\\') {
			*at++ = (char)octet;
			continue;
		}
		*at++ = '\\';
		for (int shift = 6; shift >= 0; shift -= 3)
			*at++ = (char)('0' + (octet >> shift & 7));
	}
	return at;
}

static void
write_instant(char text[INSTANT_MAX], time_t at)
{
	struct tm parts;

	gmtime_r(&at, &parts);
	strftime(text, INSTANT_MAX, "%w %Y/%m/%d %H:%M:%S", &parts);
}

/* The client's record, after the words of our server's lease file. */
static size_t
write_record(char *record, const uint8_t *message)
{
	const uint8_t *hardware = message + CHADDR_AT, *address = message + YIADDR_AT;
	char *at = PUT(record, "lease ");

	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_number(at, address[i]);
	}
	at = put_text(PUT(at, " {\n  starts "), starts, INSTANT_MAX - 1);
	at = put_text(PUT(at, ";\n  ends "), ends, INSTANT_MAX - 1);
	at = put_text(PUT(at, ";\n  cltt "), starts, INSTANT_MAX - 1);
	at = put_hex(PUT(at, ";\n  binding state active;\n  hardware ethernet "), hardware, 6, ":");
	at = put_escaped(PUT(at, ";\n  uid \"\\001"), hardware, 6);
	*at++ = '"';
	if (get32(message + GIADDR_AT) != 0) {
		at = put_hex(PUT(at, ";\n  option agent.circuit-id \"ge-0/0/"), hardware + 3, 3, "");
		at = put_hex(PUT(at, "\";\n  option agent.remote-id "), hardware, 6, ":");
	}
	at = put_hex(PUT(at, ";\n  client-hostname \"pc"), hardware + 3, 3, "");
	return (size_t)(PUT(at, "\";\n}\n") - record);
}

void
send_batch(int fd, struct mmsghdr *headers, unsigned count)
{
	for (unsigned sent = 0; sent < count;) {
		int now = sendmmsg(fd, headers + sent, count - sent, 0);
		if (now == -1 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS && errno != EINVAL)
			err(1, "sendmmsg");
		sent += now > 0 ? (unsigned)now : 0;
	}
}

static uint64_t
clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Takes the filled batch, which the caller stores; the lock is held. */
static struct batch *
take_filled(void)
{
	struct batch *batch = filling;

	filling = spare;
	spare = batch;
	is_storing = 1;
	pthread_cond_signal(&has_room);
	return batch;
}

/* Stores a batch and sends its replies; the lock is not held. */
static void
store(struct batch *batch)
{
	uint64_t began = clock_us(), took;

	if (write(file, batch->records, batch->recorded) != (ssize_t)batch->recorded || fdatasync(file) == -1)
		err(1, "the journal");
	took = clock_us() - began;
	send_batch(sender, batch->headers, batch->count);
	batch->count = 0;
	batch->recorded = 0;
	pthread_mutex_lock(&lock);
	is_storing = 0;
	usual_us = (15 * usual_us + took) / 16;
	if (filling->count > 0)
		pthread_cond_signal(&is_filled);
	pthread_mutex_unlock(&lock);
}

static void *
store_always(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (filling->count == 0 || is_storing)
			pthread_cond_wait(&is_filled, &lock);
		struct batch *batch = take_filled();
		pthread_mutex_unlock(&lock);
		store(batch);
	}
	return NULL;
}

void
journal_start(const char *path, int socket)
{
	pthread_t thread;

	sender = socket;
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (file == -1)
		err(1, "%s", path);
	if (pthread_create(&thread, NULL, store_always, NULL) != 0)
		errx(1, "a thread");
}

void
journal_begin(void)
{
	time_t now = time(NULL);

	if (now != second) {
		second = now;
		write_instant(starts, now);
		write_instant(ends, now + LEASE_SECONDS);
	}
	pthread_mutex_lock(&lock);
}

void
journal_end(void)
{
	if (filling->count > 0 && !is_storing && usual_us > SLOW_US)
		pthread_cond_signal(&is_filled);
	pthread_mutex_unlock(&lock);
}

void
journal_store(void)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&lock);
	if (filling->count > 0 && !is_storing && usual_us <= SLOW_US)
		batch = take_filled();
	pthread_mutex_unlock(&lock);
	if (batch != NULL)
		store(batch);
}

void
journal_add(const uint8_t *message, const struct msghdr *reply)
{
	size_t length = reply->msg_iov->iov_len;

	while (filling->count == BATCH_MAX) {
		pthread_cond_signal(&is_filled);
		pthread_cond_wait(&has_room, &lock);
	}
	if (length > REPLY_MAX || reply->msg_controllen > CONTROL)
		errx(1, "a reply that is too long");
	struct batch *batch = filling;
	unsigned at = batch->count++;
	batch->recorded += write_record(batch->records + batch->recorded, message);
	memcpy(batch->octets[at], reply->msg_iov->iov_base, length);
	batch->vectors[at] = (struct iovec){ batch->octets[at], length };
	batch->headers[at].msg_hdr = (struct msghdr){ .msg_iov = &batch->vectors[at], .msg_iovlen = 1 };
	if (reply->msg_name == NULL)
		return;
	struct msghdr *header = &batch->headers[at].msg_hdr;
	memcpy(&batch->peers[at], reply->msg_name, sizeof batch->peers[at]);
	memcpy(batch->controls[at], reply->msg_control, reply->msg_controllen);
	header->msg_name = &batch->peers[at];
	header->msg_namelen = sizeof batch->peers[at];
	header->msg_control = batch->controls[at];
	header->msg_controllen = reply->msg_controllen;
}
