/*
 * See facts.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../c/report.h"
#include "facts.h"

static char *text;
static size_t length;
static FILE *lines;

void
fact(const char *name, const char *format, ...)
{
	va_list arguments;
	char *value;

	va_start(arguments, format);
	int octets = vasprintf(&value, format, arguments);
	va_end(arguments);
	if (lines == NULL)
		lines = open_memstream(&text, &length);
	if (octets < 0 || lines == NULL)
		die("out of memory");
	fputs(name, lines);
	if (octets > 0)
		fputc(' ', lines);
	for (const char *at = value; *at != '\0'; at++) {
		if (*at == '\\' || *at == '\n')
			fputc('\\', lines);
		fputc(*at == '\n' ? 'n' : *at, lines);
	}
	fputc('\n', lines);
	free(value);
}

static void
finish(void)
{
	if (lines != NULL && fflush(lines) != 0)
		die("out of memory");
}

void
facts_print(void)
{
	finish();
	if (fputs(text != NULL ? text : "", stdout) < 0 || fflush(stdout) != 0)
		die("cannot write: %s", strerror(errno));
}

void
facts_hand_on(void)
{
	finish();
	if (setenv("ANYDHCPD_LAUNCH", text != NULL ? text : "", 1) != 0)
		die("cannot hand on what the daemon has to know: %s", strerror(errno));
}
