// RFC 4388: DHCP Leasequery.

import { beforeEach, describe, expect, it } from "vitest";
import { LEASEQUERIES_PER_SECOND } from "../../src/base/limits/leasequery.ts";
import { askForMany } from "../support/bulk-world.ts";
import { addressOption, type DecodedMessage, decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, type Outcome, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts } from "../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const NOBODY = "00:00:00:00:00:00";
const REQUESTOR = "192.0.2.9";
const FROM_REQUESTOR = { to: "10.0.0.1", from: REQUESTOR, port: 67 };
const LEASE_TIME = 51;
const T1 = 58;
const T2 = 59;
const VENDOR_CLASS = 60;
const CLIENT_ID = 61;
const AGENT_INFORMATION = 82;
const LAST_TRANSACTION = 91;
const ASSOCIATED = 92;

const SUBNETS = `subnet 10.0.0.0 netmask 255.255.255.0 {
    range 10.0.0.10 10.0.0.19; option routers 10.0.0.1; option domain-name "example.org";
  }
  subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }
  host fixed { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.200; }`;
const PARAMETERS = "ping-check false; default-lease-time 800; max-lease-time 1600;";

let world: EngineWorld;

function serve(statements = `allow leasequery from ${REQUESTOR};`, subnets = SUBNETS): EngineWorld {
  return new EngineWorld(`${PARAMETERS} ${statements} ${subnets}`, [testInterface(2, "lan0", "10.0.0.1")]);
}

beforeEach(() => {
  world = serve();
});

/** Asks as a requestor does: nothing but what is given. */
function ask(parts: Partial<MessageParts>, on = world): Outcome {
  const header = { type: 10, chaddr: NOBODY, htype: 0, hlen: 0, giaddr: REQUESTOR } as const;
  return on.send({ ...header, ...parts }, FROM_REQUESTOR);
}

const byHardware = (chaddr: string) => ({ chaddr, htype: 1, hlen: 6 });
const told = (outcome: Outcome): DecodedMessage => decodeMessage(outcome.bytes);
const ended = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string => `${a}.${b}.${c}.${d}`;

describe("RFC 4388 section 6.4: who is answered", () => {
  it("is nobody unless the configuration says so [4388 7-3]", () => {
    const silent = serve("");
    const address = silent.lease(A);
    expect(ask({ ciaddr: address }, silent)).toMatchObject({ reason: "drop-leasequery-denied", hasReply: false });
  });

  it("is a requestor that the configuration names, by the giaddr at which it is answered [4388 7-1, 7-3]", () => {
    const picky = serve("allow leasequery from 192.0.2.8, 198.51.100.0/24;");
    const reasonFor = (giaddr: string) => ask({ ciaddr: "10.0.0.10", giaddr }, picky).reason;
    expect(reasonFor("192.0.2.8")).toBe("lease-unassigned");
    expect(reasonFor("198.51.100.255")).toBe("lease-unassigned");
    expect(reasonFor("192.0.2.9")).toBe("drop-leasequery-denied");
    expect(reasonFor("198.51.101.0")).toBe("drop-leasequery-denied");
  });

  it("is decided where the requestor is", () => {
    const subnets = `subnet 10.2.0.0 netmask 255.255.255.0 { deny leasequery; }
      subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; }`;
    const scoped = serve("allow leasequery from 10.0.0.0/8;", subnets);
    expect(ask({ ciaddr: "10.0.0.10", giaddr: "10.2.0.1" }, scoped).reason).toBe("drop-leasequery-denied");
    expect(ask({ ciaddr: "10.0.0.10", giaddr: "10.3.0.1" }, scoped).reason).toBe("lease-unassigned");
  });

  it("is, where all may ask, nobody of whose network we know nothing: a giaddr may be anybody's", () => {
    for (const statement of ["allow leasequery;", "allow leasequery from 0.0.0.0/0;"]) {
      const open = serve(statement);
      expect(ask({ ciaddr: "10.0.0.10" }, open).reason).toBe("drop-leasequery-denied");
      expect(ask({ ciaddr: "10.0.0.10", giaddr: "10.2.0.1" }, open).reason).toBe("lease-unassigned");
    }
  });

  it("is nobody who does not say where: giaddr is where the answer goes [4388 6.3-2, 6.4.3-2]", () => {
    expect(ask({ ciaddr: "10.0.0.10", giaddr: "0.0.0.0" })).toMatchObject({
      reason: "drop-leasequery-no-giaddr",
      hasReply: false,
    });
  });

  it("may ask for any address, wherever it is itself [4388 6.3-3]", () => {
    const inside = serve("allow leasequery from 10.2.0.0/24;");
    const address = inside.lease(A);
    expect(address).toMatch(/^10\.0\.0\./);
    for (const query of [{ ciaddr: address }, byHardware(A)]) {
      const outcome = ask({ ...query, giaddr: "10.2.0.77" }, inside);
      expect(outcome).toMatchObject({ reason: "lease-active", destination: "10.2.0.77" });
      expect(told(outcome).ciaddr).toBe(address);
    }
  });

  it("is nobody who asks another server", () => {
    expect(ask({ ciaddr: "10.0.0.10", serverId: "10.9.9.9" }).reason).toBe("drop-other-server");
    expect(ask({ ciaddr: "10.0.0.10", serverId: "10.0.0.1" }).reason).toBe("lease-unassigned");
  });
});

