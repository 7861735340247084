# The other side of a test: runs Python statements sent as JSON lines on standard input, answers each
# with one JSON line, and passes descriptors through a unix socket (path in argv[1]), since Node can
# neither open such sockets nor receive descriptors by itself. See peer.ts.

import contextlib
import errno
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import traceback

channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
channel.connect(sys.argv[1])


def give(item):
    """Passes a copy of a socket's, file's or numeric descriptor to the test."""
    fd = item if isinstance(item, int) else item.fileno()
    socket.send_fds(channel, [b"d"], [fd])


def sh(command):
    """Runs a shell command; its failure is ours."""
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout


def udp(address="127.0.0.1", port=0):
    """A bound UDP socket with a deadline of five seconds."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    made.bind((address, port))
    made.settimeout(5)
    return made


def sniffer(interface):
    """An AF_PACKET socket for the IPv4 frames of one interface, with checksum state, five seconds' deadline."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
    made.bind((interface, 0x0800))
    made.settimeout(5)
    return made


def internet_checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(source, destination, protocol, body):
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + addresses
    return head[:10] + struct.pack("!H", internet_checksum(head)) + head[12:] + body


def udp_frame(source, source_port, destination, port, payload, checksum_error=0):
    """An Ethernet broadcast frame with a UDP datagram."""
    length = 8 + len(payload)
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!BBH", 0, 17, length)
    head = struct.pack("!HHHH", source_port, port, length, 0)
    checksum = internet_checksum(pseudo + head + payload) ^ checksum_error
    datagram = struct.pack("!HHHH", source_port, port, length, checksum) + payload
    return b"\xff" * 6 + b"\x02\0\0\0\0\x01" + b"\x08\0" + ip_packet(source, destination, 17, datagram)


def next_datagram(sniffing, port):
    """What the next UDP datagram to `port` on a sniffer looks like on the wire."""
    while True:
        frame, control, _, _ = sniffing.recvmsg(4096, 256)
        packet = frame[14:]
        if packet[9] != 17 or struct.unpack("!H", packet[22:24])[0] != port:
            continue
        total = struct.unpack("!H", packet[2:4])[0]
        datagram = packet[20:total]
        pseudo = packet[12:20] + struct.pack("!BBH", 0, 17, len(datagram))
        status = struct.unpack("I", control[0][2][:4])[0] if control else 0
        return {
            "source": socket.inet_ntoa(packet[12:16]),
            "destination": socket.inet_ntoa(packet[16:20]),
            "destinationMac": frame[:6].hex(":"),
            "payload": datagram[8:].decode("latin1"),
            "checksumValid": internet_checksum(pseudo + datagram) == 0,
            "checksumPartial": bool(status & 8),
            "dontFragment": bool(packet[6] & 0x40),
        }


def main():
    scope = globals()
    for line in sys.stdin:
        scope["result"] = None
        try:
            exec(json.loads(line), scope)
            answer = {"result": scope["result"]}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


main()
