/*
 * See report.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

static const char *program_name;
const char *report_journal;

/* src/cli/daemon.ts has the same. */
#define CONFIGURATION_STATUS 78
#define ERROR_PRIORITY 3	/* syslog(3)'s, as the journal takes it from the front of a line */
void (*report_cleanup)(void);

void
report_begin(const char *name)
{
	const char *named = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat error;

	program_name = name;
	if (named != NULL && sscanf(named, "%lu:%lu", &device, &inode) == 2 && fstat(STDERR_FILENO, &error) == 0 &&
	    error.st_dev == device && error.st_ino == inode)
		report_journal = named;
}

static void
write_line(const char *format, const char *end, va_list arguments)
{
	char line[1024], prefix[8] = "";

	if (report_journal != NULL)
		snprintf(prefix, sizeof prefix, "<%d>", ERROR_PRIORITY);
	int start = snprintf(line, sizeof line, "%s%s: ", prefix, program_name);
	size_t length = start > 0 && (size_t)start < sizeof line ? (size_t)start : 0;
	size_t room = sizeof line - length - strlen(end) - 1;
	int text = vsnprintf(line + length, room, format, arguments);

	if (text > 0)
		length += (size_t)text < room ? (size_t)text : room - 1;
	length += (size_t)sprintf(line + length, "%s\n", end);
	if (write(STDERR_FILENO, line, length) < 0) {
		/* Standard error has no reader: the exit status has to do. */
	}
}

static _Noreturn void
end(const char *format, va_list arguments, int status)
{
	write_line(format, "", arguments);
	if (report_cleanup != NULL)
		report_cleanup();
	_exit(status);
}

_Noreturn void
die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	end(format, arguments, 1);
}

_Noreturn void
die_of_configuration(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	end(format, arguments, CONFIGURATION_STATUS);
}

_Noreturn void
die_of_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, " (see anydhcpd --help)", arguments);
	va_end(arguments);
	_exit(2);
}
