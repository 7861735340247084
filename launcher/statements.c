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

/* Takes the value that begins at `at`; NULL: there is none, else the text behind it. */
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

/* Behind `word` where it begins a statement, at or after `at`; NULL if there is none. `anywhere`: in blocks, too. */
static const char *
find(const char *at, const char *word, bool anywhere)
{
	const size_t length = strlen(word);
	unsigned depth = 0;
	bool begins = true;

	for (at = skip_space(at); *at != '\0'; at = skip_space(at)) {
		if (begins && (anywhere || depth == 0) && strncasecmp(at, word, length) == 0 &&
		    (at[length] == '"' || at[length] == '#' || isspace((unsigned char)at[length])))
			return at + length;
		begins = *at == ';' || *at == '{' || *at == '}';
		if (*at == '{')
			depth++;
		else if (*at == '}' && depth > 0)
			depth--;
		at = *at == '"' ? skip_string(at) : at + 1;
	}
	return NULL;
}

static const char *
start_of_text(void)
{
	if (text == NULL)
		return "";
	return strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0 ? text + strlen(BYTE_ORDER_MARK) : text;
}

size_t
statement_values(struct statement *found, size_t most, const char *word)
{
	const char *values = find(start_of_text(), word, false);

	return values != NULL ? take_values(found, most, values) : 0;
}

bool
statement_find(struct statement *found, const char *word)
{
	return statement_values(found, 1, word) == 1;
}

bool
statement_next(const char **at, const char *word, char words[STATEMENT_WORDS_MAX])
{
	size_t length = 0;
	const char *next = find(*at != NULL ? *at : start_of_text(), word, true);

	if (next == NULL)
		return false;
	for (next = skip_space(next); *next != '\0' && *next != ';' && *next != '{'; next = skip_space(next)) {
		size_t octets = strcspn(next, "#;{}\" \t\r\n");

		if (octets == 0 || length + octets + 2 > STATEMENT_WORDS_MAX) {
			length = 0;
			break;
		}
		if (length > 0)
			words[length++] = ' ';
		memcpy(words + length, next, octets);
		length += octets;
		next += octets;
	}
	words[length] = '\0';
	*at = next;
	return true;
}

bool
statements_are_same(const char *word, const char *other)
{
	static struct statement first, second;

	return statement_find(&first, word) && statement_find(&second, other) && first.is_string == second.is_string &&
	    strcmp(first.value, second.value) == 0;
}
