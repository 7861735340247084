"""An access concentrator that asks for leases (RFC 4388 over UDP, RFC 6926 over TCP): reads one JSON
command a line and answers each with one JSON line. An own reading of the RFCs, like demo/tools.

  {"op": "datagram", "server": A, "from": A, "message": {...}, "waitMs": 2000}
      Sends a message (fields of dhcp.encode_message) from port 67 of `from`, which is its giaddr too, and
      waits there for one answer. Answer: {"event": "answer", "message": {...} or null, "source": A}
  {"op": "connect", "server": A, "from": A}   a TCP connection to port 67. Answer: {"event": "connected"}, or "error"
  {"op": "ask", "messages": [{...}, ...], "done": N, "keep": N}
      Sends framed messages in one piece and reads until N DHCPLEASEQUERYDONE have come or the connection ends.
      Answer: {"event": "answers", "total": N, "messages": the first `keep`, "dones": [...], "closed": true/false}
  {"op": "octets", "hex": H}                  sends octets as they are. Answer: {"event": "written"}
  {"op": "closed", "waitMs": 5000}            waits for the end. Answer: {"event": "closed", "closed": true/false}
  {"op": "hang", "messages": [...]}           asks, and reads nothing. Answer: {"event": "written"}
  {"op": "shut"}                              ends its own direction. Answer: {"event": "written"}

usage: requestor.py
"""

import json
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo", "tools"))
import dhcp

NOBODY = {"htype": 0, "hlen": 0, "chaddr": "00:00:00:00:00:00"}
DEADLINE = 20


def framed(message):
    octets = dhcp.encode_message({**NOBODY, **message})
    return struct.pack("!H", len(octets)) + octets


class Requestor:
    def __init__(self):
        self.stream = None
        self.received = b""

    def datagram(self, command):
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.bind((command["from"], 67))
        here.settimeout(command.get("waitMs", 2000) / 1000)
        message = {**NOBODY, "type": "LEASEQUERY", "giaddr": command["from"], **command["message"]}
        here.sendto(dhcp.encode_message(message), (command["server"], 67))
        try:
            octets, (source, port) = here.recvfrom(4096)
        except TimeoutError:
            return {"event": "answer", "message": None, "source": "", "port": 0}
        finally:
            here.close()
        return {"event": "answer", "message": dhcp.decode_message(octets), "source": source, "port": port}

    def connect(self, command):
        if self.stream is not None:
            self.stream.close()
        self.received = b""
        self.stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.stream.settimeout(DEADLINE)
        if command.get("window"):
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, command["window"])
        self.stream.bind((command.get("from", "0.0.0.0"), 0))
        try:
            self.stream.connect((command["server"], 67))
        except OSError as error:
            return {"event": "connected", "error": error.strerror or str(error)}
        return {"event": "connected", "error": ""}

    def next_message(self):
        """The next framed message; None at the end of the connection."""
        while True:
            if len(self.received) >= 2:
                size = struct.unpack("!H", self.received[:2])[0]
                if len(self.received) >= 2 + size:
                    octets, self.received = self.received[2:2 + size], self.received[2 + size:]
                    return dhcp.decode_message(octets)
            try:
                more = self.stream.recv(1 << 20)
            except ConnectionResetError:
                return None
            if not more:
                return None
            self.received += more

    def ask(self, command):
        try:
            self.stream.sendall(b"".join(framed(message) for message in command["messages"]))
        except OSError:
            pass
        kept, dones, total, addresses = [], [], 0, set()
        while len(dones) < command.get("done", 1):
            message = self.next_message()
            if message is None:
                return {"event": "answers", "total": total, "distinct": len(addresses), "messages": kept,
                        "dones": dones, "closed": True}
            if message["type"] == "LEASEQUERYDONE":
                dones.append(message)
                continue
            total += 1
            addresses.add(message["ciaddr"])
            if len(kept) < command.get("keep", 1000):
                kept.append(message)
        return {"event": "answers", "total": total, "distinct": len(addresses), "messages": kept, "dones": dones,
                "closed": False}

    def octets(self, command):
        self.stream.sendall(bytes.fromhex(command["hex"]))
        return {"event": "written"}

    def hang(self, command):
        self.stream.sendall(b"".join(framed(message) for message in command["messages"]))
        return {"event": "written"}

    def shut(self, _):
        self.stream.shutdown(socket.SHUT_WR)
        return {"event": "written"}

    def closed(self, command):
        self.stream.settimeout(command.get("waitMs", 5000) / 1000)
        try:
            while self.stream.recv(1 << 20):
                pass
        except TimeoutError:
            return {"event": "closed", "closed": False}
        except OSError:
            pass
        return {"event": "closed", "closed": True}


requestor = Requestor()
print(json.dumps({"event": "ready"}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    print(json.dumps(getattr(requestor, command["op"])(command)), flush=True)
