// What the log tells of messages beyond a line each: conflicts that clients find.

import { beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { LOG_LINES_AT_ONCE, LOG_LINES_PER_SECOND } from "../../../src/base/limits.ts";
import { Decision, type Reason } from "../../../src/engine/decision.ts";
import type { Inquiry } from "../../../src/engine/state.ts";
import { NO_LEASE } from "../../../src/lease/table.ts";
import { openLog } from "../../../src/log.ts";
import { MessageLog } from "../../../src/server/message-log.ts";
import { ArrivalSlot } from "../../../src/wire/arrival.ts";
import { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
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

function tell(parts: MessageParts, reason: Reason): void {
  const query = new Query();
  const bytes = buildMessage(parts);
  expect(decodeQuery(bytes, 0, bytes.length, query)).toBeUndefined();
  const arrival = new ArrivalSlot();
  arrival.ifindex = 2;
  const decision = new Decision();
  decision.reason = reason;
  const inquiry: Inquiry = {
    query,
    arrival,
    client: new ClientIdentity(),
    hasClient: true,
    tried: [],
    probedSlot: NO_LEASE,
  };
  messages.query(inquiry, decision);
}

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
      "10.0.0.10: 02:00:00:00:00:0a says that somebody else uses it; nobody gets it for a while",
    ]);
  });

  it("says what the client says, as far as it can be printed", () => {
    const saying = [...new TextEncoder().encode('duplicate "x"\n'), ...new Array(200).fill(65)];
    tell({ ...DECLINE, giaddr: "10.2.0.1", options: [[56, saying]] }, "drop-declined-reservation");
    const [fields, text] = warnings.mock.calls[0] ?? [];
    expect(fields).toMatchObject({ via: "10.2.0.1", says: `duplicate \\"x\\"\\x0a${"A".repeat(86)}` });
    expect(text).toContain("it stays reserved for its host");
  });

  it("does not let a flood of them fill it", () => {
    for (let i = 0; i < 100; i++) tell(DECLINE, "drop-abandon-limit");
    now += 10_000;
    tell(DECLINE, "drop-abandon-limit");
    expect(warnings.mock.calls.map(([fields]) => fields.suppressed)).toEqual([0, 99]);
  });

  it("spreads the lines that a flood gets, and says how many it left out", () => {
    const lines = vi.spyOn(log, "info");
    vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
    const runs: number[] = [];
    let told = 0;
    for (; now < 3000; now += 5) {
      const before = lines.mock.calls.length;
      messages.begin();
      for (let i = 0; i < (now === 0 ? 300 : 30); i++, told++) tell({ type: 1 }, "offer-new");
      runs.push(lines.mock.calls.length - before);
    }
    expect(runs[0]).toBe(LOG_LINES_AT_ONCE);
    expect(Math.max(...runs.slice(1))).toBe(LOG_LINES_PER_SECOND / 50);
    messages.begin();
    const leftOut = warnings.mock.calls.map(([fields]) => fields.leftOut);
    expect(leftOut).toHaveLength(3);
    expect(lines.mock.calls.length + leftOut.reduce((sum, count) => sum + count, 0)).toBe(told);
  });

  it("tells where a relay says that a client is, and nothing of the kind of others [3046 3.1-2, 3.2-2]", () => {
    const lines = vi.spyOn(log, "info");
    vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
    now += 1000;
    messages.begin();
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
