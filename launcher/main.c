/*
 * The launcher: prepares what needs privilege, starts the helper, gives everything up and executes the daemon in its
 * own place. The order: decide each process's user; start the process for the event script, if there is one; collect
 * the files of the private root; prepare lease file and control socket; start the helper and wait until its sandbox is
 * up; move into the private root; give everything up; check that it is gone; execute Node. Any failure ends the start
 * before a packet can arrive.
 *
 * The daemon gets what it has to know as facts (facts.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "control_socket.h"
#include "daemon_files.h"
#include "daemon_leases.h"
#include "facts.h"
#include "../c/descriptors.h"
#include "firewall_process.h"
#include "helper_process.h"
#include "hosts_file.h"
#include "identity.h"
#include "landlock.h"
#include "lease_file.h"
#include "look.h"
#include "port_holders.h"
#include "private_root.h"
#include "../c/privilege.h"
#include "../c/report.h"
#include "script_process.h"
#include "shield_process.h"
#include "statements.h"

/* A descriptor that the daemon gets. */
struct handed_on {
	const char *fact;	/* that tells it the number */
	int fd;			/* -1: there is none */
};

/* The same on every machine; older headers do not have it. */
#define CALL_IO_URING_SETUP 425

/*
 * The second lets the compiler merge the many small functions of a query's way: 8 % less time a query, measured.
 * The others are for p99. The third has the garbage of so many megabytes collected at once: by itself Node does it
 * every few seconds under load, for 5 to 15 ms. The young garbage is little, and sharing it out to threads that have
 * to be woken first makes its collection twice as long (1 to 2.5 ms instead of 0.6 to 1.5). Giving it more room from
 * the start made p99 worse (--min-semi-space-size: 4 MB at 45,000 exchanges a second, 16 MB at 30,000), and by itself it
 * grows to 32 MB in a burst, which stay: with 4 MB at most, in two halves, an exchange takes no more processor time.
 * The last two are about the memory of an idle server: by itself Node collects garbage a few times when little happens,
 * and takes back all code that was compiled for objects which there are none of at the moment, so that the next message
 * is answered slowly. Instead garbage is collected when it is quiet after much work (src/server/idle-memory.ts), and that
 * of a cluster's snapshot as it comes (src/store/etcd).
 */
static const char *const node_flags[] = {
	"--disallow-code-generation-from-strings", "--max-inlined-bytecode-size-cumulative=2500",
	"--initial-old-space-size=32", "--no-parallel-scavenge", "--max-semi-space-size=2",
	"--no-memory-reducer", "--expose-gc",
};

/* Nodes from 22.14 on have it; the others open their debugger at a SIGUSR1 until src/cli/signals.ts is loaded. */
#define NO_DEBUGGER "--disable-sigusr1"

/*
 * Undoes what the parent may have left behind: open standard descriptors, default signals, a careful umask, no advice
 * for Node.
 */
static void
prepare_process(void)
{
	sigset_t none;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		die("cannot unblock signals: %s", strerror(errno));
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	umask(027);
	/* Node would complain of not finding these. */
	setenv("OPENSSL_CONF", "/dev/null", 1);
	/*
	 * What the compiler of JavaScript gives back goes back to the system: 5 MB. By default glibc keeps more and more,
	 * the larger the pieces were.
	 */
	setenv("MALLOC_TRIM_THRESHOLD_", "131072", 1);
	unsetenv("NODE_EXTRA_CA_CERTS");
	/* They could open a debugger or load foreign modules. */
	unsetenv("NODE_OPTIONS");
	unsetenv("NODE_PATH");
}

/* What the daemon serves by HTTP; -1: none. */
struct http {
	int metrics;
	int page;
	int token;	/* the file with the page's token */
	bool is_shared;	/* the page is served at the socket of the metrics */
};

static void
open_http(struct http *http, const char *group, const struct identity *identity)
{
	http->metrics = http_socket_open("metrics", group, identity);
	http->is_shared = statements_are_same("metrics", "status-page");
	if (!http->is_shared)
		http->page = http_socket_open("status-page", group, identity);
	if (http->page >= 0 || (http->is_shared && http->metrics >= 0))
		http->token = token_file_open("status-page-token", identity);
}

static void
hand_on(struct handed_on *all, size_t count)
{
	int number = STDERR_FILENO;

	for (size_t i = 0; i < count; i++)
		all[i].fd = move_up(all[i].fd);
	close_range_of(STDERR_FILENO + 1, HIGH_FD - 1);
	for (size_t i = 0; i < count; i++) {
		if (all[i].fd < 0)
			continue;
		place(all[i].fd, ++number);
		fact(all[i].fact, "%d", number);
	}
	close_from((unsigned)number + 1);
	facts_hand_on();
}

