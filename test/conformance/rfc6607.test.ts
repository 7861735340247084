// RFC 6607: Virtual Subnet Selection Options. This server has no virtual subnets: what the RFC wants of
// such a server is that relays and clients can see it.

import { beforeEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";

const CONFIG = `ping-check false;
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }`;
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };
const VSS = [151, 4, 0, 0x76, 0x70, 0x6e];
const VSS_CONTROL = [152, 0];

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

describe("RFC 6607: a relay's VSS sub-options", () => {
  it("come back as they were, VSS-Control included: the sign that the server did not use them [6607 7.2-1, 7.2-2]", () => {
    const agentInformation = [1, 2, 7, 7, ...VSS, ...VSS_CONTROL];
    const offer = world.send({ type: 1, giaddr: "10.2.0.1", agentInformation }, RELAY);
    expect(decodeMessage(offer.bytes).options.get(82)).toEqual(agentInformation);
    const nak = world.send({ type: 3, requested: "10.9.0.1", giaddr: "10.2.0.1", agentInformation }, RELAY);
    expect(nak.messageType).toBe(6);
    expect(decodeMessage(nak.bytes).options.get(82)).toEqual(agentInformation);
  });

  it("select nothing: the client is on the link of its relay [6607 7-2, 9-1]", () => {
    const offer = world.send({ type: 1, giaddr: "10.2.0.1", agentInformation: [...VSS, ...VSS_CONTROL] }, RELAY);
    expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
  });
});

describe("RFC 6607: a client's VSS option", () => {
  it("is not returned, asked for or not, which says that it was not used [6607 7.1-1, 7.1-2]", () => {
    for (const requestList of [[1], [221]]) {
      const offer = world.send({ type: 1, giaddr: "10.2.0.1", options: [[221, [0, 0x76]]], requestList }, RELAY);
      expect(offer).toMatchObject({ messageType: 2 });
      expect(decodeMessage(offer.bytes).options.has(221)).toBe(false);
    }
  });

  it("cannot be configured to be returned [6607 7.1-1]", () => {
    const asking = new EngineWorld(`option vss 0:76; ${CONFIG}`, [testInterface(2, "lan0", "10.0.0.1")]);
    const offer = asking.send({ type: 1, giaddr: "10.2.0.1", requestList: [221] }, RELAY);
    expect(decodeMessage(offer.bytes).options.has(221)).toBe(false);
  });
});
