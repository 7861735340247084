/*
 * The privileged helper: serves requests on descriptor 3 until its end is reached.
 */
#ifndef ANYDHCPD_SERVE_H
#define ANYDHCPD_SERVE_H

/*
 * argv: uid and gid to become, or "keep" "keep"; "packets" or "observe" if packet sockets of that kind
 * may be opened, else "sockets". Returns the exit status.
 */
int serve(int argc, char *argv[]);

#endif
