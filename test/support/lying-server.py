"""A DHCP server for the load generator's tests: it gives 10.77.1.0 plus the number in chaddr to everybody behind a
relay, and lies in every other reply until it is out of lies, so that a client that drops a lie and asks again gets
the truth.

usage: lying-server.py ADDRESS OTHER-ADDRESS LIE...
where LIE is xid, chaddr, source, serverIdentifier, yiaddr, taken (the first client's address) or leaseTime
"""

import socket
import struct
import sys

POOL = 0x0A4D0100
DISCOVER, OFFER, ACK = 1, 2, 5


def bound(address):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 67))
    return server


def reply_to(query, address, lie):
    """The reply's octets; `lie` is what is wrong with it, None for nothing."""
    message = bytearray(query[:240])
    message[0] = 2
    number = int.from_bytes(message[31:34], "big")
    yiaddr = POOL + {"yiaddr": number + 1000, "taken": 0}.get(lie, number)
    struct.pack_into("!I", message, 16, yiaddr)
    if lie == "xid":
        message[4] ^= 0x40
    if lie == "chaddr":
        message[30] ^= 1
    server_identifier = socket.inet_aton("192.0.2.1" if lie == "serverIdentifier" else address)
    message += bytes([53, 1, OFFER if query[242] == DISCOVER else ACK]) + b"\x36\x04" + server_identifier
    if lie != "leaseTime":
        message += b"\x33\x04" + struct.pack("!I", 3600)
    return bytes(message + b"\xff").ljust(300, b"\0")


def main():
    address, other, *lies = sys.argv[1:]
    honest, liar = bound(address), bound(other)
    print("ready", flush=True)
    answered = 0
    while True:
        query, relay = honest.recvfrom(1500)
        lie = lies.pop(0) if lies and answered % 2 == 0 else None
        answered += 1
        (liar if lie == "source" else honest).sendto(reply_to(query, address, lie), relay)


main()