/*
 * Node's event loop makes an io_uring where it can, by which later calls would pass the daemon's system-call filter
 * unseen; without one it does as well.
 */
static void
refuse_io_uring(void)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALL_IO_URING_SETUP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { sizeof program / sizeof program[0], (struct sock_filter *)(uintptr_t)program };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		die("cannot install a system-call filter: %s", strerror(errno));
}

/* Runs Node only to see whether it knows NO_DEBUGGER: it does not start with a flag that it does not know. */
static bool
is_accepted(const void *node)
{
	place(open("/dev/null", O_RDWR), STDOUT_FILENO);
	place(STDOUT_FILENO, STDERR_FILENO);
	execl(node, node, NO_DEBUGGER, "--version", NULL);
	return false;
}

_Noreturn static void
execute(const char *node, bool no_debugger, char *main_file, int argc, char *argv[])
{
	enum { FLAGS = sizeof node_flags / sizeof node_flags[0] };
	const char **arguments = calloc((size_t)argc + FLAGS + 4, sizeof *arguments);
	size_t count = 0;

	if (arguments == NULL)
		die("out of memory");
	arguments[count++] = node;
	for (size_t i = 0; i < FLAGS; i++)
		arguments[count++] = node_flags[i];
	if (no_debugger)
		arguments[count++] = NO_DEBUGGER;
	arguments[count++] = main_file;
	for (int i = 0; i < argc; i++)
		arguments[count++] = argv[i];
	execv(node, (char *const *)(uintptr_t)arguments);
	die("%s: cannot be executed: %s", node, strerror(errno));
}

/*
 * argv: package directory, Node, the daemon's JavaScript (all real paths), the daemon's arguments; or "--look", package
 * directory, configuration and the files that it includes.
 */
int
main(int argc, char *argv[])
{
	struct identity identity;
	struct arguments arguments;
	struct daemon_files files;
	struct lease_file lease = { .fd = -1, .new_fd = -1 };
	struct rlimit no_core = { 0, 0 };
	struct http http = { -1, -1, -1, false };
	int helper = -1, control = -1, script = -1, firewall = -1, shield = -1;

	report_begin("anydhcpd");
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc < 4)
		die("this program is started by bin/anydhcpd");
	prepare_process();
	if (strcmp(argv[1], "--look") == 0)
		return look_at_configuration(argv[2], argv + 3);
	arguments_read(&arguments, argv + 4);
	identity_choose(&identity);
	files = (struct daemon_files){ &identity, false, argv[1], argv[2], argv[3] };
	if (arguments.reads_config) {
		statements_read(arguments.config_file, &identity);
		script = script_start(argv[1], &identity);
		if (!arguments.serves)
			look_at_statements(argv[1], &identity);
		if (!arguments.serves && arguments.has_shield)
			shield_look(argv[1]);
	}
	if ((identity.capabilities & CAPABILITY(CAP_SYS_ADMIN)) != 0)
		files.has_private_root = private_root_begin();
	else if (identity.capabilities != 0)
		note("no private root, so Landlock alone keeps the daemon to its files: CAP_SYS_ADMIN is missing");
	daemon_files_add_program(&files);
	daemon_files_add_config(&files, arguments.config_file);
	if (arguments.serves) {
		daemon_leases_prepare(&lease, arguments.lease_file, &files);
		port_holders_tell();
		control = control_socket_open(arguments.control, arguments.control_group, &identity);
		open_http(&http, arguments.control_group, &identity);
		hosts_file_prepare(&files);
		helper = helper_start(argv[1], &identity, arguments.sockets);
		firewall = firewall_start(argv[1], &identity);
		if (arguments.has_shield)
			shield = shield_start(argv[1], &identity);
	} else if (arguments.reads_config)
		daemon_leases_show(arguments.lease_file, &files);
	if (files.has_private_root)
		private_root_enter();
	daemon_files_verify(&files);
	bool has_flag = identity_try(&identity, is_accepted, argv[2]);
	landlock_enter(arguments.require_sandbox);
	if (setrlimit(RLIMIT_CORE, &no_core) != 0)
		die("cannot limit core files: %s", strerror(errno));
	struct handed_on handed_on[] = { { "helper", helper }, { "control", control }, { "lease-file", lease.fd },
		{ "new-lease-file", lease.new_fd }, { "metrics", http.metrics },
		{ "status-page", http.page }, { "token-file", http.token }, { "script", script },
		{ "firewall", firewall }, { "shield", shield } };
	hand_on(handed_on, sizeof handed_on / sizeof handed_on[0]);
	become(identity.change, identity.uid, identity.gid, 0);
	refuse_io_uring();
	execute(argv[2], has_flag, argv[3], argc - 4, argv + 4);
}
