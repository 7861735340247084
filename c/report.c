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

enum priority { ERROR = 3, WARNING = 4 };	/* syslog(3)'s, as the journal takes them from the front of a line */
void (*report_cleanup)(void);

static char kept[8192];

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
write_line(enum priority priority, const char *format, va_list arguments)
{
	char line[1024], prefix[8] = "";

	if (report_journal != NULL)
		snprintf(prefix, sizeof prefix, "<%d>", priority);
	int start = snprintf(line, sizeof line, "%s%s: ", prefix, program_name);
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
	write_line(WARNING, format, arguments);
	va_end(arguments);
}

_Noreturn void
die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(ERROR, format, arguments);
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
