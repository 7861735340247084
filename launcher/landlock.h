/*
 * Landlock (Linux 5.13): a second fence around the daemon's files, and the only one if it has no private root. It also
 * forbids signals to processes outside and binding TCP sockets. Every thread of the executed program inherits it.
 */
#ifndef ANYDHCPD_LANDLOCK_H
#define ANYDHCPD_LANDLOCK_H

#include <stdbool.h>

/* What the daemon may do with a file, or with everything below a directory. */
enum file_access {
	FILE_LIST,	/* names only */
	FILE_READ,	/* and execute */
	FILE_WRITE,	/* read and write; in a directory also make, rename and remove plain files */
	FILE_DEVICE,	/* read and write */
};

/* Allows what the descriptor (O_PATH will do) is of. All else is refused from landlock_enter() on. */
void landlock_allow(int file, enum file_access);

/*
 * Enters it, with no_new_privs, as far as the kernel goes; a note tells of a kernel without it. `required`: such a kernel,
 * and one before Linux 6.12 which does not keep signals in, ends the process.
 */
void landlock_enter(bool required);

#endif
