// Offers: how long they hold an address, for whom, and against whom.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const SERVER = "10.0.0.1";

function worldOf(text: string): EngineWorld {
  return new EngineWorld(`subnet 10.0.0.0 netmask 255.255.255.0 { ${text} }`, [testInterface(2, "lan0", SERVER)]);
}

function stranger(n: number): string {
  return `02:01:00:00:${(n >>> 8).toString(16)}:${(n & 255).toString(16)}`;
}

function stateOf(world: EngineWorld, address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

describe("an offer that nobody took", () => {
  it("gives way to the client's wish for another free address, and is no second one [D10]", () => {
    const world = worldOf("ping-check off; range 10.0.0.10 10.0.0.12;");
    const first = world.send({ type: 1, chaddr: A }).yiaddr;
    const wanted = ["10.0.0.10", "10.0.0.11", "10.0.0.12"].find((address) => address !== first) ?? "";
    expect(world.send({ type: 1, chaddr: A, requested: wanted })).toMatchObject({
      reason: "offer-new",
      yiaddr: wanted,
    });
    expect([stateOf(world, first), stateOf(world, wanted)]).toEqual([BindingState.free, BindingState.offered]);
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toBe(wanted);
    // What somebody has is not to be had by a wish.
    const taken = world.lease(B, { requested: first });
    expect(world.send({ type: 1, chaddr: A, requested: taken }).yiaddr).toBe(wanted);
  });

  it("of the client's last address comes before its wish [D10]", () => {
    const world = worldOf("ping-check off; range 10.0.0.10 10.0.0.12;");
    const last = world.lease(A);
    world.send({ type: 7, chaddr: A, ciaddr: last, serverId: SERVER }, { to: SERVER, from: last });
    const other = last === "10.0.0.10" ? "10.0.0.11" : "10.0.0.10";
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toBe(last);
    expect(world.send({ type: 1, chaddr: A, requested: other }).yiaddr).toBe(last);
  });

  it("lets nobody lock others out of a pool: the oldest goes to the next client [B4]", () => {
    const world = worldOf("ping-check off; range 10.0.0.10 10.0.0.19;");
    const offers: string[] = [];
    for (let n = 0; n < 500; n++) offers.push(world.send({ type: 1, chaddr: stranger(n) }).yiaddr);
    expect(new Set(offers.slice(-10)).size).toBe(10);
    expect(offers.slice(-10)).toEqual(offers.slice(0, 10));
    expect(world.lease(A)).toBe(offers.at(-10));
    // Who has lost its offer is told so at once; who has not is served.
    const lost = world.send({ type: 3, chaddr: stranger(0), requested: offers[0] ?? "", serverId: SERVER });
    expect(lost).toMatchObject({ reason: "nak-taken", messageType: 6 });
    const kept = { type: 3, chaddr: stranger(499), requested: offers[499] ?? "", serverId: SERVER };
    expect(world.send(kept)).toMatchObject({ reason: "ack-selecting" });
    // A lease never gives way.
    for (let n = 500; n < 600; n++) expect(world.send({ type: 1, chaddr: stranger(n) }).yiaddr).not.toBe(offers[499]);
  });

  it("is not checked anew for the next client, if it was, and does not give way before [B4]", () => {
    const world = worldOf("range 10.0.0.10;");
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ needsProbe: true });
    expect(world.send({ type: 1, chaddr: B })).toMatchObject({ reason: "drop-pool-empty" });
    world.probed = "10.0.0.10";
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ needsProbe: false, yiaddr: "10.0.0.10" });
    world.probed = undefined;
    expect(world.send({ type: 1, chaddr: B })).toMatchObject({ needsProbe: false, yiaddr: "10.0.0.10" });
    const request = { type: 3, requested: "10.0.0.10", serverId: SERVER };
    expect(world.send({ ...request, chaddr: B })).toMatchObject({ reason: "ack-selecting" });
    expect(world.send({ ...request, chaddr: A })).toMatchObject({ reason: "nak-taken" });
  });

  it("is, in a full pool, the first client's that requests the address: a flood of DISCOVERs keeps nobody from it", () => {
    const world = worldOf("ping-check off; range 10.0.0.10 10.0.0.19;");
    for (let n = 0; n < 100; n++) world.send({ type: 1, chaddr: stranger(n) });
    const { yiaddr } = world.send({ type: 1, chaddr: A });
    for (let n = 100; n < 200; n++) world.send({ type: 1, chaddr: stranger(n) });
    // It was offered to somebody else since.
    expect(formatHex(world.table.record(world.table.slotOf(ip(yiaddr))).hardwareAddress, ":")).not.toBe(A);
    const request = { type: 3, requested: yiaddr, serverId: SERVER };
    expect(world.send({ ...request, chaddr: A })).toMatchObject({ reason: "ack-selecting", yiaddr });
    expect(world.send({ ...request, chaddr: B })).toMatchObject({ reason: "nak-taken" });
    // While there is room, an offer is for the client that it was made to.
    const roomy = worldOf("ping-check off; range 10.0.0.10 10.0.0.19;");
    const offered = roomy.send({ type: 1, chaddr: A }).yiaddr;
    expect(roomy.send({ ...request, requested: offered, chaddr: B })).toMatchObject({ reason: "nak-taken" });
  });

  it("lasts thirty seconds, whatever the wall clock is set to [B8]", () => {
    for (const step of [-86_400, 0, 86_400]) {
      const world = worldOf("ping-check off; range 10.0.0.10;");
      world.send({ type: 1, chaddr: A });
      world.now += step;
      world.clockSetBy += step;
      world.now += 29;
      world.expire();
      expect(stateOf(world, "10.0.0.10")).toBe(BindingState.offered);
      world.now += 2;
      world.expire();
      expect(stateOf(world, "10.0.0.10")).toBe(BindingState.free);
    }
  });
});

