// BOOTP: RFC 951, RFC 1542, and RFC 1534: Interoperation Between DHCP and BOOTP.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { addressOption, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, octetsOf } from "../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const FIXED = "02:00:00:00:00:99";
const DYNAMIC = "range 10.0.0.10 10.0.0.19; range dynamic-bootp 10.0.0.30 10.0.0.31;";

function serve(global = "", subnet = DYNAMIC): EngineWorld {
  const text = `ping-check false; default-lease-time 600; ${global}
    subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1; ${subnet} }
    host fixed { hardware ethernet ${FIXED}; fixed-address 10.0.0.200; filename "boot.img"; }
    host known { hardware ethernet ${B}; }`;
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
}

function leaseOf(world: EngineWorld, address: string): { state: number; seconds: number } {
  const slot = world.table.slotOf(ip(address));
  return { state: world.table.state(slot), seconds: world.table.endsAt(slot) - world.now };
}

describe("RFC 1534 section 2: a BOOTP client of a DHCP server", () => {
  it("is answered without a message type, lease time or server identifier, in 300 octets at least [1534 2-1, 2-5, 2-6, 2-7]", () => {
    const reply = serve().send({ type: 0, chaddr: FIXED });
    expect(reply).toMatchObject({ reason: "bootp-reserved", yiaddr: "10.0.0.200", delivery: "neighbour", port: 68 });
    const message = decodeMessage(reply.bytes);
    for (const code of [53, 54, 51, 58, 59, 52]) expect(message.options.has(code)).toBe(false);
    expect(message.file).toBe("boot.img");
    expect(addressOption(message, 1)).toBe("255.255.255.0");
    expect(addressOption(message, 3)).toBe("10.0.0.1");
    expect(message.length).toBe(300);
  });

  it("gets an address of a range for BOOTP clients, leased for ever and stored [1534 2-4, 2-8]", () => {
    const world = serve();
    const reply = world.send({ type: 0, chaddr: A });
    expect(reply.reason).toBe("bootp-dynamic");
    expect(reply.yiaddr).toMatch(/^10\.0\.0\.3[01]$/);
    expect(leaseOf(world, reply.yiaddr)).toEqual({ state: BindingState.bound, seconds: Number.POSITIVE_INFINITY });
    expect(decodeMessage(reply.bytes).options.has(51)).toBe(false);
  });

  it("keeps it until the configured cutoff at the latest, and gets none beyond", () => {
    const world = serve("dynamic-bootp-lease-cutoff 5 2027/01/15 09:00:00; dynamic-bootp-lease-length 7200;");
    const cutoff = Date.UTC(2027, 0, 15, 9) / 1000;
    world.now = cutoff - 10_000;
    const reply = world.send({ type: 0, chaddr: A });
    expect(leaseOf(world, reply.yiaddr).seconds).toBe(7200);
    world.now = cutoff - 60;
    expect(world.send({ type: 0, chaddr: A }).yiaddr).toBe(reply.yiaddr);
    expect(leaseOf(world, reply.yiaddr).seconds).toBe(60);
    world.now = cutoff;
    expect(world.send({ type: 0, chaddr: A }).reason).toBe("drop-bootp");
  });

  it("gets the same address whenever it starts [1534 2-4]", () => {
    const world = serve();
    const first = world.send({ type: 0, chaddr: A }).yiaddr;
    expect(world.send({ type: 0, chaddr: A })).toMatchObject({ reason: "ack-repeated", yiaddr: first, messageType: 0 });
    world.now += 10_000_000;
    world.expire();
    expect(world.send({ type: 0, chaddr: A })).toMatchObject({ reason: "bootp-dynamic", yiaddr: first });
  });

  it("never gets an address of another range, however many there are [1534 2-2, 2-3]", () => {
    const world = serve();
    expect(world.send({ type: 0, chaddr: A }).hasReply).toBe(true);
    expect(world.send({ type: 0, chaddr: B }).hasReply).toBe(true);
    expect(world.send({ type: 0, chaddr: "02:00:00:00:00:0c" }).reason).toBe("drop-pool-empty");
    expect(serve("", "range 10.0.0.10 10.0.0.19;").send({ type: 0, chaddr: A }).reason).toBe("drop-bootp");
  });

  it("has its address for dynamic-bootp-lease-length from its last start on, where that is configured", () => {
    const world = serve("dynamic-bootp-lease-length 3600;");
    const { yiaddr } = world.send({ type: 0, chaddr: A });
    expect(leaseOf(world, yiaddr).seconds).toBe(3600);
    world.now += 1000;
    world.send({ type: 0, chaddr: A });
    expect(leaseOf(world, yiaddr).seconds).toBe(3600);
    world.now += 3601;
    world.expire();
    expect(leaseOf(world, yiaddr).state).toBe(BindingState.expired);
  });

  it.each(["deny bootp;", "deny booting;", "deny dynamic-bootp;"])(
    "gets nothing where the subnet says %s [1534 2-2]",
    (denied) => {
      expect(serve("", DYNAMIC + denied).send({ type: 0, chaddr: A })).toMatchObject({
        reason: "drop-bootp",
        hasReply: false,
      });
    },
  );

  it("gets nothing as an unknown client where these are denied, and an address as a known one", () => {
    const world = serve("deny unknown-clients;");
    expect(world.send({ type: 0, chaddr: A }).reason).toBe("drop-bootp");
    expect(world.send({ type: 0, chaddr: B }).reason).toBe("bootp-dynamic");
  });

  it("is answered through its relay, with the relay's option 82", () => {
    const world = serve("", `${DYNAMIC} } subnet 10.2.0.0 netmask 255.255.255.0 { range dynamic-bootp 10.2.0.9;`);
    const relay = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };
    const agentInformation = [1, 4, ...octetsOf("1.2.3.4")];
    const reply = world.send({ type: 0, chaddr: A, giaddr: "10.2.0.1", agentInformation }, relay);
    expect(reply).toMatchObject({ yiaddr: "10.2.0.9", delivery: "relay", destination: "10.2.0.1" });
    expect(decodeMessage(reply.bytes).options.get(82)).toEqual(agentInformation);
  });

  it("is sent no options when it sent no magic cookie, unless always-reply-rfc1048 is set", () => {
    expect(decodeMessage(serve().send({ type: 0, chaddr: A, withoutCookie: true }).bytes).hasCookie).toBe(false);
    const always = serve("always-reply-rfc1048 true;").send({ type: 0, chaddr: A, withoutCookie: true });
    expect(addressOption(decodeMessage(always.bytes), 3)).toBe("10.0.0.1");
  });
});

describe("RFC 1534 section 3: a DHCP client", () => {
  it("gets the addresses for BOOTP clients when no others are left", () => {
    const world = serve("", "range 10.0.0.10; range dynamic-bootp 10.0.0.30;");
    expect(world.lease(A)).toBe("10.0.0.10");
    expect(world.lease(B)).toBe("10.0.0.30");
    expect(leaseOf(world, "10.0.0.30").seconds).toBe(600);
  });

  it("has one address on a link: what it starts with by BOOTP takes the place of its lease", () => {
    const world = serve();
    const leased = world.lease(A);
    world.now += 100;
    expect(world.send({ type: 0, chaddr: A }).yiaddr).toMatch(/^10\.0\.0\.3[01]$/);
    expect(leaseOf(world, leased).state).toBe(BindingState.released);
  });
});
