/*
 * See kernel.h.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../c/report.h"
#include "kernel.h"

/* Kernels have at most so many processors: x86-64's CONFIG_MAXSMP. */
#define PROCESSORS_MAX 8192

/* The end of the kernel's message about a program that it refuses. */
#define VERDICT_OCTETS 200

static int maps[MAPS];
static int program = -1;

/* An interface with the shield. */
static struct {
	unsigned ifindex;	/* 0: free */
	int link;
	uint32_t mode;		/* SHIELD_NATIVE or SHIELD_GENERIC */
} attached[256];

#define ATTACHED_MAX (sizeof attached / sizeof attached[0])

/* An interface's counts, of each processor. */
static uint64_t counts[PROCESSORS_MAX][SHIELD_COUNTS];

static long
bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static uint64_t
pointer(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

/* The launcher has found the capabilities of its own namespace; the kernel may ask for the host's. */
_Noreturn static void
refuse_privilege(const char *what)
{
	die("the kernel refuses the shield %s (%s), as it does in a user namespace, in a container or under lockdown: start "
	    "without --shield, or give CAP_BPF and CAP_NET_ADMIN of the host", what, strerror(EPERM));
}

static int
make_map(const struct map_shape *shape)
{
	union bpf_attr attributes = { .map_type = shape->type, .key_size = shape->key_octets, .value_size = shape->value_octets,
	    .max_entries = shape->entries, .map_flags = shape->flags };

	memcpy(attributes.map_name, shape->name, sizeof attributes.map_name);
	int fd = (int)bpf(BPF_MAP_CREATE, &attributes);
	if (fd < 0 && errno == EPERM)
		refuse_privilege("its maps");
	if (fd < 0)
		die("the kernel makes no map \"%s\": %s", shape->name, strerror(errno));
	return fd;
}

static long
look_up(unsigned map, const void *key, void *value)
{
	union bpf_attr attributes = { .map_fd = (uint32_t)maps[map], .key = pointer(key), .value = pointer(value) };

	return bpf(BPF_MAP_LOOKUP_ELEM, &attributes);
}

static long
update(unsigned map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr attributes = { .map_fd = (uint32_t)maps[map], .key = pointer(key), .value = pointer(value),
	    .flags = flags };

	return bpf(BPF_MAP_UPDATE_ELEM, &attributes);
}

static long
delete(unsigned map, const void *key)
{
	union bpf_attr attributes = { .map_fd = (uint32_t)maps[map], .key = pointer(key) };

	return bpf(BPF_MAP_DELETE_ELEM, &attributes);
}

/* Loads the program, whose instructions have positions where the kernel wants descriptors of maps. */
static int
load_program(char *verdict, size_t octets)
{
	enum { COUNT = sizeof shield_program / sizeof shield_program[0] };
	struct bpf_insn code[COUNT];
	union bpf_attr attributes = { .prog_type = BPF_PROG_TYPE_XDP, .insns = pointer(code), .insn_cnt = COUNT,
	    .license = pointer("ISC"), .log_buf = pointer(verdict), .log_size = (uint32_t)octets,
	    .log_level = verdict != NULL };

	memcpy(code, shield_program, sizeof code);
	for (unsigned i = 0; i < COUNT; i++)
		if (code[i].code == (BPF_LD | BPF_DW | BPF_IMM) && code[i].src_reg == BPF_PSEUDO_MAP_FD)
			code[i].imm = maps[code[i].imm];
	strcpy(attributes.prog_name, "anydhcpd_shield");
	return (int)bpf(BPF_PROG_LOAD, &attributes);
}

/* Ends with the last words of the verifier about the program. */
_Noreturn static void
refuse(int error)
{
	static char verdict[1 << 20];

	if (error == EPERM)
		refuse_privilege("its program");
	(void)load_program(verdict, sizeof verdict);
	size_t length = strlen(verdict);
	for (size_t i = 0; i < length; i++)
		if (verdict[i] == '\n')
			verdict[i] = ' ';
	die("the kernel does not load the shield's program, which Linux 6.1 and later do: %s%s%s", strerror(error),
	    length > 0 ? ": " : "", length > VERDICT_OCTETS ? verdict + length - VERDICT_OCTETS : verdict);
}

void
shield_load(void)
{
	for (unsigned i = 0; i < MAPS; i++)
		maps[i] = make_map(&shield_maps[i]);
	program = load_program(NULL, 0);
	if (program < 0)
		refuse(errno);
}

bool
shield_is_usable(void)
{
	const uint32_t first = 0;
	struct shield_limit limit;

	return look_up(MAP_LIMITS, &first, &limit) == 0;
}

int
shield_program_fd(void)
{
	return program;
}

static void
fail(struct shield_reply *reply, int error)
{
	reply->result = SHIELD_FAILED;
	reply->error = (uint32_t)error;
}

void
shield_limit(const struct shield_limit limits[SHIELD_LIMITS], struct shield_reply *reply)
{
	for (uint32_t i = 0; i < SHIELD_LIMITS; i++)
		if (update(MAP_LIMITS, &i, &limits[i], BPF_ANY) != 0)
			return fail(reply, errno);
	reply->result = SHIELD_OK;
}

/* Where an interface is; where there is room, for 0. ATTACHED_MAX: nowhere. */
static size_t
find(unsigned ifindex)
{
	size_t at = 0;

	while (at < ATTACHED_MAX && attached[at].ifindex != ifindex)
		at++;
	return at;
}

/*
 * Whether a link still holds the program to its interface: not once the interface has gone, or another program has
 * detached it.
 */
static bool
is_held(int link)
{
	struct bpf_link_info held = { .id = 0 };
	union bpf_attr attributes = { .info = { .bpf_fd = (uint32_t)link, .info_len = sizeof held, .info = pointer(&held) } };

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) != 0 || held.xdp.ifindex != 0;
}

