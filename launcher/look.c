/*
 * See look.h.
 */
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

int
look_at_configuration(const char *package, const char *config_file)
{
	struct identity identity;

	identity_choose(&identity);
	const bool is_privileged = identity.capabilities != 0;
	if (!is_privileged)
		identity_suppose(&identity);
	statements_read(config_file, &identity);
	if (is_privileged)
		close_quietly(script_start(package, &identity));
	else
		script_look(package, &identity);
	look_at_statements(package, &identity);
	facts_print();
	return 0;
}
