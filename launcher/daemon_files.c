/*
 * See daemon_files.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon_files.h"
#include "idmap.h"
#include "private_root.h"
#include "../c/descriptors.h"
#include "../c/report.h"
#include "safe_path.h"

/* What Node needs of a system, as far as it is there: programs' libraries, names, time, entropy. */
static const char *const system_files[] = {
	"/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
	"/etc/ld.so.cache", "/etc/localtime",
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/nsswitch.conf",
	"/etc/passwd", "/etc/group", "/etc/services", "/etc/protocols",
	"/proc/sys/net",
};

static const char *const devices[] = { "/dev/null", "/dev/urandom" };

/* Adds the file or directory that was found, under its real path. False with errno. */
static bool
add_found(const struct safe_path *found, enum file_access access)
{
	char real[PATH_MAX];
	int file = openat(found->directory, found->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (file < 0)
		return false;
	bool added = safe_path_real(found, real) &&
	    (private_root_covers(real) || private_root_add(file, real, access, -1));
	close_quietly(file);
	return added;
}

/* Adds what `path` leads to, and the directories and links on the way. False with errno. */
static bool
add(const char *path, enum file_access access)
{
	struct safe_path found;

	if (!safe_path_find(&found, path, NULL, SHOW_FILE))
		return false;
	bool added = add_found(&found, access);
	safe_path_close(&found);
	return added;
}

static void
add_must(const char *path, enum file_access access)
{
	if (!add(path, access))
		die("%s: cannot be put into the private root: %s", path, strerror(errno));
}

/* Our own entry of /proc: the daemon is going to be this very process. */
static void
add_own_process(void)
{
	int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return;
	(void)private_root_add(directory, "/proc/self", FILE_READ, -1);
	close(directory);
}

/* The program itself, and the libraries beside it where it was unpacked outside /usr. */
static void
add_node(const char *node)
{
	char copy[PATH_MAX], library[PATH_MAX + 8];

	if (private_root_covers(node))
		return;
	add_must(node, FILE_READ);
	if (strlen(node) >= sizeof copy)
		return;
	const char *directory = dirname(strcpy(copy, node));
	if (strlen(directory) > strlen("/bin") && strcmp(strrchr(directory, '/'), "/bin") == 0) {
		snprintf(library, sizeof library, "%s/../lib", directory);
		(void)add(library, FILE_READ);
	}
}

/* Shows the files of the owner of `directory`, whose real path is `path`, as the daemon user's own. */
static bool
add_shown(const struct daemon_files *files, int directory, const char *path, enum file_access access)
{
	const struct identity *identity = files->identity;
	struct stat what;

	if (fstat(directory, &what) != 0)
		return false;
	int idmap = idmap_open(what.st_uid, what.st_gid, identity->uid, identity->gid);
	if (idmap < 0)
		return false;
	bool added = private_root_add(directory, path, access, idmap);
	close_quietly(idmap);
	return added;
}

static bool
is_package_readable(const struct daemon_files *files)
{
	static const char *const samples[] = { "package.json", "dist", "node_modules", "native/build/Release/anydhcpd.node" };
	int directory = open(files->package, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		die("%s: %s", files->package, strerror(errno));
	bool readable = identity_may(files->identity, directory, ".", R_OK | X_OK);
	for (size_t i = 0; readable && i < sizeof samples / sizeof samples[0]; i++)
		readable = faccessat(directory, samples[i], F_OK, 0) != 0 ||
		    identity_may(files->identity, directory, samples[i], R_OK);
	close(directory);
	return readable;
}

/*
 * The package as it was unpacked; beside its siblings where npm has put it into a node_modules
 * folder, because its own dependencies are there then. A clone made with umask 077 is shown with
 * the daemon's user as its owner.
 */
static void
add_package(const struct daemon_files *files)
{
	char folder[PATH_MAX];

	if (strlen(files->package) >= sizeof folder)
		die("%s: path too long", files->package);
	strcpy(folder, files->package);
	char *parent = strstr(folder, "/node_modules/");
	if (parent != NULL)
		parent[strlen("/node_modules")] = '\0';
	int directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || (!files->has_private_root || is_package_readable(files) ? !private_root_add(directory, folder, FILE_READ, -1) :
	    !add_shown(files, directory, folder, FILE_READ)))
		die("%s: uid %u may not read it, and it cannot be shown as its own (%s): chmod -R go+rX it", folder,
		    files->identity->uid, strerror(errno));
	close(directory);
}

void
daemon_files_add_program(const struct daemon_files *files)
{
	const char *notify = getenv("NOTIFY_SOCKET");

	for (size_t i = 0; i < sizeof system_files / sizeof system_files[0]; i++)
		(void)add(system_files[i], FILE_READ);
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		add_must(devices[i], FILE_DEVICE);
	if (notify != NULL && notify[0] == '/')
		(void)add(notify, FILE_DEVICE);
	add_own_process();
	add_node(files->node);
	add_package(files);
	if (!private_root_covers(files->main_file))
		add_must(dirname(strdupa(files->main_file)), FILE_READ);
}

static bool
is_home(const char *directory)
{
	const struct passwd *user;
	char real[PATH_MAX];
	bool found = false;

	setpwent();
	while (!found && (user = getpwent()) != NULL)
		found = realpath(user->pw_dir, real) != NULL && strcmp(real, directory) == 0;
	endpwent();
	return found;
}

/* Adds the directory in which `config_file` was found. */
static void
add_config_directory(const struct daemon_files *files, const struct safe_path *found, const char *config_file)
{
	bool may_search = !files->has_private_root || identity_may(files->identity, found->directory, ".", X_OK);

	if (may_search && private_root_add(found->directory, found->path, FILE_READ, -1))
		return;
	if (!may_search && is_home(found->path))
		die_of_configuration("%s: %s is a home directory that uid %u may not search, and the daemon is not shown homes: "
		    "move the file to a directory of its own", config_file, found->path, files->identity->uid);
	if (!add_shown(files, found->directory, found->path, FILE_READ))
		die_of_configuration("%s: uid %u may not search %s, and it cannot be shown as its own (%s): chmod go+x it", config_file,
		    files->identity->uid, found->path, strerror(errno));
}

/* The directory of the name, and the directory of the file: an editor may replace either. */
void
daemon_files_add_config(const struct daemon_files *files, const char *config_file)
{
	/* A daemon with our own user may read what we may. */
	const struct identity *identity = files->identity->change ? files->identity : NULL;
	struct safe_path named, real;

	bool is_found = safe_path_find(&real, config_file, identity, SHOW_FILE);
	bool is_named = safe_path_find(&named, config_file, identity, FIND_NAME);
	if (is_named && strcmp(named.path, "/") != 0)
		add_config_directory(files, &named, config_file);
	if (!is_found) {
		if (real.is_refused)
			die_of_configuration("%s: %s", config_file, real.trouble);
	} else if (strcmp(real.path, "/") == 0) {
		/* The one file, without the whole file system around it. */
		if (!add_found(&real, FILE_READ) && errno != ENOENT)
			die("%s: cannot be put into the private root: %s", config_file, strerror(errno));
	} else if (!is_named || strcmp(real.path, named.path) != 0)
		add_config_directory(files, &real, config_file);
	safe_path_close(&named);
	safe_path_close(&real);
}

void
daemon_files_add_readable(const struct daemon_files *files, const struct safe_path *found)
{
	const bool may_search = !files->has_private_root || identity_may(files->identity, found->directory, ".", X_OK);

	if (may_search)
		(void)private_root_add(found->directory, found->path, FILE_READ, -1);
	else
		(void)add_shown(files, found->directory, found->path, FILE_READ);
}

bool
daemon_files_add_writable(const struct daemon_files *files, const struct safe_path *found, bool show_owner)
{
	return show_owner ? add_shown(files, found->directory, found->path, FILE_WRITE) :
	    private_root_add(found->directory, found->path, FILE_WRITE, -1);
}

void
daemon_files_verify(const struct daemon_files *files)
{
	if (!identity_may(files->identity, AT_FDCWD, files->node, R_OK | X_OK))
		die("%s: uid %u may not execute it: install Node where everybody can, or name one in ANYDHCPD_NODE",
		    files->node, files->identity->uid);
	if (!identity_may(files->identity, AT_FDCWD, files->main_file, R_OK))
		die("%s: uid %u may not read it: install the package where everybody can", files->main_file,
		    files->identity->uid);
}
