/*
 * The directory of the file that `hosts-file "PATH";` names: the daemon writes a new file there and renames it over the
 * old one, so it needs the directory: the launcher makes it, or the daemon may write in it already.
 */
#ifndef ANYDHCPD_HOSTS_FILE_H
#define ANYDHCPD_HOSTS_FILE_H

#include "daemon_files.h"

/* Tells what will keep the daemon from having the directory (facts.h), and changes nothing. */
void hosts_file_look(const struct identity *);

/*
 * Finds the statement, and makes the last directory of its path, writable to the daemon, if it is not there.
 * Nothing without the statement; where the directory cannot be given, tells why.
 */
void hosts_file_prepare(const struct daemon_files *);

#endif
