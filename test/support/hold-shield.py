"""Holds a kernel shield on an interface, as the daemon would, until standard input ends: somebody else's XDP program.
Arguments: the program of the shield's process, the interface."""

import os
import socket
import struct
import sys

DAEMON_FD, VERSION, ATTACH = 3, 1, 3


def main():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        os.dup2(theirs.fileno(), DAEMON_FD)
        os.execv(sys.argv[1], ["anydhcpd-shield", "keep", "keep"])
    theirs.close()
    ours.recv(256)
    ours.send(struct.pack("=BBHII", VERSION, ATTACH, 0, 1, socket.if_nametoindex(sys.argv[2])))
    (result,) = struct.unpack_from("=I", ours.recv(256), 8)
    print("attached" if result in (1, 2) else f"failed: {result}", flush=True)
    sys.stdin.read()


main()
