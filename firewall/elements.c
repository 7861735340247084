/*
 * See elements.h. The kernel takes a transaction of nf_tables whole or not at all. So all elements are tried in one,
 * with one message for neighbouring elements of a set. If the kernel refuses it, they are tried again in small
 * transactions with a message for each element: the errors show which to leave out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "elements.h"
#include "nftables.h"
#include "sets.h"

/* Octets of the requests of one transaction: what the kernel takes at once by default, less its own share. */
#define TRANSACTION_OCTETS 98304
/* Elements of one message: the attribute around them has 16 bits for its length. */
#define MESSAGE_ELEMENTS 256
/* Octets, at most, of a set's name in a message, and of an element with its time. */
#define MESSAGE_OCTETS (64 + 2 * FIREWALL_NAME_OCTETS)
#define ELEMENT_OCTETS 64
/* Messages for one change of one element, at most. */
#define STEPS 3

/* Elements of a small transaction, and how often one is tried again without those that the kernel has refused. */
#define SMALL 32
#define ATTEMPTS 4

#define KEY_OCTETS_MAX 12
#define HARDWARE_OCTETS 6
#define MILLISECONDS 1000

static _Alignas(struct nlmsghdr) char request_octets[TRANSACTION_OCTETS];

/* The errors of a transaction by the position of the element that their message begins with. */
struct outcome {
	int errors[FIREWALL_BATCH];
	uint32_t last;		/* sequence number of the message that is acknowledged */
	bool is_acknowledged;
	bool has_error;
};

static void
put_hardware(const struct firewall_element *element, uint8_t *octets)
{
	const uint16_t high = htons(element->hardware_high);
	const uint32_t low = htonl(element->hardware_low);

	memcpy(octets, &high, sizeof high);
	memcpy(octets + sizeof high, &low, sizeof low);
}

/* Fields of a concatenation are padded to four octets. */
static size_t
write_key(const struct set *set, const struct firewall_element *element, uint8_t key[KEY_OCTETS_MAX])
{
	const uint32_t address = htonl(element->address);
	const bool is_hardware_first = set->key == FIREWALL_HARDWARE_ADDRESS;

	memset(key, 0, KEY_OCTETS_MAX);
	memcpy(key + (is_hardware_first ? 8 : 0), &address, sizeof address);
	if (set->key == FIREWALL_ADDRESS)
		return sizeof address;
	put_hardware(element, key + (is_hardware_first ? 0 : sizeof address));
	return KEY_OCTETS_MAX;
}

static void
put_time(struct requests *requests, uint16_t type, uint32_t seconds)
{
	const uint64_t milliseconds = (uint64_t)(seconds == 0 ? 1 : seconds) * MILLISECONDS;
	const uint32_t words[2] = { htonl((uint32_t)(milliseconds >> 32)), htonl((uint32_t)milliseconds) };

	attribute_put(requests, type, words, sizeof words);
}

/* One message about elements of one set. `is_timed`: with their times, where the set has any. */
static void
put_message(struct requests *requests, uint16_t type, bool is_timed, uint32_t sequence,
    const struct firewall_element *const *elements, size_t count)
{
	const struct set *set = sets_at(elements[0]->set);
	const uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	mark message = message_begin(requests, type, flags, set->family, sequence);

	attribute_set(requests, set, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET);
	mark list = attribute_begin(requests, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < count; i++) {
		uint8_t octets[KEY_OCTETS_MAX];
		size_t length = write_key(set, elements[i], octets);
		mark element = attribute_begin(requests, NFTA_LIST_ELEM);
		mark key = attribute_begin(requests, NFTA_SET_ELEM_KEY);

		attribute_put(requests, NFTA_DATA_VALUE, octets, length);
		attribute_end(requests, key);
		if (is_timed && set->has_timeout) {
			put_time(requests, NFTA_SET_ELEM_TIMEOUT, elements[i]->seconds);
			put_time(requests, NFTA_SET_ELEM_EXPIRATION, elements[i]->seconds);
		}
		attribute_end(requests, element);
	}
	attribute_end(requests, list);
	message_end(requests, message);
}

/*
 * The messages for one action. Some kernels leave an element as it is when it is added again. For them the element is
 * added, removed and added: they refuse to remove an absent one.
 */
static void
put_action(struct requests *requests, uint32_t sequence, const struct firewall_element *const *elements, size_t count)
{
	const bool is_removal = elements[0]->action == FIREWALL_REMOVE;

	if (is_removal) {
		const uint16_t type = nftables_updates ? MESSAGE_DESTROY_ELEMENTS : NFT_MSG_DELSETELEM;
		put_message(requests, type, false, sequence, elements, count);
		return;
	}
	if (!nftables_updates && sets_at(elements[0]->set)->has_timeout) {
		put_message(requests, NFT_MSG_NEWSETELEM, false, sequence, elements, count);
		put_message(requests, NFT_MSG_DELSETELEM, false, sequence, elements, count);
	}
	put_message(requests, NFT_MSG_NEWSETELEM, true, sequence, elements, count);
}

