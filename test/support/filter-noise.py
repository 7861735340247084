"""Counts what wakes a reader: puts sockets behind one end of a cable, sends noise and requests into the
other end, and tells how many packets each socket was given. Standard input: {"frameFilter": hex,
"prefilter": hex, "frames": [hex, ...], "last": hex}; the last frame must reach every socket and ends the
count. Arguments: receiving interface, sending interface. Writes one JSON line: socket to number of packets,
the last one not counted, and of those that the kernel had to drop for want of room.
"""

import ctypes
import json
import socket
import struct
import sys

SO_RCVBUFFORCE, SO_ATTACH_FILTER = 33, 26
SOL_PACKET, PACKET_STATISTICS = 263, 6
ETH_P_IP = 0x0800
HEADERS = 42
ROOM = 64 << 20
DEADLINE_SECONDS = 20


def prepared(sock, program=b""):
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    sock.settimeout(DEADLINE_SECONDS)
    if program:
        octets = ctypes.create_string_buffer(program, len(program))
        fprog = struct.pack("HP", len(program) // 8, ctypes.addressof(octets))
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog)
    return sock


def frames(interface, program=b""):
    sock = prepared(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0), program)
    sock.bind((interface, ETH_P_IP))
    return sock


def datagrams(program=b""):
    sock = prepared(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), program)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("0.0.0.0", 67))
    return sock


def count(sock, last):
    """Packets up to the last one, which is not counted."""
    packets = 0
    while sock.recv(65536) != last:
        packets += 1
    return packets


def main():
    task = json.load(sys.stdin)
    frame_filter, prefilter = (bytes.fromhex(task[name]) for name in ("frameFilter", "prefilter"))
    last = bytes.fromhex(task["last"])
    receiving, sending = sys.argv[1:]
    sockets = {
        "framesUnfiltered": (frames(receiving), last),
        "framesFiltered": (frames(receiving, frame_filter), last),
        "datagrams": (datagrams(prefilter), last[HEADERS:]),
    }
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((sending, 0))
    for frame in task["frames"]:
        sender.send(bytes.fromhex(frame))
    sender.send(last)
    counts = {name: count(sock, end) for name, (sock, end) in sockets.items()}
    lost = 0
    for name in ("framesUnfiltered", "framesFiltered"):
        lost += struct.unpack("II", sockets[name][0].getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    print(json.dumps({**counts, "lost": lost}))


main()
