// What the log tells of messages: who asked, why somebody got nothing, whether a reply has left, conflicts that clients
// find, and no more lines than it can bear.

import { constants } from "node:os";
import { beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import {
  LOG_DISCOVER_LINES_AT_ONCE,
  LOG_DISCOVER_LINES_PER_SECOND,
  LOG_LINES_AT_ONCE,
  LOG_LINES_PER_SECOND,
} from "../../../src/base/limits/log.ts";
import type { Host, Subnet } from "../../../src/config/model/model.ts";
import type { Decision, Reason } from "../../../src/engine/decision.ts";
import { Exchange, receive } from "../../../src/engine/exchange.ts";
import { openLog } from "../../../src/log.ts";
import { ReplyRows } from "../../../src/native/rows.ts";
import { MessageLog } from "../../../src/server/log/message-log.ts";
import { ArrivalSlot } from "../../../src/wire/arrival.ts";
import { buildMessage, type MessageParts } from "../../support/message-builder.ts";

const log = openLog({ verbose: false, readable: false, fd: 1 });
log.level = "silent";
const DECLINE: MessageParts = { type: 4, chaddr: "02:00:00:00:00:0a", requested: "10.0.0.10", serverId: "10.0.0.1" };

let now: number;
let messages: MessageLog;
let warnings: MockInstance;

beforeEach(() => {
  vi.restoreAllMocks();
  warnings = vi.spyOn(log, "warn");
  now = 0;
  messages = new MessageLog(log, { wall: () => 0, monotonic: () => now });
  messages.interfaceNames = new Map([[2, "lan0"]]);
});

function tell(parts: MessageParts, reason: Reason, more: Partial<Decision> = {}): void {
  const { exchange } = decided(parts, reason, more);
  messages.query(exchange);
  messages.flush();
}

function decided(
  parts: MessageParts,
  reason: Reason,
  more: Partial<Decision>,
): { exchange: Exchange; decision: Decision } {
  const exchange = new Exchange();
  const bytes = buildMessage(parts);
  const arrival = new ArrivalSlot();
  arrival.ifindex = 2;
  expect(receive(exchange, bytes, 0, bytes.length, arrival)).toBeUndefined();
  const { decision } = exchange;
  Object.assign(decision, more, { reason });
  return { exchange, decision };
}

/** Lines at level info from here on. */
function lines(): MockInstance {
  vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
  now += 1000;
  messages.readClock();
  return vi.spyOn(log, "info");
}

const CLIENT = "02:00:00:00:00:0a";
const named = (text: string): MessageParts => ({ type: 1, chaddr: CLIENT, options: [[12, [...Buffer.from(text)]]] });
const PRINTER = { name: "printer" } as Host;
const SUBNET = { network: 0xc0000200, prefixLength: 24 } as Subnet;

describe("a message's line", () => {
  it("names the client, escaped, its host declaration and its subnet, in words and as fields [U13]", () => {
    const info = lines();
    tell(named('lap"top\n'), "offer-new", { subnet: SUBNET, host: PRINTER });
    expect(info.mock.calls[0]).toEqual([
      expect.objectContaining({
        hostName: 'lap\\"top\\x0a',
        host: "printer",
        subnet: "192.0.2.0/24",
        hardware: CLIENT,
      }),
      `DHCPDISCOVER from ${CLIENT} (lap\\"top\\x0a, host printer) via lan0`,
    ]);
    tell(named("printer"), "offer-new", { host: PRINTER });
    expect(info.mock.calls[1]?.[1]).toBe(`DHCPDISCOVER from ${CLIENT} (printer) via lan0`);
    tell({ type: 1, chaddr: CLIENT }, "offer-new");
    expect(info.mock.calls[2]?.[1]).toBe(`DHCPDISCOVER from ${CLIENT} via lan0`);
    for (const field of ["hostName", "host", "subnet"]) expect(info.mock.calls[2]?.[0]).not.toHaveProperty(field);
  });

  it("names the interface that it came in by, and a routed network only where a router is between", () => {
    const info = lines();
    const renewal = { type: 3, chaddr: CLIENT, ciaddr: "192.0.2.9" };
    const via = (isRouted: boolean): string => {
      const { exchange } = decided(renewal, "ack-renew", {});
      exchange.isRouted = isRouted;
      messages.query(exchange);
      messages.flush();
      return info.mock.lastCall?.[1].replace(/.* via /, "");
    };
    expect([via(false), via(true)]).toEqual(["lan0", "a routed network"]);
    messages.interfaceNames = new Map();
    expect([via(false), via(true)]).toEqual(["interface 2", "a routed network"]);
  });

  it("says why a client got nothing, in words [U4]", () => {
    const info = lines();
    tell({ type: 1, chaddr: CLIENT }, "drop-pool-empty");
    tell({ type: 1, chaddr: CLIENT }, "drop-unknown-client-denied");
    tell({ type: 3, chaddr: CLIENT, requested: "192.0.2.9" }, "nak-wrong-link");
    tell({ type: 3, chaddr: CLIENT, requested: "192.0.2.9" }, "ack-selecting");
    expect(info.mock.calls.map(([, text]) => text)).toEqual([
      `DHCPDISCOVER from ${CLIENT} via lan0: no free leases`,
      `DHCPDISCOVER from ${CLIENT} via lan0: unknown clients are denied`,
      `DHCPREQUEST for 192.0.2.9 from ${CLIENT} via lan0: wrong network`,
      `DHCPREQUEST for 192.0.2.9 from ${CLIENT} via lan0`,
    ]);
    expect(info.mock.calls[0]?.[0]).toMatchObject({ reason: "drop-pool-empty" });
  });

  it("has no words for whoever has no hardware address [U22]", () => {
    const info = lines();
    tell({ type: 10, chaddr: "", hlen: 0, ciaddr: "198.51.100.44", giaddr: "10.9.4.2" }, "lease-active");
    expect(info.mock.calls[0]?.[1]).toBe("DHCPLEASEQUERY for 198.51.100.44 via 10.9.4.2");
  });
});

describe("a reply's line", () => {
  const row = (result: number): ReplyRows => {
    const rows = new ReplyRows(1);
    rows.setResult(0, result);
    rows.setDestination(0, 0xffffffff);
    return rows;
  };
  const replied = (parts: MessageParts, messageType: number, yiaddr: number, errno: number): void => {
    const { exchange, decision } = decided(parts, "offer-new", { host: PRINTER });
    Object.assign(decision.reply, { messageType, yiaddr });
    const line = messages.reply(exchange);
    if (line !== undefined) messages.sent(line, row(errno), 0);
    messages.flush();
  };

  it("names the client, and is written once the reply has left [U13, U22]", () => {
    const info = lines();
    const { exchange, decision } = decided(named("laptop"), "offer-new", {});
    Object.assign(decision.reply, { messageType: 2, yiaddr: 0xc000020a });
    const line = messages.reply(exchange);
    expect(info).not.toHaveBeenCalled();
    messages.sent(line ?? {}, row(0), 0);
    expect(info).not.toHaveBeenCalled();
    messages.flush();
    expect(info.mock.calls).toEqual([
      [
        expect.objectContaining({ event: "reply", address: "192.0.2.10", hostName: "laptop", to: "255.255.255.255" }),
        `DHCPOFFER on 192.0.2.10 to ${CLIENT} (laptop) via lan0`,
      ],
    ]);
  });

  it("warns that a reply was not sent, and why [U22]", () => {
    const info = lines();
    replied({ type: 1, chaddr: CLIENT }, 2, 0xc000020a, constants.errno.EPERM);
    expect(info).not.toHaveBeenCalled();
    const [fields, text] = warnings.mock.calls[0] ?? [];
    expect(text).toMatch(
      /^DHCPOFFER on 192\.0\.2\.10 to 02:\S+ \(host printer\) via lan0 was not sent: blocked by the firewall/,
    );
    expect(fields).toMatchObject({ failure: expect.stringContaining("blocked by the firewall") });
  });

  it("tells the lease time, and where the relay says that the client is", () => {
    const info = lines();
    const parts: MessageParts = {
      type: 3,
      chaddr: CLIENT,
      giaddr: "10.9.4.2",
      agentInformation: [1, 2, 112, 55, 2, 1, 9],
    };
    const { exchange, decision } = decided(parts, "ack-selecting", {});
    for (const [messageType, leaseSeconds] of [
      [5, 3600.5],
      [5, 0xffffffff],
      [6, 3600],
      [5, -1],
    ]) {
      Object.assign(decision.reply, { messageType, leaseSeconds });
      messages.sent(messages.reply(exchange) ?? {}, row(0), 0);
    }
    messages.flush();
    const told = info.mock.calls.map(([fields]) => fields);
    expect(told.map(({ leaseSeconds }) => leaseSeconds)).toEqual([3600, 0xffffffff, undefined, undefined]);
    for (const fields of told) expect(fields).toMatchObject({ circuitId: "p7", remoteId: "09" });
  });

  it("has the name of a client that says it by option 81 alone", () => {
    const info = lines();
    const name = [..."laptop.example"].map((character) => character.charCodeAt(0));
    tell({ type: 1, chaddr: CLIENT, options: [[81, [0, 0, 0, ...name]]] }, "offer-new");
    tell(
      {
        type: 1,
        chaddr: CLIENT,
        options: [
          [12, [0x61]],
          [81, [0, 0, 0, ...name]],
        ],
      },
      "offer-new",
    );
    expect(info.mock.calls.map(([fields]) => fields.hostName)).toEqual(["laptop.example", "a"]);
    expect(info.mock.calls[0]?.[1]).toBe(`DHCPDISCOVER from ${CLIENT} (laptop.example) via lan0`);
  });

  it("of a NAK names the address that is refused [U22]", () => {
    const info = lines();
    replied({ type: 3, chaddr: CLIENT, requested: "192.0.2.9" }, 6, 0, 0);
    expect(info.mock.calls[0]?.[1]).toBe(`DHCPNAK on 192.0.2.9 to ${CLIENT} (host printer) via lan0`);
  });
});

describe("the log", () => {
  it("warns of each address that a client has found in use, whatever else is logged [2131 4.3.3-2]", () => {
    for (let i = 0; i < 3; i++) tell(DECLINE, "declined");
    expect(warnings).toHaveBeenCalledTimes(3);
    expect(warnings.mock.calls[0]).toEqual([
      {
        event: "conflict",
        address: "10.0.0.10",
        hardware: "02:00:00:00:00:0a",
        via: "lan0",
        reason: "declined",
        suppressed: 0,
      },
      "10.0.0.10 was declined by 02:00:00:00:00:0a: another host uses it; no client is offered it for ten minutes at least",
    ]);
  });

  it("says what the client says, as far as it can be printed", () => {
    const saying = [...new TextEncoder().encode('duplicate "x"\n'), ...new Array(200).fill(65)];
    tell({ ...DECLINE, giaddr: "10.2.0.1", options: [[56, saying]] }, "drop-declined-reservation");
    const [fields, text] = warnings.mock.calls[0] ?? [];
    expect(fields).toMatchObject({ via: "10.2.0.1", says: `duplicate \\"x\\"\\x0a${"A".repeat(86)}` });
    expect(text).toContain("it stays reserved for this client");
  });

  it("does not let a flood of them fill it", () => {
    for (let i = 0; i < 100; i++) tell(DECLINE, "drop-abandon-limit");
    now += 30_000;
    tell(DECLINE, "drop-abandon-limit");
    now += 30_000;
    tell(DECLINE, "drop-abandon-limit");
    expect(warnings.mock.calls.map(([fields]) => fields.suppressed)).toEqual([0, 100]);
  });

  it("spreads the lines that a flood gets, and says how many it left out", () => {
    const lines = vi.spyOn(log, "info");
    vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
    const runs: number[] = [];
    let told = 0;
    for (; now < 3000; now += 5) {
      const before = lines.mock.calls.length;
      messages.readClock();
      for (let i = 0; i < (now === 0 ? 300 : 30); i++, told++) tell({ type: 3 }, "ack-selecting");
      runs.push(lines.mock.calls.length - before);
    }
    expect(runs[0]).toBe(LOG_LINES_AT_ONCE);
    expect(Math.max(...runs.slice(1))).toBe(LOG_LINES_PER_SECOND / 50);
    expect(LOG_LINES_PER_SECOND).toBe(1000);
    messages.readClock();
    const leftOut = warnings.mock.calls.map(([fields]) => fields.leftOut);
    expect(leftOut).toHaveLength(3);
    expect(lines.mock.calls.length + leftOut.reduce((sum, count) => sum + count, 0)).toBe(told);
  });

  it("gives a flood of DISCOVERs no more than a megabyte a minute, and renewals their lines all the same [B13]", () => {
    const info = lines();
    for (let second = 0; second < 60; second++) {
      for (let tick = 0; tick < 50; tick++) {
        now += 20;
        messages.readClock();
        for (let i = 0; i < 10; i++) tell({ type: 1, chaddr: CLIENT }, "offer-new");
      }
      tell({ type: 3, chaddr: CLIENT, ciaddr: "192.0.2.9" }, "ack-renew");
    }
    const types = info.mock.calls.map(([{ type }]) => type);
    expect(types.filter((type) => type === "DHCPREQUEST")).toHaveLength(60);
    expect([LOG_DISCOVER_LINES_AT_ONCE, LOG_DISCOVER_LINES_PER_SECOND]).toEqual([1000, 60]);
    expect(types.length).toBeLessThanOrEqual(LOG_DISCOVER_LINES_AT_ONCE + 61 * LOG_DISCOVER_LINES_PER_SECOND + 60);
  });

  it("tells where a relay says that a client is, and nothing of the kind of others [3046 3.1-2, 3.2-2]", () => {
    const lines = vi.spyOn(log, "info");
    vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
    now += 1000;
    messages.readClock();
    const relayed = (agentInformation: number[], giaddr = "10.2.0.1"): unknown => {
      tell({ type: 1, giaddr, agentInformation }, "offer-new");
      return lines.mock.calls.at(-1)?.[0];
    };
    const port = [...new TextEncoder().encode('port "7"')];
    expect(relayed([1, port.length, ...port, 2, 3, 0, 4, 255])).toMatchObject({
      circuitId: 'port \\"7\\"',
      remoteId: "00:04:ff",
    });
    for (const fields of [relayed([9, 1, 1]), relayed([1, 0]), relayed([1, 1, 65], "0.0.0.0")]) {
      expect(fields).not.toHaveProperty("circuitId");
      expect(fields).not.toHaveProperty("remoteId");
    }
  });

  it("warns of nothing that a stranger declines", () => {
    for (const reason of ["drop-not-owner", "drop-not-ours", "drop-other-server"] as const) tell(DECLINE, reason);
    tell({ type: 1 }, "offer-new");
    expect(warnings).not.toHaveBeenCalled();
  });
});