/* How many elements from the first on go into one message: of one set, with one action. */
static size_t
run_of(const struct firewall_element *const *elements, size_t count, size_t most)
{
	size_t length = 1;

	while (length < count && length < most && elements[length]->set == elements[0]->set &&
	    elements[length]->action == elements[0]->action)
		length++;
	return length;
}

static void
take_outcome(const struct nlmsghdr *message, void *context)
{
	struct outcome *outcome = context;
	int error = message_error(message);

	if (error < 0)
		return;
	if (error == 0) {
		outcome->is_acknowledged = outcome->is_acknowledged || message->nlmsg_seq == outcome->last;
		return;
	}
	outcome->has_error = true;
	/* Messages count from 1; 0 is the batch as a whole. */
	if (message->nlmsg_seq >= 1 && message->nlmsg_seq <= FIREWALL_BATCH && outcome->errors[message->nlmsg_seq - 1] == 0)
		outcome->errors[message->nlmsg_seq - 1] = error;
}

/*
 * Tries one transaction with as many of the elements as fit, at most `most` in a message; how many these are is written to
 * `taken`. Whether the kernel has taken it.
 */
static bool
transact(const struct firewall_element *const *elements, size_t count, size_t most, size_t *taken, struct outcome *outcome)
{
	struct requests requests = { request_octets, sizeof request_octets, 0 };
	size_t done = 0, last = 0;

	*outcome = (struct outcome){ .last = 0 };
	batch_begin(&requests);
	while (done < count) {
		size_t run = run_of(elements + done, count - done, most);

		if (requests.length + STEPS * (MESSAGE_OCTETS + run * ELEMENT_OCTETS) + MESSAGE_OCTETS > requests.room)
			break;
		last = requests.length;
		outcome->last = (uint32_t)done + 1;
		put_action(&requests, outcome->last, elements + done, run);
		done += run;
	}
	/* The first message of the last action: it is acknowledged when everything is committed. */
	((struct nlmsghdr *)(request_octets + last))->nlmsg_flags |= NLM_F_ACK;
	batch_end(&requests);
	*taken = done;
	bool is_whole = netlink_exchange_on(nftables_fd, request_octets, requests.length, take_outcome, outcome);
	bool is_taken = is_whole && outcome->is_acknowledged && !outcome->has_error;
	if (is_taken)
		sets_note_commit();
	return is_taken;
}

static uint8_t
result_of(const struct firewall_element *element, int error)
{
	struct set *set = sets_at(element->set);

	if (error == ENFILE)
		return FIREWALL_FULL;
	if (error != ENOENT)
		return FIREWALL_FAILED;
	if (set->result == FIREWALL_OK)
		sets_look(set);
	if (set->result != FIREWALL_OK)
		return (uint8_t)set->result;
	return element->action == FIREWALL_REMOVE ? FIREWALL_OK : FIREWALL_FAILED;
}

/* A few elements, each in a message of its own, until the kernel takes the remaining ones. */
static void
change_singly(const struct firewall_element *const *elements, uint8_t *const *results, size_t count)
{
	const struct firewall_element *left[SMALL];
	uint8_t *results_left[SMALL];
	struct outcome outcome;
	size_t taken;

	memcpy(left, elements, count * sizeof left[0]);
	memcpy(results_left, results, count * sizeof results_left[0]);
	for (unsigned attempt = 0; attempt < ATTEMPTS && count > 0; attempt++) {
		bool is_taken = transact(left, count, 1, &taken, &outcome);
		size_t kept = 0;

		for (size_t i = 0; i < count; i++) {
			if (is_taken || outcome.errors[i] != 0) {
				*results_left[i] = is_taken ? FIREWALL_OK : result_of(left[i], outcome.errors[i]);
				continue;
			}
			left[kept] = left[i];
			results_left[kept++] = results_left[i];
		}
		if (kept == count)
			return;	/* the fault is unknown: FIREWALL_FAILED stands */
		count = kept;
	}
}

void
elements_change(const struct firewall_element *elements, unsigned count, uint8_t *results)
{
	static const struct firewall_element *wanted[FIREWALL_BATCH];
	static uint8_t *wanted_results[FIREWALL_BATCH];
	static struct outcome outcome;
	size_t left = 0, taken;

	for (unsigned i = 0; i < count; i++) {
		const struct set *set = sets_at(elements[i].set);

		results[i] = set->result == FIREWALL_OK ? FIREWALL_FAILED : (uint8_t)set->result;
		if (set->result != FIREWALL_OK)
			continue;
		wanted[left] = &elements[i];
		wanted_results[left++] = &results[i];
	}
	for (size_t at = 0; at < left; at += taken) {
		if (transact(wanted + at, left - at, MESSAGE_ELEMENTS, &taken, &outcome)) {
			for (size_t i = at; i < at + taken; i++)
				*wanted_results[i] = FIREWALL_OK;
			continue;
		}
		for (size_t i = at; i < at + taken; i += SMALL) {
			size_t some = at + taken - i < SMALL ? at + taken - i : SMALL;
			change_singly(wanted + i, wanted_results + i, some);
		}
	}
}

