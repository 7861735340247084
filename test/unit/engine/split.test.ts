// What a server decides that has the ranges of its networks between itself and others, without a common store.

import { beforeEach, describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { MESSAGE_AGE_SECONDS, RESERVE_MARGIN_SECONDS, STAND_INS_MAX } from "../../../src/base/limits/engine.ts";
import { EngineWorld, type Outcome, testInterface } from "../../support/engine-world.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const SERVER = "10.0.0.1";
const HOLD = 3600;
/** What a client is told at its first renewal, at most. */
const PROMISED = HOLD - RESERVE_MARGIN_SECONDS - MESSAGE_AGE_SECONDS;
const OTHERS = "10.0.0.20";

let world: EngineWorld;

function worldOf(name = "a", more = ""): EngineWorld {
  const made = new EngineWorld(
    `split "${name}"; authoritative; ping-check off; default-lease-time 600; max-lease-time 7200;
     host printer { hardware ethernet 02:00:00:00:00:0c; fixed-address 10.0.0.25; }
     subnet 10.0.0.0 netmask 255.255.0.0 {
       option routers 10.0.0.1;
       range 10.0.0.10 10.0.0.19 of "a";
       pool { range 10.0.0.20 10.0.0.29 of "b"; option domain-name "b.example.org"; }
       ${more}
     }`,
    [testInterface(2, "lan0", `${SERVER}/16`)],
  );
  made.serving.standIns.start(made.monotonic);
  return made;
}

const renew = (chaddr: string, address = OTHERS, seconds?: number): Outcome =>
  world.send(
    { type: 3, chaddr, ciaddr: address, ...(seconds !== undefined && { leaseSeconds: seconds }) },
    { to: SERVER, from: address },
  );

beforeEach(() => {
  world = worldOf();
  world.now += HOLD;
});

describe("a server with a part of the ranges", () => {
  it("gives new clients addresses of its own part only", () => {
    const given = Array.from({ length: 10 }, (_, i) =>
      world.send({ type: 1, chaddr: `02:00:00:00:01:0${i.toString(16)}` }),
    );
    const last = given.map(({ yiaddr, hasReply }) => (hasReply ? Number(yiaddr.split(".")[3]) : 0));
    expect(last.filter((number) => number >= 10 && number <= 19)).toHaveLength(10);
    expect(last.filter((number) => number >= 20)).toEqual([]);
  });

  it("renews a client of the server that it stands in for, by the configuration of its range, and stores nothing", () => {
    const ack = renew(A);
    expect(ack).toMatchObject({ reason: "ack-for-other", messageType: 5, yiaddr: OTHERS, leaseSeconds: 600 });
    expect(Buffer.from(ack.bytes).includes("b.example.org")).toBe(true);
    expect(world.table.slotOf(0x0a000014)).toBe(-1);
  });

  it("answers one that rebinds by broadcast too", () => {
    expect(world.send({ type: 3, chaddr: A, ciaddr: OTHERS })).toMatchObject({ reason: "ack-for-other" });
  });

  it("promises no more in all than the owner keeps the address for, counted from the first renewal", () => {
    expect(renew(A, OTHERS, 7200).leaseSeconds).toBe(PROMISED);
    world.now += 3000;
    expect(renew(A, OTHERS, 7200).leaseSeconds).toBe(PROMISED - 3000);
    world.now += PROMISED - 3000;
    expect(renew(A)).toMatchObject({ reason: "drop-not-ours", hasReply: false });
    // A renewal that comes so late is of a lease that the owner has made longer.
    world.now += MESSAGE_AGE_SECONDS;
    expect(renew(A, OTHERS, 7200).leaseSeconds).toBe(PROMISED);
  });

  it("keeps an address for the client that renewed it first", () => {
    renew(A);
    expect(renew(B)).toMatchObject({ reason: "drop-not-ours" });
    expect(renew(B, "10.0.0.21")).toMatchObject({ reason: "ack-for-other" });
  });

  it("promises nothing in its first time: what it has promised before its start is not known to it", () => {
    world = worldOf();
    world.now += HOLD - 1;
    expect(renew(A)).toMatchObject({ reason: "drop-not-ours" });
    world.now += 1;
    expect(renew(A)).toMatchObject({ reason: "ack-for-other" });
  });

  it("is silent to a client that begins anew with such an address, and refuses one that was offered it", () => {
    expect(world.send({ type: 3, chaddr: A, requested: OTHERS })).toMatchObject({ reason: "drop-not-ours" });
    const selecting = world.send({ type: 3, chaddr: A, requested: OTHERS, serverId: SERVER });
    expect(selecting).toMatchObject({ reason: "nak-not-available" });
  });

  it("does not stand in where another server does, or for what no range has", () => {
    const three = 'range 10.0.0.30 10.0.0.39 of "c";';
    world = worldOf("a", three);
    world.now += HOLD;
    // The one before "a" is the last one, "c".
    expect(renew(A, "10.0.0.30")).toMatchObject({ reason: "ack-for-other" });
    expect(renew(A)).toMatchObject({ reason: "drop-not-ours" });
    expect(renew(A, "10.0.0.99")).toMatchObject({ reason: "drop-not-ours" });
    world = worldOf("c", three);
    world.now += HOLD;
    expect(renew(A)).toMatchObject({ reason: "ack-for-other" });
    expect(renew(A, "10.0.0.10")).toMatchObject({ reason: "drop-not-ours" });
  });

  it("does not refuse what its lease file knows of an address that is another server's now", () => {
    const text = "authoritative; ping-check off; subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.0.10 10.0.0.29; }";
    world = new EngineWorld(text, [testInterface(2, "lan0", `${SERVER}/16`)]);
    world.send({ type: 3, chaddr: A, requested: OTHERS, serverId: SERVER });
    expect(world.table.state(world.table.slotOf(0x0a000014))).toBe(2);
    world.reload(`split "a"; ${text.replace("10.0.0.29;", '10.0.0.19 of "a"; range 10.0.0.20 10.0.0.29 of "b";')}`);
    expect(renew(A)).toMatchObject({ reason: "drop-not-ours" });
  });

  it("gives a reserved address to its client, whose range ever it is in", () => {
    expect(world.lease("02:00:00:00:00:0c")).toBe("10.0.0.25");
    expect(renew("02:00:00:00:00:0c")).toMatchObject({ reason: "nak-reserved-elsewhere" });
  });

  it("remembers a bounded number of clients, and tells no other one anything meanwhile", () => {
    const { standIns } = world.serving;
    const { client } = world.exchange;
    const now = world.monotonic;
    for (let i = 0; i < STAND_INS_MAX; i++) standIns.promise(0x0a010000 + i, client, now + 100);
    expect(renew(A)).toMatchObject({ reason: "drop-not-ours" });
    world.now += 100 + MESSAGE_AGE_SECONDS;
    expect(renew(A)).toMatchObject({ reason: "ack-for-other", yiaddr: formatIpv4(0x0a000014) });
  });
});
