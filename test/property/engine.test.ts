// Random conversations of a few clients with the engine; after every message the invariants hold:
// one address, one client, and one offer for a client at most; nobody is given our own address; an ACK speaks of a lease that is stored, to its owner, for the time that
// is told; nobody else's message changes a client's lease.

import fc from "fast-check";
import { expect, it } from "vitest";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { EngineWorld, type Outcome, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts } from "../support/message-builder.ts";

const CONFIG = `
default-lease-time 100;
max-lease-time 200;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.14; }
host fixed { hardware ethernet 02:00:00:00:00:03; fixed-address 10.0.0.12; }
`;

/** Ours, and in the range. */
const OWN = "10.0.0.14";
const CLIENTS = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"];
const ADDRESSES = ["10.0.0.9", "10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13", OWN, "10.9.9.9"];

const step = fc.record({
  client: fc.nat(CLIENTS.length - 1),
  withId: fc.boolean(),
  type: fc.constantFrom(1, 1, 3, 3, 3, 4, 7, 8, 0),
  address: fc.constantFrom(...ADDRESSES),
  named: fc.constantFrom("requested", "ciaddr", "both", "neither"),
  serverId: fc.constantFrom("10.0.0.1", "10.0.0.99", ""),
  leaseSeconds: fc.constantFrom(undefined, 0, 1, 50, 0xffffffff),
  followsOffer: fc.boolean(),
  seconds: fc.constantFrom(0, 0, 1, 31, 90, 210, 700),
  clockSetBy: fc.constantFrom(0, 0, 0, 0, 0, -5000, 5000),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function messageOf(s: Step, lastOffer: string): MessageParts {
  const address = s.followsOffer && lastOffer !== "" ? lastOffer : s.address;
  return {
    type: s.type,
    chaddr: CLIENTS[s.client] ?? "",
    ...(s.withId ? { clientId: [0, s.client, 1] } : {}),
    ...(s.named === "requested" || s.named === "both" ? { requested: address } : {}),
    ...(s.named === "ciaddr" || s.named === "both" ? { ciaddr: address } : {}),
    ...(s.serverId === "" ? {} : { serverId: s.serverId }),
    ...(s.leaseSeconds === undefined ? {} : { leaseSeconds: s.leaseSeconds }),
  };
}

function checkAck(world: EngineWorld, outcome: Outcome, message: MessageParts): void {
  if (outcome.messageType !== 5 || outcome.reason === "ack-inform") return;
  const slot = world.table.slotOf(ip(outcome.yiaddr));
  expect(world.table.state(slot)).toBe(BindingState.bound);
  expect(world.table.endsAt(slot)).toBe(Math.floor(world.now) + outcome.leaseSeconds);
  expect(outcome.leaseSeconds).toBeGreaterThan(0);
  expect(outcome.leaseSeconds).toBeLessThanOrEqual(200);
  const record = world.table.record(slot);
  if (message.clientId !== undefined) expect([...record.clientId]).toEqual(message.clientId);
  else expect([...record.hardwareAddress].at(-1)).toBe(Number(message.chaddr?.slice(-1)));
}

/** No client holds two addresses by offers. */
function checkOffers(world: EngineWorld): void {
  const holders: string[] = [];
  for (let slot = 0; slot < world.table.size; slot++) {
    if (world.table.state(slot) !== BindingState.offered) continue;
    const { clientId, hardwareAddress } = world.table.record(slot);
    holders.push(clientId.length > 0 ? `id ${clientId.join()}` : `hardware ${hardwareAddress.join()}`);
  }
  expect(new Set(holders).size).toBe(holders.length);
}

it("keeps one address for one client and tells what it stores, whatever clients send", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1", OWN)]);
      const believed = new Map<string, { client: string; until: number }>();
      let lastOffer = "";
      for (const s of steps) {
        world.now += s.seconds + s.clockSetBy;
        world.clockSetBy += s.clockSetBy;
        for (const [address, held] of believed) if (held.until <= world.now) believed.delete(address);
        world.expire();
        const message = messageOf(s, lastOffer);
        const client = `${message.chaddr}/${message.clientId ?? ""}`;
        const outcome = world.send(message, { from: message.ciaddr ?? "0.0.0.0" });
        if (outcome.messageType === 2) lastOffer = outcome.yiaddr;
        expect(outcome.yiaddr).not.toBe(OWN);
        checkOffers(world);
        checkAck(world, outcome, message);
        if (outcome.reason === "released" || outcome.reason === "declined")
          believed.delete(message.ciaddr ?? message.requested ?? "");
        if (outcome.messageType !== 5 || outcome.reason === "ack-inform") continue;
        for (const [address, held] of believed)
          if (held.client === client && address !== outcome.yiaddr) believed.delete(address);
        const other = believed.get(outcome.yiaddr);
        // A lease without an identifier is its card's, whatever that says later; a reserved address is its host's.
        const isSameCard = other?.client === `${message.chaddr}/`;
        const isSameHost = outcome.reason === "ack-reserved" && other?.client.startsWith(`${message.chaddr}/`);
        if (other !== undefined && other.client !== client && !isSameCard && isSameHost !== true) {
          expect(other.until, `${formatIpv4(ip(outcome.yiaddr))} belongs to ${other.client}`).toBeLessThanOrEqual(
            world.now,
          );
        }
        believed.set(outcome.yiaddr, { client, until: Math.floor(world.now) + outcome.leaseSeconds });
      }
    }),
    { numRuns: 300 },
  );
});
