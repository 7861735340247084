/*
 * Descriptors that a new program shall, and shall not, inherit.
 */
#ifndef ANYDHCPD_DESCRIPTORS_H
#define ANYDHCPD_DESCRIPTORS_H

/* Closes every descriptor from `first` on, or to `last`. Ends the process if it cannot. */
void close_from(unsigned first);
void close_range_of(unsigned first, unsigned last);

/* Closes a descriptor on the way out of a failure: errno stays. */
void close_quietly(int fd);

/* Above everything that is handed on by number. */
#define HIGH_FD 32

/* Moves a descriptor (-1: none) out of the low numbers, close-on-exec. */
int move_up(int fd);

/* Puts a descriptor (-1: none) where the new program expects it. */
void place(int fd, int number);

/*
 * For a program beside the daemon: leaves it the socket to the daemon, which has to be `fd`, /dev/null on standard input
 * and output, and standard error.
 */
void keep_socket(int fd);

#endif
