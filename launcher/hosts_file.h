/*
 * The directory of the file that `hosts-file "PATH";` names: the daemon writes a new file there and renames it over the
 * old one, so it needs the directory. It is given one that is its own, or that holds nothing but this file.
 */
#ifndef ANYDHCPD_HOSTS_FILE_H
#define ANYDHCPD_HOSTS_FILE_H

#include "daemon_files.h"

/*
 * Finds the statement, makes the last directory of its path if it is not there, and makes it writable to the daemon.
 * Nothing without the statement; ends the process where the directory cannot be given.
 */
void hosts_file_prepare(const struct daemon_files *);

#endif
