/*
 * Load on a DHCP server by many simulated clients, in a closed loop (--window exchanges under way) or
 * an open one (--rate exchanges a second, their times counted from when they were due), in one phase or
 * several with the same clients. Every reply is checked. Prints a line of JSON for each phase. With
 * --events it first writes "measuring" and "measured", so that its caller can look at the server in between.
 */
#include <sys/prctl.h>

#include <err.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients.h"
#include "dhcp_message.h"
#include "frame.h"
#include "load.h"

#define MS 1000000ull
#define SECOND 1000000000ull

enum { RECEIVE_ROUNDS = 4, STARTS_MAX = 512, SETUP_WINDOW = 256, WARMUP_WINDOWS_MIN = 4, PHASES_MAX = 8 };

struct orders orders = {
	.window = 256, .seconds = 5, .timeout_ms = 1000, .tries = 4,
};
struct counts counts;
struct wheel wheel;
struct link *link_to_server, *link_past_relay;
uint64_t now_ns;

static int tells_events;
static enum kind phases[PHASES_MAX] = { DORA };
static int phase_count = 1;
/* Exchanges a second in each phase; the last one counts for those that follow, too. */
static double rates[PHASES_MAX];
static int rate_count = 1;
/* Clients take turns; how many had theirs since the phase began. */
static uint32_t next_client, clients_seen;

static uint64_t
clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* One stretch of the run: what clients do, and when it is over. */
struct phase {
	enum kind kind;
	int once;		/* every client has one exchange at most */
	int finish;		/* the last exchanges are waited for */
	uint64_t ends_ns;
	uint64_t limit;		/* exchanges; 0: none */
	uint32_t window;
	double rate;
	uint64_t next_due_ns;	/* open loop */
};

static int
may_start(const struct phase *phase, uint32_t client)
{
	if (clients[client].state != IDLE)
		return 0;
	return clients[client].is_bound || (phase->kind != RENEW && !(phase->kind == MIXED && phase->once));
}

static uint32_t
count_startable(const struct phase *phase)
{
	uint32_t count = 0;

	for (uint32_t client = 0; client < client_count; client++)
		count += may_start(phase, client) ? 1 : 0;
	return count;
}

static int
is_exhausted(const struct phase *phase)
{
	return phase->once && clients_seen >= client_count;
}

/*
 * Starts the exchange of the next client that has none under way; 0 when there is no such client. Clients take turns,
 * so that the next one has rested longest.
 */
static int
start_next(struct phase *phase, uint64_t due_ns)
{
	for (uint32_t tried = 0; tried < client_count && !is_exhausted(phase); tried++) {
		uint32_t client = next_client;
		if (clients[client].generation > 0 && clients[client].started_ns + orders.rest_ms * MS > now_ns)
			return 0;
		next_client = next_client + 1 == client_count ? 0 : next_client + 1;
		clients_seen++;
		if (!may_start(phase, client))
			continue;
		start_exchange(client, due_ns);
		return 1;
	}
	return 0;
}

/* Waits for a message, a timer, or the next exchange of an open loop; returns for how long at most. */
static uint64_t
wait_for_work(uint64_t until_ns)
{
	struct pollfd fds[3] = {
		{ link_to_server->fd, POLLIN, 0 }, { link_to_server->arp, POLLIN, 0 },
		{ link_past_relay == NULL ? -1 : link_past_relay->fd, POLLIN, 0 },
	};
	uint64_t wait = wheel.set > 0 ? MS : 100 * MS;

	if (until_ns <= now_ns)
		return 0;
	if (until_ns - now_ns < wait)
		wait = until_ns - now_ns;
	struct timespec timeout = { 0, (long)wait };
	ppoll(fds, 3, &timeout, NULL);
	return wait;
}

static void
start_due(struct phase *phase)
{
	if (phase->rate <= 0) {
		while (under_way < phase->window && start_next(phase, now_ns))
			;
		return;
	}
	uint64_t interval_ns = (uint64_t)(SECOND / phase->rate);
	/* Behind with them, it still has to look at the replies now and then. */
	for (int started = 0; phase->next_due_ns <= now_ns && started < STARTS_MAX; started++) {
		if (!start_next(phase, phase->next_due_ns)) {
			if (is_exhausted(phase))
				return;
			/* Nor is anybody free for the others that are due: the search has been long enough. */
			uint64_t due = (now_ns - phase->next_due_ns) / interval_ns + 1;
			counts.starved += due;
			phase->next_due_ns += due * interval_ns;
			return;
		}
		phase->next_due_ns += interval_ns;
	}
}

