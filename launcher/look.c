/*
 * See look.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "control_socket.h"
#include "../c/descriptors.h"
#include "facts.h"
#include "firewall_process.h"
#include "helper_process.h"
#include "hosts_file.h"
#include "look.h"
#include "script_process.h"
#include "statements.h"

void
look_at_statements(const char *package, const struct identity *identity)
{
	helper_look(package);
	firewall_look(package);
	(void)http_socket_look("metrics", identity);
	(void)http_socket_look("status-page", identity);
	hosts_file_look(identity);
}

/* The modes of the files alone count: a draft in a directory of its user's own is no less right. */
static void
look_at_files(char *const files[], const struct identity *identity)
{
	struct identity by_modes = *identity;
	char name[32];

	by_modes.is_supposed = true;
	for (size_t i = 0; files[i] != NULL; i++) {
		if (access(files[i], F_OK) != 0 || identity_may(&by_modes, AT_FDCWD, files[i], R_OK))
			continue;
		snprintf(name, sizeof name, "file-%zu", i);
		trouble(name, "the daemon's user (uid %u) may not read it: give it to the group of that user, or let all read it", identity->uid);
	}
}

int
look_at_configuration(const char *package, char *const files[])
{
	struct identity identity;

	identity_choose(&identity);
	const bool is_privileged = identity.capabilities != 0;
	if (!is_privileged)
		identity_suppose(&identity);
	statements_read(files[0], &identity);
	if (is_privileged)
		close_quietly(script_start(package, &identity));
	else
		script_look(package, &identity);
	look_at_statements(package, &identity);
	if (!is_privileged || identity.change)
		look_at_files(files, &identity);
	facts_print();
	return 0;
}
