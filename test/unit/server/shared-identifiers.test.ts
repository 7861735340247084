// One client identifier with two hardware addresses in turn: the second change is told, once an hour.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { SHARED_IDENTIFIER_MS } from "../../../src/base/limits/server.ts";
import { openLog } from "../../../src/log.ts";
import { SharedIdentifiers } from "../../../src/server/conflicts/shared-identifiers.ts";
import { Counters } from "../../../src/server/counters.ts";
import { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { macOf } from "../../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const CLONE = [255, 1, 2, 3];

let world: EngineWorld;
let shared: SharedIdentifiers;
let counters: Counters;
let said: string[];
let now: number;

/** The client renews or takes the lease by that card, as the pipeline would see it. */
function take(chaddr: string, clientId: readonly number[] = CLONE): string {
  const client = new ClientIdentity();
  client.htype = 1;
  client.hlen = 6;
  client.chaddr.set(macOf(chaddr));
  client.clientId.set(clientId);
  client.clientIdLength = clientId.length;
  const slot = world.table.findByClient(client, 0);
  if (slot >= 0) shared.compareClients({ client } as Parameters<SharedIdentifiers["compareClients"]>[0], slot);
  world.now += 10;
  now += 10_000;
  return world.lease(chaddr, { clientId });
}

beforeEach(() => {
  world = new EngineWorld("ping-check off; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }", [
    testInterface(2, "lan0", "10.0.0.1"),
  ]);
  counters = new Counters();
  said = [];
  now = 0;
  const log = openLog({ verbose: false, readable: false, fd: 1 });
  log.level = "silent";
  vi.spyOn(log, "warn").mockImplementation((_: unknown, line?: string) => void said.push(line ?? ""));
  const clock = { wall: () => world.now, monotonic: () => now };
  shared = new SharedIdentifiers({ serving: world.serving, clock, log, counters });
});

describe("a client identifier", () => {
  it("that comes with two hardware addresses in turn is told with both [R13]", () => {
    const address = take(A);
    expect([take(B), take(A), take(B)]).toEqual([address, address, address]);
    expect(said).toEqual([
      `${address}: ${B} and ${A} take this lease from each other, because both send the client identifier ff:01:02:03: if they are two machines, give each an identifier of its own, or set ignore-client-uids`,
    ]);
    expect(counters.entries().get("identifier-shared")).toBe(2);
    now += SHARED_IDENTIFIER_MS;
    take(A);
    take(B);
    expect(said).toHaveLength(2);
  });

  it("that moves on from card to card is not, nor two clients of their own [R13]", () => {
    take(A);
    take(B);
    take(C);
    take(A, [1, 1, 1]);
    take(B, [1, 1, 2]);
    take(A, [1, 1, 1]);
    expect([said, counters.entries().get("identifier-shared")]).toEqual([[], undefined]);
  });
});
