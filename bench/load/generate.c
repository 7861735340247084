/* The load: a relay agent with many clients behind it, as a closed loop with a fixed number of exchanges
 * outstanding. Each reply is checked as a relay and a suspicious client would, so that a server cannot win by
 * answering wrongly; what fails a check counts as a lie, is dropped, and the client asks again.
 *
 *   generate --server ADDRESS --source ADDRESS [--mode dora|renew] [--window N] [--clients N]
 *            [--warmup S] [--prepare S] [--seconds S] [--exchanges N] [--retransmit S]
 *
 *   dora    DISCOVER, OFFER, REQUEST, ACK of one client after another, from the first again after the last
 *   renew   REQUEST with ciaddr and ACK (RFC 2131 section 4.3.2, RENEWING), relayed; each client first gets its
 *           address, for at most --prepare seconds, which is not counted; the clients that have one by then renew
 *
 * A query without reply is sent again after --retransmit seconds (1), then twice that, and so on, with the
 * same xid. --exchanges ends the run early. On standard output: "counting" and "counted" when what is counted begins and ends,
 * and at last one line of JSON. Latencies are in milliseconds; "busy" is the generator's own share of a processor. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "message.h"

/* An xid is the client's number in the low 20 bits and a count of its exchanges above. */
enum { CLIENT_BITS = 20, MOST_CLIENTS = 1 << CLIENT_BITS, GENERATIONS = 1 << (32 - CLIENT_BITS) };

enum { SOCKET_BUFFER = 8 << 20, LONGEST_WAIT_MS = 10 };

/* At the end nothing more is asked, and replies are awaited until none has come for a while, so that the next run
 * is not answered with what was meant for this one. In seconds. */
#define QUIET 0.5
#define LONGEST_DRAIN 15

/* How often the outstanding exchanges are looked through for those that are due to be sent again, in seconds. */
#define SCAN_INTERVAL 0.02

/* Latencies in a histogram: STEPS to each power of two, from 1 microsecond; the error is below 1 %. */
enum { STEPS = 128, POWERS = 32 };

enum state { IDLE, SELECTING, REQUESTING, RENEWING };

/* One exchange of the window. */
struct exchange {
	uint32_t client;
	enum state state;
	double started, retry_at, retry_after;
};

/* Why a reply was a lie; the names are those of the JSON. */
enum lie { LIE_SHAPE, LIE_XID, LIE_CHADDR, LIE_SOURCE, LIE_SERVER_IDENTIFIER, LIE_YIADDR, LIE_LEASE_TIME, LIES };
static const char *const LIE_NAMES[LIES] = {
	"shape", "xid", "chaddr", "source", "serverIdentifier", "yiaddr", "leaseTime",
};

static struct {
	struct sockaddr_in server, source;
	bool renew;
	uint32_t window, clients;
	double warmup, prepare, seconds, retransmit;
	uint64_t exchanges;
} want = { .window = 256, .clients = 50000, .warmup = 0, .prepare = 5, .seconds = 5, .retransmit = 1 };

static int fd;
static uint8_t out[BATCH][LARGEST_MESSAGE], in[BATCH][LARGEST_MESSAGE];
static struct iovec out_vectors[BATCH], in_vectors[BATCH];
static struct mmsghdr out_headers[BATCH], in_headers[BATCH];
static struct sockaddr_in in_names[BATCH];
static int queued;

/* By client: its address (0: none), the one offered, its exchanges so far, and its place in the window plus one. */
static uint32_t *address_of, *offered_to, *generation_of, *place_of;
static struct exchange *exchanges;
static uint32_t next_client, serving;

/* Who holds an address, by open addressing; the size is a power of two. */
static struct holding { uint32_t address, client; } *holdings;
static uint32_t holdings_mask;