/* One client after the other, with a rest between them. */
static void
pace(struct phase *phase)
{
	static uint64_t rests_until_ns;
	static uint32_t was_under_way;

	if (was_under_way > 0 && under_way == 0)
		rests_until_ns = now_ns + orders.pause_ms * MS;
	if (under_way == 0 && now_ns >= rests_until_ns)
		start_due(phase);
	was_under_way = under_way;
}

static int
is_done(const struct phase *phase)
{
	int is_late = now_ns >= phase->ends_ns;

	if (phase->limit > 0 && counts.exchanges >= phase->limit)
		return 1;
	/* Every exchange ends by itself, at the last when its client gives up. */
	if (is_late && (phase->once || !phase->finish || under_way == 0))
		return 1;
	return is_exhausted(phase) && (!phase->finish || under_way == 0);
}

static unsigned
receive_from(struct link *link)
{
	unsigned received = 0;

	for (int round = 0; round < RECEIVE_ROUNDS; round++) {
		unsigned count = link->receive(link, take_reply, NULL);
		received += count;
		if (count < LINK_BATCH)
			break;
		now_ns = clock_ns();
	}
	return received;
}

/* When there is something to do even if nothing comes. */
static uint64_t
next_work(const struct phase *phase)
{
	if (counts.last_start_ns != 0)
		return now_ns + MS;
	return phase->rate > 0 && phase->next_due_ns < phase->ends_ns ? phase->next_due_ns : phase->ends_ns;
}

static void
run(struct phase *phase)
{
	int is_over = 0;
	uint64_t waits_ns = 0;

	orders.kind = phase->kind;
	phase->next_due_ns = now_ns = clock_ns();
	while (!is_over) {
		uint64_t turned_ns = now_ns + waits_ns;
		now_ns = clock_ns();
		if (now_ns > turned_ns && now_ns - turned_ns > counts.held_up_ns)
			counts.held_up_ns = now_ns - turned_ns;
		waits_ns = 0;
		unsigned received = receive_from(link_to_server);
		if (link_past_relay != NULL)
			received += receive_from(link_past_relay);
		wheel_turn(&wheel, now_ns / MS, on_timeout, NULL);
		int may_start_more = now_ns < phase->ends_ns && !is_exhausted(phase);
		if (!may_start_more && counts.last_start_ns == 0)
			counts.last_start_ns = now_ns;
		is_over = is_done(phase);
		if (!is_over && orders.pause_ms > 0)
			pace(phase);
		else if (!is_over && may_start_more)
			start_due(phase);
		link_to_server->flush(link_to_server);
		if (link_past_relay != NULL)
			link_past_relay->flush(link_past_relay);
		if (!is_over && received == 0)
			waits_ns = wait_for_work(next_work(phase));
	}
}

/* Exchanges under way when the phase ends are given up, uncounted. */
static void
abandon_exchanges(void)
{
	for (uint32_t client = 0; client < client_count; client++) {
		if (clients[client].state == IDLE)
			continue;
		wheel_stop(&wheel, client);
		clients[client].state = IDLE;
		under_way--;
	}
}

static void
tell(const char *event)
{
	if (!tells_events)
		return;
	puts(event);
	fflush(stdout);
}

/* Gives every client its lease before renewals are measured. */
static double
set_up(void)
{
	uint64_t began_ns = clock_ns();
	uint32_t pause_ms = orders.pause_ms;
	struct phase phase = { .kind = DORA, .once = 1, .finish = 1, .ends_ns = UINT64_MAX, .window = SETUP_WINDOW };

	orders.pause_ms = 0;
	run(&phase);
	orders.pause_ms = pause_ms;
	if (counts.exchanges < client_count * 9ull / 10)
		errx(1, "only %llu of %u clients got a lease to renew", (unsigned long long)counts.exchanges, client_count);
	return (double)(clock_ns() - began_ns) / (double)SECOND;
}

