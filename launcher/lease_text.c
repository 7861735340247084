/*
 * See lease_text.h. A lease file begins with a header that is known, or, behind blanks and comments,
 * with a statement that no configuration begins with.
 */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lease_text.h"

#define HEAD_OCTETS 65536

static const char *const headers[] = {
	"# anydhcpd leases, format ",
	"# The format of this file is documented in the dhcpd.leases(5)",
};

/* Declarations that a lease file has only if they were made while the server ran. */
static const char *const declarations[] = { "host", "group", "class", "subclass" };

static const char blanks[] = " \t\r\n";

/* The text behind `word` and blanks; NULL if something else stands there. */
static const char *
behind(const char *text, const char *word)
{
	size_t length = strlen(word), blank;

	if (strncmp(text, word, length) != 0)
		return NULL;
	blank = strspn(text + length, blanks);
	return blank == 0 ? NULL : text + length + blank;
}

static bool
is_dynamic_declaration(const char *text)
{
	for (size_t i = 0; i < sizeof declarations / sizeof declarations[0]; i++) {
		const char *name = behind(text, declarations[i]);

		if (name == NULL)
			continue;
		const char *block = name + strcspn(name, "{;}");
		if (*block != '{')
			return false;
		block += 1 + strspn(block + 1, blanks);
		return strncmp(block, "dynamic;", 8) == 0 || strncmp(block, "deleted;", 8) == 0;
	}
	return false;
}

static bool
is_lease_statement(const char *text)
{
	const char *address = behind(text, "lease");

	if (address != NULL)
		return *address >= '0' && *address <= '9';
	return behind(text, "authoring-byte-order") != NULL || behind(text, "server-duid") != NULL ||
	    behind(text, "failover") != NULL || is_dynamic_declaration(text);
}

bool
lease_text_begins(int fd)
{
	static char text[HEAD_OCTETS + 1];
	ssize_t octets = pread(fd, text, HEAD_OCTETS, 0);

	if (octets <= 0)
		return octets == 0;
	text[octets] = '\0';
	for (const char *at = text;;) {
		at += strspn(at, blanks);
		if (*at != '#')
			return (at == text + octets && octets < HEAD_OCTETS && strchr(text, '#') == NULL) ||
			    is_lease_statement(at);
		for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
			if (strncmp(at, headers[i], strlen(headers[i])) == 0)
				return true;
		at += strcspn(at, "\n");
	}
}
