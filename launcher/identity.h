/*
 * Who the daemon and its siblings will be. Decided by the capabilities that the launcher holds and by
 * the ids that its user namespace maps, never by being uid 0.
 */
#ifndef ANYDHCPD_IDENTITY_H
#define ANYDHCPD_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	uint64_t capabilities;	/* what the launcher holds */
	bool change;		/* false: everybody keeps the launcher's ids */
	bool dedicated;		/* the user is DAEMON_USER, whose group means something */
	bool is_supposed;	/* nobody becomes that user here: what it may do is told by the modes of files */
	uid_t uid;		/* the daemon's */
	gid_t gid;
};

struct account {
	uid_t uid;
	gid_t gid;
};

#define DAEMON_USER "_anydhcpd"

/* Decides, and notes what was chosen and why. */
void identity_choose(struct identity *);

/* Decides as for a launcher with privilege, in a process that need not have any and starts nobody. */
void identity_suppose(struct identity *);

/*
 * Decides for a sibling (sibling.h) called `name`: its user, or ids that nobody else has, with a note; the launcher's own
 * where everybody keeps them.
 */
void identity_choose_sibling(const struct identity *, const char *user, const char *name, struct account *);

/* The ids of a user. False if there is none, or none that counts in this user namespace. After identity_choose. */
bool identity_find_user(const char *name, struct account *);

/*
 * Whether what belongs to `uid` is root's, or of whoever started the launcher, and not the daemon's. In a
 * user namespace that is also an owner from outside it.
 */
bool identity_trusts(const struct identity *, uid_t uid);

/* Runs `attempt` in a child that has become the daemon's user; whether it said true. */
bool identity_try(const struct identity *, bool (*attempt)(const void *), const void *context);

/* Whether the daemon's user is the one of that name. After identity_choose or identity_suppose. */
bool identity_is_user(const struct identity *, const char *name);

/*
 * Whether the daemon, as it will be, may access `path` (relative to `directory`, which may be
 * AT_FDCWD) with `mode` (R_OK, W_OK, X_OK).
 */
bool identity_may(const struct identity *, int directory, const char *path, int mode);

#endif
