// Where a host declaration counts: one with fixed addresses on the networks where they lie, one without everywhere.

import { describe, expect, it } from "vitest";
import { EngineWorld, type Outcome, testInterface } from "../../support/engine-world.ts";

const LAPTOP = "02:00:5e:00:53:e1";
const STRANGER = "02:00:5e:00:53:e2";

function worldOf(text: string): EngineWorld {
  return new EngineWorld(`ping-check off; ${text}`, [testInterface(2, "lan0", "10.9.0.1")]);
}

/** A DISCOVER through the relay of a network. */
function discover(world: EngineWorld, chaddr: string, giaddr: string): Outcome {
  return world.send({ type: 1, chaddr, giaddr }, { to: "10.9.0.1", from: giaddr, port: 67 });
}

/** The value of an option of a reply, in dots. */
function optionOf({ bytes }: Outcome, code: number): string | undefined {
  for (let at = 240; at < bytes.length && bytes[at] !== 255; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === code) return bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0)).join(".");
  }
  return undefined;
}

function fileOf({ bytes }: Outcome): string {
  const field = bytes.subarray(108, 236);
  return String.fromCharCode(...field.subarray(0, field.indexOf(0)));
}

const HOST = `group { option routers 10.1.0.1; default-lease-time 77;
  host laptop { hardware ethernet ${LAPTOP}; fixed-address 10.1.0.200; filename "vlan1"; } }`;

function twoNetworks(second: string): EngineWorld {
  return worldOf(`
    subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.99; option routers 10.1.0.1; }
    subnet 10.2.0.0 netmask 255.255.255.0 { option routers 10.2.0.1; ${second} }
    ${HOST}`);
}

describe("a host with a fixed address, on another network", () => {
  it("gives its client no values there [C6]", () => {
    const world = twoNetworks("range 10.2.0.10 10.2.0.99;");
    const offer = discover(world, LAPTOP, "10.2.0.1");
    expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
    expect([optionOf(offer, 3), offer.leaseSeconds, fileOf(offer)]).toEqual(["10.2.0.1", 43_200, ""]);
    const home = discover(world, LAPTOP, "10.1.0.1");
    expect([home.yiaddr, optionOf(home, 3), home.leaseSeconds, fileOf(home)]).toEqual([
      "10.1.0.200",
      "10.1.0.1",
      77,
      "vlan1",
    ]);
  });

  it("does not make it known for deny unknown-clients, in DISCOVER, REQUEST or BOOTP [C6]", () => {
    const world = twoNetworks("range dynamic-bootp 10.2.0.10 10.2.0.99; deny unknown-clients;");
    const relayed = { to: "10.9.0.1", from: "10.2.0.1", port: 67 };
    expect(discover(world, LAPTOP, "10.2.0.1").reason).toBe("drop-unknown-client-denied");
    const request = { type: 3, chaddr: LAPTOP, giaddr: "10.2.0.1", requested: "10.2.0.10", serverId: "10.9.0.1" };
    expect(world.send(request, relayed).reason).toBe("drop-unknown-client-denied");
    const { reason } = world.send({ type: 0, chaddr: LAPTOP, giaddr: "10.2.0.1" }, relayed);
    expect(reason).toBe("drop-bootp");
  });

  it("is known to the allow of a pool and to conditions, as in ISC's server [C6]", () => {
    const world = twoNetworks(`pool { allow known-clients; range 10.2.0.10; }
      pool { deny known-clients; range 10.2.0.20; }
      if known { filename "declared"; }`);
    expect(discover(world, LAPTOP, "10.2.0.1").yiaddr).toBe("10.2.0.10");
    expect(fileOf(discover(world, LAPTOP, "10.2.0.1"))).toBe("declared");
    expect(discover(world, STRANGER, "10.2.0.1").yiaddr).toBe("10.2.0.20");
  });
});

describe("two hosts with one hardware address", () => {
  it("are told apart by where the fixed address lies [C16]", () => {
    const world = worldOf(`
      subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.99; deny unknown-clients; }
      subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.99; }
      host a { hardware ethernet ${LAPTOP}; fixed-address 10.2.0.6; filename "two"; }
      host b { hardware ethernet ${LAPTOP}; filename "any"; }`);
    const there = discover(world, LAPTOP, "10.2.0.1");
    expect([there.yiaddr, fileOf(there)]).toEqual(["10.2.0.6", "two"]);
    const elsewhere = discover(world, LAPTOP, "10.1.0.1");
    expect(elsewhere.yiaddr).toMatch(/^10\.1\.0\./);
    expect(fileOf(elsewhere)).toBe("any");
  });
});
