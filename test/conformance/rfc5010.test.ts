// RFC 5010: DHCPv4 Relay Agent Flags Suboption.

import { beforeEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";

const CONFIG = `ping-check false; default-lease-time 600;
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }`;
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };
const A = "02:00:00:00:00:0a";

let world: EngineWorld;
let ciaddr: string;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
  ciaddr = world.lease(A, { giaddr: "10.2.0.1" }, RELAY);
  world.now += 300;
});

describe("RFC 5010 section 5: a relayed DHCPREQUEST for the client's own address", () => {
  it.each([
    ["with the unicast flag is of a renewing client", [10, 1, 0x80], "ack-renew"],
    ["with the unicast flag and unknown ones is of a renewing client", [10, 1, 0xff], "ack-renew"],
    ["without the unicast flag is of a rebinding client", [10, 1, 0x7f], "ack-rebind"],
    ["with more octets of flags goes by the first: of a renewing client", [10, 2, 0x80, 0], "ack-renew"],
    ["with more octets of flags goes by the first: of a rebinding client", [10, 2, 0, 0x80], "ack-rebind"],
    ["with empty flags is of a rebinding client", [10, 0], "ack-rebind"],
    ["without flags is of a rebinding client", [1, 1, 0x80], "ack-rebind"],
  ])("%s [5010 3-1, 5-1, 5-4]", (_, agentInformation, reason) => {
    const ack = world.send({ type: 3, chaddr: A, ciaddr, giaddr: "10.2.0.1", agentInformation }, RELAY);
    expect(ack).toMatchObject({ reason, messageType: 5, yiaddr: ciaddr, delivery: "relay", destination: "10.2.0.1" });
    expect(decodeMessage(ack.bytes).options.get(82)).toEqual(agentInformation);
  });

  it("goes by how it arrived where no relay forwarded it [5010 5-1]", () => {
    const request = { type: 3, chaddr: A, ciaddr, agentInformation: [10, 1, 0] };
    expect(world.send(request, { to: "10.0.0.1", from: ciaddr }).reason).toBe("ack-renew");
  });
});
