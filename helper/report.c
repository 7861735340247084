/*
 * See report.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

const char *report_name = "anydhcpd";
void (*report_cleanup)(void);

static char kept[8192];

static void
write_line(const char *format, va_list arguments)
{
	char line[1024];
	int start = snprintf(line, sizeof line, "%s: ", report_name);
	size_t length = start > 0 && (size_t)start < sizeof line ? (size_t)start : 0;
	size_t room = sizeof line - length - 1;
	int text = vsnprintf(line + length, room, format, arguments);

	if (text > 0)
		length += (size_t)text < room ? (size_t)text : room - 1;
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0) {
		/* Nobody is there to read it: the exit status has to do. */
	}
}

void
warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}

_Noreturn void
die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
	if (report_cleanup != NULL)
		report_cleanup();
	_exit(1);
}

void
note(const char *format, ...)
{
	va_list arguments;
	size_t length = strlen(kept);
	size_t room = sizeof kept - length - 1;
	int text;

	va_start(arguments, format);
	text = vsnprintf(kept + length, room, format, arguments);
	va_end(arguments);
	if (text < 0 || (size_t)text >= room)
		kept[length] = '\0';	/* too long: half a sentence helps nobody */
	else
		strcpy(kept + length + text, "\n");
}

const char *
notes(void)
{
	return kept;
}
