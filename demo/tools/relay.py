"""A plain relay agent (RFC 2131 4.1, RFC 1542 4, RFC 3046) on UDP sockets: takes broadcasts on the
client interface, sets giaddr, adds option 82, forwards to one server address; takes the reply at
giaddr, removes option 82 and delivers it to the client by a frame. Prints one JSON object per
message it forwards, after a first {"kind": "ready"}.

usage: relay.py CLIENT_INTERFACE GIADDR SERVER [CIRCUIT_ID]
"""

import json
import os
import select
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dhcp

IP_PKTINFO = 8


def add_agent_information(octets, circuit):
    """The message with option 82 before its end option, and at least 300 octets."""
    i = 240
    while i < len(octets) and octets[i] != 255:
        i += 1 if octets[i] == 0 else 2 + octets[i + 1]
    sub_option = bytes([1, len(circuit)]) + circuit
    return (octets[:i] + bytes([82, len(sub_option)]) + sub_option + b"\xff").ljust(300, b"\0")


def without_agent_information(octets):
    out, i = bytearray(octets[:240]), 240
    while i < len(octets) and octets[i] != 255:
        length = 1 if octets[i] == 0 else 2 + octets[i + 1]
        if octets[i] != 82:
            out += octets[i:i + length]
        i += length
    return bytes(out + b"\xff").ljust(300, b"\0")


def main():
    interface, giaddr, server = sys.argv[1:4]
    circuit = sys.argv[4].encode() if len(sys.argv) > 4 else b"port-1"
    clients = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    clients.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    clients.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    clients.bind(("255.255.255.255", 67))
    servers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    servers.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    servers.bind((giaddr, 67))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind((interface, 0))  # protocol 0: it only sends
    own_mac = dhcp.mac_text(wire.getsockname()[4])
    print(json.dumps({"kind": "ready"}), flush=True)
    while True:
        readable, _, _ = select.select([clients, servers, sys.stdin], [], [])
        if sys.stdin in readable and not os.read(0, 4096):
            return
        if clients in readable:
            octets, _ = clients.recvfrom(65536)
            message = dhcp.decode_message(octets)
            if message and message["op"] == 1:
                forward(octets, message, giaddr, circuit, servers, server)
        if servers in readable:
            octets, sender = servers.recvfrom(65536)
            message = dhcp.decode_message(octets)
            if message and message["op"] == 2:
                deliver(octets, message, giaddr, sender, wire, own_mac)


def forward(octets, message, giaddr, circuit, servers, server):
    octets = octets[:3] + bytes([message["hops"] + 1]) + octets[4:24] + socket.inet_aton(giaddr) + octets[28:]
    servers.sendto(add_agent_information(octets, circuit), (server, 67))
    print(json.dumps({"kind": "to-server", "source": giaddr, "destination": server, "message": message}), flush=True)


def deliver(octets, message, giaddr, sender, wire, own_mac):
    broadcast = message["flags"] & 0x8000 or message["type"] == "NAK" or message["yiaddr"] == "0.0.0.0"
    wire.send(dhcp.encode_frame(
        without_agent_information(octets), own_mac,
        destination_mac=dhcp.BROADCAST_MAC if broadcast else message["chaddr"], source=giaddr,
        destination="255.255.255.255" if broadcast else message["yiaddr"], source_port=67, destination_port=68))
    print(json.dumps({"kind": "to-client", "source": sender[0], "sourcePort": sender[1], "message": message}), flush=True)


if __name__ == "__main__":
    main()
