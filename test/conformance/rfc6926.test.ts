// RFC 6926: DHCPv4 Bulk Leasequery. What a stream and its connection do is in test/unit/leasequery.

import { beforeEach, describe, expect, it } from "vitest";
import { ABANDON_SECONDS } from "../../src/base/limits/engine.ts";
import { BULK_LEASES_PER_SLICE } from "../../src/base/limits/leasequery.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { NO_LEASE } from "../../src/lease/table/table.ts";
import { askForMany } from "../support/bulk-world.ts";
import { addressOption, type DecodedMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip } from "../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const ACTIVE = 13;
const UNASSIGNED = 11;
const DONE = 15;
const SERVER_ID = 54;
const STATUS = 151;
const BASE_TIME = 152;
const START_TIME = 153;
const QUERY_START = 154;
const QUERY_END = 155;
const STATE = 156;
const DATA_SOURCE = 157;
const MALFORMED = 3;
const NOT_ALLOWED = 4;
const TERMINATED = 2;
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };

const CONFIG = `ping-check false; default-lease-time 800; max-lease-time 1600;
  subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.14; option routers 10.0.0.1; }
  subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.14; }
  host fixed { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.200; }`;

let world: EngineWorld;

function serve(text = `allow bulk-leasequery; ${CONFIG}`): EngineWorld {
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
}

function relayed(chaddr: string, agentInformation: readonly number[]): string {
  return world.lease(chaddr, { giaddr: "10.2.0.1", agentInformation }, RELAY);
}

function release(chaddr: string, address: string): void {
  world.send({ type: 7, chaddr, ciaddr: address, serverId: "10.0.0.1" }, { to: "10.0.0.1", from: address });
}

const seconds = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const addresses = (messages: readonly DecodedMessage[]): string[] => messages.map(({ ciaddr }) => ciaddr);
const stateOf = (message: DecodedMessage | undefined): number => message?.options.get(STATE)?.[0] ?? 0;
const byHardware = (chaddr: string) => ({ chaddr, htype: 1, hlen: 6 });

beforeEach(() => {
  world = serve();
});

describe("RFC 6926 section 8.1: who may ask", () => {
  it("is nobody by default, and a leasequery's permission is not one for many [6926 8.1-4, 9-1]", () => {
    for (const permission of ["", "allow leasequery;", "allow bulk-leasequery from 192.0.2.8;"]) {
      const { leases, status } = askForMany(serve(`${permission} ${CONFIG}`));
      expect([leases.length, status]).toEqual([0, NOT_ALLOWED]);
    }
    const picky = serve(`allow bulk-leasequery from 192.0.2.0/28; ${CONFIG}`);
    expect(askForMany(picky).status).toBe(0);
    expect(askForMany(picky, {}, { from: "192.0.2.16" }).status).toBe(NOT_ALLOWED);
  });
});

describe("RFC 6926 section 7.2: what can be asked for", () => {
  it("is all configured addresses, each once [6926 7.2-1, 7.3-1, 8.2-1, 8.2-8, 8.2-10, 8.2-11, 6.2.2-1]", () => {
    const address = world.lease(A);
    const { leases, done, status } = askForMany(world);
    expect(leases).toHaveLength(11);
    expect(new Set(addresses(leases)).size).toBe(11);
    expect(leases.filter(({ messageType }) => messageType === ACTIVE)).toMatchObject([{ ciaddr: address, chaddr: A }]);
    expect(leases.filter(({ messageType }) => messageType === UNASSIGNED)).toHaveLength(10);
    expect([done.messageType, status]).toEqual([DONE, 0]);
  });

  it("is a client's leases, by its hardware address or identifier [6926 7.2-1, 8.2-10]", () => {
    const here = world.lease(A, { clientId: [1, 2, 3] });
    const there = relayed(A, [1, 1, 7]);
    world.lease(B, { clientId: [1, 2, 4] });
    expect(addresses(askForMany(world, byHardware(A)).leases).toSorted()).toEqual([here, there].toSorted());
    expect(addresses(askForMany(world, { clientId: [1, 2, 3] }).leases)).toEqual([here]);
    for (const clientId of [[1, 2], [1], []]) expect(askForMany(world, { clientId }).leases).toEqual([]);
  });

  it("is the leases of a relay, by its identifier, or of a line, by remote-id [6926 7.2-1, 8.2-10]", () => {
    const first = relayed(A, [12, 2, 9, 9, 2, 1, 5]);
    const second = relayed(B, [1, 1, 7, 12, 2, 9, 9]);
    const third = relayed(C, [12, 3, 9, 9, 9, 2, 1, 5]);
    world.lease("02:00:00:00:00:0d");
    const by = (agentInformation: readonly number[]) => addresses(askForMany(world, { agentInformation }).leases);
    expect(by([12, 2, 9, 9]).toSorted()).toEqual([first, second].toSorted());
    expect(by([2, 1, 5]).toSorted()).toEqual([first, third].toSorted());
    expect(by([12, 1, 9])).toEqual([]);
    expect(by([12, 0])).toEqual([]);
  });

  it("is nothing that there is: the answer is the last message alone, with the server identifier [6926 7.3-1, 8.2-1, 8.2-3, 8.3-1]", () => {
    const { leases, done } = askForMany(world, byHardware(A));
    expect(leases).toEqual([]);
    expect([...done.options.keys()]).toEqual([53, SERVER_ID]);
  });
});

