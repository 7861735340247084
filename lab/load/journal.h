/*
 * The baseline's lease file, and the replies that wait for it. A record is as long as the one that our server writes
 * for the same client. One write and one fdatasync are for all records that have come; their replies follow. If the
 * disk is slow, a thread does that, so that queries are taken and OFFERs leave meanwhile; new records form the next
 * batch.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The most that is taken, written or sent at once. */
enum { BATCH_MAX = 1024 };

/* Opens the file, to append to it, and starts the thread, which sends by `socket`. Ends the program where it cannot. */
void journal_start(const char *path, int socket);

/* The records of one receive call are added between these two. */
void journal_begin(void);
void journal_end(void);

/* To be called when the other replies have left: stores the records and sends their replies, if no thread does it. */
void journal_store(void);

/*
 * Adds the record of the ACK `message`, and keeps the reply until the record is on the disk. All of it is
 * copied: address, control data and the one part of the datagram.
 */
void journal_add(const uint8_t *message, const struct msghdr *reply);

/* Sends a whole batch; tries again what the kernel has no room for. */
void send_batch(int fd, struct mmsghdr *headers, unsigned count);

#endif
