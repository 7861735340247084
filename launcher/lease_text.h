/*
 * Telling a lease file from another program's file by how it begins: src/lease/file/lease-file-start.ts has
 * the same rule for the daemon.
 */
#ifndef ANYDHCPD_LEASE_TEXT_H
#define ANYDHCPD_LEASE_TEXT_H

#include <stdbool.h>

/* Whether the plain file `fd` is empty or begins as a lease file of ours, ISC's or OpenBSD's does. */
bool lease_text_begins(int fd);

#endif
