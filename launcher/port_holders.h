/*
 * Who holds UDP port 67 already. Only a privileged process can tell, so the launcher looks before
 * the daemon needs it for an error message.
 */
#ifndef ANYDHCPD_PORT_HOLDERS_H
#define ANYDHCPD_PORT_HOLDERS_H

/* "pid name;pid name", empty if nobody does or it cannot be seen. */
const char *port_holders(void);

#endif