describe("RFC 4388 section 6.2: a query names one thing", () => {
  it.each([
    ["nothing", {}],
    ["an address and hardware", { ciaddr: "10.0.0.10", ...byHardware(A) }],
    ["an address and a client identifier", { ciaddr: "10.0.0.10", clientId: [1, 2, 3] }],
    ["hardware and a client identifier", { ...byHardware(A), clientId: [1, 2, 3] }],
  ])("and is dropped where it names %s [4388 6.3-2]", (_, parts) => {
    expect(ask(parts)).toMatchObject({ reason: "drop-leasequery-malformed", hasReply: false });
  });

  it("and zeroes in chaddr name nothing, whatever htype and hlen say", () => {
    expect(ask({ ciaddr: "10.0.0.10", htype: 1, hlen: 6 }).reason).toBe("lease-unassigned");
  });
});

describe("RFC 4388 section 6.4.1: a query by address", () => {
  it("is answered DHCPLEASEACTIVE with ciaddr, the client's hardware address and its identifier [4388 6.3-1, 6.4-2, 6.4.2-1, 6.4.2-8]", () => {
    const address = world.lease(A, { clientId: [1, 2, 0, 0, 0, 0, 0x0a] });
    const outcome = ask({ ciaddr: address });
    expect(outcome).toMatchObject({ reason: "lease-active", messageType: 13 });
    const message = told(outcome);
    expect(message).toMatchObject({
      op: 2,
      ciaddr: address,
      yiaddr: "0.0.0.0",
      giaddr: REQUESTOR,
      htype: 1,
      hlen: 6,
      chaddr: A,
      xid: 0x12345678,
      messageType: 13,
    });
    expect(message.options.get(CLIENT_ID)).toEqual([1, 2, 0, 0, 0, 0, 0x0a]);
    expect(addressOption(message, 54)).toBe("10.0.0.1");
  });

  it.each([
    ["that was never used", () => "10.0.0.19"],
    [
      "that was released",
      () => {
        const address = world.lease(A);
        world.send({ type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" }, { to: "10.0.0.1", from: address });
        return address;
      },
    ],
    [
      "whose lease is over",
      () => {
        const address = world.lease(A);
        world.now += 800;
        return address;
      },
    ],
    ["that is only offered", () => world.send({ type: 1, chaddr: A }).yiaddr],
    ["that is reserved and not in use", () => "10.0.0.200"],
  ])(
    "is answered DHCPLEASEUNASSIGNED about an address %s, and names no client [4388 6.4-1, 6.4.2-9, 6.4.2-10]",
    (_, prepare) => {
      const ciaddr = prepare();
      const outcome = ask({ ciaddr });
      expect(outcome).toMatchObject({ reason: "lease-unassigned", messageType: 11 });
      expect(told(outcome)).toMatchObject({ ciaddr, hlen: 0, chaddr: "", messageType: 11 });
      expect([...told(outcome).options.keys()]).toEqual([53, 54]);
    },
  );

  it.each(["10.0.0.20", "172.16.0.1"])(
    "is answered DHCPLEASEUNKNOWN about %s, which is not ours to give [4388 6.4-3, 6.4.1-2]",
    (ciaddr) => {
      const outcome = ask({ ciaddr });
      expect(outcome).toMatchObject({ reason: "lease-unknown", messageType: 12 });
      expect(told(outcome)).toMatchObject({ ciaddr, messageType: 12 });
      expect([...told(outcome).options.keys()]).toEqual([53, 54]);
    },
  );

  it("waits for no change under way: the requestor asks again", () => {
    const address = world.lease(A);
    const slot = world.table.slotOf(ip(address));
    world.table.begin(slot);
    expect(ask({ ciaddr: address }).reason).toBe("drop-already-pending");
    expect(ask(byHardware(A)).reason).toBe("drop-already-pending");
    world.table.revert(slot);
    expect(ask({ ciaddr: address }).reason).toBe("lease-active");
  });

  it("changes nothing", () => {
    const address = world.lease(A);
    const slot = world.table.nextStored(-1);
    const before = world.table.record(slot);
    world.now += 10;
    ask({ ciaddr: address });
    expect(world.table.record(slot)).toEqual(before);
  });
});

describe("RFC 4388 section 6.4.1: a query by hardware address or client identifier", () => {
  it("finds the lease by hardware address, also where the client has an identifier [4388 6.3-1, 6.4.2-1]", () => {
    const address = world.lease(A, { clientId: [1, 2, 3, 4] });
    expect(told(ask(byHardware(A)))).toMatchObject({ messageType: 13, ciaddr: address, chaddr: A });
    expect(ask(byHardware(B)).reason).toBe("lease-unknown");
    expect(ask({ chaddr: A, htype: 6, hlen: 6 }).reason).toBe("lease-unknown");
  });

  it("finds the lease by client identifier [4388 6.3-1, 6.4-3]", () => {
    const address = world.lease(A, { clientId: [1, 2, 3, 4] });
    expect(told(ask({ clientId: [1, 2, 3, 4] }))).toMatchObject({ messageType: 13, ciaddr: address, chaddr: A });
    for (const clientId of [[1, 2, 3], [1, 2, 3, 5], [1], []]) {
      const outcome = ask({ clientId });
      expect(outcome.reason).toBe("lease-unknown");
      expect([...told(outcome).options.keys()]).toEqual([53, 54]);
    }
  });

  it("finds a reserved address", () => {
    expect(world.lease("02:00:00:00:00:99")).toBe("10.0.0.200");
    expect(told(ask(byHardware("02:00:00:00:00:99"))).ciaddr).toBe("10.0.0.200");
  });

  it("is about the address that was used last, and names the others in associated-ip [4388 6.4.1-3, 6.4.2-2]", () => {
    const relayed = { giaddr: "10.2.0.1" };
    const there = world.lease(A, relayed, { to: "10.0.0.1", from: "10.2.0.1", port: 67 });
    world.now += 5;
    const here = world.lease(A);
    expect(there).not.toBe(here);
    for (const query of [byHardware(A), byHardware(A)]) {
      const message = told(ask(query));
      expect(message.ciaddr).toBe(here);
      expect(ended(message.options.get(ASSOCIATED) ?? [])).toBe(there);
    }
    world.now += 5;
    world.send({ type: 3, chaddr: A, ciaddr: there }, { to: "10.0.0.1", from: there });
    const message = told(ask(byHardware(A)));
    expect(message.ciaddr).toBe(there);
    expect(ended(message.options.get(ASSOCIATED) ?? [])).toBe(here);
  });

  it("leaves out leases that are over, and is answered DHCPLEASEUNKNOWN when all are [4388 6.4.1-4]", () => {
    const first = world.lease(A, { clientId: [0, 1] });
    world.now += 500;
    const second = world.lease(A, { clientId: [0, 2] });
    world.now += 400;
    const message = told(ask(byHardware(A)));
    expect(message.ciaddr).toBe(second);
    expect(first).not.toBe(second);
    expect(message.options.has(ASSOCIATED)).toBe(false);
    world.now += 400;
    const none = ask({ ...byHardware(A), xid: 7 });
    expect(none).toMatchObject({ reason: "lease-unknown", messageType: 12 });
    expect(told(none)).toMatchObject({ ciaddr: "0.0.0.0", chaddr: A, xid: 7 });
  });

  it("names at most as many others as one option holds", () => {
    const wide = serve(undefined, "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.254; }");
    for (let i = 0; i < 100; i++) wide.lease(A, { clientId: [0, i] });
    expect(told(ask(byHardware(A), wide)).options.get(ASSOCIATED)).toHaveLength(252);
  });

  it("finds a lease that came out of a lease file, and none that was taken back", () => {
    const address = world.lease(A);
    const record = world.table.record(world.table.nextStored(-1));
    const other = serve();
    other.table.load(record);
    expect(told(ask(byHardware(A), other)).ciaddr).toBe(address);
    other.table.load({ ...record, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 0x0b) });
    expect(ask(byHardware(A), other).reason).toBe("lease-unknown");
    expect(told(ask(byHardware(B), other)).ciaddr).toBe(address);
  });
});

describe("RFC 4388 section 6.4.2: what a DHCPLEASEACTIVE tells", () => {
  it("is what is left of the lease and of T1 and T2, and when the client was last heard [4388 6.1-1, 6.4.2-3, 6.7-2]", () => {
    const address = world.lease(A);
    world.now += 100;
    const message = told(ask({ ciaddr: address, requestList: [LEASE_TIME, T1, T2, LAST_TRANSACTION] }));
    expect(numberOption(message, LEASE_TIME)).toBe(700);
    expect(numberOption(message, T1)).toBe(300);
    expect(numberOption(message, T2)).toBe(600);
    expect(numberOption(message, LAST_TRANSACTION)).toBe(100);
  });

  it("leaves T1 and T2 out when they are over [4388 6.4.2-10]", () => {
    const address = world.lease(A);
    world.now += 400;
    expect([...told(ask({ ciaddr: address, requestList: [T1, T2] })).options.keys()]).toEqual([53, 54, 91, T2]);
    world.now += 300;
    expect([...told(ask({ ciaddr: address, requestList: [T1, T2] })).options.keys()]).toEqual([53, 54, 91]);
  });

  it("is all ones for a lease without end", () => {
    const forever = serve(
      `allow leasequery from ${REQUESTOR}; default-lease-time 4294967295; max-lease-time 4294967295;`,
    );
    const address = forever.lease(A);
    forever.now += 1000;
    const message = told(ask({ ciaddr: address }, forever));
    for (const code of [LEASE_TIME, T1, T2]) expect(numberOption(message, code)).toBe(0xffffffff);
  });

  it("is the agent information that the lease was given with, last, and never the query's own [4388 6.4.2-4, 6.7-1]", () => {
    const agentInformation = [1, 3, 97, 98, 99, 2, 2, 7, 7];
    const relayed = { giaddr: "10.2.0.1", agentInformation };
    const address = world.lease(A, relayed, { to: "10.0.0.1", from: "10.2.0.1", port: 67 });
    const message = told(ask({ ciaddr: address, requestList: [82, 51], agentInformation: [1, 1, 0] }));
    expect(message.options.get(AGENT_INFORMATION)).toEqual(agentInformation);
    expect(message.order.at(-1)).toBe(AGENT_INFORMATION);
    const bare = world.lease(B);
    expect(told(ask({ ciaddr: bare, agentInformation: [1, 1, 0] })).options.has(AGENT_INFORMATION)).toBe(false);
  });

  it("is the client's vendor class, if it is asked for [4388 6.7-3]", () => {
    const address = world.lease(A, { options: [[VENDOR_CLASS, [77, 83]]] });
    expect(told(ask({ ciaddr: address, requestList: [VENDOR_CLASS] })).options.get(VENDOR_CLASS)).toEqual([77, 83]);
    expect(told(ask({ ciaddr: address, requestList: [1] })).options.has(VENDOR_CLASS)).toBe(false);
  });

  it("is of the configured options what is asked for [4388 6.4.2-7]", () => {
    const address = world.lease(A);
    const message = told(ask({ ciaddr: address, requestList: [3] }));
    expect([...message.options.keys()]).toEqual([53, 54, 91, 3]);
    expect(addressOption(message, 3)).toBe("10.0.0.1");
  });

  it("is what the classes of the client say, by what its relay and it had said [4388 6.4.2-11]", () => {
    const classes = `
      class "port7" { match if option agent.circuit-id = "port7"; option domain-name "port7.example.org"; }
      class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "phone"; option time-offset 3600; }
      class "named" { match if option host-name = "desk"; option boot-size 7; }
      class "by-id" { match if option dhcp-client-identifier = 0:1:2; option default-ip-ttl 9; }
      class "cards" { match if substring(hardware, 1, 3) = 2:0:0; option swap-server 10.0.0.9; }
      class "others" { match if not exists option user-class; option tcp-keepalive-interval 5; }`;
    const classy = serve(`allow leasequery from ${REQUESTOR}; allow bulk-leasequery; ${classes}`);
    const parts: Partial<MessageParts> = {
      giaddr: "10.2.0.1",
      agentInformation: [1, 5, ...new TextEncoder().encode("port7")],
      clientId: [0, 1, 2],
      options: [
        [60, [...new TextEncoder().encode("phone 3000")]],
        [12, [...new TextEncoder().encode("desk")]],
      ],
    };
    const address = classy.lease(A, parts, { to: "10.0.0.1", from: "10.2.0.1", port: 67 });
    const requestList = [2, 13, 15, 16, 23, 38];
    const heard = decodeMessage(
      classy.send({ ...parts, type: 1, chaddr: A, requestList }, { to: "10.0.0.1", from: "10.2.0.1", port: 67 }).bytes,
    );
    const asked = told(ask({ ciaddr: address, requestList }, classy));
    const [many] = askForMany(classy, { ...byHardware(A), requestList }).leases;
    for (const code of requestList) {
      expect(heard.options.has(code)).toBe(true);
      expect(asked.options.get(code)).toEqual(heard.options.get(code));
      expect(many?.options.get(code)).toEqual(heard.options.get(code));
    }
    const other = classy.lease(B);
    expect(told(ask({ ciaddr: other, requestList: [2, 15] }, classy)).options.has(2)).toBe(false);
  });

  it("is everything where there is no parameter request list [4388 6.2-3]", () => {
    const address = world.lease(A);
    const codes = [...told(ask({ ciaddr: address })).options.keys()];
    expect(codes.toSorted((a, b) => a - b)).toEqual([1, 3, 15, 51, 53, 54, 58, 59, 91]);
  });
});

describe("RFC 4388 section 6.4.3: the answer", () => {
  it("goes to giaddr at the server port, from the address that was asked [4388 6.4.3-1]", () => {
    expect(ask({ ciaddr: "10.0.0.10" })).toMatchObject({
      delivery: "relay",
      destination: REQUESTOR,
      port: 67,
      source: "10.0.0.1",
    });
  });
});

describe("RFC 4388 section 7: a flood of queries", () => {
  it("is answered up to a limit, which comes back with time [4388 7-2]", () => {
    const reasons = Array.from({ length: LEASEQUERIES_PER_SECOND + 1 }, () => ask({ ciaddr: "10.0.0.10" }).reason);
    expect(reasons.filter((reason) => reason === "lease-unassigned")).toHaveLength(LEASEQUERIES_PER_SECOND);
    expect(reasons.at(-1)).toBe("drop-leasequery-limit");
    world.now += 1;
    expect(ask({ ciaddr: "10.0.0.10" }).reason).toBe("lease-unassigned");
  });

  it("of requestors that may not ask takes nothing from those that may", () => {
    const picky = serve("allow leasequery from 192.0.2.9;");
    for (let i = 0; i <= LEASEQUERIES_PER_SECOND; i++) ask({ ciaddr: "10.0.0.10", giaddr: "192.0.2.1" }, picky);
    expect(ask({ ciaddr: "10.0.0.10" }, picky).reason).toBe("lease-unassigned");
  });
});

describe("RFC 6607 in a leasequery: another virtual network", () => {
  it.each([
    ["option 221", { options: [[221, [0, 0x76]] as const] }],
    ["sub-option 151", { agentInformation: [151, 2, 0, 0x76] }],
  ])("named by %s is not known, though its addresses look like ours", (_, parts) => {
    const address = world.lease(A);
    const outcome = ask({ ciaddr: address, ...parts });
    expect(outcome.reason).toBe("lease-unknown");
    expect(told(outcome).options.has(221)).toBe(false);
    expect(told(outcome)).toMatchObject({ chaddr: "" });
  });

  it("is not meant by the types of the default network", () => {
    const address = world.lease(A);
    for (const type of [255, 254])
      expect(ask({ ciaddr: address, options: [[221, [type]]] }).reason).toBe("lease-active");
  });
});