static bool counting, draining;
static struct {
	uint64_t exchanges, all, retransmissions, late, naks, lies[LIES];
	uint64_t latency[STEPS * POWERS];
} seen;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void *zeroes(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (memory == NULL) fail("calloc");
	return memory;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Sending */

static void flush(void)
{
	for (int sent = 0; sent < queued;) {
		int step = sendmmsg(fd, out_headers + sent, (unsigned)(queued - sent), 0);
		if (step > 0) sent += step;
		else if (errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED && errno != EINTR) fail("sendmmsg");
	}
	queued = 0;
}

static void put_hardware_address(uint8_t *at, uint32_t client)
{
	memcpy(at, "\x02\x00\x00", 3);
	at[3] = (uint8_t)(client >> 16);
	at[4] = (uint8_t)(client >> 8);
	at[5] = (uint8_t)client;
}

static uint32_t xid_of(uint32_t client)
{
	return client | generation_of[client] << CLIENT_BITS;
}

/* Queues the query that the exchange's state calls for. */
static void ask(const struct exchange *exchange)
{
	uint32_t client = exchange->client;
	uint8_t *message = out[queued], type = exchange->state == SELECTING ? DISCOVER : REQUEST;
	memset(message, 0, SMALLEST_MESSAGE);
	message[OP] = BOOTREQUEST;
	message[HTYPE] = 1;
	message[HLEN] = 6;
	message[HOPS] = 1;
	put32(message + XID, xid_of(client));
	memcpy(message + GIADDR, &want.source.sin_addr, 4);
	put_hardware_address(message + CHADDR, client);
	memcpy(message + COOKIE, MAGIC_COOKIE, 4);

	uint8_t identifier[7] = { 1 }, address[4];
	put_hardware_address(identifier + 1, client);
	uint8_t *end = put_option(message + OPTIONS, MESSAGE_TYPE, &type, 1);
	end = put_option(end, CLIENT_IDENTIFIER, identifier, sizeof identifier);
	if (exchange->state == REQUESTING) {
		put32(address, offered_to[client]);
		end = put_option(end, REQUESTED_ADDRESS, address, 4);
		end = put_option(end, SERVER_IDENTIFIER, &want.server.sin_addr, 4);
	}
	if (exchange->state == RENEWING) put32(message + CIADDR, address_of[client]);
	end = put_option(end, PARAMETER_REQUEST_LIST, "\x01\x03\x06\x0f\x33\x36", 6);
	end = put_option(end, RELAY_AGENT_INFORMATION, "\x01\x06port01", 8);
	*end++ = END;
	size_t length = (size_t)(end - message);
	out_vectors[queued].iov_len = length < SMALLEST_MESSAGE ? SMALLEST_MESSAGE : length;
	if (++queued == BATCH) flush();
}

/* Goes on to a state and asks; the time for sending again starts anew. */
static void enter(struct exchange *exchange, enum state state, double time)
{
	exchange->state = state;
	exchange->retry_after = want.retransmit;
	exchange->retry_at = time + exchange->retry_after;
	ask(exchange);
}

/* A new xid for the exchange's client, and its first query. */
static void begin(struct exchange *exchange, double time)
{
	uint32_t client = exchange->client;
	generation_of[client] = (generation_of[client] + 1) % GENERATIONS;
	exchange->started = time;
	enter(exchange, want.renew && address_of[client] != 0 ? RENEWING : SELECTING, time);
}

/* The next client that is not in the window takes this place in it. */
static void begin_next(uint32_t place, double time)
{
	do next_client = next_client + 1 >= serving ? 0 : next_client + 1;
	while (place_of[next_client] != 0);
	place_of[next_client] = place + 1;
	exchanges[place].client = next_client;
	begin(&exchanges[place], time);
}

static void ask_again(double time)
{
	for (uint32_t i = 0; i < want.window; i++) {
		struct exchange *exchange = &exchanges[i];
		if (time < exchange->retry_at) continue;
		if (counting) seen.retransmissions++;
		exchange->retry_after *= 2;
		exchange->retry_at = time + exchange->retry_after;
		ask(exchange);
	}
	flush();
}

/* Checking */

static struct holding *holding_of(uint32_t address)
{
	uint32_t at = address * 2654435761u & holdings_mask;
	while (holdings[at].address != 0 && holdings[at].address != address) at = (at + 1) & holdings_mask;
	return &holdings[at];
}

/* Whether somebody else holds the address. A client that has got another one since holds the old no more. */
static bool is_taken(uint32_t address, uint32_t client)
{
	const struct holding *holding = holding_of(address);
	return holding->address != 0 && holding->client != client && address_of[holding->client] == address;
}

static void hold(uint32_t address, uint32_t client)
{
	*holding_of(address) = (struct holding){ address, client };
	address_of[client] = address;
}

/* What the checks need of a reply's options; pointers are NULL where there is none of the right length. */
struct options {
	const uint8_t *type, *server_identifier, *lease_time;
};

static struct options read_options(const uint8_t *message, size_t length)
{
	struct options options = { 0 };
	for (size_t at = OPTIONS; at < length && message[at] != END;) {
		if (message[at] == 0) {
			at++;
			continue;
		}
		if (at + 2 > length || at + 2 + message[at + 1] > length) break;
		const uint8_t *value = message + at + 2;
		if (message[at] == MESSAGE_TYPE && value[-1] == 1) options.type = value;
		if (message[at] == SERVER_IDENTIFIER && value[-1] == 4) options.server_identifier = value;
		if (message[at] == LEASE_TIME && value[-1] == 4) options.lease_time = value;
		at += 2u + value[-1];
	}
	return options;
}

static void finish(struct exchange *exchange, double time)
{
	uint32_t client = exchange->client, place = place_of[client] - 1;
	if (!want.renew || exchange->state == RENEWING) {
		seen.all++;
		if (counting) {
			double microseconds = fmax((time - exchange->started) * 1e6, 1);
			int at = (int)(log2(microseconds) * STEPS);
			seen.latency[at < STEPS * POWERS ? at : STEPS * POWERS - 1]++;
			seen.exchanges++;
		}
	}
	place_of[client] = 0;
	begin_next(place, time);
}

/* Takes a reply that is for this exchange and of whose sender nothing is wrong; returns the lie in it or LIES. */
static enum lie take_reply(struct exchange *exchange, const uint8_t *message, struct options options, double time)
{
	uint32_t client = exchange->client, yiaddr = get32(message + YIADDR);
	enum state state = exchange->state;
	switch (*options.type) {
	case OFFER:
		if (state != SELECTING) break;
		if (yiaddr == 0 || is_taken(yiaddr, client)) return LIE_YIADDR;
		if (options.lease_time == NULL || get32(options.lease_time) == 0) return LIE_LEASE_TIME;
		offered_to[client] = yiaddr;
		enter(exchange, REQUESTING, time);
		return LIES;
	case ACK:
		if (state == SELECTING) break;
		if (yiaddr != (state == REQUESTING ? offered_to : address_of)[client]) return LIE_YIADDR;
		if (is_taken(yiaddr, client)) return LIE_YIADDR;
		if (options.lease_time == NULL || get32(options.lease_time) == 0) return LIE_LEASE_TIME;
		hold(yiaddr, client);
		finish(exchange, time);
		return LIES;
	case NAK:
		if (state == SELECTING) break;
		seen.naks++;
		address_of[client] = 0;
		begin(exchange, time);
		return LIES;
	default:
		return LIE_SHAPE;
	}
	seen.late++; /* the answer to a query that was sent twice */
	return LIES;
}

/* Returns the lie in a datagram, LIES if there is none. */
static enum lie check(const uint8_t *message, size_t length, const struct sockaddr_in *from, double time)
{
	if (length < OPTIONS || message[OP] != BOOTREPLY || memcmp(message + COOKIE, MAGIC_COOKIE, 4) != 0) return LIE_SHAPE;
	struct options options = read_options(message, length);
	if (options.type == NULL) return LIE_SHAPE;

	uint32_t xid = get32(message + XID), client = xid % MOST_CLIENTS;
	if (client >= want.clients) return LIE_XID;
	uint32_t age = (generation_of[client] - (xid >> CLIENT_BITS)) % GENERATIONS;
	if (age >= GENERATIONS / 2) return LIE_XID; /* of an exchange that is yet to come */
	uint8_t hardware_address[6];
	put_hardware_address(hardware_address, client);
	if (memcmp(message + CHADDR, hardware_address, 6) != 0) return LIE_CHADDR;
	if (from->sin_addr.s_addr != want.server.sin_addr.s_addr || from->sin_port != want.server.sin_port) return LIE_SOURCE;
	if (options.server_identifier == NULL || memcmp(options.server_identifier, &want.server.sin_addr, 4) != 0)
		return LIE_SERVER_IDENTIFIER;

	if (draining) return LIES;
	if (age != 0 || place_of[client] == 0) {
		seen.late++;
		return LIES;
	}
	return take_reply(&exchanges[place_of[client] - 1], message, options, time);
}

/* Running */

/* Takes what has come, waiting for something if nothing has; queues and sends what follows from it. Returns whether
 * something had come. */
static bool turn(double time)
{
	for (int i = 0; i < BATCH; i++) in_headers[i].msg_hdr.msg_namelen = sizeof in_names[i];
	int count = recvmmsg(fd, in_headers, BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		poll(&ready, 1, LONGEST_WAIT_MS);
		return false;
	}
	for (int i = 0; i < count; i++) {
		enum lie lie = check(in[i], in_headers[i].msg_len, &in_names[i], time);
		if (lie != LIES) seen.lies[lie]++;
	}
	flush();
	return true;
}

/* Runs until `end`, or until as many exchanges as wanted are done. */
static void run_until(double end)
{
	double scan = 0;
	for (double time = now(); time < end; time = now()) {
		if (want.exchanges != 0 && seen.exchanges >= want.exchanges) return;
		turn(time);
		if (time < scan) continue;
		scan = time + SCAN_INTERVAL;
		ask_again(time);
	}
}

static void drain(void)
{
	draining = true;
	double end = now() + LONGEST_DRAIN, quiet_since = now();
	for (double time = now(); time < end && time - quiet_since < QUIET; time = now())
		if (turn(time)) quiet_since = time;
}

/* Lets clients get addresses until all have one or the time is over; from then on only those that have one are served. */
static void prepare_renewals(void)
{
	double end = now() + want.prepare;
	uint32_t bound = 0;
	while (now() < end && bound < want.clients) {
		run_until(fmin(now() + SCAN_INTERVAL, end));
		while (bound < want.clients && address_of[bound] != 0) bound++;
	}
	/* A window's worth of clients at least: the others get their address in passing. */
	serving = bound > want.window ? bound : want.window + 1;
	if (serving > want.clients) serving = want.clients;
}

static double percentile(double share)
{
	uint64_t rank = (uint64_t)((double)seen.exchanges * share), below = 0;
	for (int at = 0; at < STEPS * POWERS; at++) {
		below += seen.latency[at];
		if (below > rank) return exp2((at + 0.5) / STEPS) / 1e3;
	}
	return 0;
}

/* Processor seconds used so far. */
static double processor_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(double seconds, double busy)
{
	uint64_t lies = 0;
	for (int i = 0; i < LIES; i++) lies += seen.lies[i];
	printf("{\"mode\":\"%s\",\"W\":%u,\"seconds\":%.3f,\"exchanges\":%llu,\"perSecond\":%.1f,", want.renew ? "renew" : "dora",
	       want.window, seconds, (unsigned long long)seen.exchanges, (double)seen.exchanges / seconds);
	printf("\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,", percentile(0.5), percentile(0.99), percentile(0.999));
	printf("\"retransmissions\":%llu,\"late\":%llu,\"lies\":%llu,\"naks\":%llu,", (unsigned long long)seen.retransmissions,
	       (unsigned long long)seen.late, (unsigned long long)lies, (unsigned long long)seen.naks);
	printf("\"liesBy\":{");
	for (int i = 0; i < LIES; i++)
		printf("%s\"%s\":%llu", i == 0 ? "" : ",", LIE_NAMES[i], (unsigned long long)seen.lies[i]);
	printf("},\"allExchanges\":%llu,\"busy\":%.3f}\n", (unsigned long long)seen.all, busy / seconds);
}

/* Starting */

static void usage(const char *wrong)
{
	fprintf(stderr, "generate: %s; see the head of generate.c\n", wrong);
	exit(2);
}

static void read_arguments(int argc, char **argv)
{
	const struct option options[] = {
		{ "server", 1, NULL, 's' }, { "source", 1, NULL, 'f' }, { "mode", 1, NULL, 'm' },
		{ "window", 1, NULL, 'w' }, { "clients", 1, NULL, 'c' }, { "warmup", 1, NULL, 'u' },
		{ "prepare", 1, NULL, 'p' }, { "seconds", 1, NULL, 't' }, { "exchanges", 1, NULL, 'n' },
		{ "retransmit", 1, NULL, 'r' }, { 0 },
	};
	want.server = want.source = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(67) };
	for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (letter) {
		case 's': if (inet_aton(optarg, &want.server.sin_addr) == 0) usage("--server takes an address"); break;
		case 'f': if (inet_aton(optarg, &want.source.sin_addr) == 0) usage("--source takes an address"); break;
		case 'm':
			want.renew = strcmp(optarg, "renew") == 0;
			if (!want.renew && strcmp(optarg, "dora") != 0) usage("--mode takes dora or renew");
			break;
		case 'w': want.window = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'c': want.clients = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'u': want.warmup = strtod(optarg, NULL); break;
		case 'p': want.prepare = strtod(optarg, NULL); break;
		case 't': want.seconds = strtod(optarg, NULL); break;
		case 'n': want.exchanges = strtoull(optarg, NULL, 10); break;
		case 'r': want.retransmit = strtod(optarg, NULL); break;
		default: usage("unknown option");
		}
	}
	if (want.server.sin_addr.s_addr == 0 || want.source.sin_addr.s_addr == 0) usage("--server and --source are needed");
	if (want.window == 0 || want.clients <= want.window || want.clients > MOST_CLIENTS)
		usage("--clients must be more than --window and at most 1048576");
	if (!(want.seconds > 0) || !(want.retransmit > 0)) usage("--seconds and --retransmit must be above 0");
}

