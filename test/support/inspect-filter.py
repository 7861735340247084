"""Looks at a packet socket of another process: its filter, and whether that can be taken off.
Arguments: process id, descriptor. Writes one JSON line.
"""

import ctypes
import json
import os
import socket
import sys

PIDFD_GETFD = 438
SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_GET_FILTER, SO_LOCK_FILTER = 26, 27, 26, 44
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
INSTRUCTIONS_MAX = 4096

libc = ctypes.CDLL(None, use_errno=True)


def taken(pid, fd):
    """A copy of the descriptor."""
    copy = libc.syscall(PIDFD_GETFD, os.pidfd_open(pid), fd, 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return socket.socket(fileno=copy)


def filter_of(sock):
    """The program, as octets. The kernel counts in instructions."""
    program = ctypes.create_string_buffer(INSTRUCTIONS_MAX * 8)
    count = ctypes.c_uint(INSTRUCTIONS_MAX)
    if libc.getsockopt(sock.fileno(), socket.SOL_SOCKET, SO_GET_FILTER, program, ctypes.byref(count)) != 0:
        raise OSError(ctypes.get_errno(), "SO_GET_FILTER")
    return program.raw[: count.value * 8]


def attempt(sock, option, value):
    """errno of a setsockopt, 0 if it works."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, option, value)
    except OSError as error:
        return error.errno
    return 0


def main():
    sock = taken(int(sys.argv[1]), int(sys.argv[2]))
    name, protocol, _, _, _ = sock.getsockname()
    accept = ctypes.create_string_buffer(b"\x06\0\0\0\xff\xff\xff\xff")
    program = (1).to_bytes(8, sys.byteorder) + ctypes.addressof(accept).to_bytes(8, sys.byteorder)
    print(
        json.dumps(
            {
                "ifindex": socket.if_nametoindex(name),
                "protocol": protocol,
                "filter": filter_of(sock).hex(),
                "attach": attempt(sock, SO_ATTACH_FILTER, program),
                "detach": attempt(sock, SO_DETACH_FILTER, 0),
                "unlock": attempt(sock, SO_LOCK_FILTER, 0),
                "auxiliary": sock.getsockopt(SOL_PACKET, PACKET_AUXDATA),
                "ignoresOutgoing": sock.getsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING),
                "receiveBuffer": sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
            }
        )
    )


main()
