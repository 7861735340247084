// How many leases each hardware address, relay port and interface has in a network.

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { Holder } from "../../../src/lease/table/held-counts.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
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