describe("RFC 6926 section 8.2: what is changed since, and until", () => {
  it("is told whether the lease is in force or over, and nothing of what was never used [6926 6.2.5-1, 8.2-8, 8.2-12]", () => {
    const early = world.lease(A);
    const released = world.lease(B);
    world.now += 100;
    const start = world.now;
    const late = world.lease(C);
    release(B, released);
    const since = { options: [[QUERY_START, seconds(start)]] as const };
    const { leases } = askForMany(world, since);
    expect(leases.map(({ ciaddr, messageType }) => [ciaddr, messageType]).toSorted()).toEqual(
      [
        [late, ACTIVE],
        [released, UNASSIGNED],
      ].toSorted(),
    );
    const until = { options: [[QUERY_END, seconds(start - 1)]] as const };
    expect(addresses(askForMany(world, until).leases)).toEqual([early]);
    const both = {
      options: [
        [QUERY_START, seconds(start - 100)],
        [QUERY_END, seconds(start)],
      ] as const,
    };
    expect(askForMany(world, both).leases).toHaveLength(3);
  });

  it("counts a lease that has run out as changed at its end [6926 6.2.5-1, 8.2-12]", () => {
    const address = world.lease(A);
    const ends = world.now + 800;
    world.now = ends + 10;
    const since = (at: number) => addresses(askForMany(world, { options: [[QUERY_START, seconds(at)]] }).leases);
    expect(since(ends)).toEqual([address]);
    expect(since(ends + 1)).toEqual([]);
    world.expire();
    expect(since(ends)).toEqual([address]);
    expect(since(ends + 1)).toEqual([]);
  });

  it("qualifies the other queries too", () => {
    const address = world.lease(A);
    const options = [[QUERY_START, seconds(world.now)]] as const;
    expect(addresses(askForMany(world, { ...byHardware(A), options }).leases)).toEqual([address]);
    expect(askForMany(world, { ...byHardware(B), options }).leases).toEqual([]);
  });
});

describe("RFC 6926 section 8.2: queries that are refused, with a reason, by the last message alone [6926 8.2-1, 8.2-2, 8.2-5, 8.2-6, 6.2.2-2]", () => {
  it.each([
    ["ciaddr", { ciaddr: "10.0.0.10" }, MALFORMED],
    ["a start time of three octets", { options: [[QUERY_START, [1, 2, 3]] as const] }, MALFORMED],
    ["an end time of no octets", { options: [[QUERY_END, []] as const] }, MALFORMED],
    [
      "an end before the start",
      {
        options: [
          [QUERY_START, seconds(9)],
          [QUERY_END, seconds(8)],
        ] as const,
      },
      MALFORMED,
    ],
    ["agent information that ends early", { agentInformation: [12, 9, 1] }, MALFORMED],
    ["two things to look for", { ...byHardware(A), clientId: [1, 2] }, NOT_ALLOWED],
    ["a relay and a line", { agentInformation: [12, 1, 1, 2, 1, 1] }, NOT_ALLOWED],
    ["another virtual network", { options: [[221, [0, 0x76]] as const] }, NOT_ALLOWED],
  ])("%s", (_, parts, expected) => {
    const { leases, done, status } = askForMany(world, parts);
    expect([leases.length, done.messageType, status]).toEqual([0, DONE, expected]);
    const text = String.fromCharCode(...(done.options.get(STATUS) ?? []).slice(1));
    expect(text).toMatch(/^[ -~]+$/);
  });

  it.each([
    ["yiaddr", 16],
    ["siaddr", 20],
  ])("%s", (_, offset) => {
    expect(askForMany(world, {}, { patch: [offset, 10] }).status).toBe(MALFORMED);
  });

  it("but not for the virtual networks that mean every one [6926 6.2.9-1]", () => {
    for (const type of [255, 254]) expect(askForMany(world, { options: [[221, [type]]] }).status).toBe(0);
  });
});

