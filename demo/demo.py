"""The demo itself, run by demo/run.sh inside namespaces of its own: this namespace is the server's,
three more hold a relay and two clients. It starts bin/anydhcpd with demo/dhcpd.conf, lets a direct
and a relayed client get leases, prints every packet as a capture saw it, and checks what it
claims. Exit status 0 if all of it held. Everything ends with this process.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "tools")
sys.path.insert(0, TOOLS)
from stage import Lines, ROOT, Stage, colour, play, run, title

LAN = "192.168.77.1"
ANYCAST = "192.0.2.53"
GIADDR = "10.77.0.1"
DIRECT_MAC = "02:00:00:00:00:0a"
ROUTED_MAC = "02:00:00:00:00:0b"


class Demo(Stage):
    # -- the network ---------------------------------------------------------------------------

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

    def neighbours(self, mark=0):
        """Entries of the kernel's neighbour table that `ip monitor neigh` saw come and go: [(what,
        address, mac, device)]. The kernel reports a delete twice, as FAILED and as gone; the first does not count."""
        found = []
        for line in self.monitor.seen[mark:]:
            match = re.match(r"(Deleted )?(\S+) dev (\S+) (?:lladdr (\S+) )?.*?([A-Z]+)\s*$", line)
            if match and (match[1] or match[5] in ("REACHABLE", "PERMANENT", "NOARP")):
                found.append(("deleted" if match[1] else "set", match[2], match[4], match[3]))
        return found

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
        self.start_capture("lan0", "up0")
        self.monitor = Lines(["ip", "monitor", "neigh"])
        # The monitor says nothing when it is ready: it is once it tells of an entry of ours.
        self.settle(lambda: self.probe("192.168.77.250") or self.monitor.seen)
        self.probe("192.168.77.251")
        self.settle(lambda: any(line.startswith("Deleted 192.168.77.251") for line in self.monitor.seen))

    def probe(self, address):
        run("ip", "neighbour", "add", address, "lladdr", "02:00:00:00:00:fa", "nud", "stale", "dev", "lan0")
        run("ip", "neighbour", "delete", address, "dev", "lan0")

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

    def show_logs(self):
        if hasattr(self, "server"):
            print("\nThe server's log:\n" + "".join(self.server.seen))


OUTRO = """
All as expected; the network is gone again. To serve a real interface, say eth1:
  cp etc/dhcpd.conf /etc/dhcpd.conf   then put your addresses in it
  bin/anydhcpd -n                     checks it
  sudo bin/anydhcpd eth1              serves eth1, in the foreground"""

if __name__ == "__main__":
    play(Demo, OUTRO)
