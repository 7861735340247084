"""The demo itself, run by demo/run.sh inside namespaces of its own: this namespace is the server's,
three more hold a relay and two clients. It starts bin/anydhcpd with demo/dhcpd.conf, lets a direct
and a relayed client get leases, prints every packet as a capture saw it, and checks what it
claims. Exit status 0 if all of it held. Everything ends with this process.
"""

import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TOOLS = os.path.join(HERE, "tools")
sys.path.insert(0, TOOLS)
import dhcp

LAN = "192.168.77.1"
ANYCAST = "192.0.2.53"
GIADDR = "10.77.0.1"
DIRECT_MAC = "02:00:00:00:00:0a"
ROUTED_MAC = "02:00:00:00:00:0b"

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
    """A program whose output is read by lines, without blocking."""

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
        return json.loads(self.wait_for("answer", lambda line: line.startswith('{"event": "sent"')))


class Failure(Exception):
    pass


class Demo:
    def __init__(self, directory):
        self.directory = directory
        self.failed = 0
        self.holders = []

    # -- the network ---------------------------------------------------------------------------

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

    def build(self):
        self.direct, self.relay, self.routed = self.namespace(), self.namespace(), self.namespace()
        run("ip", "link", "set", "lo", "up")
        self.cable("lan0", self.direct, "eth0")
        self.cable("up0", self.relay, "up0")
        self.cable("down0", self.routed, "eth0", near_namespace=self.relay)
        # With an anycast address on lo, ARP must not speak of it on the links (README, anycast).
        for name, value in (("arp_ignore", "1"), ("arp_announce", "2")):
            with open("/proc/sys/net/ipv4/conf/all/" + name, "w") as file:
                file.write(value)
        run("ip", "address", "add", LAN + "/24", "dev", "lan0")
        run("ip", "address", "add", "10.9.0.1/30", "dev", "up0")
        run("ip", "address", "add", ANYCAST + "/32", "dev", "lo")
        run("ip", "route", "add", "10.77.0.0/24", "via", "10.9.0.2")
        run("ip", "address", "add", "10.9.0.2/30", "dev", "up0", inside=self.relay)
        run("ip", "address", "add", GIADDR + "/24", "dev", "down0", inside=self.relay)
        run("ip", "route", "add", ANYCAST, "via", "10.9.0.1", inside=self.relay)

    # -- the account ---------------------------------------------------------------------------

    def check(self, text, holds):
        mark = colour("32", CHECK) if holds else colour("31", CROSS)
        print("  %s %s" % (mark, text), flush=True)
        self.failed += not holds

    def account(self, mark_packets, mark_neighbours):
        """Prints the packets since the mark, and with each unicast to a client without an address
        the neighbour entry that carried it. Capture and `ip monitor` are two programs, so their
        clocks order nothing within a millisecond; but entries and packets of one address pair up."""
        told = self.neighbours(mark_neighbours)
        for frame in self.frames(mark_packets):
            print("  " + self.line(frame), flush=True)
            while frame["kind"] == "dhcp" and told and told[0][1] == frame["destination"]:
                what, address, mac, device = told.pop(0)
                print(colour("36", "            neighbour entry %-7s %s is at %s on %s" % (
                    what, address, mac, device) if mac else "            neighbour entry %s" % what), flush=True)
                if what == "deleted":
                    break

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

    def neighbours(self, mark=0):
        """Entries of the kernel's neighbour table that `ip monitor neigh` saw come and go: [(what,
        address, mac, device)]. A delete is told twice, as FAILED and as gone; the first has no say."""
        found = []
        for line in self.monitor.seen[mark:]:
            match = re.match(r"(Deleted )?(\S+) dev (\S+) (?:lladdr (\S+) )?.*?([A-Z]+)\s*$", line)
            if match and (match[1] or match[5] in ("REACHABLE", "PERMANENT", "NOARP")):
                found.append(("deleted" if match[1] else "set", match[2], match[4], match[3]))
        return found

    def settle(self, condition, seconds=3):
        """Waits until the capture or the monitor has told what the condition asks for."""
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)

    # -- what is shown -------------------------------------------------------------------------

    def start_server(self):
        config = os.path.join(self.directory, "dhcpd.conf")
        shutil.copy(os.path.join(HERE, "dhcpd.conf"), config)
        os.chmod(config, 0o644)
        self.leases = os.path.join(self.directory, "db", "dhcpd.leases")
        os.mkdir(os.path.dirname(self.leases))
        words = os.environ.get("ANYDHCPD_DEMO_SERVER", os.path.join(ROOT, "bin", "anydhcpd") + " -d -f").split()
        control = "--control=" + os.path.join(self.directory, "control.sock")
        self.server = Lines([*words, "-c", config, "-l", self.leases, control, "lan0"], log=True)
        self.server.wait_for('"ready" in its log', lambda line: '"msg":"ready"' in line)
        status = {}
        tasks = "/proc/%d/task" % self.server.process.pid
        for task in os.listdir(tasks):
            with open(os.path.join(tasks, task, "status")) as file:
                status[task] = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        uids = {fields["Uid"].split()[1] for fields in status.values()}
        with open("/proc/self/uid_map") as file:
            _, outside, mapped = file.read().split()[:3]
        uid = "/".join(sorted(uids))
        if mapped == "1":
            uid += " here, %s outside" % outside
        print("  pid %d, uid %s, %d threads; configuration: demo/dhcpd.conf"
              % (self.server.process.pid, uid, len(status)))
        self.check("no thread of it has a capability, none can gain one",
                   all(int(fields["CapEff"], 16) | int(fields["CapPrm"], 16) == 0 and fields["NoNewPrivs"] == "1"
                       for fields in status.values()))

    def watch(self):
        self.capture = Lines([sys.executable, "-B", os.path.join(TOOLS, "capture.py"), "lan0", "up0"])
        self.capture.wait_for("ready", lambda line: "ready" in line)
        del self.capture.seen[:]
        self.monitor = Lines(["ip", "monitor", "neigh"])
        # The monitor says nothing when it is ready: it is once it tells of an entry of ours.
        self.settle(lambda: self.probe("192.168.77.250") or self.monitor.seen)
        self.probe("192.168.77.251")
        self.settle(lambda: any(line.startswith("Deleted 192.168.77.251") for line in self.monitor.seen))

    def probe(self, address):
        run("ip", "neighbour", "add", address, "lladdr", "02:00:00:00:00:fa", "nud", "stale", "dev", "lan0")
        run("ip", "neighbour", "delete", address, "dev", "lan0")

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

    def show_direct(self):
        title("A client on the server's own link; it can take unicast (no broadcast flag)")
        client = self.client(self.direct)
        packets, neighbours = len(self.capture.seen), len(self.monitor.seen)
        offers, acks = self.lease(client, DIRECT_MAC, 0xA0)
        # A set and a delete for the OFFER, and again for the ACK.
        self.settle(lambda: len(self.neighbours(neighbours)) >= 4)
        self.account(packets, neighbours)
        print()
        self.check_granted(offers, acks)
        if len(offers) != 1:
            return
        offer = offers[0]
        address = offer["message"]["yiaddr"]
        self.check("from %s, which is also the server identifier" % LAN,
                   offer["source"] == LAN and offer["message"]["serverId"] == LAN)
        self.check("by unicast to %s and the client's own hardware address" % address,
                   offer["destination"] == address and offer["destinationMac"] == DIRECT_MAC)
        self.check("nobody was asked \"who has %s\" before" % address,
                   not any(f["kind"] == "arp" and f["target"] == address for f in self.frames(packets)))
        told = [(entry[0], entry[2]) for entry in self.neighbours(neighbours) if entry[1] == address]
        left = subprocess.run(["ip", "neighbour", "show", address, "nud", "all"], capture_output=True, text=True).stdout
        self.check("a neighbour entry made that possible, and is gone already",
                   told[:2] == [("set", DIRECT_MAC), ("deleted", None)] and "lladdr" not in left)
        self.check("UDP checksum complete, as a raw-socket client needs it", offer["checksum"] == "good")

    def show_relayed(self):
        title("A client behind a relay; the relay asks the anycast address %s" % ANYCAST)
        relay = Lines([sys.executable, "-B", os.path.join(TOOLS, "relay.py"), "down0", GIADDR, ANYCAST],
                      inside=self.relay)
        relay.wait_for("ready", lambda line: "ready" in line)
        client = self.client(self.routed)
        packets, neighbours = len(self.capture.seen), len(self.monitor.seen)
        offers, acks = self.lease(client, ROUTED_MAC, 0xB0)
        self.settle(lambda: sum(f["kind"] == "dhcp" for f in self.frames(packets)) >= 4)
        self.account(packets, neighbours)
        print()
        self.check_granted(offers, acks)
        replies = [f for f in self.frames(packets) if f["kind"] == "dhcp" and f["direction"] == "out"]
        self.check("replies come from %s, the address that was asked" % ANYCAST,
                   len(replies) == 2 and all(f["source"] == ANYCAST for f in replies))
        self.check("they go to the relay, %s port 67" % GIADDR,
                   all((f["destination"], f["destinationPort"]) == (GIADDR, 67) for f in replies))
        self.check("the server identifier is the anycast address too",
                   all(f["message"]["serverId"] == ANYCAST for f in replies))
        self.check("the relay's own option 82 comes back untouched, as the last option",
                   all(f["message"]["options"].get("82") == "0106" + b"port-1".hex()
                       and f["message"]["order"][-1] == 82 for f in replies))

    def check_granted(self, offers, acks):
        self.check("one OFFER for the DISCOVER", [f["message"]["type"] for f in offers] == ["OFFER"])
        self.check("one ACK for the REQUEST, for the same address",
                   [f["message"]["type"] for f in acks] == ["ACK"]
                   and acks[0]["message"]["yiaddr"] == offers[0]["message"]["yiaddr"])

    def show_end(self):
        title("The lease file, as it was on disk before each ACK left")
        with open(self.leases) as file:
            text = file.read()
        for address, body in re.findall(r"^lease (\S+) \{\n(.*?)^\}", text, re.M | re.S):
            fields = dict(re.findall(r"^\s*(binding state|ends|hardware ethernet) (.*);", body, re.M))
            print("  lease %-16s %-7s %s  ends %s" % (address, fields.get("binding state", ""),
                                                    fields.get("hardware ethernet", ""), fields.get("ends", "")))
        self.check("both leases are recorded", DIRECT_MAC in text and ROUTED_MAC in text)
        self.server.process.send_signal(signal.SIGTERM)
        try:
            code = self.server.process.wait(10)
        except subprocess.TimeoutExpired:
            code = None
        self.check("SIGTERM ends the server in order", code == 0)

    def run(self):
        print(colour("1", "anydhcpd: a real server in a network that exists for some seconds"))
        print("""
  client  eth0 -------------------------- lan0 %s   \\
                                                               anydhcpd
  client  eth0 ---- %s relay ---- up0 10.9.0.1      /  and %s
                                                               (anycast) on lo""" % (LAN, GIADDR, ANYCAST))
        self.build()
        title("The server starts")
        self.start_server()
        self.watch()
        self.show_direct()
        self.show_relayed()
        self.show_end()


def main():
    directory = tempfile.mkdtemp(prefix="anydhcpd-demo-")
    os.chmod(directory, 0o755)
    demo = Demo(directory)
    try:
        demo.run()
    except Failure as failure:
        print("\ndemo: %s" % failure)
        demo.failed += 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        # The namespaces end with the programs in them, and those with this process.
    if demo.failed:
        if hasattr(demo, "server"):
            print("\nThe server's log:\n" + "".join(demo.server.seen))
        print(colour("31", "\n%d of the expectations failed." % demo.failed))
        sys.exit(1)
    print("""
All as expected; the network is gone again. To serve a real interface, say eth1:
  cp etc/dhcpd.conf /etc/dhcpd.conf   then put your addresses in it
  bin/anydhcpd -n                     checks it
  sudo bin/anydhcpd eth1              serves eth1, in the foreground""")


if __name__ == "__main__":
    main()
