// RFC 3046: DHCP Relay Agent Information Option; and RFC 3527: Link Selection sub-option.

import { beforeEach, describe, expect, it } from "vitest";
import { type DecodedMessage, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts, octetsOf } from "../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600; option domain-name "example.org";
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }
shared-network both {
  subnet 10.3.0.0 netmask 255.255.255.0 { option routers 10.3.0.1; }
  subnet 10.4.0.0 netmask 255.255.255.0 { range 10.4.0.10 10.4.0.19; }
}
host port1 { host-identifier option agent.circuit-id "port1"; fixed-address 10.2.0.101; }
host modem { host-identifier option agent.remote-id "modem"; fixed-address 10.2.0.102; }
host bootp { hardware ethernet 02:00:00:00:00:99; fixed-address 10.2.0.99; }
`;
const A = "02:00:00:00:00:0a";
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };
/** Circuit-id, an unknown sub-option, an empty one, remote-id. */
const AGENT = [1, 2, 7, 7, 200, 3, 0, 255, 82, 99, 0, 2, 1, 255];

let world: EngineWorld;

beforeEach(() => {
  world = serve("");
});

function serve(more: string): EngineWorld {
  return new EngineWorld(more + CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
}

function relayed(parts: MessageParts): DecodedMessage {
  return decodeMessage(world.send({ chaddr: A, giaddr: "10.2.0.1", agentInformation: AGENT, ...parts }, RELAY).bytes);
}

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

describe("RFC 3046 section 2.2: the option in a query", () => {
  it("is echoed octet by octet, last, in OFFER, ACK, NAK, the ACK of an INFORM and a BOOTREPLY [3046 2.0-1, 2.2-1, 2.2-2]", () => {
    const offer = relayed({ type: 1 });
    const serverId = "10.0.0.1";
    const replies = [
      offer,
      relayed({ type: 3, requested: offer.yiaddr, serverId }),
      relayed({ type: 3, requested: "192.168.1.1" }),
      relayed({ type: 3, ciaddr: offer.yiaddr }),
      relayed({ type: 8, ciaddr: offer.yiaddr }),
      relayed({ type: 0, chaddr: "02:00:00:00:00:99" }),
    ];
    expect(replies.map(({ messageType }) => messageType)).toEqual([2, 5, 6, 5, 5, 0]);
    for (const { options, order } of replies) {
      expect(options.get(82)).toEqual(AGENT);
      expect(order.at(-1)).toBe(82);
    }
  });

  it("is echoed without giaddr too, as to a switch that adds it, and selects nothing there [3046 2.2-1, 2.2-6]", () => {
    const agentInformation = [5, 4, ...octetsOf("10.4.0.0"), 11, 4, ...octetsOf("10.4.0.1")];
    const offer = world.send({ type: 1, chaddr: A, agentInformation });
    expect(offer.yiaddr).toMatch(/^10\.0\.0\./);
    expect(offer.serverId).toBe("10.0.0.1");
    const message = decodeMessage(offer.bytes);
    expect(message.options.get(82)).toEqual(agentInformation);
    expect(message.order.at(-1)).toBe(82);
  });

  it("is not needed in unicast messages: a renewal past the relay has what the lease was made with [3046 2.2-6, 2.2-7]", () => {
    const agentInformation = [1, 5, ...text("port1")];
    const parts = { chaddr: A, giaddr: "10.2.0.1", agentInformation };
    expect(world.lease(A, parts, RELAY)).toBe("10.2.0.101");
    world.now += 300;
    const unicast = { to: "10.0.0.1", from: "10.2.0.101" };
    const renewal = world.send({ type: 3, chaddr: A, ciaddr: "10.2.0.101" }, unicast);
    expect(renewal).toMatchObject({ messageType: 5, yiaddr: "10.2.0.101" });
    expect(decodeMessage(renewal.bytes).options.has(82)).toBe(false);
    world.now += 300;
    const added = world.send({ type: 3, chaddr: A, ciaddr: "10.2.0.101", agentInformation }, unicast);
    expect(decodeMessage(added.bytes).options.get(82)).toEqual(agentInformation);
  });

  it("stays in the options field when the others overflow into sname and file [3046 2.2-3]", () => {
    world = serve(`option merit-dump "${"m".repeat(120)}"; option root-path "${"r".repeat(120)}";`);
    const { order, options, file, sname, length } = relayed({
      type: 1,
      agentInformation: [1, 180, ...new Array(180).fill(5)],
    });
    expect(options.get(52)).toBeDefined();
    expect(options.get(82)).toHaveLength(182);
    const inMain = order.slice(0, order.indexOf(82) + 1);
    expect(inMain).toContain(53);
    expect([file, sname]).toEqual(["", ""]);
    expect(length).toBeLessThanOrEqual(548);
    const bytes = world.send({ type: 1, chaddr: A, giaddr: "10.2.0.1", agentInformation: AGENT }, RELAY).bytes;
    const fields = [...bytes.subarray(44, 236)].join(",");
    expect(fields).not.toContain(`82,${AGENT.length},${AGENT.join(",")}`);
  });

  it("is left out whole where it does not fit, and the reply is sent [3046 2.2-4]", () => {
    const halves: [number, number[]][] = [
      [82, [1, 253, ...new Array(253).fill(5)]],
      [82, [2, 60, ...new Array(60).fill(6)]],
    ];
    const offer = world.send({ type: 1, chaddr: A, giaddr: "10.2.0.1", options: halves }, RELAY);
    expect(offer.messageType).toBe(2);
    expect(decodeMessage(offer.bytes).options.has(82)).toBe(false);
    const large = world.send({ type: 1, chaddr: A, giaddr: "10.2.0.1", options: [[57, [5, 0xdc]], ...halves] }, RELAY);
    expect(decodeMessage(large.bytes).options.get(82)).toHaveLength(255 + 62);
  });

  it("is no option of ours: nobody gets one who sent none [3046 2.2-1]", () => {
    expect(decodeMessage(world.send({ type: 1, chaddr: A, requestList: [82] }).bytes).options.has(82)).toBe(false);
  });

  it("is recorded with the lease [3046 3.1-2, 3.2-2]", () => {
    const address = world.lease(A, { giaddr: "10.2.0.1", agentInformation: AGENT }, RELAY);
    expect([...world.table.record(world.table.slotOf(ip(address))).agentInformation]).toEqual(AGENT);
  });

  it("is echoed as it came where its sub-options do not add up, and says nothing then [3046 2.0-1, 2.2-1]", () => {
    const text = [...new TextEncoder().encode("PON 1/1/3:100 ONU")];
    // The last one would choose another subnet by its sub-option 5, if it were whole.
    for (const agentInformation of [text, [1], [1, 255, 1, 2], [1, 2, 7, 7, 2], [5, 4, 10, 1, 0, 0, 1]]) {
      const query = { type: 1, chaddr: A, giaddr: "10.2.0.1", agentInformation };
      const offer = world.send(query, RELAY);
      expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
      const { options, order } = decodeMessage(offer.bytes);
      expect([options.get(82), order.at(-1)]).toEqual([agentInformation, 82]);
    }
  });

  it("is not recorded with the lease where its sub-options do not add up [R4]", () => {
    const address = world.lease(A, { giaddr: "10.2.0.1", agentInformation: [1, 255, 1, 2] }, RELAY);
    expect([...world.table.record(world.table.slotOf(ip(address))).agentInformation]).toEqual([]);
  });
});

describe("RFC 3046 section 3: circuit-id and remote-id", () => {
  it.each([
    [1, "port1", "10.2.0.101", "3.1-1"],
    [2, "modem", "10.2.0.102", "3.2-1"],
  ])("sub-option %i fixes the address of %s by its whole value only [3046 3.1-1, 3.2-1]", (code, value, address) => {
    const offered = (agentInformation: number[]): string => relayed({ type: 1, agentInformation }).yiaddr;
    expect(offered([code, value.length, ...text(value)])).toBe(address);
    for (const other of [`${value}0`, value.slice(0, -1), value.toUpperCase(), ""]) {
      expect(offered([code, other.length, ...text(other)])).not.toBe(address);
    }
  });
});

describe("RFC 3527 section 3: link selection", () => {
  const select = (address: string): Partial<MessageParts> => ({ agentInformation: [5, 4, ...octetsOf(address)] });

  it("chooses the subnet, by its own or any address in it [3527 3-1, 3-2]", () => {
    for (const address of ["10.4.0.0", "10.4.0.77"]) {
      expect(relayed({ type: 1, ...select(address) }).yiaddr).toMatch(/^10\.4\.0\./);
    }
  });

  it("chooses the link: another subnet of it serves where the named one has no addresses [3527 3-1]", () => {
    expect(relayed({ type: 1, ...select("10.3.0.0") }).yiaddr).toMatch(/^10\.4\.0\./);
  });

  it("of a subnet that is not served gets no address, not one of the relay's subnet [3527 3-1, 3-5, 3-6]", () => {
    const query = { type: 1, chaddr: A, giaddr: "10.2.0.1", ...select("192.0.2.0") };
    expect(world.send(query, RELAY)).toMatchObject({ reason: "drop-unknown-link", hasReply: false });
  });

  it("says where a client may be: its address elsewhere is refused, the reply goes to giaddr [3527 3-1, 3-3, 3-5]", () => {
    const request = { type: 3, chaddr: A, giaddr: "10.2.0.1", requested: "10.2.0.11", ...select("10.4.0.0") };
    expect(world.send(request, RELAY)).toMatchObject({ messageType: 6, destination: "10.2.0.1" });
  });
});
