/*
 * An addon that makes any system call, on the calling thread or on one of libuv's pool: for a daemon that tries to
 * escape (attempts.mjs). Declares what it needs of Node-API, so that no headers are needed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct value *value;
typedef void *env, *info, *deferred, *work;

int napi_create_function(env, const char *, size_t, value (*)(env, info), void *, value *);
int napi_set_named_property(env, value, const char *, value);
int napi_get_cb_info(env, info, size_t *, value *, value *, void **);
int napi_typeof(env, value, int *);
int napi_get_value_int64(env, value, int64_t *);
int napi_get_value_string_utf8(env, value, char *, size_t, size_t *);
int napi_create_int64(env, int64_t, value *);
int napi_create_promise(env, deferred *, value *);
int napi_resolve_deferred(env, deferred, value);
int napi_create_string_utf8(env, const char *, size_t, value *);
int napi_create_async_work(env, value, value, void (*)(env, void *), void (*)(env, int, void *), void *, work *);
int napi_queue_async_work(env, work);

enum { ARGUMENTS = 7, TEXT = 256, NUMBER_TYPE = 3, STRING_TYPE = 4 };

#define NAMED(call) { #call, SYS_##call }
static const struct {
	const char *name;
	long number;
} calls[] = {
	NAMED(execve), NAMED(execveat), NAMED(ptrace), NAMED(process_vm_readv), NAMED(process_vm_writev), NAMED(bpf),
	NAMED(clone), NAMED(unshare), NAMED(setns), NAMED(mount), NAMED(umount2), NAMED(chroot), NAMED(pivot_root),
	NAMED(setuid), NAMED(setgid), NAMED(setgroups), NAMED(capset), NAMED(kill), NAMED(tkill), NAMED(tgkill),
	NAMED(socket), NAMED(socketpair), NAMED(bind), NAMED(connect), NAMED(listen), NAMED(perf_event_open), NAMED(keyctl),
	NAMED(userfaultfd), NAMED(io_uring_setup), NAMED(memfd_create), NAMED(prctl), NAMED(ioctl), NAMED(symlinkat),
	NAMED(mkdirat), NAMED(mknodat), NAMED(openat), NAMED(setrlimit), NAMED(setsockopt), NAMED(getppid), NAMED(pidfd_open),
	NAMED(rseq), NAMED(set_robust_list),
	{ "clone3", 435 }, { "pidfd_send_signal", 424 }, { "pidfd_getfd", 438 },
};

struct call {
	long number;
	long arguments[ARGUMENTS - 1];
	char texts[ARGUMENTS][TEXT];
	long result;
	deferred promise;
	work work;
};

static void
make(env env, void *data)
{
	struct call *call = data;
	const long *with = call->arguments;

	(void)env;
	errno = 0;
	call->result = call->number < 0 ? -ENOSYS : syscall(call->number, with[0], with[1], with[2], with[3], with[4], with[5]);
	if (call->result < 0 && errno != 0)
		call->result = -errno;
}

/* (name, number or string ...) */
static struct call *
read_call(env env, info info)
{
	struct call *call = calloc(1, sizeof *call);
	value arguments[ARGUMENTS];
	size_t count = ARGUMENTS, length;

	if (call == NULL)
		abort();
	napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
	call->number = -1;
	for (size_t i = 0; i < count; i++) {
		int64_t number = 0;
		int type = 0;

		napi_typeof(env, arguments[i], &type);
		if (type == STRING_TYPE) {
			napi_get_value_string_utf8(env, arguments[i], call->texts[i], TEXT, &length);
			number = (int64_t)(intptr_t)call->texts[i];
		} else if (type == NUMBER_TYPE)
			napi_get_value_int64(env, arguments[i], &number);
		if (i > 0)
			call->arguments[i - 1] = (long)number;
	}
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(calls[i].name, call->texts[0]) == 0)
			call->number = calls[i].number;
	return call;
}

static value
call_here(env env, info info)
{
	struct call *call = read_call(env, info);
	value result = NULL;

	make(env, call);
	napi_create_int64(env, call->result, &result);
	free(call);
	return result;
}

static void
settle(env env, int status, void *data)
{
	struct call *call = data;
	value result = NULL;

	(void)status;
	napi_create_int64(env, call->result, &result);
	napi_resolve_deferred(env, call->promise, result);
	free(call);
}

static value
call_in_pool(env env, info info)
{
	struct call *call = read_call(env, info);
	value promise = NULL, name = NULL;

	napi_create_promise(env, &call->promise, &promise);
	napi_create_string_utf8(env, "call", 4, &name);
	napi_create_async_work(env, NULL, name, make, settle, call, &call->work);
	napi_queue_async_work(env, call->work);
	return promise;
}

value
napi_register_module_v1(env env, value exports)
{
	value function = NULL;

	napi_create_function(env, NULL, 0, call_here, NULL, &function);
	napi_set_named_property(env, exports, "call", function);
	napi_create_function(env, NULL, 0, call_in_pool, NULL, &function);
	napi_set_named_property(env, exports, "callInPool", function);
	return exports;
}
