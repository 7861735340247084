/*
 * Mounts on which one owner's files appear as another's (Linux 5.12 and later).
 */
#ifndef ANYDHCPD_IDMAP_H
#define ANYDHCPD_IDMAP_H

#include <sys/types.h>

/*
 * A user namespace for mount_setattr(MOUNT_ATTR_IDMAP): files of `from_uid`/`from_gid` appear as
 * `to_uid`/`to_gid`, all others as the user nobody's. -1 if this kernel or container does not allow it.
 */
int idmap_open(uid_t from_uid, gid_t from_gid, uid_t to_uid, gid_t to_gid);

#endif
