import { expect, test } from "vitest";
import { ClientIndex } from "../../../src/lease/table/client-index.ts";
import { LeaseRows, ROW_SHIFT, RowWord } from "../../../src/lease/table/lease-rows.ts";

function find(index: ClientIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let at = index.next(hash, -1); at >= 0; at = index.next(hash, at)) slots.push(index.slotAt(at));
  return slots.sort((a, b) => a - b);
}

test.each([
  ["spread", 0x9e3779b1, 0xffffffff],
  ["crowded into a few places", 1, 0x8000000f],
  ["all around the end of the index", 0xffff, 0xffffffff],
])("slots under hashes that are %s are all found, after any additions and removals", (_, factor, mask) => {
  const hashes = Uint32Array.from({ length: 300 }, (_unused, slot) => (Math.imul(slot % 150, factor) & mask) >>> 0);
  const rows = new LeaseRows(hashes.length);
  for (const [slot, hash] of hashes.entries()) rows.words[(slot << ROW_SHIFT) + RowWord.keyHash] = hash;
  const index = new ClientIndex(rows);
  const present = new Set<number>();
  let random = 3;
  for (let step = 0; step < 3000; step++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    const slot = (random >>> 8) % 300;
    if (present.delete(slot)) index.remove(slot);
    else {
      index.add(slot);
      present.add(slot);
    }
    const hash = hashes[slot] ?? 0;
    expect(find(index, hash)).toEqual([...present].filter((other) => hashes[other] === hash).sort((a, b) => a - b));
  }
  expect(index.count).toBe(present.size);
  for (const hash of hashes) {
    expect(find(index, hash)).toEqual([...present].filter((other) => hashes[other] === hash).sort((a, b) => a - b));
  }
});

test("no addition moves more than a few entries, however many there are", () => {
  const slots = 20_000;
  const rows = new LeaseRows(slots);
  for (let slot = 0; slot < slots; slot++)
    rows.words[(slot << ROW_SHIFT) + RowWord.keyHash] = Math.imul(slot + 1, 0x9e3779b1);
  let looks = 0;
  const words = new Proxy(rows.words, {
    get(target, key) {
      looks++;
      return Reflect.get(target, key);
    },
  });
  const index = new ClientIndex({ words } as LeaseRows);
  let most = 0;
  for (let slot = 0; slot < slots; slot++) {
    looks = 0;
    index.add(slot);
    most = Math.max(most, looks);
  }
  // An entry that moves takes a look at its row.
  expect(most).toBeLessThan(100);
  for (let slot = 0; slot < slots; slot++) expect(find(index, Math.imul(slot + 1, 0x9e3779b1) >>> 0)).toEqual([slot]);
});

test("room for entries that are to come is made at once, and those that there are move with the additions", () => {
  const slots = 3000;
  const rows = new LeaseRows(slots);
  const hashOf = (slot: number): number => Math.imul(slot, 0x9e3779b1) >>> 0;
  for (let slot = 0; slot < slots; slot++) rows.words[(slot << ROW_SHIFT) + RowWord.keyHash] = hashOf(slot);
  const index = new ClientIndex(rows);
  for (let slot = 0; slot < 1000; slot++) index.add(slot);

  const before = find(index, hashOf(999));
  index.reserve(slots);
  // Places among the former entries are counted behind the present ones.
  const isMoved = (slot: number): boolean => index.next(hashOf(slot), -1) < 8192;
  const movedAtOnce = Array.from({ length: 1000 }, (_, slot) => slot).filter(isMoved).length;
  for (let slot = 1000; slot < slots; slot++) index.add(slot);

  expect(before).toEqual([999]);
  expect(movedAtOnce).toBe(0);
  for (let slot = 0; slot < slots; slot++) expect(find(index, hashOf(slot))).toEqual([slot]);
  expect(Array.from({ length: slots }, (_, slot) => slot).filter(isMoved).length).toBe(slots);
});