/* Nothing new is sent; what still comes is looked at. */
static void
rest(uint64_t milliseconds)
{
	struct phase phase = { .kind = orders.kind, .ends_ns = clock_ns() + milliseconds * MS };

	if (milliseconds > 0)
		run(&phase);
}

static double
processor_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / (double)SECOND;
}

static void
measure(enum kind kind, double setup_seconds, const char *leases)
{
	struct phase phase = {
		.kind = kind, .window = orders.window, .rate = orders.rate, .once = orders.once, .finish = orders.finish,
	};

	/* Where each client comes once, most are left to be measured, or all where there are few. */
	uint32_t startable = orders.once ? count_startable(&phase) : UINT32_MAX;
	if (orders.warmup > 0 && startable > WARMUP_WINDOWS_MIN * orders.window) {
		phase.ends_ns = clock_ns() + (uint64_t)(orders.warmup * (double)SECOND);
		phase.limit = orders.once ? startable / 5 : 0;
		run(&phase);
	}
	reset_counts();
	tell("measuring");
	double used = processor_seconds();
	uint64_t began_ns = clock_ns();
	for (int way = 0; way < WAYS; way++)
		counts.ways[way].acked_ns = began_ns;
	phase.ends_ns = began_ns + (uint64_t)(orders.seconds * (double)SECOND);
	phase.limit = orders.limit;
	run(&phase);
	double seconds = (double)(clock_ns() - began_ns) / (double)SECOND;
	if (leases != NULL)
		write_leases(leases);
	tell("measured");
	abandon_exchanges();
	print_report(seconds, setup_seconds, processor_seconds() - used);
}

static double
number_of(const char *text, double least)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || value < least)
		errx(1, "%s: not a number of at least %g", text, least);
	return value;
}

static enum kind
kind_of(const char *text)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (strcmp(text, kind_name((enum kind)kind)) == 0)
			return (enum kind)kind;
	errx(1, "%s: not dora, renew, flood or mixed", text);
}

