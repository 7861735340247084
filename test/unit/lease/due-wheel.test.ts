import { expect, test } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { NO_SLOT } from "../../../src/lease/table/address-map.ts";
import { DueWheel } from "../../../src/lease/table/due-wheel.ts";
import { LeaseRows } from "../../../src/lease/table/lease-rows.ts";

const SLOTS = 400;

/** Times from seconds to several rounds of the wheel away. */
const REACHES = [3, 60, 3600, 65_535, 65_536, 90_000, 400_000];

test("whatever is over comes out, and nothing else, through rounds, prolongations, removals and clocks set back", () => {
  const rows = new LeaseRows(SLOTS);
  const wheel = new DueWheel(rows);
  const ends = new Map<number, number>();
  let now = 1_700_000_000;
  let random = 11;
  const next = (below: number): number => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return (random >>> 8) % below;
  };
  const setEnd = (slot: number, endsAt: number): void => {
    rows.set(slot, BindingState.bound, now, endsAt, now);
    ends.set(slot, endsAt);
  };
  for (let step = 0; step < 30_000; step++) {
    const slot = next(SLOTS);
    const endsAt = now + next(REACHES[next(REACHES.length)] ?? 1);
    const known = ends.get(slot);
    expect(wheel.has(slot)).toBe(known !== undefined);
    if (known === undefined) {
      setEnd(slot, endsAt);
      wheel.insert(slot, endsAt);
    } else if (next(4) === 0) {
      wheel.remove(slot);
      ends.delete(slot);
    } else if (endsAt >= known) {
      setEnd(slot, endsAt);
    } else {
      wheel.remove(slot);
      setEnd(slot, endsAt);
      wheel.insert(slot, endsAt);
    }
    if (next(50) === 0) now += next(2) === 0 ? next(5) : next(70_000);
    if (next(2000) === 0) now -= next(100_000);
    const due = new Set([...ends].filter(([, end]) => end <= now).map(([which]) => which));
    for (let found = wheel.firstDue(now); found !== NO_SLOT; found = wheel.firstDue(now)) {
      expect(due.delete(found)).toBe(true);
      wheel.remove(found);
      ends.delete(found);
    }
    expect(due.size).toBe(0);
  }
  for (const slot of ends.keys()) wheel.remove(slot);
  for (let slot = 0; slot < SLOTS; slot++) expect(wheel.has(slot)).toBe(false);
});
