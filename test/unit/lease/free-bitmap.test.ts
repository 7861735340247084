import { expect, test } from "vitest";
import { FreeBitmap } from "../../../src/lease/table/free-bitmap.ts";

/** What `next` must say, found the slow way. */
function expected(free: ReadonlySet<number>, size: number, from: number): number {
  for (let i = 0; i < size; i++) if (free.has((from + i) % size)) return (from + i) % size;
  return -1;
}

test.each([1, 31, 32, 33, 1024, 1025, 4000])("of %i positions the next free one is found from everywhere", (size) => {
  const bitmap = new FreeBitmap(size);
  const free = new Set(Array.from({ length: size }, (_, i) => i));
  let random = 1;
  for (let step = 0; step < 3 * size; step++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    const position = random % size;
    // More is taken than is given back, so that the set becomes nearly empty.
    if (free.has(position)) {
      bitmap.take(position);
      free.delete(position);
    } else if (random >>> 30 === 0) {
      bitmap.free(position);
      free.add(position);
    }
    expect(bitmap.isFree(position)).toBe(free.has(position));
    if (step % 7 === 0) expect(bitmap.next(position)).toBe(expected(free, size, position));
  }
  for (let from = 0; from < size; from += 5) expect(bitmap.next(from)).toBe(expected(free, size, from));
});

test("the next position that is not free is found at any distance, and none behind the last", () => {
  const bitmap = new FreeBitmap(3000);
  expect(bitmap.nextTaken(0)).toBe(-1);
  for (const position of [5, 31, 32, 2000]) bitmap.take(position);
  const found: number[] = [];
  for (let at = bitmap.nextTaken(0); at >= 0; at = bitmap.nextTaken(at + 1)) found.push(at);
  expect(found).toEqual([5, 31, 32, 2000]);
  bitmap.free(32);
  expect(bitmap.nextTaken(32)).toBe(2000);
  expect(bitmap.nextTaken(3000)).toBe(-1);
});

test("a full set has no next position, and one that is given back is found", () => {
  const bitmap = new FreeBitmap(3000);
  for (let i = 0; i < 3000; i++) bitmap.take(i);
  expect(bitmap.next(1500)).toBe(-1);
  bitmap.free(1499);
  expect(bitmap.next(1500)).toBe(1499);
  expect(bitmap.next(0)).toBe(1499);
});

test("an empty pool has no next position", () => {
  expect(new FreeBitmap(0).next(0)).toBe(-1);
});