describe("the offer of an address that the client has", () => {
  it.each([
    [60, undefined, 3600],
    [undefined, 60, 60],
    [60, 7200, 7200],
  ])(
    "after a lease of %s s is kept by the ACK to a request for %s s, within a second too [R7]",
    (first, then, told) => {
      const world = worldOf("ping-check off; default-lease-time 3600; max-lease-time 7200; range 10.0.0.10;");
      const asks = (seconds: number | undefined) => (seconds === undefined ? {} : { leaseSeconds: seconds });
      world.lease(A, asks(first));
      world.now += 0.5;
      const offer = world.send({ type: 1, chaddr: A, xid: 2, ...asks(then) });
      const request = { type: 3, chaddr: A, xid: 2, requested: offer.yiaddr, serverId: SERVER, ...asks(then) };
      const ack = world.send(request);
      expect([offer.leaseSeconds, ack.leaseSeconds]).toEqual([told, told]);
      expect(ack.reason).toBe("ack-selecting");
      expect(world.table.endsAt(world.table.slotOf(ip("10.0.0.10")))).toBe(Math.ceil(world.now) + told);
      // The same message once more is a repetition.
      expect(world.send(request)).toMatchObject({ reason: "ack-repeated", leaseSeconds: told });
    },
  );
});

it("gives an address to another client when the first one's time has passed, to the fraction of a second", () => {
  const world = worldOf("ping-check off; min-lease-time 1; range 10.0.0.10;");
  world.now += 0.25;
  world.lease(A, { leaseSeconds: 1 });
  const discover = { type: 1, chaddr: B };
  world.now += 0.75;
  world.expire();
  expect(world.send(discover).reason).toBe("drop-pool-empty");
  world.now += 1;
  world.expire();
  expect(world.send(discover)).toMatchObject({ reason: "offer-new", yiaddr: "10.0.0.10" });
});
