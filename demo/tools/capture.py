"""Captures DHCP, ARP and ICMP on interfaces: one JSON object a line (or a readable line with --text),
after a first line that says it listens. Ends on SIGTERM or at end of its input.

usage: capture.py [--text] INTERFACE...
"""

import json
import os
import select
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dhcp


def main():
    text = "--text" in sys.argv
    sockets = {dhcp.open_packet_socket(name): name for name in sys.argv[1:] if not name.startswith("--")}
    print(json.dumps({"kind": "ready"}) if not text else "listening", flush=True)
    while True:
        readable, _, _ = select.select([*sockets, sys.stdin], [], [])
        if sys.stdin in readable and not os.read(0, 4096):
            return
        for s in readable:
            if s is sys.stdin:
                continue
            try:
                frame, outgoing = dhcp.receive_frame(s)
            except OSError:
                # The interface went down or away; what comes after it is of no interest.
                continue
            if frame is None:
                continue
            frame.update(interface=sockets[s], direction="out" if outgoing else "in", time=time.time())
            if text:
                print("%-8s %-3s %s > %s  %s" % (frame["interface"], frame["direction"], frame["sourceMac"],
                                                 frame["destinationMac"], dhcp.describe(frame)), flush=True)
            else:
                print(json.dumps(frame), flush=True)


if __name__ == "__main__":
    main()
