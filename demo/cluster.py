"""The demo of a cluster, run by demo/run.sh inside namespaces of its own: this namespace is the router and has an etcd;
three more hold a server each, all with one anycast address on lo, two hold relays, two hold clients. The router sends
the anycast address to one server, then to another, in the middle of a client's exchange; then a server is killed.
Exit status 0 if all that is claimed held. Everything ends with this process.

usage: cluster.py ETCD
"""

import os
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "tools"))
from stage import Lines, ROOT, Stage, TOOLS, colour, enter, play, run, title

ANYCAST = "192.0.2.53"
ETCD_ADDRESS = "10.9.0.1"
NAMES = ("a", "b", "c")
MACS = ("02:00:00:00:00:0a", "02:00:00:00:00:0b")


class ClusterDemo(Stage):
    # -- the network ---------------------------------------------------------------------------

    def build(self):
        run("ip", "link", "set", "lo", "up")
        run("ip", "address", "add", ETCD_ADDRESS + "/32", "dev", "lo")
        self.set("net/ipv4/ip_forward", "1")
        self.nodes = {}
        for number, name in enumerate(NAMES, 1):
            node = self.nodes[name] = self.namespace()
            self.cable("to-" + name, node, "up0")
            run("ip", "address", "add", "10.9.%d.1/30" % number, "dev", "to-" + name)
            run("ip", "address", "add", "10.9.%d.2/30" % number, "dev", "up0", inside=node)
            run("ip", "route", "add", "default", "via", "10.9.%d.1" % number, inside=node)
            run("ip", "address", "add", ANYCAST + "/32", "dev", "lo", inside=node)
            # With an anycast address on lo, ARP must not speak of it on the links.
            for setting, value in (("arp_ignore", "1"), ("arp_announce", "2")):
                self.set("net/ipv4/conf/all/" + setting, value, inside=node)
        self.relays = []
        self.clients = [self.build_site(number) for number in (1, 2)]

    def build_site(self, number):
        """A relay behind the router, and a client behind the relay."""
        relay, client = self.namespace(), self.namespace()
        self.cable("site%d" % number, relay, "up0")
        self.cable("down0", client, "eth0", near_namespace=relay)
        run("ip", "address", "add", "10.8.%d.1/30" % number, "dev", "site%d" % number)
        run("ip", "route", "add", "10.77.%d.0/24" % number, "via", "10.8.%d.2" % number)
        run("ip", "address", "add", "10.8.%d.2/30" % number, "dev", "up0", inside=relay)
        run("ip", "address", "add", "10.77.%d.1/24" % number, "dev", "down0", inside=relay)
        run("ip", "route", "add", "default", "via", "10.8.%d.1" % number, inside=relay)
        self.set("net/ipv4/ip_forward", "1", inside=relay)
        self.relays.append(relay)
        program = Lines([sys.executable, "-B", os.path.join(TOOLS, "relay.py"), "down0", "10.77.%d.1" % number, ANYCAST],
                        inside=relay)
        program.wait_for("ready", lambda line: "ready" in line)
        return self.client(client)

    def gateway(self, number):
        """The hardware address of a site's relay, which its clients renew through."""
        words = [*enter(self.relays[number - 1]), "ip", "-brief", "link", "show", "down0"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[2]

    def set(self, setting, value, inside=None):
        run("sh", "-c", "echo %s >/proc/sys/%s" % (value, setting), inside=inside)

    def send_to(self, name):
        """Has the router send the anycast address to a server."""
        number = NAMES.index(name) + 1
        run("ip", "route", "replace", ANYCAST + "/32", "via", "10.9.%d.2" % number)
        print(colour("36", "  the router sends %s to server %s" % (ANYCAST, name)), flush=True)

    # -- what is shown -------------------------------------------------------------------------

    def start_store(self):
        url = "http://%s:2379" % ETCD_ADDRESS
        peer = "http://%s:2380" % ETCD_ADDRESS
        self.etcd = Lines([sys.argv[1], "--name", "demo", "--data-dir", os.path.join(self.directory, "etcd"),
                           "--listen-client-urls", url, "--advertise-client-urls", url,
                           "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                           "--initial-cluster", "demo=" + peer], log=True)
        self.etcd.wait_for("word that it serves", lambda line: "ready to serve client requests" in line)

    def start_server(self, name):
        """A server's lease directory is its own, as on a machine of its own."""
        with open(os.path.join(HERE, "cluster.conf")) as file:
            text = file.read().replace("NAME", name)
        directory = os.path.join(self.directory, name)
        os.mkdir(directory)
        config = os.path.join(directory, "dhcpd.conf")
        with open(config, "w") as file:
            file.write(text)
        own_state = "mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd && exec \"$@\""
        server = Lines(["unshare", "--mount", "sh", "-c", own_state, "sh", os.path.join(ROOT, "bin", "anydhcpd"),
                        "-d", "-f", "-c", config, "--control=" + os.path.join(directory, "control.sock")],
                       inside=self.nodes[name], log=True)
        server.wait_for('"ready" in its log', lambda line: '"msg":"ready"' in line)
        return server

    def ask(self, client, mac, xid, kind, options=(), ciaddr=None, frame=None):
        """Sends one message; shows what went over the router's links to the servers. The replies."""
        mark = len(self.capture.seen)
        message = {"type": kind, "chaddr": mac, "xid": xid, "options": list(options)}
        if ciaddr:
            message["ciaddr"] = ciaddr
        replies = client.command(op="send", message=message, frame=frame or {})["replies"]
        self.settle(lambda: len(self.dhcp(mark)) >= 1 + len(replies))
        for packet in self.dhcp(mark):
            print("  " + self.line({**packet, "direction": "in" if packet["direction"] == "out" else "out"}), flush=True)
        return replies

    def dhcp(self, mark):
        return [packet for packet in self.frames(mark) if packet["kind"] == "dhcp"]

    def servers_since(self, mark):
        """The interfaces that messages went to and came from."""
        return [packet["interface"] for packet in self.dhcp(mark)]

    def show_exchange(self, client, mac, first, second):
        title("A client gets its address in one exchange, from two servers")
        self.send_to(first)
        mark = len(self.capture.seen)
        offers = self.ask(client, mac, 0xA0, "DISCOVER")
        if [offer["message"]["type"] for offer in offers] != ["OFFER"]:
            return self.check("one OFFER for the DISCOVER", False)
        offer = offers[0]["message"]
        self.send_to(second)
        request = [[50, socket.inet_aton(offer["yiaddr"]).hex()], [54, offer["options"].get("54", "")]]
        acks = self.ask(client, mac, 0xA1, "REQUEST", request)
        print()
        self.check_granted(offers, acks)
        path = ["to-" + first] * 2 + ["to-" + second] * 2
        self.check("the DISCOVER was answered by server %s, the REQUEST by server %s" % (first, second),
                   self.servers_since(mark) == path)
        answers = [packet for packet in self.dhcp(mark) if packet["direction"] == "in"]
        self.check("both answered from %s, which is the server identifier" % ANYCAST,
                   all(packet["source"] == ANYCAST and packet["message"]["serverId"] == ANYCAST for packet in answers))
        return offer["yiaddr"]

    def show_renewal(self, client, mac, address, number, lost, other):
        title("Server %s is killed; the client renews" % lost)
        self.servers[lost].process.send_signal(signal.SIGKILL)
        self.servers[lost].process.wait()
        self.send_to(other)
        client.command(op="hold", address=address, mac=mac)
        mark = len(self.capture.seen)
        frame = {"destinationMac": self.gateway(number), "source": address, "destination": ANYCAST}
        acks = self.ask(client, mac, 0xA2, "REQUEST", ciaddr=address, frame=frame)
        print()
        self.check("server %s ACKs the renewal of %s" % (other, address),
                   [(ack["message"]["type"], ack["message"]["yiaddr"]) for ack in acks] == [("ACK", address)]
                   and set(self.servers_since(mark)) == {"to-" + other})

    def show_other_site(self, client, mac, name):
        title("A client behind the other relay")
        self.send_to(name)
        offers, acks = self.lease(client, mac, 0xB0)
        self.check_granted(offers, acks)

    def show_stop(self):
        for name, server in self.servers.items():
            if server.process.poll() is None:
                server.process.send_signal(signal.SIGTERM)
        codes = [server.process.wait(10) for name, server in self.servers.items() if name != self.killed]
        self.check("SIGTERM ends the others in order", codes == [0, 0])

    def show_logs(self):
        for name, server in getattr(self, "servers", {}).items():
            print("\nThe log of server %s:\n%s" % (name, "".join(server.seen)))

    def run(self):
        print(colour("1", "anydhcpd: three servers with one address and one set of leases"))
        print("""
  client --- relay 10.77.1.1 ---\\              /--- server a \\
                                  router, etcd ---- server b   all %s
  client --- relay 10.77.2.1 ---/              \\--- server c /""" % ANYCAST)
        self.build()
        title("etcd and three servers start")
        self.start_store()
        self.servers = {}
        for name in NAMES:
            self.servers[name] = self.start_server(name)
        self.check("three servers share the leases of one etcd", True)
        self.start_capture(*("to-" + name for name in NAMES))
        self.killed = "b"
        address = self.show_exchange(self.clients[0], MACS[0], "a", "b")
        if address:
            self.show_renewal(self.clients[0], MACS[0], address, 1, "b", "c")
        self.show_other_site(self.clients[1], MACS[1], "a")
        self.show_stop()


OUTRO = """
All as expected; the network is gone again. docs/cluster.md says how to build a real one."""

if __name__ == "__main__":
    play(ClusterDemo, OUTRO)