static int
make_link(unsigned ifindex, uint32_t mode)
{
	union bpf_attr attributes = { .link_create = { .prog_fd = (uint32_t)program, .target_ifindex = ifindex,
	    .attach_type = BPF_XDP, .flags = mode } };

	return (int)bpf(BPF_LINK_CREATE, &attributes);
}

static void
forget(unsigned ifindex)
{
	delete(MAP_INTERFACES, &ifindex);
	delete(MAP_COUNTS, &ifindex);
}

/* Makes the interface's bucket and its counts anew. */
static bool
remember(unsigned ifindex)
{
	const uint64_t full = 0;

	memset(counts, 0, sizeof counts);
	forget(ifindex);
	return update(MAP_COUNTS, &ifindex, counts, BPF_ANY) == 0 && update(MAP_INTERFACES, &ifindex, &full, BPF_ANY) == 0;
}

static void
let_go(size_t at)
{
	close(attached[at].link);
	attached[at].ifindex = 0;
}

void
shield_attach(unsigned ifindex, struct shield_reply *reply)
{
	size_t at = find(ifindex);

	if (at < ATTACHED_MAX && is_held(attached[at].link)) {
		reply->result = attached[at].mode;
		return;
	}
	if (at < ATTACHED_MAX)
		let_go(at);
	at = find(0);
	if (at == ATTACHED_MAX)
		return fail(reply, ENOSPC);
	if (!remember(ifindex))
		return fail(reply, errno);
	uint32_t mode = SHIELD_NATIVE;
	int link = make_link(ifindex, XDP_FLAGS_DRV_MODE);
	if (link < 0) {
		mode = SHIELD_GENERIC;
		link = make_link(ifindex, XDP_FLAGS_SKB_MODE);
	}
	if (link < 0) {
		int error = errno;

		forget(ifindex);
		return fail(reply, error);
	}
	attached[at].ifindex = ifindex;
	attached[at].link = link;
	attached[at].mode = mode;
	reply->result = mode;
}

void
shield_detach(unsigned ifindex, struct shield_reply *reply)
{
	size_t at = find(ifindex);

	reply->result = SHIELD_OK;
	if (at == ATTACHED_MAX)
		return;
	let_go(at);
	forget(ifindex);
}

/* More than the kernel's processors are; the kernel writes that many values at most. */
static size_t
processors(void)
{
	static unsigned long mask[PROCESSORS_MAX / 8 / sizeof(unsigned long)];
	static size_t known;

	if (known == 0) {
		long octets = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
		known = octets > 0 ? (size_t)octets * 8 : PROCESSORS_MAX;
	}
	return known;
}

void
shield_count(unsigned ifindex, struct shield_reply *reply)
{
	size_t at = find(ifindex);

	if (look_up(MAP_COUNTS, &ifindex, counts) != 0)
		return fail(reply, errno);
	for (size_t processor = 0; processor < processors(); processor++)
		for (unsigned i = 0; i < SHIELD_COUNTS; i++)
			reply->counts[i] += counts[processor][i];
	reply->result = at < ATTACHED_MAX && is_held(attached[at].link) ? SHIELD_OK : SHIELD_LOST;
}

void
shield_keys(const struct shield_key_request *request, struct shield_reply *reply)
{
	unsigned map = request->table == SHIELD_CLIENTS ? MAP_CLIENTS : MAP_DESTINATIONS;
	const uint64_t value = 0;

	for (unsigned i = 0; i < request->header.count; i++) {
		const uint8_t *key = request->keys[i];
		long result = request->action == SHIELD_PUT ? update(map, key, &value, BPF_NOEXIST) : delete(map, key);

		if (result == 0 || errno == (request->action == SHIELD_PUT ? EEXIST : ENOENT))
			continue;
		reply->result++;
		reply->error = (uint32_t)errno;
	}
}