/* The list that is under way. */
static struct {
	bool is_open;
	const struct set *set;
	list_sender *send;
	struct firewall_list_reply reply;
} list;

bool
elements_are_listed(void)
{
	return list.is_open;
}

static void
send_list(bool is_last, uint32_t result)
{
	list.reply.is_last = is_last ? 1 : 0;
	list.reply.result = result;
	list.send(&list.reply, offsetof(struct firewall_list_reply, elements) +
	    list.reply.header.count * sizeof list.reply.elements[0]);
	list.reply.header.count = 0;
	if (is_last)
		list.is_open = false;
}

void
elements_list(const struct firewall_header *request, unsigned set, list_sender *send)
{
	static _Alignas(struct nlmsghdr) char octets[512];
	struct requests requests = { octets, sizeof octets, 0 };

	list.send = send;
	if (list.is_open)
		send_list(true, FIREWALL_FAILED);
	(void)netlink_drain(nftables_list_fd);
	list.is_open = true;
	list.set = sets_at(set);
	list.reply.header = *request;
	list.reply.header.count = 0;
	sets_look(sets_at(set));
	if (list.set->result != FIREWALL_OK) {
		send_list(true, list.set->result);
		return;
	}
	mark message = message_begin(&requests, NFT_MSG_GETSETELEM, NLM_F_DUMP, list.set->family, request->sequence);
	attribute_set(&requests, list.set, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET);
	message_end(&requests, message);
	if (!netlink_send(nftables_list_fd, octets, requests.length))
		send_list(true, FIREWALL_FAILED);
}

static void
read_key(const struct attributes *value, struct firewall_element *element)
{
	const struct set *set = list.set;
	uint8_t key[KEY_OCTETS_MAX] = { 0 };
	uint16_t high;
	uint32_t low, address;

	memcpy(key, value->at, value->left < sizeof key ? value->left : sizeof key);
	const uint8_t *hardware = key + (set->key == FIREWALL_HARDWARE_ADDRESS ? 0 : sizeof address);
	memcpy(&address, key + (set->key == FIREWALL_HARDWARE_ADDRESS ? 8 : 0), sizeof address);
	memcpy(&high, hardware, sizeof high);
	memcpy(&low, hardware + sizeof high, sizeof low);
	element->address = ntohl(address);
	if (set->key == FIREWALL_ADDRESS)
		return;
	element->hardware_high = ntohs(high);
	element->hardware_low = ntohl(low);
}

static void
take_element(struct attributes element)
{
	struct firewall_element read = { .set = 0, .seconds = FIREWALL_NEVER };
	struct attributes value, inner;
	int name;

	for (unsigned i = 0; i < sets_count(); i++)
		if (sets_at(i) == list.set)
			read.set = (uint8_t)i;
	while ((name = attribute_next(&element, &value)) >= 0) {
		if (name == NFTA_SET_ELEM_KEY && attribute_next(&value, &inner) == NFTA_DATA_VALUE)
			read_key(&inner, &read);
		else if (name == NFTA_SET_ELEM_EXPIRATION) {
			uint64_t seconds = attribute_number(&value, 8) / MILLISECONDS;
			read.seconds = seconds < FIREWALL_NEVER ? (uint32_t)seconds : FIREWALL_NEVER;
		}
	}
	list.reply.elements[list.reply.header.count++] = read;
	if (list.reply.header.count == FIREWALL_BATCH)
		send_list(false, FIREWALL_OK);
}

static void
take_listed(const struct nlmsghdr *message, void *context)
{
	struct attributes all = message_attributes(message), elements, element;
	int name;

	(void)context;
	if (!list.is_open)
		return;
	if (message_error(message) > 0 || message->nlmsg_type == NLMSG_DONE) {
		send_list(true, message->nlmsg_type == NLMSG_DONE ? FIREWALL_OK : FIREWALL_FAILED);
		return;
	}
	if (message_type(message) != NFT_MSG_NEWSETELEM)
		return;
	while ((name = attribute_next(&all, &elements)) >= 0) {
		if (name != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		while (attribute_next(&elements, &element) >= 0)
			take_element(element);
	}
}

void
elements_list_more(list_sender *send)
{
	list.send = send;
	if (netlink_take(nftables_list_fd, take_listed, NULL) < 0 && list.is_open)
		send_list(true, FIREWALL_FAILED);
}
