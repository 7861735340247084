"""What the demos have in common: namespaces that end with this process, programs read by lines, captured packets, an
account of what was sent, and expectations that are checked.
"""

import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOOLS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(TOOLS))
sys.path.insert(0, TOOLS)
import dhcp

COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ
CHECK, CROSS = ("\u2713", "\u2717") if "utf" in (sys.stdout.encoding or "").lower() else ("ok", "FAILED")


def colour(code, text):
    return "\033[%sm%s\033[0m" % (code, text) if COLOURS else text


def title(text):
    print("\n" + colour("1", text), flush=True)


def run(*words, inside=None):
    subprocess.run([*enter(inside), *words], check=True, stdin=subprocess.DEVNULL)


def enter(holder):
    return ["nsenter", "--net=/proc/%d/ns/net" % holder.pid, "--"] if holder else []


class Lines:
    """A program. Its output is read by lines, without blocking."""

    def __init__(self, words, inside=None, log=None):
        self.process = subprocess.Popen([*enter(inside), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT if log else None, text=True)
        self.queue = queue.Queue()
        self.seen = []
        threading.Thread(target=self.pump, daemon=True).start()

    def pump(self):
        for line in self.process.stdout:
            self.seen.append(line)
            self.queue.put(line)
        self.queue.put(None)

    def wait_for(self, what, matches, seconds=15):
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.queue.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise Failure("%s: no %s; what it said:\n%s" % (self.process.args[0], what, "".join(self.seen)))
            if matches(line):
                return line

    def command(self, **fields):
        self.process.stdin.write(json.dumps(fields) + "\n")
        self.process.stdin.flush()
        return json.loads(self.wait_for("answer", lambda line: line.startswith('{"event": "')))


class Failure(Exception):
    pass


class Stage:
    """A demo: a subclass builds its network and plays."""

    def __init__(self, directory):
        self.directory = directory
        self.failed = 0
        self.holders = []

    def namespace(self):
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()
        run("ip", "link", "set", "lo", "up", inside=holder)
        self.holders.append(holder)
        return holder

    def cable(self, near, far, far_name, near_namespace=None):
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far_name, "netns", str(far.pid),
            inside=near_namespace)
        run("ip", "link", "set", near, "up", inside=near_namespace)
        run("ip", "link", "set", far_name, "up", inside=far)

    def check(self, text, holds):
        mark = colour("32", CHECK) if holds else colour("31", CROSS)
        print("  %s %s" % (mark, text), flush=True)
        self.failed += not holds

    def line(self, f):
        if f["kind"] != "dhcp":
            return colour("2", dhcp.describe(f))
        m = f["message"]
        arrow = "-->" if f["direction"] == "in" else "<--"
        text = "%s %-5s %-8s %s:%d > %s:%d" % (arrow, f["interface"], m["type"], f["source"], f["sourcePort"],
                                               f["destination"], f["destinationPort"])
        mac = "everybody" if f["destinationMac"] == dhcp.BROADCAST_MAC else f["destinationMac"]
        text += "\n            from %s to %s" % (f["sourceMac"], mac)
        if f["direction"] == "out":
            text += "\n            gives %s, server identifier %s" % (m["yiaddr"], m["serverId"])
        return text

    def frames(self, mark=0):
        return [f for f in map(json.loads, self.capture.seen[mark:])
                if f["kind"] == "arp" or (f["kind"] == "dhcp" and f["message"])]

    def settle(self, condition, seconds=3):
        """Waits until the capture or the monitor has met the condition."""
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)

    def client(self, namespace):
        client = Lines([sys.executable, "-B", os.path.join(TOOLS, "client.py"), "eth0"], inside=namespace)
        client.wait_for("ready", lambda line: "ready" in line)
        return client

    def lease(self, client, mac, xid):
        """DISCOVER and REQUEST without the broadcast flag: (replies to each, address or None)."""
        discover = {"type": "DISCOVER", "chaddr": mac, "xid": xid}
        offers = client.command(op="send", message=discover)["replies"]
        if len(offers) != 1 or offers[0]["message"]["type"] != "OFFER":
            return offers, []
        offered = offers[0]["message"]
        options = [[50, socket.inet_aton(offered["yiaddr"]).hex()], [54, offered["options"].get("54", "")]]
        request = {"type": "REQUEST", "chaddr": mac, "xid": xid + 1, "options": options}
        return offers, client.command(op="send", message=request)["replies"]

    def check_granted(self, offers, acks):
        self.check("one OFFER for the DISCOVER", [f["message"]["type"] for f in offers] == ["OFFER"])
        self.check("one ACK for the REQUEST, for the same address",
                   [f["message"]["type"] for f in acks] == ["ACK"]
                   and acks[0]["message"]["yiaddr"] == offers[0]["message"]["yiaddr"])

    def start_capture(self, *interfaces):
        self.capture = Lines([sys.executable, "-B", os.path.join(TOOLS, "capture.py"), *interfaces])
        self.capture.wait_for("ready", lambda line: "ready" in line)
        del self.capture.seen[:]


def play(demo_class, outro):
    """Runs a demo in a directory of its own; ends the process with status 1 if an expectation failed."""
    directory = tempfile.mkdtemp(prefix="anydhcpd-demo-")
    os.chmod(directory, 0o755)
    demo = demo_class(directory)
    try:
        demo.run()
    except Failure as failure:
        print("\ndemo: %s" % failure)
        demo.failed += 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        # The namespaces end with the programs in them, and those with this process.
    if demo.failed:
        demo.show_logs()
        print(colour("31", "\n%d of the expectations failed." % demo.failed))
        sys.exit(1)
    print(outro)
