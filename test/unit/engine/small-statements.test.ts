// min-lease-time, ignore-client-uids, exclude and host-identifier, from the text to the reply.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { configOf } from "../../support/config-text.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const RELAYED = { ifindex: 3, to: "172.16.0.1", from: "10.9.0.1", port: 67 };
const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

function worldOf(text: string): EngineWorld {
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1"), testInterface(3, "up0", "172.16.0.1")]);
}

describe("min-lease-time", () => {
  it.each([
    [undefined, "", 600],
    [undefined, "default-lease-time 50;", 100],
    [10, "", 100],
    [100, "", 100],
    [101, "", 101],
    [0, "", 600],
    [5000, "", 1000],
    [10, "max-lease-time 90;", 90],
  ])("gives a client that asks for %s, with %j, %i seconds", (leaseSeconds, more, expected) => {
    const world = worldOf(`default-lease-time 600; max-lease-time 1000; min-lease-time 100;
      subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; ${more} }`);
    const parts = leaseSeconds === undefined ? {} : { leaseSeconds };
    expect(world.send({ type: 1, chaddr: A, ...parts }).leaseSeconds).toBe(expected);
  });
});

describe("ignore-client-uids", () => {
  const text = (flag: string) => `subnet 10.0.0.0 netmask 255.255.255.0 { ${flag} range 10.0.0.10 10.0.0.19; }
    subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }`;

  it("gives a machine one address, whatever identifiers it goes through", () => {
    const world = worldOf(text("ignore-client-uids true;"));
    const first = world.lease(A, { clientId: [0, 1] });
    expect(world.lease(A, { clientId: [0, 2] })).toBe(first);
    expect(world.lease(A)).toBe(first);
    expect(world.lease(B, { clientId: [0, 1] })).not.toBe(first);
    const renewal = world.send(
      { type: 3, chaddr: A, clientId: [0, 3], ciaddr: first },
      { to: "10.0.0.1", from: first },
    );
    expect(renewal.reason).toMatch(/^ack-/);
    const release = { type: 7, chaddr: A, clientId: [0, 4], ciaddr: first, serverId: "10.0.0.1" };
    expect(world.send(release, { to: "10.0.0.1", from: first }).reason).toBe("released");
  });

  it("holds only where it is set, and not for clients without hardware address", () => {
    const world = worldOf(text("ignore-client-uids true;"));
    const relayed = { giaddr: "10.9.0.1" };
    const there = world.lease(A, { clientId: [0, 1], ...relayed }, RELAYED);
    expect(world.lease(A, { clientId: [0, 2], ...relayed }, RELAYED)).not.toBe(there);
    const here = world.lease(A, { clientId: [0, 1], hlen: 0 });
    expect(world.lease(A, { clientId: [0, 2], hlen: 0 })).not.toBe(here);
    const off = worldOf(text(""));
    expect(off.lease(A, { clientId: [0, 1] })).not.toBe(off.lease(A, { clientId: [0, 2] }));
  });
});

describe("exclude", () => {
  const rangesOf = (text: string): string[] =>
    configOf(text).pools.map(({ ranges }) =>
      ranges.map(({ first, last }) => `${formatIpv4(first)}-${formatIpv4(last)}`.replaceAll("10.0.0.", "")).join(" "),
    );

  it("takes addresses out of all ranges of its subnet", () => {
    const text = `subnet 10.0.0.0 netmask 255.255.255.0 {
      exclude 10.0.0.12 10.0.0.13; exclude 10.0.0.20; exclude 10.0.0.13 10.0.0.15; exclude 10.0.0.29 10.0.0.31;
      range 10.0.0.10 10.0.0.20; pool { range 10.0.0.30 10.0.0.39; } range 10.0.0.50; exclude 10.0.0.50; }`;
    expect(rangesOf(text)).toEqual(["10-11 16-19", "32-39"]);
  });

  it("in a pool takes them out of that pool's", () => {
    const text = `shared-network x { subnet 10.0.0.0 netmask 255.255.255.128 { range 10.0.0.10 10.0.0.20; }
      subnet 10.0.0.128 netmask 255.255.255.128 { }
      pool { exclude 10.0.0.35 10.0.0.210; range 10.0.0.30 10.0.0.40; range 10.0.0.200 10.0.0.220; } }`;
    expect(rangesOf(text)).toEqual(["10-20", "30-34", "211-220"]);
  });

  it("leaves an address to the host that it is fixed for, and gives it to nobody else", () => {
    const world = worldOf(`subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.11; exclude 10.0.0.11; }
      host h { hardware ethernet ${B}; fixed-address 10.0.0.11; }`);
    expect(world.lease(A)).toBe("10.0.0.10");
    expect(world.send({ type: 1, chaddr: "02:00:00:00:00:0c" }).reason).toBe("drop-pool-empty");
    expect(world.lease(B)).toBe("10.0.0.11");
  });
});

describe("host-identifier", () => {
  const world = () =>
    worldOf(`subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; }
      subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }
      host port { host-identifier option agent.circuit-id "eth7"; fixed-address 10.9.0.77; default-lease-time 77; }
      host remote { host-identifier option agent.remote-id 0:1:2; fixed-address 10.9.0.88, 10.0.0.88; }
      host card { hardware ethernet ${B}; fixed-address 10.9.0.99; }
      host uid { host-identifier option dhcp-client-identifier "me"; fixed-address 10.9.0.66; }`);
  const PORT = [1, 4, ...octets("eth7")];
  const relayed = (chaddr: string, agentInformation: number[]) => ({ chaddr, giaddr: "10.9.0.1", agentInformation });

  it("gives whoever comes by that port its address, one after the other", () => {
    const server = world();
    expect(server.lease(A, relayed(A, PORT), RELAYED)).toBe("10.9.0.77");
    const other = "02:00:00:00:00:0c";
    expect(server.lease(other, relayed(other, PORT), RELAYED)).toBe("10.9.0.77");
    expect(server.send({ type: 1, ...relayed(A, [1, 4, ...octets("eth8")]) }, RELAYED).reason).toBe("offer-new");
  });

  it("finds the remote-id among other sub-options", () => {
    expect(world().lease(A, relayed(A, [1, 1, 0, 2, 3, 0, 1, 2]), RELAYED)).toBe("10.9.0.88");
  });

  it("counts less than who the client is by itself", () => {
    expect(world().lease(B, relayed(B, PORT), RELAYED)).toBe("10.9.0.99");
    const uid = { ...relayed(A, PORT), clientId: octets("me") };
    expect(world().lease(A, uid, RELAYED)).toBe("10.9.0.66");
  });

  it("holds for renewals past the relay, and the parameters with it", () => {
    const server = world();
    server.lease(A, relayed(A, PORT), RELAYED);
    for (let renewal = 0; renewal < 3; renewal++) {
      server.now += 40;
      const ack = server.send(
        { type: 3, chaddr: A, ciaddr: "10.9.0.77" },
        { ifindex: 3, to: "172.16.0.1", from: "10.9.0.77" },
      );
      expect([ack.reason, ack.leaseSeconds]).toEqual(["ack-reserved", 77]);
    }
    const inform = server.send(
      { type: 8, chaddr: A, ciaddr: "10.9.0.77" },
      { ifindex: 3, to: "172.16.0.1", from: "10.9.0.77" },
    );
    expect(inform.reason).toBe("ack-inform");
  });

  it("is not believed of a client on our own link", () => {
    expect(world().send({ type: 1, chaddr: A, agentInformation: [2, 3, 0, 1, 2] }).yiaddr).toBe("10.0.0.10");
  });
});
