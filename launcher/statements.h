/*
 * The statements of dhcpd.conf that the launcher has to know of, because what they ask for takes privilege. It looks for
 * nothing else: whether the file makes sense is the daemon's to say, which has less to lose when it reads it.
 */
#ifndef ANYDHCPD_STATEMENTS_H
#define ANYDHCPD_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "identity.h"

/* The longest value that is taken, the octet behind it included: that of a path. */
#define STATEMENT_VALUE_MAX 4096

struct statement {
	bool is_string;			/* the value stands between quotes, which are left out */
	char value[STATEMENT_VALUE_MAX];
};

/* Reads the file for statement_find. A file that cannot be read has no statement: the daemon says why. */
void statements_read(const char *config_file, const struct identity *);

/*
 * Finds `word` where a statement begins outside any block, in the file itself and not in those that it includes, and
 * takes its only value. False if there is none, or another value than one string without a backslash or one group of
 * letters, digits, dots, colons and dashes.
 */
bool statement_find(struct statement *, const char *word);

#endif
