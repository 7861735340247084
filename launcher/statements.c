/*
 * See statements.h. src/config/language/lexer.ts has the whole of the language.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/report.h"
#include "safe_path.h"
#include "statements.h"

#define CONFIG_OCTETS_MAX (64 << 20)

/* Some editors begin a file with it. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Ends in a NUL; NULL: nothing was read. */
static char *text;

void
statements_read(const char *config_file, const struct identity *identity)
{
	struct safe_path found;
	struct stat what;

	if (!safe_path_find(&found, config_file, identity->change ? identity : NULL, SHOW_FILE))
		return;
	int fd = openat(found.directory, found.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	safe_path_close(&found);
	if (fd < 0)
		return;
	if (fstat(fd, &what) == 0 && S_ISREG(what.st_mode) && what.st_size < CONFIG_OCTETS_MAX) {
		text = calloc((size_t)what.st_size + 1, 1);
		if (text == NULL)
			die("out of memory");
		if (read(fd, text, (size_t)what.st_size) < 0)
			*text = '\0';
	}
	close(fd);
}

static const char *
skip_space(const char *at)
{
	for (;; at++) {
		if (*at == '#')
			at += strcspn(at, "\n");
		if (*at == '\0' || !isspace((unsigned char)*at))
			return at;
	}
}

/* Behind the string that begins at `at`; its end if it has none. */
static const char *
skip_string(const char *at)
{
	for (at++; *at != '\0' && *at != '"'; at++)
		if (*at == '\\' && at[1] != '\0')
			at++;
	return *at == '"' ? at + 1 : at;
}

/* Takes the value that begins at `at`; NULL: there is none, else what is behind it. */
static const char *
take_value(struct statement *found, const char *at)
{
	found->is_string = *at == '"';
	if (found->is_string)
		at++;
	size_t length = found->is_string ? strcspn(at, "\"\\") : strspn(at, "0123456789.:_-"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *end = at + length;
	if (length == 0 || length >= sizeof found->value || (found->is_string && *end != '"'))
		return NULL;
	memcpy(found->value, at, length);
	found->value[length] = '\0';
	return end + found->is_string;
}

/* Takes the values between `at` and the semicolon. */
static size_t
take_values(struct statement *found, size_t most, const char *at)
{
	size_t count = 0;

	for (at = skip_space(at); *at != ';'; at = skip_space(at))
		if (count == most || (at = take_value(&found[count++], at)) == NULL)
			return 0;
	return count;
}

size_t
statement_values(struct statement *found, size_t most, const char *word)
{
	const size_t length = strlen(word);
	unsigned depth = 0;
	bool begins = true;

	if (text == NULL)
		return 0;
	const char *start = strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0 ? text + strlen(BYTE_ORDER_MARK) : text;

	for (const char *at = skip_space(start); *at != '\0'; at = skip_space(at)) {
		if (begins && depth == 0 && strncasecmp(at, word, length) == 0 &&
		    (at[length] == '"' || at[length] == '#' || isspace((unsigned char)at[length])))
			return take_values(found, most, at + length);
		begins = *at == ';' || *at == '{' || *at == '}';
		if (*at == '{')
			depth++;
		else if (*at == '}' && depth > 0)
			depth--;
		at = *at == '"' ? skip_string(at) : at + 1;
	}
	return 0;
}

bool
statement_find(struct statement *found, const char *word)
{
	return statement_values(found, 1, word) == 1;
}
