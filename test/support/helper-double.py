"""In the helper's place for tests of the udp backend: opens sockets and sets neighbour entries as
asked by JSON messages on a SOCK_SEQPACKET socket, and misbehaves when told to. Its arguments are
the command to run as main, to which the number of the socket is added. Lines on standard input:
"silent" (no answers to neighbour requests), "refuse" (all refused), "normal", "end".
"""

import errno
import json
import os
import select
import socket
import subprocess
import sys

CODES = {errno.EADDRINUSE: "in-use", errno.EADDRNOTAVAIL: "no-address", errno.EACCES: "no-permission"}
OK, REFUSED, FAILED = 0, 1, 3
IP_FREEBIND, IP_PKTINFO, IP_MTU_DISCOVER, OMIT, SO_RXQ_OVFL = 15, 8, 10, 5, 40


def listen(request):
    """A socket as the helper would open it."""
    if request["kind"] == "icmp":
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    made.setsockopt(socket.SOL_IP, IP_PKTINFO, 1)
    made.setsockopt(socket.SOL_IP, IP_MTU_DISCOVER, OMIT)
    made.setsockopt(socket.SOL_IP, IP_FREEBIND, int(request["freebind"]))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    made.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
    made.bind((socket.inet_ntoa(request["address"].to_bytes(4, "big")), 67))
    return made


def neighbour(verb, row):
    """Sets or deletes one entry; the row is ifindex, address, and the two parts of the hardware address."""
    ifindex, address, high, low = row
    name = socket.if_indextoname(ifindex)
    mac = (high.to_bytes(2, "big") + low.to_bytes(4, "big")).hex(":")
    rest = ["lladdr", mac, "nud", "reachable"] if verb == "replace" else []
    command = ["ip", "neigh", verb, socket.inet_ntoa(address.to_bytes(4, "big")), *rest, "dev", name]
    done = subprocess.run(command, stderr=subprocess.DEVNULL)
    return OK if done.returncode == 0 else FAILED


def serve(channel, request, mode):
    verb = request["verb"]
    if verb == "listen":
        try:
            made = listen(request)
        except OSError as error:
            answer = {"code": CODES.get(error.errno, "failed"), "reason": os.strerror(error.errno)}
            channel.send(json.dumps({"id": request["id"], **answer}).encode())
            return
        socket.send_fds(channel, [json.dumps({"id": request["id"]}).encode()], [made.fileno()])
        made.close()
    elif verb == "delete":
        for row in request["rows"]:
            neighbour("del", row)
    elif mode != "silent":
        results = [REFUSED if mode == "refuse" else neighbour("replace", row) for row in request["rows"]]
        channel.send(json.dumps({"id": request["id"], "results": results}).encode())


def main():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [*sys.argv[1:], str(theirs.fileno())]
    child = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    mode = "normal"
    while child.poll() is None:
        ready, _, _ = select.select([ours, sys.stdin], [], [])
        if sys.stdin in ready:
            mode = sys.stdin.readline().strip() or "end"
            print(json.dumps({"event": "mode", "mode": mode}), flush=True)
            if mode == "end":
                break
        elif ours in ready:
            message = ours.recv(65536)
            if not message:
                break
            serve(ours, json.loads(message), mode)
    ours.close()
    sys.exit(child.wait())


main()
