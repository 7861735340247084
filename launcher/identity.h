/*
 * The users of the daemon and its siblings. The capabilities that the launcher holds and the ids that its user
 * namespace maps decide, never uid 0 by itself.
 */
#ifndef ANYDHCPD_IDENTITY_H
#define ANYDHCPD_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	uint64_t capabilities;	/* what the launcher holds */
	bool change;		/* false: all processes keep the launcher's ids */
	bool dedicated;		/* the user is DAEMON_USER, whose group means something */
	bool is_supposed;	/* no process becomes that user here: the modes of files show what it may do */
	uid_t uid;		/* the daemon's */
	gid_t gid;
};

struct account {
	uid_t uid;
	gid_t gid;
};

#define DAEMON_USER "_anydhcpd"

/* Decides, and notes the choice and its reason. */
void identity_choose(struct identity *);

/* Decides as for a launcher with privilege, in a process that needs none and starts no other. */
void identity_suppose(struct identity *);

/*
 * Decides for a sibling (sibling.h) called `name`: its user, or unused ids, with a note; the launcher's own ids if all
 * processes keep them.
 */
void identity_choose_sibling(const struct identity *, const char *user, const char *name, struct account *);

/* The ids of a user. False if there is none, or none that counts in this user namespace. After identity_choose. */
bool identity_find_user(const char *name, struct account *);

/*
 * Whether `uid` is root or the user who started the launcher, and not the daemon's user. In a user namespace an owner
 * from outside it counts too.
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
