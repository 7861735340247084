// Which packet sockets there are to be, and what is answered beside the interfaces that are served.

import { describe, expect, it } from "vitest";
import { planFrames } from "../../../src/backend/frames/frame-plan.ts";
import type { Interface } from "../../../src/base/interface.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { ethernet, loopback, wanted } from "./world.ts";

const LO = loopback(["192.0.2.53/32"]);
const LAN = ethernet(2, "eth0", ["10.0.0.1/24"]);
const UPLINK = ethernet(3, "eth1", ["172.16.0.1/30"]);
const BARE = ethernet(4, "eth2", []);
const TUNNEL = ethernet(5, "wg0", ["10.8.0.1/24"], { hardwareAddress: new Uint8Array() });
const SUBNETS = { subnets: ["10.0.0.0/24"] };

function heard(interfaces: Interface[], wish: Parameters<typeof wanted>[0]): string[] {
  const plan = planFrames(interfaces, wanted(wish));
  return plan.listeners.filter(({ kind }) => kind === "frames").map((listener) => listener.interface);
}

describe("the plan of packet sockets", () => {
  it("serves what the configuration matches, and hears relays wherever there is an address", () => {
    const plan = planFrames([LO, LAN, UPLINK, BARE], wanted(SUBNETS));
    expect(plan.listeners.map(({ kind, key }) => [kind, key])).toEqual([
      ["port", 0],
      ["frames", 2],
      ["frames", 3],
    ]);
    expect(plan.served).toEqual([LAN]);
    expect(plan.answered.map(formatIpv4)).toEqual(["10.0.0.1"]);
    expect(plan.notes).toMatchObject([{ level: "info", message: expect.stringContaining("eth1 is not served") }]);
  });

  it("hears interfaces without an address too where an address is configured, or every one is meant", () => {
    expect(heard([LO, LAN, UPLINK, BARE], { ...SUBNETS, addresses: ["192.0.2.53"] })).toEqual(["eth0", "eth1", "eth2"]);
    expect(heard([LO, LAN, UPLINK, BARE], { ...SUBNETS, wildcard: true })).toEqual(["eth0", "eth1", "eth2"]);
  });

  it("answers configured addresses everywhere, and every one as the wildcard", () => {
    const some = planFrames([LO, LAN, UPLINK], wanted({ ...SUBNETS, addresses: ["192.0.2.53"] }));
    expect(some.answered.map(formatIpv4)).toEqual(["10.0.0.1", "192.0.2.53"]);
    const all = planFrames([LO, LAN, UPLINK], wanted({ ...SUBNETS, wildcard: true }));
    expect(all.answered.map(formatIpv4)).toEqual(["127.0.0.1", "192.0.2.53", "10.0.0.1", "172.16.0.1"]);
  });

  it("opens nothing, not even the port, where there is nothing to serve", () => {
    expect(planFrames([LO, UPLINK], wanted(SUBNETS)).listeners).toEqual([]);
  });

  it("leaves out what is not Ethernet, and says so where it was to be served", () => {
    expect(heard([LO, LAN, TUNNEL], SUBNETS)).toEqual(["eth0"]);
    const plan = planFrames([LO, TUNNEL], wanted({ interfaces: ["wg0"] }));
    expect(plan.served).toEqual([]);
    expect(plan.listeners.map(({ kind }) => kind)).toEqual(["port"]);
    expect(plan.notes.map(({ message }) => message)).toEqual([
      "wg0: not Ethernet: the bpf backend cannot serve it: use --backend=udp",
      "no Ethernet interface to hear frames on: use --backend=udp",
    ]);
  });

  it("knows an interface that comes back under its old name as another one", () => {
    const before = planFrames([LAN], wanted(SUBNETS));
    const after = planFrames([{ ...LAN, ifindex: 9 }], wanted(SUBNETS));
    expect(before.listeners[1]?.key).toBe(2);
    expect(after.listeners[1]?.key).toBe(9);
  });
});
