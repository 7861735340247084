"""Puts a classic BPF program on a packet socket of one interface as the helper does, sends frames into
the other end of the cable, and tells which of them came through. Standard input: {"program": hex,
"frames": [hex, ...], "last": hex}; the last frame must pass and ends the wait.
Arguments: receiving interface, sending interface. Writes one JSON line: the numbers of the frames.
"""

import ctypes
import json
import socket
import struct
import sys

SO_ATTACH_FILTER, SO_LOCK_FILTER = 26, 44
ETH_P_IP = 0x0800
DEADLINE_SECONDS = 10


def main():
    task = json.load(sys.stdin)
    program = bytes.fromhex(task["program"])
    octets = ctypes.create_string_buffer(program, len(program))
    receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(octets)))
    receiver.setsockopt(socket.SOL_SOCKET, SO_LOCK_FILTER, 1)
    receiver.bind((sys.argv[1], ETH_P_IP))
    receiver.settimeout(DEADLINE_SECONDS)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((sys.argv[2], 0))
    frames = [bytes.fromhex(frame) for frame in task["frames"]]
    last = bytes.fromhex(task["last"])
    for frame in [*frames, last]:
        sender.send(frame)
    taken = []
    while True:
        frame = receiver.recv(65536)
        if frame == last:
            break
        taken.append(frames.index(frame) if frame in frames else frame.hex())
    print(json.dumps(taken))


main()
