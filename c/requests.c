/*
 * See requests.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "report.h"
#include "requests.h"

ssize_t
read_request(int fd, void *room, size_t octets)
{
	struct iovec part = { room, octets };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (length < 0 && errno != ECONNRESET)
		die("cannot read requests: %s", strerror(errno));
	if (length <= 0)
		return 0;
	/* MSG_CTRUNC: somebody tries to pass descriptors to us; the kernel has closed them. */
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		die("request too long, or with descriptors");
	return length;
}
