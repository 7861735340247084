/*
 * Elements of the sets: changed in transactions, and listed.
 */
#ifndef ANYDHCPD_FIREWALL_ELEMENTS_H
#define ANYDHCPD_FIREWALL_ELEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/*
 * Changes `count` (1..FIREWALL_BATCH) elements in their order, and writes an enum firewall_result for each. All in one
 * transaction where the kernel takes them all, else those that it takes.
 */
void elements_change(const struct firewall_element *, unsigned count, uint8_t *results);

/* What takes a part of a list: `length` octets of a firewall_list_reply. */
typedef void list_sender(const struct firewall_list_reply *, size_t length);

/* Begins to list a set for a request. One list at a time: see elements_are_listed. */
void elements_list(const struct firewall_header *request, unsigned set, list_sender *);

/* Whether a list is under way: nftables_list_fd is to be waited for, and elements_list_more called then. */
bool elements_are_listed(void);
void elements_list_more(list_sender *);

#endif
