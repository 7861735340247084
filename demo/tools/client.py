"""A raw-socket DHCP client that obeys commands: it reads one JSON command a line and answers
each with one JSON line (a "load" with several). It keeps to no state machine, so that tests can
also say what no honest client would.

  {"op": "send", "message": {...}, "frame": {...}, "raw": hex, "expect": 1, "waitMs": 3000, "lingerMs": 200}
      Sends a message (fields of dhcp.encode_message; "raw" replaces its octets) in a frame (named
      arguments of dhcp.encode_frame in camel case), collects replies to its chaddr until `expect` have
      come or `waitMs` passed, then `lingerMs` more for those nobody should send. "cut": N sends only
      the first N octets of the message. "fence": {"message": {...}, "frame": {...}} is a second one sent right behind: once it is
      answered, only `lingerMs` more is waited. Answer: {"event": "sent", "octets": hex, "replies": [frame, ...], "arp": [frame, ...]}
  {"op": "blast", "payloads": [hex, ...], "sources": [A, ...], "waitMs": 2000}
      Sends each as the payload of a broadcast, from its address of `sources` (0.0.0.0 if it has none), and collects every reply until nothing has come for
      `waitMs`. Answer: {"event": "blasted", "replies": [...]}
  {"op": "hold", "address": A, "mac": M}      answers ARP for A with M from now on
  {"op": "drop", "address": A}                stops that
  {"op": "load", "clients": N, "rate": N a second, "first": N, "request": true, "broadcast": false, "window": N, "waitMs": 30000, "idleMs": N}
      N clients, at most `window` of them without an OFFER at a time: DISCOVER, and REQUEST after each OFFER. Events "offer" and "ack" as they
      happen; it ends when all are served, after waitMs, or when no reply has come for idleMs; at last "done" with the counts.

usage: client.py INTERFACE
"""

import json
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dhcp