describe("RFC 6926 section 8.2: the messages", () => {
  it("have the query's xid, and the server identifier in the first alone [6926 8.3-1, 8.3-2]", () => {
    const { leases, done } = askForMany(world, { xid: 0xfeedbeef });
    expect([...leases, done].every(({ xid, op }) => xid === 0xfeedbeef && op === 2)).toBe(true);
    expect([...leases, done].map((message) => addressOption(message, SERVER_ID))).toEqual([
      "10.0.0.1",
      ...Array.from({ length: 11 }, () => ""),
    ]);
  });

  it("tell each address once, though its lease changes meanwhile [6926 8.2-4]", () => {
    const { leases } = askForMany(world, {}, { onStep: (step) => void (step === 3 && world.lease(A)) });
    expect(new Set(addresses(leases)).size).toBe(leases.length);
  });

  it("wait for a change that is under way: what is not durable is not told", () => {
    const address = world.lease(A);
    const slot = world.table.slotOf(ip(address));
    world.table.begin(slot);
    world.table.release(slot, world.now);
    const onStep = (step: number): void => {
      if (step === 20) world.table.revert(slot);
    };
    const { leases, waits } = askForMany(world, byHardware(A), { onStep });
    expect(waits).toBeGreaterThan(10);
    expect(leases).toMatchObject([{ ciaddr: address, messageType: ACTIVE }]);
  });

  it("end with QueryTerminated when the configuration is loaded anew", () => {
    const onStep = (step: number): void => {
      if (step !== 3) return;
      const { config, links } = world.serving;
      world.serving.reconfigure(config, world.table.rebuild(world.table.pools), links);
    };
    const { leases, status } = askForMany(world, {}, { onStep });
    expect([leases.length, status]).toEqual([3, TERMINATED]);
  });

  it("come in turns: no more leases are looked at in one than the limit says", () => {
    const size = 3 * BULK_LEASES_PER_SLICE;
    const wide = serve(`allow bulk-leasequery; ping-check false;
      subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.1.0 10.0.48.255; }`);
    expect(wide.table.size).toBe(size);
    expect(askForMany(wide, byHardware(A)).pauses).toBe(2);
  });
});