static void open_socket(void)
{
	int size = SOCKET_BUFFER;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) fail("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	/* Not connected: a reply from another address must be seen to be counted. */
	if (bind(fd, (struct sockaddr *)&want.source, sizeof want.source) != 0) fail("bind");
	for (int i = 0; i < BATCH; i++) {
		out_vectors[i].iov_base = out[i];
		out_headers[i].msg_hdr = (struct msghdr){
			.msg_name = &want.server, .msg_namelen = sizeof want.server, .msg_iov = &out_vectors[i], .msg_iovlen = 1,
		};
		in_vectors[i] = (struct iovec){ in[i], LARGEST_MESSAGE };
		in_headers[i].msg_hdr = (struct msghdr){ .msg_name = &in_names[i], .msg_iov = &in_vectors[i], .msg_iovlen = 1 };
	}
}

static void make_tables(void)
{
	address_of = zeroes(want.clients, sizeof *address_of);
	offered_to = zeroes(want.clients, sizeof *offered_to);
	generation_of = zeroes(want.clients, sizeof *generation_of);
	place_of = zeroes(want.clients, sizeof *place_of);
	exchanges = zeroes(want.window, sizeof *exchanges);
	for (holdings_mask = 1; holdings_mask < want.clients * 4; holdings_mask *= 2) continue;
	holdings = zeroes(holdings_mask--, sizeof *holdings);
	serving = want.clients;
	next_client = want.clients; /* so that the first is 0 */
}

int main(int argc, char **argv)
{
	read_arguments(argc, argv);
	open_socket();
	make_tables();
	for (uint32_t place = 0; place < want.window; place++) begin_next(place, now());
	flush();
	if (want.renew) prepare_renewals();
	run_until(now() + want.warmup);
	counting = true;
	puts("counting");
	fflush(stdout);
	double started = now(), busy = processor_seconds();
	run_until(started + want.seconds);
	double seconds = now() - started;
	busy = processor_seconds() - busy;
	puts("counted");
	fflush(stdout);
	drain();
	report(seconds, busy);
	return 0;
}
