// The server identifier that an OFFER names is ours in what the client sends next, wherever the statement stands.

import { describe, expect, it } from "vitest";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

const CLIENT = "02:00:5e:00:53:01";

function worldOf(text: string): EngineWorld {
  return new EngineWorld(`ping-check off; ${text}`, [testInterface(2, "lan0", "192.0.2.1")]);
}

const PLACES: readonly [string, string][] = [
  [
    "pool",
    "subnet 192.0.2.0 netmask 255.255.255.0 { pool { server-identifier 10.9.9.9; range 192.0.2.10 192.0.2.19; } }",
  ],
  [
    "class",
    `class "c" { match if substring(hardware, 1, 1) = 02; server-identifier 10.9.9.9; }
     subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.19; }`,
  ],
  [
    "host",
    `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.19; }
     host h { hardware ethernet ${CLIENT}; server-identifier 10.9.9.9; }`,
  ],
  [
    "group around a host",
    `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.19; }
     group { server-identifier 10.9.9.9; host h { hardware ethernet ${CLIENT}; } }`,
  ],
  [
    "if of a class that only a DISCOVER is in",
    `subnet 192.0.2.0 netmask 255.255.255.0 {
       if option dhcp-message-type = 1 { server-identifier 10.9.9.9; }
       range 192.0.2.10 192.0.2.19;
     }`,
  ],
  [
    "second subnet of a shared network",
    `shared-network s { subnet 192.0.2.0 netmask 255.255.255.0 { }
       subnet 198.51.100.0 netmask 255.255.255.0 { server-identifier 10.9.9.9; range 198.51.100.10 198.51.100.19; } }`,
  ],
];

describe("a server-identifier in a", () => {
  it.each(PLACES)("%s is ours in REQUEST, DECLINE and RELEASE [K1]", (_, text) => {
    const world = worldOf(text);
    const offer = world.send({ type: 1, chaddr: CLIENT });
    expect(offer.serverId).toBe("10.9.9.9");
    const request = { type: 3, chaddr: CLIENT, requested: offer.yiaddr, serverId: "10.9.9.9" };
    expect(world.send(request)).toMatchObject({ reason: "ack-selecting", yiaddr: offer.yiaddr });
    const release = { type: 7, chaddr: CLIENT, ciaddr: offer.yiaddr, serverId: "10.9.9.9" };
    expect(world.send(release, { to: "192.0.2.1", from: offer.yiaddr }).reason).toBe("released");
    const again = world.lease(CLIENT);
    const decline = { type: 4, chaddr: CLIENT, requested: again, serverId: "10.9.9.9" };
    expect(world.send(decline).reason).toBe("declined");
  });

  it("host with a fixed address is ours [K1]", () => {
    const world = worldOf(`subnet 192.0.2.0 netmask 255.255.255.0 { }
      host h { hardware ethernet ${CLIENT}; fixed-address 192.0.2.30; server-identifier 10.9.9.9; }`);
    const offer = world.send({ type: 1, chaddr: CLIENT });
    const request = { type: 3, chaddr: CLIENT, requested: "192.0.2.30", serverId: offer.serverId };
    expect(world.send(request)).toMatchObject({ reason: "ack-reserved", serverId: "10.9.9.9" });
  });

  it("subnet of another link is another server's here [K1]", () => {
    const world = worldOf(`subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; }
      subnet 198.51.100.0 netmask 255.255.255.0 { server-identifier 10.9.9.9; range 198.51.100.10; }`);
    const offer = world.send({ type: 1, chaddr: CLIENT });
    const request = { type: 3, chaddr: CLIENT, requested: offer.yiaddr, serverId: "10.9.9.9" };
    expect(world.send(request).reason).toBe("drop-other-server");
  });

  it("pool stands in the NAK to a client that has selected it [K1]", () => {
    const world = worldOf(PLACES[0]?.[1] ?? "");
    const request = { type: 3, chaddr: CLIENT, requested: "192.0.2.99", serverId: "10.9.9.9" };
    expect(world.send(request)).toMatchObject({ messageType: 6, serverId: "10.9.9.9" });
  });
});