static const struct option OPTIONS[] = {
	{ "server", required_argument, NULL, 's' },
	{ "relay", required_argument, NULL, 'g' },
	{ "interface", required_argument, NULL, 'i' },
	{ "phases", required_argument, NULL, 'k' },
	{ "clients", required_argument, NULL, 'n' },
	{ "window", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'r' },
	{ "seconds", required_argument, NULL, 't' },
	{ "warmup", required_argument, NULL, 'u' },
	{ "exchanges", required_argument, NULL, 'e' },
	{ "timeout-ms", required_argument, NULL, 'o' },
	{ "tries", required_argument, NULL, 'y' },
	{ "pause-ms", required_argument, NULL, 'p' },
	{ "rest-ms", required_argument, NULL, 'q' },
	{ "unicast", required_argument, NULL, 'm' },
	{ "series", required_argument, NULL, 'z' },
	{ "range", required_argument, NULL, 'a' },
	{ "broadcast", no_argument, NULL, 'b' },
	{ "once", no_argument, NULL, '1' },
	{ "finish", no_argument, NULL, 'f' },
	{ "offers", no_argument, NULL, 'l' },
	{ "ways", no_argument, NULL, 'A' },
	{ "bunched", no_argument, NULL, 'c' },
	{ "leases", required_argument, NULL, 'j' },
	{ "any-identifier", no_argument, NULL, 'd' },
	{ "any-destination", no_argument, NULL, 'h' },
	{ "any-agent", no_argument, NULL, 'x' },
	{ "events", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

static const char USAGE[] =
    "usage: load --server ADDRESS (--relay ADDRESS,... [--unicast N] | --interface NAME [--broadcast])\n"
    "            [--phases dora,renew,flood,mixed] [--clients N] [--series N] [--window N | --rate N,...]\n"
    "            [--seconds S] [--warmup S] [--exchanges N] [--once] [--finish] [--rest-ms N] [--pause-ms N]\n"
    "            [--timeout-ms N] [--tries N] [--range FIRST-LAST] [--any-identifier] [--any-agent]\n"
    "            [--any-destination] [--offers] [--ways] [--bunched] [--leases FILE] [--events]\n";

static void
take_range(char *text)
{
	char *last = strchr(text, '-');

	if (last == NULL)
		errx(1, "%s: not FIRST-LAST", text);
	*last = '\0';
	orders.first = address_of(text);
	orders.last = address_of(last + 1);
}

static void
take_phases(char *text)
{
	phase_count = 0;
	for (char *name = strtok(text, ","); name != NULL; name = strtok(NULL, ",")) {
		if (phase_count == PHASES_MAX)
			errx(1, "%d phases at most", PHASES_MAX);
		phases[phase_count++] = kind_of(name);
	}
}

static void
take_relays(char *text)
{
	for (char *address = strtok(text, ","); address != NULL; address = strtok(NULL, ",")) {
		if (orders.relay_count == RELAYS_MAX)
			errx(1, "%d relays at most", RELAYS_MAX);
		orders.relays[orders.relay_count++] = address_of(address);
	}
}

/* 0 is a closed loop. */
static void
take_rates(char *text)
{
	rate_count = 0;
	for (char *rate = strtok(text, ","); rate != NULL; rate = strtok(NULL, ",")) {
		if (rate_count == PHASES_MAX)
			errx(1, "%d phases at most", PHASES_MAX);
		rates[rate_count++] = number_of(rate, 0);
	}
}

static void
take_option(int letter, char *value, uint32_t *count, const char **interface, const char **leases)
{
	switch (letter) {
	case 's': orders.server = address_of(value); break;
	case 'g': take_relays(value); break;
	case 'i': *interface = value; break;
	case 'k': take_phases(value); break;
	case 'n': *count = (uint32_t)number_of(value, 1); break;
	case 'w': orders.window = (uint32_t)number_of(value, 1); break;
	case 'r': take_rates(value); break;
	case 't': orders.seconds = number_of(value, 0.001); break;
	case 'u': orders.warmup = number_of(value, 0); break;
	case 'e': orders.limit = (uint64_t)number_of(value, 1); break;
	case 'o': orders.timeout_ms = (uint32_t)number_of(value, 1); break;
	case 'y': orders.tries = (uint32_t)number_of(value, 1); break;
	case 'p': orders.pause_ms = (uint32_t)number_of(value, 0); break;
	case 'a': take_range(value); break;
	case 'm': orders.unicast = (uint32_t)number_of(value, 0); break;
	case 'q': orders.rest_ms = (uint32_t)number_of(value, 0); break;
	case 'z': hardware_series = (uint8_t)number_of(value, 0); break;
	case 'b': orders.broadcast = 1; break;
	case '1': orders.once = 1; break;
	case 'f': orders.finish = 1; break;
	case 'l': orders.list_offers = 1; break;
	case 'A': orders.list_ways = 1; break;
	case 'c': orders.bunched = 1; break;
	case 'j': *leases = value; break;
	case 'd': orders.ignore_identifier = 1; break;
	case 'h': orders.ignore_destination = 1; break;
	case 'x': orders.ignore_agent = 1; break;
	case 'v': tells_events = 1; break;
	default: fputs(USAGE, stderr); exit(2);
	}
}

int
main(int argc, char **argv)
{
	uint32_t count = 50000;
	const char *interface = NULL, *leases = NULL;
	int letter;

	while ((letter = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
		take_option(letter, optarg, &count, &interface, &leases);
	if (optind != argc || orders.server == 0 || (orders.relay_count == 0) == (interface == NULL)) {
		fputs(USAGE, stderr);
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	clients_init(count);
	client_with_address = client_of_address;
	now_ns = clock_ns();
	wheel_init(&wheel, count, now_ns / MS);
	link_to_server = interface != NULL ? open_frame_link(interface, orders.server)
	    : open_socket_link(orders.relay_count == 1 ? orders.relays[0] : 0, 67, orders.server);
	if (orders.unicast > 0)
		link_past_relay = open_socket_link(0, 68, orders.server);

	double setup_seconds = phases[0] == RENEW || phases[0] == MIXED ? set_up() : 0;
	for (int i = 0; i < phase_count; i++) {
		if (i > 0 || setup_seconds > 0)
			rest(orders.rest_ms);
		next_client = clients_seen = 0;
		orders.rate = rates[i < rate_count ? i : rate_count - 1];
		measure(phases[i], setup_seconds, leases);
		memset(&counts, 0, sizeof counts);
	}
	return 0;
}
