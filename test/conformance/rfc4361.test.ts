// RFC 4361: Node-specific Client Identifiers for DHCPv4.

import { beforeEach, describe, expect, it } from "vitest";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { macOf } from "../support/message-builder.ts";

const CONFIG = "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
/** Type 255, IAID, DUID-LL. */
const DUID = [0, 3, 0, 1, ...macOf(A)];
const ID = [255, 0, 0, 0, 1, ...DUID];
const OTHER_IAID = [255, 0, 0, 0, 2, ...DUID];

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

describe("RFC 4361 section 6.3: the server", () => {
  it("MUST know a client by its identifier, whatever hardware it comes from [4361 6.3-1]", () => {
    const address = world.lease(A, { clientId: ID });
    world.now += 60;
    expect(world.lease(B, { clientId: ID })).toBe(address);
    world.now += 60;
    expect(world.send({ type: 3, chaddr: B, clientId: ID, requested: address })).toMatchObject({
      reason: "ack-init-reboot",
      yiaddr: address,
    });
  });

  it("MUST NOT know it by chaddr when it sends an identifier: two of them on one card are two clients [4361 6.3-1, 6.5-1]", () => {
    const first = world.lease(A, { clientId: ID });
    const second = world.lease(A, { clientId: OTHER_IAID });
    expect(second).not.toBe(first);
    expect(world.lease(A, { clientId: ID })).toBe(first);
  });

  it("knows a client without identifier by htype and chaddr, apart from identifiers that look the same [4361 6.4-1]", () => {
    const byHardware = world.lease(A);
    const byIdentifier = world.lease(A, { clientId: [1, ...macOf(A)] });
    expect(byIdentifier).not.toBe(byHardware);
    expect(world.lease(A)).toBe(byHardware);
  });

  it("gives a fixed address by hardware address only where the administrator says so [4361 6.3-2]", () => {
    const fixed = new EngineWorld(`${CONFIG} host a { hardware ethernet ${A}; fixed-address 10.0.0.99; }`, [
      testInterface(2, "lan0", "10.0.0.1"),
    ]);
    expect(fixed.lease(A, { clientId: ID })).toBe("10.0.0.99");
    const first = fixed.lease(B, { clientId: OTHER_IAID });
    expect(fixed.lease(B, { clientId: [255, 9, 9, 9, 9] })).not.toBe(first);
  });

  it("treats an identifier as opaque: no octet of it counts more than another [2132 9.14-2]", () => {
    const addresses = new Set([
      world.lease(A, { clientId: [0, 1, 2] }),
      world.lease(A, { clientId: [0, 1, 2, 0] }),
      world.lease(A, { clientId: [255, 1, 2] }),
    ]);
    expect(addresses.size).toBe(3);
  });
});

describe("RFC 2132 section 9.14: an identifier shorter than two octets", () => {
  it("is none: the client is known by its hardware address [2132 9.14-1]", () => {
    const address = world.lease(A);
    world.now += 60;
    expect(world.lease(A, { clientId: [7] })).toBe(address);
  });
});
