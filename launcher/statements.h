/*
 * The statements of dhcpd.conf that the launcher has to know of, because what they ask for takes privilege. It looks for
 * nothing else: whether the file makes sense is the daemon's to say, which has less to lose when it reads it.
 */
#ifndef ANYDHCPD_STATEMENTS_H
#define ANYDHCPD_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "identity.h"

/* The longest value, a path's, with the octet behind it. */
#define STATEMENT_VALUE_MAX 4096

struct statement {
	bool is_string;			/* the value stands between quotes, which are left out */
	char value[STATEMENT_VALUE_MAX];
};

/* Reads the file for statement_find. A file that cannot be read has no statement: the daemon says why. */
void statements_read(const char *config_file, const struct identity *);

/*
 * Finds `word` where a statement begins outside any block, in the file itself and not in those that it includes, and
 * takes its values: each a string without a backslash or a group of letters, digits, dots, colons, dashes and underscores.
 * Returns how many there are; 0 if there is no such statement, none, more than `most`, or another value.
 */
size_t statement_values(struct statement *, size_t most, const char *word);

/* The same of a statement with one value. */
bool statement_find(struct statement *, const char *word);

/* Octets of the words that statement_next takes, the NUL behind them included. */
#define STATEMENT_WORDS_MAX 256

/*
 * Finds the next statement that begins with `word`, in any block of the file itself, from `*at` on (NULL: from the
 * start), and sets `*at` behind it. Takes the words between `word` and the semicolon or brace, with a blank between any two;
 * "" if there is something else among them. False if there is no further one.
 */
bool statement_next(const char **at, const char *word, char words[STATEMENT_WORDS_MAX]);

/* Whether two statements are there and have the same value. */
bool statements_are_same(const char *word, const char *other);

#endif
