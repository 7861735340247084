/* Reads a command line as the launcher does, and prints the facts that the daemon gets. */
#include <stdio.h>
#include <stdlib.h>

#include "../../c/report.h"
#include "../../launcher/arguments.h"
#include "../../launcher/facts.h"

int
main(int argc, char *argv[])
{
	struct arguments read;

	(void)argc;
	report_begin("anydhcpd");
	arguments_read(&read, argv + 1);
	fact("serves", "%d", read.serves);
	fact("sockets", "%s", read.sockets);
	fact("control", "%s", read.control != NULL ? read.control : "");
	fact("control-group", "%s", read.control_group != NULL ? read.control_group : "");
	facts_hand_on();
	fputs(getenv("ANYDHCPD_LAUNCH"), stdout);
	return 0;
}
