import { expect, test } from "vitest";
import { NO_SLOT } from "../../../src/lease/table/address-map.ts";
import { ExpiryQueue } from "../../../src/lease/table/expiry-queue.ts";
import { LeaseRows } from "../../../src/lease/table/lease-rows.ts";

test("slots come out by time, those of one time by number, whatever is moved and removed meanwhile", () => {
  const rows = new LeaseRows(500);
  const queue = new ExpiryQueue(rows, 500);
  const keys = new Map<number, number>();
  let random = 7;
  for (let step = 0; step < 5000; step++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    const slot = (random >>> 8) % 500;
    const key = (random >>> 16) % 50;
    if (!keys.has(slot)) queue.push(slot, key);
    else if (step % 3 === 0) queue.remove(slot);
    else queue.move(slot, key);
    if (keys.has(slot) && step % 3 === 0) keys.delete(slot);
    else keys.set(slot, key);
    expect(queue.length).toBe(keys.size);
  }
  const order = [...keys].sort(([a, keyA], [b, keyB]) => keyA - keyB || a - b);
  const first = queue.first();
  const walked = [first];
  for (let i = 0; i < 20; i++) walked.push(queue.after(walked.at(-1) ?? NO_SLOT));
  expect(walked).toEqual(order.slice(0, 21).map(([slot]) => slot));
  for (const [slot, key] of order) {
    expect(queue.first()).toBe(slot);
    expect(queue.keyOf(slot)).toBe(key);
    queue.remove(slot);
  }
  expect(queue.first()).toBe(NO_SLOT);
  expect(rows.words.every((word) => word === 0)).toBe(true);
});

test("nothing comes after the last", () => {
  const queue = new ExpiryQueue(new LeaseRows(4), 4);
  queue.push(2, 10);
  queue.push(1, 20);
  expect(queue.after(2)).toBe(1);
  expect(queue.after(1)).toBe(NO_SLOT);
});
