// Which sockets are wanted: one an address, broadcasts where an interface is served, a wildcard alone.

import { describe, expect, it } from "vitest";
import type { WantedListeners } from "../../../src/backend/backend.ts";
import { diffListeners, planListeners } from "../../../src/backend/listen/listeners.ts";
import type { Interface } from "../../../src/base/interface.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { ethernet, ip, loopback, wanted } from "./world.ts";

function addressesOf(interfaces: Interface[], wish: WantedListeners): string[] {
  return planListeners(interfaces, wish).listeners.map((listener) => formatIpv4(listener.address));
}

function servedBy(interfaces: Interface[], wish: WantedListeners): string[] {
  return planListeners(interfaces, wish).served.map((entry) => entry.name);
}

const LAN = ethernet(2, "eth0", ["10.0.0.1/24"]);
const OTHER = ethernet(3, "eth1", ["10.1.0.1/24"]);
const UPLINK = ethernet(4, "eth2", ["192.0.2.9/24"]);

describe("the plan of listeners", () => {
  it("serves every interface with an address in a configured subnet when none is named", () => {
    const wish = wanted({ subnets: ["10.0.0.0/24", "10.1.0.0/24"] });
    expect(addressesOf([loopback(), LAN, OTHER, UPLINK], wish)).toEqual(["10.0.0.1", "10.1.0.1", "255.255.255.255"]);
    expect(servedBy([loopback(), LAN, OTHER, UPLINK], wish)).toEqual(["eth0", "eth1"]);
  });

  it("serves the named interfaces and no others, whatever is configured", () => {
    const wish = wanted({ interfaces: ["eth2"], subnets: ["10.0.0.0/24"] });
    expect(addressesOf([loopback(), LAN, OTHER, UPLINK], wish)).toEqual(["192.0.2.9", "255.255.255.255"]);
  });

  it("serves an interface that is down", () => {
    const down = ethernet(2, "eth0", ["10.0.0.1/24"], { up: false });
    expect(servedBy([down], wanted({ interfaces: ["eth0"] }))).toEqual(["eth0"]);
  });

  it("listens at the first primary address and leaves secondary ones to -u", () => {
    const lan = ethernet(2, "eth0", ["10.0.0.1/24", "(10.0.0.2/24)"]);
    expect(addressesOf([lan], wanted({ interfaces: ["eth0"] }))).toEqual(["10.0.0.1", "255.255.255.255"]);
    const asked = wanted({ interfaces: ["eth0"], addresses: ["10.0.0.2"] });
    expect(addressesOf([lan], asked)).toEqual(["10.0.0.1", "255.255.255.255", "10.0.0.2"]);
  });

  it("listens at each primary address in a configured subnet, where its clients renew", () => {
    const lan = ethernet(2, "eth0", ["10.0.0.1/24", "10.5.0.1/24", "172.16.0.1/24"]);
    const wish = wanted({ subnets: ["10.0.0.0/24", "10.5.0.0/24"] });
    expect(addressesOf([lan], wish)).toEqual(["10.0.0.1", "10.5.0.1", "255.255.255.255"]);
  });

  it("opens a configured address before it exists, without a broadcast listener", () => {
    const plan = planListeners([loopback(), UPLINK], wanted({ addresses: ["192.0.2.53"] }));
    expect(plan.listeners).toMatchObject([{ kind: "address", address: ip("192.0.2.53"), freebind: true }]);
    expect(plan.served).toEqual([]);
  });

  it("gives one socket to an address that is both an interface's and configured, twice over", () => {
    const wish = wanted({ interfaces: ["eth0"], addresses: ["10.0.0.1", "10.0.0.1"] });
    const plan = planListeners([LAN], wish);
    expect(plan.listeners.map((listener) => [listener.kind, listener.freebind])).toEqual([
      ["interface", true],
      ["broadcast", false],
    ]);
  });

  it("has the wildcard alone, and still knows whose broadcasts to answer", () => {
    const wish = wanted({ wildcard: true, interfaces: ["eth0"], addresses: ["192.0.2.53"] });
    const plan = planListeners([loopback(["192.0.2.53/32"]), LAN, UPLINK], wish);
    expect(plan.listeners).toMatchObject([{ kind: "wildcard", address: 0, freebind: false }]);
    expect(plan.served.map((entry) => entry.name)).toEqual(["eth0"]);
  });

  it.each([
    ["a loopback interface", loopback(), "lo"],
    [
      "a point-to-point interface",
      ethernet(5, "tun0", ["10.0.0.9/24"], { pointToPoint: true, broadcast: false }),
      "tun0",
    ],
  ])("does not serve %s and says so where it is named", (_what, entry, name) => {
    const subnets = ["127.0.0.0/8", "10.0.0.0/24"];
    expect(addressesOf([entry], wanted({ subnets }))).toEqual([]);
    const plan = planListeners([entry], wanted({ interfaces: [name] }));
    expect(plan.listeners).toEqual([]);
    expect(plan.notes).toMatchObject([{ level: "error" }]);
  });

  it("takes -uADDRESS with lo, or with the tunnel that has the address, as relays alone, and complains of neither", () => {
    const tunnel = ethernet(5, "tun0", ["10.0.0.9/24"], { pointToPoint: true, broadcast: false });
    const notes = (wish: WantedListeners) => planListeners([loopback(), tunnel], wish).notes;
    expect(notes(wanted({ interfaces: ["lo"], addresses: ["192.0.2.53"] }))).toEqual([]);
    expect(notes(wanted({ interfaces: ["tun0"], addresses: ["10.0.0.9"] }))).toEqual([]);
    expect(notes(wanted({ interfaces: ["lo", "tun0"], wildcard: true }))).toEqual([]);
    expect(notes(wanted({ interfaces: ["tun0"], addresses: ["192.0.2.53"] }))).toMatchObject([{ level: "error" }]);
  });

  it("notes an interface without a subnet, unless the server is for relays alone or interfaces are named", () => {
    const notes = (wish: WantedListeners) => planListeners([loopback(), LAN, OTHER], wish).notes;
    expect(notes(wanted({ subnets: ["10.0.0.0/24"] }))).toEqual([
      { level: "info", message: "eth1 is not served: no subnet is declared for its address 10.1.0.1" },
    ]);
    expect(notes(wanted({ subnets: ["10.0.0.0/24", "10.1.0.0/24"] }))).toEqual([]);
    expect(notes(wanted({ addresses: ["192.0.2.53"] }))).toEqual([]);
    expect(notes(wanted({ interfaces: ["eth0"], subnets: ["10.0.0.0/24"] }))).toEqual([]);
  });

  it("notes a tunnel whose address is in a subnet, and how relays can ask there", () => {
    const tunnel = ethernet(5, "wg0", ["10.9.0.1/24"], { pointToPoint: true, broadcast: false });
    const notes = (wish: WantedListeners) => planListeners([LAN, tunnel], wish).notes;
    const subnets = ["10.0.0.0/24", "10.9.0.0/24"];
    const message =
      "wg0 is not served: clients cannot broadcast on a point-to-point interface. " +
      "If relays ask at its address, write: listen on 10.9.0.1;";
    expect(notes(wanted({ subnets }))).toEqual([{ level: "info", message }]);
    expect(notes(wanted({ subnets, addresses: ["10.9.0.1"] }))).toEqual([]);
    expect(notes(wanted({ subnets: ["10.0.0.0/24"] }))).toEqual([]);
  });

  it("waits for a named interface that is not there, or has no address", () => {
    const bare = ethernet(2, "eth0", []);
    const plan = planListeners([bare, OTHER], wanted({ interfaces: ["eth0", "eth9", "eth1"] }));
    expect(plan.served.map((entry) => entry.name)).toEqual(["eth1"]);
    expect(plan.notes.map((note) => note.message)).toEqual([
      "eth0: no IPv4 address: it is served as soon as it has one",
      "eth9: no such interface: it is served as soon as it appears",
    ]);
  });

  it("says nothing of an interface without a subnet at whose address relays ask", () => {
    const wish = wanted({ subnets: ["10.0.0.0/24"], addresses: ["10.1.0.1"] });
    expect(planListeners([LAN, OTHER], wish).notes).toEqual([]);
  });

  it("says which interface of relays is not there", () => {
    const notes = planListeners([LAN], {
      ...wanted({ interfaces: ["eth0"] }),
      relayInterfaces: ["eth0", "eth9"],
    }).notes;
    expect(notes.map(({ message }) => message)).toEqual([
      "relays interface eth9: no such interface: no relay is heard by it until it appears",
    ]);
  });

  it("serves one of a macvlan and its lower device unless both are named", () => {
    const macvlan = ethernet(9, "mv0", ["10.0.0.3/24"], { virtual: true });
    const chosen = planListeners([macvlan, LAN], wanted({ subnets: ["10.0.0.0/24"] }));
    expect(chosen.served.map((entry) => entry.name)).toEqual(["eth0"]);
    expect(chosen.notes).toMatchObject([{ level: "warn", message: expect.stringContaining("mv0: not served") }]);
    const named = planListeners([macvlan, LAN], wanted({ interfaces: ["eth0", "mv0"] }));
    expect(named.served.map((entry) => entry.name)).toEqual(["eth0", "mv0"]);
    expect(named.notes).toMatchObject([{ level: "warn", message: expect.stringContaining("answered twice") }]);
  });

  it("prefers the interface with the network to one with a single address in it", () => {
    const vrrp = ethernet(2, "vrrp.51", ["10.0.0.254/32"]);
    const lan = ethernet(7, "eth0", ["10.0.0.1/24"]);
    expect(servedBy([vrrp, lan], wanted({ subnets: ["10.0.0.0/24"] }))).toEqual(["eth0"]);
  });
});

describe("the difference to the open listeners", () => {
  it("keeps what stays, opens what is new and closes what is gone", () => {
    const plan = planListeners([LAN, OTHER], wanted({ interfaces: ["eth0", "eth1"] }));
    const diff = diffListeners([ip("10.0.0.1"), ip("10.9.0.1")], plan.listeners);
    expect(diff.keep.map((listener) => formatIpv4(listener.address))).toEqual(["10.0.0.1"]);
    expect(diff.open.map((listener) => formatIpv4(listener.address))).toEqual(["10.1.0.1", "255.255.255.255"]);
    expect(diff.close.map(formatIpv4)).toEqual(["10.9.0.1"]);
  });

  it("leaves a socket alone when its device comes back with another number", () => {
    const wish = wanted({ interfaces: ["eth0"] });
    const before = planListeners([LAN], wish).listeners.map((listener) => listener.address);
    const after = planListeners([ethernet(17, "eth0", ["10.0.0.1/24"])], wish).listeners;
    expect(diffListeners(before, after)).toMatchObject({ open: [], close: [] });
  });
});
