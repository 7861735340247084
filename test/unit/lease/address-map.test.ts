import { expect, test } from "vitest";
import { InvariantError } from "../../../src/base/assert.ts";
import { AddressMap, NO_SLOT } from "../../../src/lease/table/address-map.ts";
import { address, makePools } from "../../support/lease-clients.ts";

const MAP = new AddressMap(
  makePools(
    { ranges: ["192.168.9.10-192.168.9.12", "192.168.9.20"] },
    { ranges: [] },
    { ranges: ["10.0.0.0-10.0.0.1", "255.255.255.254-255.255.255.255"] },
  ),
);

test("every address has one slot and every slot one address and pool", () => {
  const addresses = [
    "192.168.9.10",
    "192.168.9.11",
    "192.168.9.12",
    "192.168.9.20",
    "10.0.0.0",
    "10.0.0.1",
    "255.255.255.254",
    "255.255.255.255",
  ];
  expect(MAP.size).toBe(addresses.length);
  for (const [slot, text] of addresses.entries()) {
    expect(MAP.slotOf(address(text))).toBe(slot);
    expect(MAP.addressOf(slot)).toBe(address(text));
    expect(MAP.poolOf(slot)).toBe(slot < 4 ? 0 : 2);
  }
});

test.each([
  "0.0.0.0",
  "9.255.255.255",
  "10.0.0.2",
  "192.168.9.9",
  "192.168.9.13",
  "192.168.9.19",
  "192.168.9.21",
  "255.255.255.253",
])("%s has no slot", (text) => {
  expect(MAP.slotOf(address(text))).toBe(NO_SLOT);
});

test("a pool knows its size, an empty one too", () => {
  expect([0, 1, 2].map((pool) => MAP.poolSize(pool))).toEqual([4, 0, 4]);
});

test("no pools, no slots", () => {
  const map = new AddressMap([]);
  expect(map.size).toBe(0);
  expect(map.slotOf(address("10.0.0.1"))).toBe(NO_SLOT);
});

test("overlapping ranges are a bug of whoever made the pools", () => {
  expect(() => new AddressMap(makePools({ ranges: ["10.0.0.1-10.0.0.5"] }, { ranges: ["10.0.0.5"] }))).toThrow(
    InvariantError,
  );
});
