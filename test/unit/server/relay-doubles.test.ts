// Which messages count as come twice, by the client's way and by a relay's, and how often that is said.

import { expect, it } from "vitest";
import { DOUBLING_RELAYS_MAX } from "../../../src/base/limits/server.ts";
import type { Logger } from "../../../src/log.ts";
import { RelayDoubles } from "../../../src/server/relay-doubles.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { buildMessage, type MessageParts } from "../../support/message-builder.ts";

const CLIENT = "10.77.0.100";
const RELAY = "10.77.0.1";
const RENEWAL: MessageParts = { type: 3, xid: 7, chaddr: "02:00:00:00:00:0b", ciaddr: CLIENT };

function world() {
  const lines: string[] = [];
  const log = { info: (_fields: object, line: string) => lines.push(line) } as unknown as Logger;
  const doubles = new RelayDoubles(log);
  const note = (parts: MessageParts, now = 1000): boolean => {
    const bytes = buildMessage(parts);
    const query = new Query();
    expect(decodeQuery(bytes, 0, bytes.length, query)).toBeUndefined();
    return doubles.isDouble(query, now);
  };
  return { lines, note };
}

it("takes a renewal or release that comes from the client and from a relay for doubled, in either order [D7]", () => {
  const { note } = world();
  expect([note(RENEWAL), note({ ...RENEWAL, giaddr: RELAY })]).toEqual([false, true]);
  const release = { ...RENEWAL, type: 7, xid: 8 };
  expect([note({ ...release, giaddr: RELAY }), note(release)]).toEqual([false, true]);
});

it("takes nothing else for doubled [D7]", () => {
  const { note } = world();
  const relayed = { ...RENEWAL, giaddr: RELAY };
  expect([note(RENEWAL), note(RENEWAL), note({ ...relayed, xid: 9 })]).toEqual([false, false, false]);
  expect(note({ ...relayed, chaddr: "02:00:00:00:00:0c" })).toBe(false);
  // A client that asks by broadcast some time after it asked by unicast.
  expect([note({ ...RENEWAL, xid: 20 }), note({ ...relayed, xid: 20 }, 1010)]).toEqual([false, false]);
  const first = { ...RENEWAL, ciaddr: "0.0.0.0", xid: 21 };
  expect([note(first), note({ ...first, giaddr: RELAY })]).toEqual([false, false]);
});

it("says so once for each relay, and of so many relays [D7]", () => {
  const { lines, note } = world();
  for (let xid = 100; xid < 103; xid++) {
    note({ ...RENEWAL, xid });
    note({ ...RENEWAL, xid, giaddr: RELAY });
  }
  expect(lines).toEqual([expect.stringContaining(`the relay ${RELAY} also relays`)]);
  for (let relay = 2; relay < 100; relay++) {
    note({ ...RENEWAL, xid: 1000 + relay });
    note({ ...RENEWAL, xid: 1000 + relay, giaddr: `10.77.0.${relay}` });
  }
  expect(lines).toHaveLength(DOUBLING_RELAYS_MAX);
});
