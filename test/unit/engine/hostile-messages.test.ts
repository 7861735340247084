// Messages that have brought servers down, or had them do what they should not: docs/hostile-input.md has the list. Here what
// the engine makes of them; the wire has test/netns/hostile.test.ts.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const SERVER = "192.0.2.1";
const CONFIG = `ping-check off; default-lease-time 600; max-lease-time 3600; option domain-name "example.org";
option domain-name-servers 192.0.2.53; option routers 192.0.2.1;
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.99; }
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }`;
const INTERFACES = [testInterface(2, "lan", SERVER), testInterface(3, "up", "172.16.0.1")];
const RELAYED = { ifindex: 3, to: "172.16.0.1", from: "10.0.0.1" };

function worldOf(more = ""): EngineWorld {
  return new EngineWorld(`${more}\n${CONFIG}`, INTERFACES);
}

/** Everything that a lease file would hold, as one text. */
function stateOf({ table }: EngineWorld): string {
  const texts: string[] = [];
  for (let slot = table.nextStored(-1); slot >= 0; slot = table.nextStored(slot)) {
    texts.push(JSON.stringify(table.record(slot)));
  }
  return texts.join("\n");
}

const TYPES = [1, 3, 4, 7, 8] as const;

describe("a hostile message", () => {
  it("with a client identifier of no or one octet is of its hardware address, and of 255 octets is kept whole [case 1, opt61-len0]", () => {
    const world = worldOf();
    const address = world.lease(A);
    expect(world.lease(A, { clientId: [] })).toBe(address);
    expect(world.lease(A, { clientId: [7] })).toBe(address);
    const long = Array.from({ length: 255 }, (_, i) => i);
    const other = world.lease("02:00:00:00:00:0b", { clientId: long });
    expect(other).not.toBe(address);
    expect([...world.table.record(world.table.slotOf(ip(other))).clientId]).toEqual(long);
  });

  it("whose options end too early is malformed, whichever option that is, and never a BOOTP message [case 2]", () => {
    const world = worldOf("allow dynamic-bootp;");
    const good = buildMessage({ type: 1, chaddr: A });
    for (let code = 1; code < 255; code++) {
      const octets = Uint8Array.from([...good.subarray(0, 243), code, 200, 1, 2, 3]);
      expect(world.sendOctets(octets).reason).toMatch(/^malformed/);
    }
    expect(stateOf(world)).toBe("");
  });

  it("without a type gets no lease from a range that is for DHCP [case 3]", () => {
    const world = worldOf();
    expect(world.send({ type: 0, chaddr: A }).reason).toBe("drop-bootp");
    expect(world.send({ type: 0, chaddr: A, withoutCookie: true }).reason).toBe("drop-bootp");
    expect(stateOf(world)).toBe("");
  });

  it("is answered by broadcast unless it says six octets of Ethernet, and not at all with more octets than the field has [case 4]", () => {
    for (const htype of [0, 1, 6, 255]) {
      for (const hlen of [0, 5, 6, 7, 16, 17, 255]) {
        const world = worldOf();
        const parts = { type: 1, chaddr: "02:00:00:00:00:0a:01:02:03:04:05:06:07:08:09:0a", htype, hlen };
        const plain = world.send(parts);
        const named = worldOf().send({ ...parts, clientId: [1, 2, 3] });
        if (hlen > 16) expect([plain.reason, named.reason]).toEqual(["malformed-hlen", "malformed-hlen"]);
        else {
          const how = htype === 1 && hlen === 6 ? "neighbour" : "broadcast";
          expect(named.delivery).toBe(how);
          if (hlen === 0) expect(plain.reason).toBe("drop-no-client");
          else expect(plain.delivery).toBe(how);
        }
      }
    }
  });

  it("that is a reply, ours included, is dropped [case 5]", () => {
    const world = worldOf();
    const { bytes } = world.send({ type: 1, chaddr: A });
    expect(world.sendOctets(Uint8Array.from(bytes)).reason).toBe("malformed-op");
    expect(world.send({ type: 1, op: 0, chaddr: A }).reason).toBe("malformed-op");
  });

  it("has its overloaded fields read once, whatever they say about themselves [case 6]", () => {
    const world = worldOf();
    const octets = buildMessage({ type: 1, chaddr: A, options: [[52, [3]]] });
    // sname and file: option 52 again, then an option without end.
    for (const field of [44, 108]) octets.set([52, 1, 3, 12, 2, 104, 105], field);
    expect(world.sendOctets(octets).reason).toBe("offer-new");
    octets.set([52, 1, 3, 12, 250], 44);
    expect(worldOf().sendOctets(octets).reason).toBe("malformed-options");
  });

  it("with options without number or end is dropped, and the largest that is taken costs no more than it has octets [case 7]", () => {
    const world = worldOf();
    const header = [...buildMessage({ type: 1, chaddr: A }).subarray(0, 243)];
    const split = Array.from({ length: 300 }, () => [43, 1, 0]).flat();
    const many = Array.from({ length: 512 }, (_, i) => [1 + (i % 253), 0]).flat();
    const long = Array.from({ length: 17 }, () => [43, 255, ...new Array(255).fill(0)]).flat();
    for (const options of [split, many, long]) {
      expect(world.sendOctets(Uint8Array.from([...header, ...options, 255])).reason).toBe("malformed-options");
    }
    const most = Array.from({ length: 255 }, () => [43, 1, 0]).flat();
    expect(world.sendOctets(Uint8Array.from([...header, ...most, 255])).reason).toBe("offer-new");
  });

  it("is understood or dropped with any option of any length, zero included [opt-len0-all, opt-len-grid]", () => {
    const world = worldOf();
    world.lease(A);
    for (let code = 1; code < 255; code++) {
      for (const length of [0, 1, 2, 3, 4, 5, 8, 15, 16, 63, 64, 128, 254, 255]) {
        const octets = Array.from({ length }, (_, i) => (i * 7 + code) & 255);
        for (const type of TYPES) {
          const parts: MessageParts = { type, chaddr: A, ciaddr: "192.0.2.98", options: [[code, octets]] };
          expect(world.send(parts, { from: "192.0.2.98" }).reason).toMatch(
            /^(offer|ack|nak|drop|malformed|released|declined)/,
          );
        }
      }
    }
  }, 20_000);

  it("may ask for every option, as often as it likes, on a network that is served or not, by unicast too [unicast-grid, prl-dup]", () => {
    const world = worldOf();
    world.lease(A);
    const arrivals = [{}, { ifindex: 3 }, { to: SERVER, from: "203.0.113.9" }, RELAYED] as const;
    for (let code = 0; code < 256; code++) {
      for (const type of TYPES) {
        for (const arrival of arrivals) {
          const giaddr = arrival === RELAYED ? { giaddr: "10.0.0.1" } : {};
          const requestList = new Array(code === 121 || code === 249 ? 255 : 1).fill(code);
          const parts = { type, chaddr: A, requestList, ...giaddr };
          for (const ciaddr of ["0.0.0.0", "203.0.113.9"]) {
            const { bytes } = world.send({ ...parts, ciaddr }, arrival);
            expect(bytes.length).toBeLessThanOrEqual(1472);
          }
        }
      }
    }
  }, 20_000);

  it("costs no address with a name that is none [fqdn-label, case 29]", () => {
    const labels = [64, 100, 191, 192, 255].map((length) => [0, 0, 0, length, ...new Array(40).fill(97)]);
    const names = [
      ...labels,
      [4, 0, 0, 1, 97, 192, 3],
      [4, 0, 0, 192, 0],
      [0],
      [0, 0, 0, 46, 46],
      new Array(255).fill(0),
    ];
    for (const name of names) {
      for (const code of [12, 60, 77, 81, 124, 125]) {
        const world = worldOf();
        const options = [[code, name.slice(0, 255)]] as const;
        expect(world.lease(A, { options })).toMatch(/^192\.0\.2\./);
      }
    }
  });

  it("has what it says in file, sname and option 67 neither kept nor returned [case 30]", () => {
    const world = worldOf();
    const octets = buildMessage({ type: 1, chaddr: A, options: [[67, [...Buffer.from("../../etc/passwd")]]] });
    octets.set(Buffer.from('x";}\nlease 192.0.2.77 {'), 108);
    octets.set(Buffer.from("$(id)"), 44);
    const { bytes } = world.sendOctets(octets);
    expect(bytes.length).toBeGreaterThan(0);
    expect(
      Buffer.from(bytes).includes("passwd") ||
        Buffer.from(bytes).includes("lease") ||
        Buffer.from(bytes).includes("$(id)"),
    ).toBe(false);
  });

  it("is answered in no more octets than 1.3 times its own, or 300, unless the client or the configuration asks for more", () => {
    const world = worldOf();
    for (const type of [1, 3, 8]) {
      const parts = {
        type,
        chaddr: A,
        ciaddr: type === 8 ? "192.0.2.98" : "0.0.0.0",
        requested: "192.0.2.10",
        serverId: SERVER,
      };
      const query = buildMessage(parts);
      const { bytes } = world.send(parts, type === 8 ? { from: "192.0.2.98" } : {});
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.length).toBeLessThanOrEqual(Math.max(300, 1.3 * query.length));
    }
  });
});

