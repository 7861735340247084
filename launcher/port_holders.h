/*
 * The processes that hold UDP port 67 already. Only a privileged process can see them, so the launcher looks, in case
 * the daemon needs them for an error message.
 */
#ifndef ANYDHCPD_PORT_HOLDERS_H
#define ANYDHCPD_PORT_HOLDERS_H

/* Adds a fact "port-holder" for each process that does; none where that cannot be seen. */
void port_holders_tell(void);

#endif
