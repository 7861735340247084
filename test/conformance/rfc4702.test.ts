// RFC 4702: The DHCP Client FQDN Option, as Windows and others send it to a server that updates no DNS.

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip } from "../support/message-builder.ts";

const CONFIG = "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const NAME = text("desk7.example.org");

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

describe("RFC 4702 section 4: a client's fully qualified name", () => {
  it.each([
    ["of Windows, which does the updates itself", [0, 0, 0, ...NAME]],
    ["that the server shall put into the DNS", [1, 0, 0, ...NAME]],
    ["in DNS encoding", [5, 0, 0, 5, ...text("desk7"), 0]],
    ["with which nobody shall do anything", [8, 0, 0, ...NAME]],
    ["that is empty", [0, 0, 0]],
    ["that is no option 81 at all", []],
  ])("%s is not answered, asked for or not, and the client is served [4702 4-1]", (_, value) => {
    for (const requestList of [[1, 3], [81]]) {
      world.now += 60;
      const parts = { options: [[81, value]] as const, requestList };
      const offer = world.send({ ...parts, type: 1 });
      const ack = world.send({ ...parts, type: 3, requested: offer.yiaddr, serverId: offer.serverId });
      expect([offer.messageType, ack.messageType]).toEqual([2, 5]);
      for (const { bytes } of [offer, ack]) expect(decodeMessage(bytes).options.has(81)).toBe(false);
    }
  });

  it("is recorded with the lease, for people to read", () => {
    const address = world.lease("02:00:00:00:00:0a", {
      options: [[81, [5, 0, 0, 5, ...text("desk7"), 3, ...text("org"), 0]]],
    });
    const { hostName } = world.table.record(world.table.slotOf(ip(address)));
    expect(new TextDecoder().decode(hostName)).toBe("desk7.org");
  });

  it("changes no more in a DISCOVER than the offer that is made [4702 4.1-1]", () => {
    const { yiaddr } = world.send({ type: 1, options: [[81, [1, 0, 0, ...NAME]]] });
    expect(world.table.state(world.table.slotOf(ip(yiaddr)))).toBe(BindingState.offered);
  });
});
