// RFC 951: Bootstrap Protocol (BOOTP); RFC 1542: Clarifications and Extensions for it. What DHCP makes of BOOTP
// clients is RFC 1534's.

import { beforeEach, describe, expect, it } from "vitest";
import { addressOption, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { buildMessage, type MessageParts } from "../support/message-builder.ts";

const CONFIG = `
ping-check false;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; option routers 10.0.0.1; }
subnet 10.2.0.0 netmask 255.255.255.0 { option routers 10.2.0.1; }
host fixed {
  hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.200, 10.2.0.200;
  filename "boot.img"; server-name "boot"; next-server 10.0.0.5;
}
host plain { hardware ethernet 02:00:00:00:00:98; fixed-address 10.0.0.201; }
`;
const FIXED = "02:00:00:00:00:99";
const BOOTP: MessageParts = { type: 0, chaddr: FIXED };
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

/** A BOOTREQUEST with the octets at `at` replaced. */
function patched(at: number, octets: readonly number[], parts: Partial<MessageParts> = {}): Uint8Array {
  const bytes = buildMessage({ ...BOOTP, ...parts });
  bytes.set(octets, at);
  return bytes;
}

describe("RFC 951: a BOOTREPLY", () => {
  it("has what the client sent, secs too, its address, a server and a file [951 3-1, 3-2, 3-3]", () => {
    const reply = decodeMessage(world.sendOctets(patched(8, [0x12, 0x34], { xid: 0xfedcba98 })).bytes);
    expect(reply).toMatchObject({
      op: 2,
      htype: 1,
      hlen: 6,
      xid: 0xfedcba98,
      secs: 0x1234,
      chaddr: FIXED,
      yiaddr: "10.0.0.200",
      siaddr: "10.0.0.5",
      sname: "boot",
      file: "boot.img",
    });
    const plain = decodeMessage(world.send({ ...BOOTP, chaddr: "02:00:00:00:00:98" }).bytes);
    expect(plain).toMatchObject({ yiaddr: "10.0.0.201", siaddr: "10.0.0.1", sname: "", file: "" });
  });

  it("is not kept back for a server's name in the request [951 7.3-1]", () => {
    const named = patched(44, [...new TextEncoder().encode("elsewhere")]);
    expect(world.sendOctets(named)).toMatchObject({ reason: "bootp-reserved", hasReply: true });
  });

  it("has the configured file, whatever file the request names [951 7.3-3]", () => {
    const named = patched(108, [...new TextEncoder().encode("/no/such/file")]);
    expect(decodeMessage(world.sendOctets(named).bytes).file).toBe("boot.img");
  });

  it("is not sent to a client that the configuration does not name [951 7.3-2]", () => {
    const unknown = world.send({ ...BOOTP, chaddr: "02:00:00:00:00:01" });
    expect(unknown).toMatchObject({ reason: "drop-bootp", hasReply: false });
  });
});

describe("RFC 1542 section 5: a BOOTREQUEST", () => {
  it("is taken from 0.0.0.0 and from addresses, by broadcast and at ours [1542 5.1-1, 5.1-2]", () => {
    for (const to of ["255.255.255.255", "10.0.0.1"]) {
      for (const from of ["0.0.0.0", "10.0.0.200"]) {
        expect(world.send(BOOTP, { to, from }).reason).toBe("bootp-reserved");
      }
    }
  });

  it("is none with another op [1542 2.1-4]", () => {
    for (const op of [0, 2, 3]) {
      expect(world.send({ ...BOOTP, op })).toMatchObject({ reason: "malformed-op", hasReply: false });
    }
  });

  it("may be shorter than 300 octets if it is whole, and is none without a vendor area [1542 2.1-2]", () => {
    const whole = buildMessage(BOOTP);
    for (const octets of [241, 299]) expect(world.sendOctets(whole.subarray(0, octets)).reason).toBe("bootp-reserved");
    for (const octets of [0, 235, 239]) expect(world.sendOctets(whole.subarray(0, octets)).hasReply).toBe(false);
  });

  it("may be longer than 300 octets [1542 2.1-3]", () => {
    for (const octets of [301, 576, 1472]) {
      const longer = new Uint8Array(octets);
      longer.set(buildMessage(BOOTP));
      expect(world.sendOctets(longer)).toMatchObject({ reason: "bootp-reserved", yiaddr: "10.0.0.200" });
    }
  });

  it("gets its own ciaddr and chaddr back, in ranges too [1542 2.3-1, 5.3-2]", () => {
    const ranges = new EngineWorld(
      "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range dynamic-bootp 10.0.0.10 10.0.0.19; }",
      [testInterface(2, "lan0", "10.0.0.1")],
    );
    for (const ciaddr of ["0.0.0.0", "10.0.0.66", "192.0.2.1"]) {
      for (const bytes of [world.send({ ...BOOTP, ciaddr }).bytes, ranges.send({ ...BOOTP, ciaddr }).bytes]) {
        expect(decodeMessage(bytes)).toMatchObject({ ciaddr, chaddr: FIXED });
      }
    }
    // All sixteen octets of the field, those behind hlen too.
    const odd = patched(28, [2, 0, 0, 0, 0, 0x99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...world.sendOctets(odd).bytes.subarray(28, 44)]).toEqual([...odd.subarray(28, 44)]);
  });

  it("is answered whatever its secs and reserved flags say [1542 2.2-1, 5.2-1]", () => {
    for (const secs of [0, 1, 65_535]) {
      expect(world.sendOctets(patched(8, [secs >> 8, secs & 255])).yiaddr).toBe("10.0.0.200");
    }
    expect(world.sendOctets(patched(10, [0x7f, 0xff]))).toMatchObject({ delivery: "neighbour" });
  });

  it("without the cookie, or with one of its own, gets a reply of 300 octets without options [1542 2.1-1, 3.5-1]", () => {
    const without = decodeMessage(world.send({ ...BOOTP, withoutCookie: true }).bytes);
    expect([without.hasCookie, without.length]).toEqual([false, 300]);
    const other = decodeMessage(world.sendOctets(patched(236, [67, 77, 85, 0])).bytes);
    expect([other.hasCookie, other.length]).toEqual([false, 300]);
    const usual = decodeMessage(world.send(BOOTP).bytes);
    expect([addressOption(usual, 3), usual.length]).toEqual(["10.0.0.1", 300]);
  });

  it("gets the address that is configured, not its ciaddr, and is answered as without it [1542 3.3-1, 5.3-1, 5.4-1]", () => {
    const reply = world.send({ ...BOOTP, ciaddr: "10.0.0.66" }, { from: "10.0.0.66" });
    expect(reply).toMatchObject({ yiaddr: "10.0.0.200", delivery: "neighbour", destination: "10.0.0.200", port: 68 });
  });
});

describe("RFC 1542 section 5.4: the reply goes", () => {
  it("to the relay, port 67, with the broadcast flag as it came [951 7.3-4, 1542 5.4-2, 5.4-5, 5.4-6]", () => {
    for (const broadcast of [false, true]) {
      const reply = world.send({ ...BOOTP, giaddr: "10.2.0.1", broadcast }, RELAY);
      expect(reply).toMatchObject({ delivery: "relay", destination: "10.2.0.1", port: 67, yiaddr: "10.2.0.200" });
      expect(decodeMessage(reply.bytes).flags).toBe(broadcast ? 0x8000 : 0);
    }
  });

  it("by broadcast to a client that asks for it [1542 5.4-3, 5.4-5, 5.4-6]", () => {
    const reply = world.send({ ...BOOTP, broadcast: true });
    expect(reply).toMatchObject({ delivery: "broadcast", destination: "255.255.255.255", port: 68 });
    expect(decodeMessage(reply.bytes).flags).toBe(0x8000);
  });

  it("to yiaddr at the hardware address else [1542 5.4-4, 5.4-6]", () => {
    expect(world.send(BOOTP)).toMatchObject({ delivery: "neighbour", destination: "10.0.0.200", port: 68 });
  });
});