FRAME_ARGUMENTS = {"sourceMac": "source_mac", "destinationMac": "destination_mac", "source": "source",
                   "destination": "destination", "sourcePort": "source_port", "destinationPort": "destination_port"}


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Client:
    def __init__(self, interface):
        self.socket = dhcp.open_packet_socket(interface)
        self.own_mac = dhcp.mac_text(self.socket.getsockname()[4])
        self.held = {}
        self.arp = []

    def receive(self, deadline):
        """The next DHCP frame from others, None at the deadline. ARP is noted, and answered for held addresses."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                frame, outgoing = dhcp.receive_frame(self.socket)
            except OSError:
                continue
            if frame is None or outgoing:
                continue
            if frame["kind"] == "arp":
                self.arp.append(frame)
                mac = self.held.get(frame["target"])
                if frame["operation"] == "request" and mac:
                    self.socket.send(dhcp.encode_arp_reply(mac, frame["target"], frame["senderMac"], frame["sender"]))
            elif frame["kind"] == "dhcp":
                return frame

    def send(self, command):
        message = command.get("message", {})
        octets = bytes.fromhex(command["raw"]) if "raw" in command else dhcp.encode_message(message)
        octets = octets[:command.get("cut", len(octets))]
        arguments = {FRAME_ARGUMENTS[name]: value for name, value in command.get("frame", {}).items()}
        arguments.setdefault("source_mac", message.get("chaddr", self.own_mac))
        self.arp = []
        self.socket.send(dhcp.encode_frame(octets, **arguments))
        fence = command.get("fence")
        if fence:
            behind = {FRAME_ARGUMENTS[name]: value for name, value in fence.get("frame", {}).items()}
            behind.setdefault("source_mac", fence["message"]["chaddr"])
            self.socket.send(dhcp.encode_frame(dhcp.encode_message(fence["message"]), **behind))
        replies = []
        expect = command.get("expect", 1)
        deadline = time.monotonic() + command.get("waitMs", 3000) / 1000
        lingering = False
        while True:
            if not lingering and not fence and len(replies) >= expect:
                lingering = True
                deadline = time.monotonic() + command.get("lingerMs", 200) / 1000
            frame = self.receive(deadline)
            if frame is None:
                break
            reply = frame["message"]
            if not reply or reply["op"] != 2:
                continue
            if fence and not lingering and reply["chaddr"] == fence["message"]["chaddr"]:
                lingering = True
                deadline = time.monotonic() + command.get("lingerMs", 200) / 1000
            elif reply["chaddr"] == message.get("chaddr", reply["chaddr"]):
                replies.append(frame)
        say("sent", octets=octets.hex(), replies=replies, arp=self.arp)

    def blast(self, command):
        replies = []
        quiet = command.get("waitMs", 2000) / 1000
        sources = command.get("sources", [])
        for i, payload in enumerate(command["payloads"]):
            source = sources[i] if i < len(sources) else "0.0.0.0"
            self.socket.send(dhcp.encode_frame(bytes.fromhex(payload), self.own_mac, source=source))
            # Paced by reading: no queue of ours or the server's overflows.
            frame = self.receive(time.monotonic() + 0.001)
            while frame:
                replies.append(frame)
                frame = self.receive(time.monotonic() + 0.001)
        frame = self.receive(time.monotonic() + quiet)
        while frame:
            replies.append(frame)
            frame = self.receive(time.monotonic() + quiet)
        say("blasted", replies=[f for f in replies if f["message"] and f["message"]["op"] == 2])

    def load(self, command):
        first, count, rate = command.get("first", 0), command["clients"], command["rate"]
        deadline = time.monotonic() + command.get("waitMs", 30000) / 1000
        started, sent, offers, acks, unicast = time.monotonic(), 0, {}, {}, 0
        wanted_acks = command.get("request", True)
        window = command.get("window", count)
        idle, heard = command.get("idleMs", 1e9) / 1000, started
        while time.monotonic() < min(deadline, heard + idle):
            while sent < count and sent - len(offers) < window and sent < (time.monotonic() - started) * rate:
                self.transmit(first + sent, "DISCOVER", command, [])
                sent += 1
            if len(acks if wanted_acks else offers) >= count:
                break
            frame = self.receive(min(deadline, time.monotonic() + 0.002))
            reply = frame and frame["message"]
            if not reply or reply["op"] != 2 or not first <= reply["xid"] < first + count:
                continue
            name, heard = reply["chaddr"], time.monotonic()
            if reply["type"] == "OFFER" and name not in offers:
                offers[name] = reply["yiaddr"]
                unicast += frame["destinationMac"] == name
                if wanted_acks:
                    self.transmit(reply["xid"], "REQUEST", command, [
                        [50, socket.inet_aton(reply["yiaddr"]).hex()], [54, reply["options"].get("54", "")]])
            elif reply["type"] == "ACK" and name not in acks:
                acks[name] = reply["yiaddr"]
                say("ack", address=reply["yiaddr"], chaddr=name, leaseTime=reply["leaseTime"])
        say("done", sent=sent, offers=len(offers), distinct=len(set(offers.values())), acks=len(acks),
            unicastOffers=unicast, arp=self.arp)

    def transmit(self, number, kind, command, options):
        mac = "02:%s" % dhcp.mac_text(number.to_bytes(5, "big"))
        octets = dhcp.encode_message({"type": kind, "chaddr": mac, "xid": number, "options": options,
                                      "broadcast": command.get("broadcast", False)})
        try:
            self.socket.send(dhcp.encode_frame(octets, mac))
        except OSError:
            # A full transmit queue loses a message, as networks do.
            pass


def main():
    client = Client(sys.argv[1])
    say("ready", mac=client.own_mac)
    for command in read_commands(client):
        if command["op"] == "send":
            client.send(command)
        elif command["op"] == "blast":
            client.blast(command)
        elif command["op"] == "hold":
            client.held[command["address"]] = command["mac"]
            say("held")
        elif command["op"] == "drop":
            client.held.pop(command["address"], None)
            say("held")
        elif command["op"] == "load":
            client.arp = []
            client.load(command)


def read_commands(client):
    """Commands as they come; ARP for held addresses is answered between them too."""
    rest = b""
    while True:
        readable, _, _ = select.select([client.socket, sys.stdin], [], [])
        if client.socket in readable:
            client.receive(time.monotonic() + 0.001)
        if sys.stdin in readable:
            octets = os.read(0, 65536)
            if not octets:
                return
            *lines, rest = (rest + octets).split(b"\n")
            for line in lines:
                yield json.loads(line)


if __name__ == "__main__":
    main()
