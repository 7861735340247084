/*
 * The launcher: prepares what needs privilege, starts the helper, gives everything up and executes
 * the daemon in its own place.
 */
#ifndef ANYDHCPD_LAUNCH_H
#define ANYDHCPD_LAUNCH_H

/* argv: package directory, Node, the daemon's JavaScript, the daemon's arguments. Returns only by exit. */
int launch(int argc, char *argv[]);

#endif
