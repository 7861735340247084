// How many leases each hardware address, relay port and interface has in a network.

import { beforeEach, describe, expect, it } from "vitest";
import { halfSipHash } from "../../../src/base/hash.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { Holder } from "../../../src/lease/table/held-counts.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import type { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { address, KEYS, makeClient, makePools, makeRecord, numberedClient } from "../../support/lease-clients.ts";

const SLOT = 0;
const LINK = 0;
const INTERFACE = 3;
const NOW = 1_800_000_000;
const ONE = numberedClient(2);
const OTHER = numberedClient(4);

describe("the interface of a slot", () => {
  let table: LeaseTable;

  beforeEach(() => {
    table = new LeaseTable(makePools({ ranges: ["10.0.0.10-10.0.0.19"] }), KEYS, {
      findsHardware: false,
      countsHeld: true,
      isShared: true,
    });
  });

  function onInterface(): number | undefined {
    const { held } = table;
    return held?.count(held.holderOf(Holder.interface, LINK, ONE, INTERFACE));
  }

  function bind(client = ONE): void {
    table.begin(SLOT);
    table.bind(SLOT, client, NOW, NOW + 600);
  }

  function learn(client: typeof ONE, revision: number): void {
    const hardwareAddress = client.chaddr.slice(0, client.hlen);
    const record = { address: address("10.0.0.10"), htype: client.htype, hardwareAddress, endsAt: NOW + 900 };
    table.learn(record.address, makeRecord(record), revision);
  }

  it("is forgotten with the offer that it came with", () => {
    table.offer(SLOT, ONE, NOW, 10);
    table.held?.cameBy(SLOT, INTERFACE);
    expect(onInterface()).toBe(1);
    table.withdrawOffer(SLOT, NOW);
    bind();
    expect(onInterface()).toBe(0);
  });

  it("is forgotten when the store says that another client has the lease, and kept when its own has", () => {
    bind();
    table.held?.cameBy(SLOT, INTERFACE);
    table.confirm(SLOT, 1);
    learn(ONE, 2);
    expect(table.endsAt(SLOT)).toBe(NOW + 900);
    expect(onInterface()).toBe(1);
    learn(OTHER, 3);
    expect(table.isClient(SLOT, OTHER)).toBe(true);
    expect(table.state(SLOT)).toBe(BindingState.bound);
    expect(onInterface()).toBe(0);
  });

  it("is forgotten when a change is undone that gave the slot to its client", () => {
    learn(OTHER, 1);
    bind();
    table.held?.cameBy(SLOT, INTERFACE);
    expect(onInterface()).toBe(1);
    table.revert(SLOT);
    expect(table.isClient(SLOT, OTHER)).toBe(true);
    expect(onInterface()).toBe(0);
  });

  it("is kept when a renewal is undone, and when its client begins to send an identifier", () => {
    bind();
    table.held?.cameBy(SLOT, INTERFACE);
    table.confirm(SLOT, 1);
    bind();
    table.revert(SLOT);
    expect(onInterface()).toBe(1);
    bind(makeClient({ chaddr: ONE.chaddr.slice(0, ONE.hlen), clientId: Uint8Array.of(0, 7) }));
    expect(onInterface()).toBe(1);
  });
});

describe("holders whose hashes are equal", () => {
  const keys = { ...KEYS, table: Uint8Array.from({ length: 16 }, (_, i) => i) };

  /** Two values of six octets with one hash of 32 bits, behind `head`. */
  function collision(head: readonly number[]): readonly Uint8Array[] {
    const seen = new Map<number, number>();
    const numbered = (n: number): Uint8Array => Uint8Array.of(...head, 2, 0, n >>> 24, n >>> 16, n >>> 8, n);
    for (let n = 0; ; n++) {
      const value = numbered(n);
      const hash = halfSipHash(keys.table, value, 0, value.length);
      const other = seen.get(hash);
      if (other !== undefined) return [numbered(other), value];
      seen.set(hash, n);
    }
  }

  function countEach(kind: Holder, clients: readonly ClientIdentity[]): readonly (number | undefined)[] {
    const pools = makePools({ ranges: ["10.0.0.10-10.0.0.19"] });
    const table = new LeaseTable(pools, keys, { findsHardware: false, countsHeld: true });
    for (const [slot, client] of clients.entries()) table.offer(slot, client, NOW, 10);
    const { held } = table;
    return clients.map((client) => held?.count(held.holderOf(kind, LINK, client, 0)));
  }

  it("are counted each by itself: hardware addresses", () => {
    const clients = collision([]).map((chaddr) => makeClient({ chaddr }));
    expect(countEach(Holder.hardware, clients)).toEqual([1, 1]);
  });

  it("are counted each by itself: ports of a relay", () => {
    const clients = collision([1, 6]).map((agentInformation, n) =>
      makeClient({ chaddr: Uint8Array.of(2, 0, 0, 0, 0, n), agentInformation }),
    );
    expect(countEach(Holder.relayPort, clients)).toEqual([1, 1]);
  });
});
