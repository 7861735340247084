/*
 * File system calls that fail when a test says so, and a record of them (LD_PRELOAD). Of interest are files and
 * directories whose path contains FAILING_CALLS_NAME.
 *
 * FAILING_CALLS names a file that begins with a struct order. Test and program share it: the test writes it, calls
 * count and obey it from then on. A program that may only read it counts by itself, from 1 for each order, and says
 * "struck CALL" on standard error, CALL the number of an enum call. One that sees no /proc takes each regular file
 * that it may write for one of interest.
 *
 * FAILING_CALLS_TRACE names a file to which each successful call is appended in the order of its effect, one line
 * each, numbers decimal: "write INODE OFFSET LENGTH" and the octets behind the line, "truncate INODE LENGTH",
 * "sync INODE", "create INODE PATH", "rename FROM TO", "unlink PATH", "link FROM TO".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
	CALL_WRITE = 1,
	CALL_FDATASYNC = 2,
	CALL_FSYNC = 4,
	CALL_OPEN = 8,
	CALL_CREATE = 16,
	CALL_RENAME = 32,
	CALL_FTRUNCATE = 64,
	CALL_UNLINK = 128,
	CALL_LINK = 256,
	CALL_READ = 512
};

/* An effect: an errno, or one of these; DONE with an errno: the call is made, and then it fails all the same. */
enum { EFFECT_SHORT = 0x8000, EFFECT_DONE = 0x10000 };

struct order {
	_Atomic uint32_t calls;		/* which calls count */
	_Atomic uint32_t first;		/* the first of them that is struck, from 1; 0: none is */
	_Atomic uint32_t last;		/* the last */
	_Atomic uint32_t effect;	/* on the first */
	_Atomic uint32_t next_effect;	/* on the others */
	_Atomic uint32_t count;		/* calls so far */
	_Atomic uint32_t struck;	/* those of them that were struck */
	_Atomic uint32_t number;	/* of this order */
};

static struct order *order;
static int is_read_only;
static _Atomic uint32_t own_number, own_count;
static const char *wanted_name;
static int trace_fd = -1;
static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("FAILING_CALLS"), *trace = getenv("FAILING_CALLS_TRACE");
	int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);

	if (fd == -1 && path != NULL) {
		fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		is_read_only = 1;
	}
	wanted_name = getenv("FAILING_CALLS_NAME");
	if (fd != -1) {
		int rights = is_read_only ? PROT_READ : PROT_READ | PROT_WRITE;
		void *shared = mmap(NULL, sizeof *order, rights, MAP_SHARED, fd, 0);
		order = shared == MAP_FAILED ? NULL : shared;
		syscall(SYS_close, fd);
	}
	if (trace != NULL)
		trace_fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static int
is_wanted_path(const char *path)
{
	return wanted_name != NULL && path != NULL && strstr(path, wanted_name) != NULL;
}

static int
is_wanted(int fd)
{
	char link[64], name[512];

	if (wanted_name == NULL)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, name, sizeof name - 1);
	if (length <= 0 && errno == ENOENT) {
		struct stat status;
		return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
	}
	if (length <= 0)
		return 0;
	name[length] = '\0';
	return is_wanted_path(name);
}

/* What befalls a call of interest: 0 if nothing does. */
static uint32_t
effect_on(enum call call)
{
	if (order == NULL || (order->calls & (uint32_t)call) == 0)
		return 0;
	if (is_read_only && atomic_exchange(&own_number, order->number) != order->number)
		own_count = 0;
	uint32_t number = atomic_fetch_add(is_read_only ? &own_count : &order->count, 1) + 1, first = order->first;
	if (first == 0 || number < first || number > order->last)
		return 0;
	if (is_read_only) {
		char line[32];
		int length = snprintf(line, sizeof line, "struck %d\n", (int)call);
		if (syscall(SYS_write, STDERR_FILENO, line, length) != length)
			abort();
	} else {
		atomic_fetch_add(&order->struck, 1);
	}
	return number == first ? order->effect : order->next_effect;
}

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* With the lock held. */
static void
trace(const char *line, const void *octets, size_t length)
{
	if (syscall(SYS_write, trace_fd, line, strlen(line)) < 0 ||
	    (length > 0 && syscall(SYS_write, trace_fd, octets, length) < 0))
		abort();
}

/* Runs MADE, a call as an expression, under EFFECT; then WHEN_DONE, with the lock held, if it has succeeded. */
#define MAKE(effect, result, made, when_done)                                                                          \
	do {                                                                                                           \
		uint32_t effect_ = (effect);                                                                           \
		int error_ = (int)(effect_ & 0x7fff);                                                                  \
		if (error_ != 0 && (effect_ & EFFECT_DONE) == 0) {                                                     \
			errno = error_;                                                                                \
			return -1;                                                                                     \
		}                                                                                                      \
		if (trace_fd != -1)                                                                                    \
			pthread_mutex_lock(&trace_lock);                                                               \
		result = (made);                                                                                       \
		int saved_ = errno;                                                                                    \
		if (trace_fd != -1) {                                                                                  \
			if (result >= 0)                                                                               \
				when_done;                                                                             \
			pthread_mutex_unlock(&trace_lock);                                                             \
		}                                                                                                      \
		errno = saved_;                                                                                        \
		if (error_ != 0) {                                                                                     \
			errno = error_;                                                                                \
			return -1;                                                                                     \
		}                                                                                                      \
		return result;                                                                                         \
	} while (0)