describe("who plays a relay", () => {
  const discover = { type: 1, chaddr: A };

  it("with option 82 and no giaddr is no relay: what it says chooses nothing [case 9]", () => {
    const world = worldOf('class "port" { match if option agent.circuit-id = "x"; }');
    const agentInformation = [1, 1, 120, 5, 4, 10, 0, 0, 0, 11, 4, 203, 0, 113, 1];
    expect(world.send({ ...discover, agentInformation })).toMatchObject({
      serverId: SERVER,
      yiaddr: expect.stringMatching(/^192/),
    });
    expect(world.exchange.classes.entries).toHaveLength(0);
  });

  it("is believed by default unless it is seen to be a client [case 10]", () => {
    const world = worldOf();
    const relayed = { ...discover, giaddr: "10.0.0.1" };
    expect(world.send(relayed, RELAYED)).toMatchObject({ reason: "offer-new", destination: "10.0.0.1", port: 67 });
    // By its uplink, as dhcrelay does; on a link with clients of ours; and with a giaddr of its own in no subnet (RFC 3527).
    for (const [arrival, more] of [
      [{ ...RELAYED, from: "172.16.0.9" }, {}],
      [{ to: SERVER, from: "192.0.2.254" }, {}],
      [{ to: SERVER, from: "192.0.2.254" }, { giaddr: "192.0.2.254" }],
      [
        { ...RELAYED, from: "203.0.113.7" },
        { giaddr: "203.0.113.7", agentInformation: [5, 4, 10, 0, 0, 0] },
      ],
      [
        { ...RELAYED, from: "172.16.0.9" },
        { giaddr: "203.0.113.7", agentInformation: [5, 4, 10, 0, 0, 0] },
      ],
    ] as const) {
      expect(world.send({ ...relayed, ...more }, arrival)).toMatchObject({ hasReply: true });
    }
    const leased = world.lease("02:00:00:00:00:0b");
    for (const [from, more] of [
      ["0.0.0.0", {}],
      [leased, {}],
      ["192.0.2.98", { giaddr: "203.0.113.7", agentInformation: [5, 4, 10, 0, 0, 0] }],
    ] as const) {
      expect(world.send({ ...relayed, ...more }, { to: SERVER, from })).toMatchObject({
        reason: "drop-no-relay",
        hasReply: false,
      });
    }
  });

  it("asks for no address of a link that the server is on from another such link [case 10]", () => {
    const both = [...INTERFACES, testInterface(4, "guests", "10.0.0.254")];
    const world = new EngineWorld(CONFIG, both);
    const parts = { ...discover, giaddr: "192.0.2.254" };
    expect(world.send(parts, { ifindex: 4, to: "10.0.0.254", from: "10.0.0.7" }).reason).toBe("drop-no-relay");
    expect(world.send(parts, { ifindex: 2, to: SERVER, from: "192.0.2.254" }).reason).toBe("offer-new");
    expect(world.send(parts, { ...RELAYED, from: "192.0.2.254" }).reason).toMatch(/^offer/);
    // A link to relays has no ranges.
    const uplink = "subnet 172.16.0.0 netmask 255.255.255.0 { }";
    const behind = new EngineWorld(`${CONFIG} ${uplink}`, both);
    expect(behind.send(parts, { ...RELAYED, from: "172.16.0.9" }).reason).toBe("offer-new");
    // Its interface there is down: a relay may stand in for it.
    const down = both.map((entry) => (entry.ifindex === 2 ? { ...entry, running: false } : entry));
    const without = new EngineWorld(CONFIG, down);
    expect(without.send(parts, { ifindex: 4, to: "10.0.0.254", from: "10.0.0.7" }).reason).toBe("offer-new");
  });

  it("is believed where relays says so, and nobody else is [case 10]", () => {
    const relayed = { ...discover, giaddr: "10.0.0.1" };
    for (const [relays, from, ifindex, expected] of [
      ["none", "10.0.0.1", 3, "drop-no-relay"],
      ["any", "0.0.0.0", 2, "offer-new"],
      ["10.0.0.1", "10.0.0.1", 3, "offer-new"],
      ["10.0.0.1", "10.0.0.2", 3, "drop-no-relay"],
      ["172.16.0.0/24, 10.0.0.9", "172.16.0.7", 3, "offer-new"],
      ["interface up", "10.0.0.77", 3, "offer-new"],
      ['10.0.0.9, interface "up"', "10.0.0.77", 2, "drop-no-relay"],
    ] as const) {
      expect(worldOf(`relays ${relays};`).send(relayed, { ifindex, to: SERVER, from }).reason, relays).toBe(expected);
    }
    // Of several subnets the one that is asked for counts.
    const world = new EngineWorld(CONFIG.replace("{ range 10.", "{ relays 10.0.0.1; range 10."), INTERFACES);
    expect(world.send(relayed, { ...RELAYED, from: "10.0.0.2" }).reason).toBe("drop-no-relay");
    expect(world.send({ ...relayed, giaddr: "192.0.2.254" }, { ...RELAYED, from: "10.0.0.2" }).reason).toBe(
      "offer-new",
    );
    // Without giaddr the statement is about nothing.
    expect(worldOf("relays none;").send(discover).reason).toBe("offer-new");
  });

  it("has no answer sent to us, to groups, to networks or to nobody by its giaddr [case 11]", () => {
    const world = worldOf("listen on 192.0.2.200; relays any;");
    for (const giaddr of [
      ...["172.16.0.1", SERVER, "192.0.2.200", "127.0.0.1", "127.1.2.3", "224.0.0.1", "239.255.255.250", "240.0.0.1"],
      ...["255.255.255.255", "0.0.0.1", "192.0.2.0", "192.0.2.255", "10.0.0.0", "10.0.0.255"],
    ]) {
      expect(world.send({ ...discover, giaddr }, RELAYED), giaddr).toMatchObject({
        reason: "drop-bad-giaddr",
        hasReply: false,
      });
    }
  });

  it("is answered on port 67 whatever port it sends from, and on its own only where RFC 8357 says so", () => {
    const relayed = { ...discover, giaddr: "10.0.0.1" };
    for (const [agentInformation, port] of [
      [undefined, 67],
      [[1, 1, 1], 67],
      [[19, 1, 0], 67],
      [[19, 0], 4000],
    ] as const) {
      const sent = worldOf().send(
        { ...relayed, ...(agentInformation && { agentInformation }) },
        { ...RELAYED, port: 4000 },
      );
      expect(sent.port).toBe(port);
    }
    for (const type of [1, 8]) {
      const direct = worldOf().send(
        { type, chaddr: A, ciaddr: type === 8 ? "192.0.2.9" : "0.0.0.0" },
        { from: type === 8 ? "192.0.2.9" : "0.0.0.0", port: 4000 },
      );
      expect(direct).toMatchObject({ hasReply: true, port: 68 });
    }
  });

  it("gets nowhere with option 82 that is no option 82, a subnet that is none of ours, or a server that is not us [case 12, relay-82]", () => {
    const relayed = { ...discover, giaddr: "10.0.0.1" };
    for (const agentInformation of [
      [1],
      [1, 5, 1],
      [5, 4, 10, 0, 0],
      [82, 200, 1],
      [1, 255, ...new Array(200).fill(1)],
    ]) {
      expect(worldOf().send({ ...relayed, agentInformation }, RELAYED)).toMatchObject({
        yiaddr: expect.stringMatching(/^10\./),
      });
    }
    expect(worldOf().send({ ...relayed, agentInformation: [5, 4, 203, 0, 113, 0] }, RELAYED).reason).toBe(
      "drop-unknown-link",
    );
    const override = { agentInformation: [11, 4, 203, 0, 113, 1] };
    expect(worldOf().send({ ...relayed, ...override }, RELAYED).serverId).toBe("203.0.113.1");
    expect(worldOf().send({ ...discover, ...override }).serverId).toBe(SERVER);
    const nested = [82, 6, 82, 4, 82, 2, 82, 0];
    expect(worldOf().send({ ...relayed, agentInformation: nested }, RELAYED).reason).toBe("offer-new");
  });

  it("is dropped after more than sixteen hops [case 13]", () => {
    for (const [hops, reason] of [
      [16, "offer-new"],
      [17, "malformed-hops"],
      [255, "malformed-hops"],
    ] as const) {
      expect(worldOf().send({ ...discover, giaddr: "10.0.0.1", hops }, RELAYED).reason).toBe(reason);
    }
  });

  it("asks a hundred thousand times for leases and has what it had [leasequery-1M]", () => {
    const world = worldOf("allow leasequery from 10.0.0.1;");
    const address = world.lease(A);
    const before = stateOf(world);
    let told = 0;
    for (let n = 0; n < 20_000; n++) {
      world.now += 0.001;
      if (world.send({ type: 10, giaddr: "10.0.0.1", hlen: 0, ciaddr: address }, RELAYED).reason === "lease-active")
        told++;
    }
    expect(told).toBe(20_000);
    expect(stateOf(world)).toBe(before);
    expect(world.table.state(world.table.slotOf(ip(address)))).toBe(BindingState.bound);
  });
});
