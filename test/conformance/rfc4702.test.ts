// RFC 4702: The DHCP Client FQDN Option, as Windows and others send it, to a server that updates no DNS and to one that does.

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
  ])("%s is not answered without zones, asked for or not, and the client is served", (_, value) => {
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

  /** Flags and name of the answer of a server that updates zones. */
  function answerTo(value: readonly number[], more = "", requestList: number[] = []): [number, string] | undefined {
    const zones = `ddns-update-style standard; ddns-domainname "lan.example"; zone lan.example { primary 10.0.0.1; } ${more}`;
    const updating = new EngineWorld(zones + CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
    const parts = { options: [[81, value]] as const, requestList };
    const offer = updating.send({ ...parts, type: 1 });
    const ack = updating.send({ ...parts, type: 3, requested: offer.yiaddr, serverId: offer.serverId });
    const answers = [offer, ack].map(({ bytes }) => decodeMessage(bytes).options.get(81));
    expect(answers[0]).toEqual(answers[1]);
    const [flags = -1, rcode1, rcode2, ...name] = answers[1] ?? [];
    if (flags < 0) return undefined;
    expect([rcode1, rcode2]).toEqual([255, 255]);
    return [flags, String.fromCharCode(...name)];
  }

  it.each([
    ["of Windows, which would do the update itself", [0, 0, 0, ...NAME], 3, "desk7.lan.example"],
    ["that the server shall put into the DNS", [1, 0, 0, ...NAME], 1, "desk7.lan.example"],
    ["in DNS encoding", [5, 0, 0, 5, ...text("desk7"), 0], 5, "\x05desk7\x03lan\x07example\0"],
    ["with which nobody shall do anything", [8, 0, 0, ...NAME], 3, "desk7.lan.example"],
  ])("%s is answered by the name that the zones get, and who updates them [4702 4-1]", (_, value, flags, name) => {
    for (const more of ["", "requested-options-only on;"])
      for (const list of [[1, 3], [81]]) expect(answerTo(value, more, list)).toEqual([flags, name]);
  });

  it("is answered truthfully where the zones do not get it", () => {
    expect(answerTo([1, 0, 0, ...NAME], "ddns-updates off;")).toEqual([10, "desk7.lan.example"]);
    expect(answerTo([0, 0, 0, ...NAME], "ddns-updates off;")).toEqual([8, "desk7.lan.example"]);
    expect(answerTo([0, 0, 0])).toBe(undefined);
    expect(answerTo([])).toBe(undefined);
  });
});
