"""New clients on the server's own network, one after another: each sends a DISCOVER, waits for its OFFER, takes the
address by a REQUEST, and after a pause the next one comes. Writes one line of JSON: {"offers": [milliseconds from the
first DISCOVER to the OFFER, ...], "unanswered": clients that gave up, "again": DISCOVERs sent again}.

usage: newcomers.py INTERFACE CLIENTS PAUSE-SECONDS SERIES [AGAIN-SECONDS]

SERIES (0 to 255) is part of the hardware addresses: other clients have another. A DISCOVER without OFFER is sent
again after AGAIN-SECONDS (4, as RFC 2131 section 4.1 wants).
"""

import json
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo", "tools"))
import dhcp

GIVE_UP_SECONDS = 20
ACK_SECONDS = 5
# DISCOVER asks for what clients ask for: mask, routers, name servers, domain name.
PARAMETER_REQUEST_LIST = [55, "0103060f"]


class Newcomer:
    def __init__(self, packet_socket, series, number):
        self.socket = packet_socket
        self.mac = "02:%02x:00:00:%02x:%02x" % (series, number >> 8, number & 255)
        self.xid = series << 16 | number
        self.again = 0

    def send(self, kind, options):
        message = {"type": kind, "chaddr": self.mac, "xid": self.xid, "options": [*options, PARAMETER_REQUEST_LIST]}
        self.socket.send(dhcp.encode_frame(dhcp.encode_message(message), self.mac))

    def receive(self, kind, deadline):
        """The reply of this kind to this client, None at the deadline."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            frame, outgoing = dhcp.receive_frame(self.socket)
            if frame is None or outgoing or frame["kind"] != "dhcp":
                continue
            reply = frame["message"]
            if reply and reply["op"] == 2 and reply["xid"] == self.xid and reply["type"] == kind:
                return reply

    def get_lease(self, again_seconds):
        """Milliseconds until the OFFER, None if there was none."""
        started = time.monotonic()
        while True:
            self.send("DISCOVER", [])
            offer = self.receive("OFFER", time.monotonic() + again_seconds)
            arrived = time.monotonic()
            if offer:
                break
            if arrived - started > GIVE_UP_SECONDS:
                return None
            self.again += 1
        address = [50, socket.inet_aton(offer["yiaddr"]).hex()]
        self.send("REQUEST", [address, [54, offer["options"].get("54", "")]])
        self.receive("ACK", time.monotonic() + ACK_SECONDS)
        return (arrived - started) * 1000


def main():
    interface, clients, pause, series, *again = sys.argv[1:]
    packet_socket = dhcp.open_packet_socket(interface)
    offers, unanswered, sent_again = [], 0, 0
    for number in range(int(clients)):
        newcomer = Newcomer(packet_socket, int(series), number)
        waited = newcomer.get_lease(float(again[0]) if again else 4)
        sent_again += newcomer.again
        if waited is None:
            unanswered += 1
        else:
            offers.append(round(waited, 3))
        time.sleep(float(pause))
    print(json.dumps({"offers": offers, "unanswered": unanswered, "again": sent_again}))


main()
