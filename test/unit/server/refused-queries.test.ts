// Which clients the status page tells of as refused.

import { describe, expect, it } from "vitest";
import { REFUSED_CLIENTS_MAX } from "../../../src/base/limits/server.ts";
import type { Reason } from "../../../src/engine/decision.ts";
import { Exchange, receive } from "../../../src/engine/exchange.ts";
import { REASON_TEXTS } from "../../../src/server/log/reason-texts.ts";
import { RefusedQueries } from "../../../src/server/refused-queries.ts";
import { ArrivalSlot } from "../../../src/wire/arrival.ts";
import { makeQuery } from "../../../src/wire/made-up-query.ts";
import { MessageType } from "../../../src/wire/message-type.ts";

const NAMES = { via: () => "lan0" };

function exchangeOf(last: number, reason: Reason): Exchange {
  const exchange = new Exchange();
  const chaddr = Uint8Array.of(2, 0, 0, 0, last >> 8, last & 255);
  const octets = makeQuery({ type: MessageType.request, htype: 1, chaddr, xid: 1 });
  expect(receive(exchange, octets, 0, octets.length, new ArrivalSlot())).toBe(undefined);
  exchange.decision.reason = reason;
  return exchange;
}

function noted(...queries: readonly (readonly [client: number, reason: Reason])[]) {
  const refused = new RefusedQueries();
  for (const [at, [client, reason]] of queries.entries()) refused.note(exchangeOf(client, reason), 1000 + at, NAMES);
  return refused.describe().clients;
}

describe("clients that were refused", () => {
  it("are told each once, newest first, with their last reason in the log's words and how often it was", () => {
    const clients = noted([1, "nak-wrong-link"], [2, "drop-pool-empty"], [1, "nak-taken"]);
    expect(
      clients.map(({ hardware, reason, text, count, since, at }) => [hardware, reason, text, count, since, at]),
    ).toEqual([
      ["02:00:00:00:00:01", "nak-taken", REASON_TEXTS["nak-taken"], 2, 1000, 1002],
      ["02:00:00:00:00:02", "drop-pool-empty", REASON_TEXTS["drop-pool-empty"], 1, 1001, 1001],
    ]);
  });

  it("are not those that were answered, chose another server, or ask again in a moment", () => {
    expect(noted([1, "ack-renew"], [2, "drop-other-server"], [3, "drop-already-pending"], [4, "released"])).toEqual([]);
  });

  it("are a bounded number, of whom those that were refused longest ago are forgotten", () => {
    const many = Array.from({ length: REFUSED_CLIENTS_MAX + 5 }, (_, n) => [n, "nak-taken"] as const);
    const clients = noted(...many, [6, "nak-taken"]);
    expect(clients).toHaveLength(REFUSED_CLIENTS_MAX);
    expect(clients[0]?.hardware).toBe("02:00:00:00:00:06");
    expect(clients.some(({ hardware }) => hardware === "02:00:00:00:00:04")).toBe(false);
  });
});
