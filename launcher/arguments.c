/*
 * See arguments.h.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../c/report.h"
#include "arguments.h"
#include "facts.h"

/* Everything that is read, and the words that are still to be read. */
struct command_line {
	struct arguments *read;
	char **rest;
	const char *log;		/* NULL: not given */
	const char *misplaced;		/* an address where an interface is expected */
	bool bpf, observe, verbose, strict, check, help, version;
	bool wildcard;			/* -u */
	bool addresses;			/* -uADDRESS */
};

static bool
is(const char *text, const char *other)
{
	return strcmp(text, other) == 0;
}

/* The next argument; NULL if there is none. */
static const char *
next(struct command_line *line)
{
	return *line->rest == NULL ? NULL : *line->rest++;
}

static bool
is_address(const char *text, struct in_addr *address)
{
	return inet_pton(AF_INET, text, address) == 1;
}

static void
take_interface(struct command_line *line, const char *word)
{
	struct in_addr address;

	if (line->misplaced == NULL && is_address(word, &address))
		line->misplaced = word;
	fact("interface", "%s", word);
}

static void
take_listen_address(struct command_line *line, const char *text)
{
	struct in_addr address = { INADDR_ANY };

	if (*text != '\0' && !is_address(text, &address))
		die_of_usage("-u takes an IPv4 address, glued to it: cannot read \"%s\"", text);
	if (address.s_addr == INADDR_ANY)
		line->wildcard = true;
	else
		line->addresses = true;
	fact("listen", "%s", *text == '\0' ? "0.0.0.0" : text);
}

static const char *
file_name(struct command_line *line, const char *letter)
{
	const char *name = letter[1] != '\0' ? letter + 1 : next(line);

	if (name == NULL)
		die_of_usage("-%c needs a file name", *letter);
	return name;
}

static void
take_letters(struct command_line *line, const char *letter)
{
	for (; *letter != '\0'; letter++) {
		switch (*letter) {
		case 'd':
		case 'f':
			break;
		case 'n':
			line->check = true;
			break;
		case 'v':
			line->verbose = true;
			break;
		case 'h':
			line->help = true;
			return;
		case 'c':
			line->read->config_file = file_name(line, letter);
			return;
		case 'l':
			line->read->lease_file = file_name(line, letter);
			return;
		case 'u':
			take_listen_address(line, letter + 1);
			return;
		case 'A':
		case 'C':
		case 'L':
			die_of_usage("-%c is for tables of pf, which Linux does not have: leave it out, and write into the configuration: "
			    "firewall-set nft FAMILY TABLE SET { addresses %s; }", *letter,
			    *letter == 'A' ? "abandoned" : *letter == 'C' ? "changed" : "leased");
		case 'Y':
		case 'y':
			die_of_usage("dhcpd's synchronisation is not supported: leave out -%c", *letter);
		default:
			die_of_usage("unknown option -%c", *letter);
		}
	}
}

static void
take_value(struct command_line *line, const char *name, const char *value)
{
	if (is(name, "--backend")) {
		line->bpf = is(value, "bpf");
		if (!line->bpf && !is(value, "udp"))
			die_of_usage("--backend takes udp or bpf, not \"%s\"", value);
	} else if (is(name, "--observe")) {
		line->observe = is(value, "bpf");
		if (!line->observe)
			die_of_usage("--observe takes bpf: packet sockets that watch the wire");
	} else if (is(name, "--shield")) {
		line->read->has_shield = is(value, "xdp");
		if (!line->read->has_shield && !is(value, "off"))
			die_of_usage("--shield takes xdp or off, not \"%s\"", value);
	} else if (is(name, "--log")) {
		line->log = value;
		if (!is(value, "text") && !is(value, "json"))
			die_of_usage("--log takes text or json, not \"%s\"", value);
	} else if (is(name, "--control")) {
		line->read->control = value;
		if (*value == '\0')
			die_of_usage("--control needs the name of a socket");
	} else {
		line->read->control_group = value;
		if (*value == '\0')
			die_of_usage("--control-group needs the name of a group");
	}
}

static void
take_long(struct command_line *line, const char *word)
{
	static const char *const with_value[] = { "--backend", "--control", "--control-group", "--log", "--observe",
		"--shield" };
	size_t length = strcspn(word, "=");
	bool has_value = word[length] == '=';
	const struct {
		const char *name;
		bool *flag;
	} flags[] = { { "--help", &line->help }, { "--version", &line->version }, { "--strict", &line->strict },
		{ "--require-sandbox", &line->read->require_sandbox } };

	for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
		if (strlen(with_value[i]) != length || strncmp(word, with_value[i], length) != 0)
			continue;
		const char *value = has_value ? word + length + 1 : next(line);
		take_value(line, with_value[i], value != NULL ? value : "");
		return;
	}
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if (strlen(flags[i].name) != length || strncmp(word, flags[i].name, length) != 0)
			continue;
		if (has_value)
			die_of_usage("%s takes no value", flags[i].name);
		*flags[i].flag = true;
		return;
	}
	die_of_usage("unknown option %.*s", (int)length, word);
}

/* What must agree once everything is read. */
static void
check(const struct command_line *line)
{
	if (line->misplaced != NULL)
		die_of_usage("%s is an address where an interface is expected: to listen on it write -u%s", line->misplaced,
		    line->misplaced);
	if (line->wildcard && line->addresses)
		die_of_usage("-u without an address listens on every address: leave out the others");
	if (line->observe && line->bpf)
		die_of_usage("--observe watches the wire while the udp backend serves: leave out --backend=bpf");
}

static void
add_facts(const struct command_line *line)
{
	const struct {
		const char *name;
		bool holds;
	} flags[] = {
		{ "verbose", line->verbose }, { "strict", line->strict }, { "check", line->check },
		{ "help", line->help }, { "version", line->version },
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].holds)
			fact(flags[i].name, "%s", "");
	fact("config", "%s", line->read->config_file);
	fact("leases", "%s", line->read->lease_file);
	fact("backend", "%s", line->bpf ? "bpf" : "udp");
	if (line->observe)
		fact("observe", "bpf");
	if (line->log != NULL)
		fact("log", "%s", line->log);
}

void
arguments_read(struct arguments *read, char *argv[])
{
	struct command_line line = { .read = read, .rest = argv };
	const char *word;

	*read = (struct arguments){ .config_file = DEFAULT_CONFIG_FILE, .lease_file = DEFAULT_LEASE_FILE,
	    .control = getenv("ANYDHCPD_CONTROL") };
	/* Nothing counts behind --help and --version. */
	while (!line.help && !line.version && (word = next(&line)) != NULL) {
		if (is(word, "--"))
			while ((word = next(&line)) != NULL)
				take_interface(&line, word);
		else if (word[0] == '-' && word[1] == '-')
			take_long(&line, word);
		else if (word[0] == '-' && word[1] != '\0')
			take_letters(&line, word + 1);
		else
			take_interface(&line, word);
	}
	if (!line.help && !line.version)
		check(&line);
	add_facts(&line);
	read->sockets = line.bpf ? "packets" : line.observe ? "observe" : "sockets";
	read->reads_config = !line.help && !line.version;
	read->serves = !line.check && !line.help && !line.version;
}