describe("RFC 6926 section 6.2: what a message tells", () => {
  it("of a lease in force is what is left of it, since when it is, and when that was said [6926 6.2.3-1, 6.2.7-1, 6.2.7-4, 6.2.8-1, 8.3-3, 8.3-5]", () => {
    const address = world.lease(A, { clientId: [1, 2, 3] });
    world.now += 100;
    const [message] = askForMany(world, byHardware(A)).leases;
    expect(message).toMatchObject({ messageType: ACTIVE, ciaddr: address, chaddr: A, htype: 1, yiaddr: "0.0.0.0" });
    const numbers = [51, 58, 59, 91, BASE_TIME, START_TIME].map((code) => message && numberOption(message, code));
    expect(numbers).toEqual([700, 300, 600, 100, world.now, 100]);
    expect(stateOf(message)).toBe(2);
    expect(message?.options.get(DATA_SOURCE)).toEqual([0]);
    expect(message?.options.get(61)).toEqual([1, 2, 3]);
  });

  it("of a renewed lease is the start of the binding, not of its last prolongation [6926 6.2.4-1]", () => {
    const address = world.lease(A);
    world.now += 300;
    expect(world.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address }).reason).toBe(
      "ack-renew",
    );
    world.now += 50;
    const [message] = askForMany(world, byHardware(A)).leases;
    const numbers = [START_TIME, 91, 51, 58].map((code) => message && numberOption(message, code));
    expect(numbers).toEqual([350, 50, 750, 350]);
  });

  it("of a released lease is the state, since when, and whose it was [6926 6.2.4-1, 8.2-8]", () => {
    const address = world.lease(A, { clientId: [1, 2, 3] });
    world.now += 10;
    expect(stateOf(askForMany(world, byHardware(A)).leases[0])).toBe(2);
    world.send(
      { type: 7, chaddr: A, clientId: [1, 2, 3], ciaddr: address, serverId: "10.0.0.1" },
      { to: "10.0.0.1", from: address },
    );
    world.now += 30;
    const [message] = askForMany(world, byHardware(A)).leases;
    expect(message).toMatchObject({ messageType: UNASSIGNED, ciaddr: address, chaddr: A });
    expect([stateOf(message), message && numberOption(message, START_TIME)]).toEqual([4, 30]);
    expect(message?.options.has(51)).toBe(false);
  });

  it("of a lease that has run out is the state, whether or not that was noticed", () => {
    world.lease(A);
    world.now += 840;
    for (const notice of [false, true]) {
      if (notice) world.expire();
      const [message] = askForMany(world, byHardware(A)).leases;
      expect([message?.messageType, stateOf(message)]).toEqual([UNASSIGNED, 3]);
      expect(message && numberOption(message, START_TIME)).toBe(40);
    }
  });

  it("of an abandoned address is its state, and of a free or offered one no more than that it is available [6926 6.2.7-1, 6.2.7-2]", () => {
    const slot = world.table.slotOf(ip("10.0.0.10"));
    world.table.begin(slot);
    world.table.abandon(slot, world.now, world.now + 600);
    world.table.confirm(slot);
    const offered = world.send({ type: 1, chaddr: A }).yiaddr;
    const { leases } = askForMany(world);
    const told = (address: string) => leases.find(({ ciaddr }) => ciaddr === address);
    expect([stateOf(told("10.0.0.10")), stateOf(told(offered)), stateOf(told("10.0.0.200"))]).toEqual([5, 1, 1]);
    expect(world.table.state(world.table.slotOf(ip(offered)))).toBe(BindingState.offered);
    expect(told(offered)).toMatchObject({ chaddr: "", messageType: UNASSIGNED });
    expect(told(offered)?.options.has(START_TIME)).toBe(false);
  });

  it("is what is asked for, where there is a parameter request list [6926 8.3-3, 8.3-4]", () => {
    relayed(A, [1, 1, 7]);
    const codes = (requestList: readonly number[]) => [
      ...(askForMany(world, { ...byHardware(A), requestList }).leases[0]?.options.keys() ?? []),
    ];
    expect(codes([1])).toEqual([53, SERVER_ID, 91, 1]);
    expect(codes([STATE, 82, BASE_TIME, 51])).toEqual([53, SERVER_ID, 91, 51, BASE_TIME, STATE, 82]);
  });

  it("of an abandoned address is how long it still rests, if that is asked for [6926 8.3-5]", () => {
    const address = world.lease(A);
    world.send({ type: 4, chaddr: A, requested: address, serverId: "10.0.0.1" });
    world.now += 100;
    const rest = (requestList: readonly number[]): number | undefined => {
      const message = askForMany(world, { requestList }).leases.find(({ ciaddr }) => ciaddr === address);
      expect(stateOf(message)).toBe(5);
      return message?.options.has(51) === true ? numberOption(message, 51) : undefined;
    };
    expect(rest([STATE, 51])).toBe(ABANDON_SECONDS - 100);
    expect(rest([STATE])).toBeUndefined();
  });

  it("of what a client has said is what it has said, of anything else what it would be told [6926 8.3-6]", () => {
    const parts = { options: [[60, [77]] as const, [12, [104]] as const, [125, [0, 0, 0, 9, 1, 7]] as const] };
    world.lease(A, parts);
    const [message] = askForMany(world, { ...byHardware(A), requestList: [60, 12, 125, 3] }).leases;
    expect([message?.options.get(60), message?.options.get(12)]).toEqual([[77], [104]]);
    expect([message?.options.has(125), message && addressOption(message, 3)]).toEqual([false, "10.0.0.1"]);
  });

  it("holds all that a lease can remember: a stream has no largest datagram", () => {
    const clientId = Array.from({ length: 255 }, (_, i) => i);
    const agentInformation = [1, 253, ...Array.from({ length: 253 }, () => 65)];
    world.lease(A, { giaddr: "10.2.0.1", clientId, agentInformation, options: [[60, clientId.slice(1)]] }, RELAY);
    const [message] = askForMany(world, byHardware(A)).leases;
    expect(message?.options.get(61)).toEqual(clientId);
    expect(message?.options.get(82)).toEqual(agentInformation);
    expect(message?.options.get(60)).toEqual(clientId.slice(1));
  });
});

describe("the table that is asked", () => {
  it("is not changed by it", () => {
    world.lease(A);
    const before = world.table.record(world.table.nextStored(NO_LEASE));
    askForMany(world);
    expect(world.table.record(world.table.nextStored(NO_LEASE))).toEqual(before);
  });
});