static unsigned long
inode_of(int fd, long *size)
{
	struct stat status;

	if (fstat(fd, &status) == -1)
		abort();
	if (size != NULL)
		*size = (long)status.st_size;
	return (unsigned long)status.st_ino;
}

static void
trace_inode(const char *word, int fd)
{
	char line[64];

	snprintf(line, sizeof line, "%s %lu\n", word, inode_of(fd, NULL));
	trace(line, NULL, 0);
}

static void
trace_paths(const char *word, const char *from, const char *to)
{
	char line[1024];

	snprintf(line, sizeof line, "%s %s%s%s\n", word, from, to == NULL ? "" : " ", to == NULL ? "" : to);
	trace(line, NULL, 0);
}

/* Files are opened for appending: what was written ends where the file ends. */
static void
trace_write(int fd, const void *octets, ssize_t length)
{
	char line[96];
	long size;
	unsigned long inode = inode_of(fd, &size);

	snprintf(line, sizeof line, "write %lu %ld %zd\n", inode, size - (long)length, length);
	trace(line, octets, (size_t)length);
}

static int
open_file(const char *path, int flags, mode_t mode)
{
	int result, creates = (flags & O_CREAT) != 0;

	if (!is_wanted_path(path))
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	MAKE(effect_on(creates ? CALL_CREATE : CALL_OPEN), result,
	     (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), if (creates) {
		     char line[600];
		     snprintf(line, sizeof line, "create %lu %s\n", inode_of(result, NULL), path);
		     trace(line, NULL, 0);
	     });
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return open_file(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return open_file(path, flags, mode);
}

ssize_t
write(int fd, const void *octets, size_t length)
{
	static ssize_t (*_Atomic call)(int, const void *, size_t);
	ssize_t result;

	if (call == NULL)
		call = (ssize_t(*)(int, const void *, size_t))real("write");
	if (!is_wanted(fd))
		return call(fd, octets, length);
	uint32_t effect = effect_on(CALL_WRITE);
	if (effect == EFFECT_SHORT && length > 1)
		length /= 2;
	MAKE(effect, result, call(fd, octets, length), trace_write(fd, octets, result));
}

ssize_t
pread64(int fd, void *octets, size_t length, off64_t offset)
{
	static ssize_t (*_Atomic call)(int, void *, size_t, off64_t);

	if (call == NULL)
		call = (ssize_t(*)(int, void *, size_t, off64_t))real("pread64");
	uint32_t effect = is_wanted(fd) ? effect_on(CALL_READ) : 0;
	if (effect != 0 && effect != EFFECT_SHORT) {
		errno = (int)(effect & 0x7fff);
		return -1;
	}
	return call(fd, octets, effect == EFFECT_SHORT && length > 1 ? length / 2 : length, offset);
}

int
fdatasync(int fd)
{
	int result;

	if (!is_wanted(fd))
		return (int)syscall(SYS_fdatasync, fd);
	MAKE(effect_on(CALL_FDATASYNC), result, (int)syscall(SYS_fdatasync, fd), trace_inode("sync", fd));
}

int
fsync(int fd)
{
	int result;

	if (!is_wanted(fd))
		return (int)syscall(SYS_fsync, fd);
	MAKE(effect_on(CALL_FSYNC), result, (int)syscall(SYS_fsync, fd), trace_inode("sync", fd));
}

int
ftruncate64(int fd, off64_t length)
{
	int result;
	char line[64];

	if (!is_wanted(fd))
		return (int)syscall(SYS_ftruncate, fd, length);
	MAKE(effect_on(CALL_FTRUNCATE), result, (int)syscall(SYS_ftruncate, fd, length), {
		snprintf(line, sizeof line, "truncate %lu %ld\n", inode_of(fd, NULL), (long)length);
		trace(line, NULL, 0);
	});
}

int
rename(const char *from, const char *to)
{
	int result;

	if (!is_wanted_path(from) && !is_wanted_path(to))
		return (int)syscall(SYS_rename, from, to);
	MAKE(effect_on(CALL_RENAME), result, (int)syscall(SYS_rename, from, to), trace_paths("rename", from, to));
}

int
unlink(const char *path)
{
	int result;

	if (!is_wanted_path(path))
		return (int)syscall(SYS_unlink, path);
	MAKE(effect_on(CALL_UNLINK), result, (int)syscall(SYS_unlink, path), trace_paths("unlink", path, NULL));
}

int
link(const char *from, const char *to)
{
	int result;

	if (!is_wanted_path(to))
		return (int)syscall(SYS_link, from, to);
	MAKE(effect_on(CALL_LINK), result, (int)syscall(SYS_link, from, to), trace_paths("link", from, to));
}
