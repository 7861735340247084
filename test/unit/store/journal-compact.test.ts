// A new file written beside commits: whatever is pending, committed, failed or reverted meanwhile,
// the new file says of each address what the old one says.

import { describe, expect, it } from "vitest";
import { type LeaseTable, NO_LEASE } from "../../../src/lease/table/table.ts";
import { BatchBuffer } from "../../../src/store/journal/journal-batch.ts";
import { Replacement } from "../../../src/store/journal/journal-compact.ts";
import { Declarations } from "../../../src/store/journal/journal-declarations.ts";
import type { Appender, JournalFiles } from "../../../src/store/journal/journal-files.ts";
import type { CommitBatch } from "../../../src/store/store.ts";
import { bindSlots, contentOf, makeTable, numberedRecord, recover } from "../../support/journal.ts";

/** FILE.new in memory; `onWrite` is what happens elsewhere while a write is under way. */
class MemoryFiles implements JournalFiles {
  readonly path = "memory";
  readonly needsMark = false;
  readonly isSealed = false;
  written: Uint8Array[] = [];
  onWrite: (writes: number) => void = () => undefined;

  get octets(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.written));
  }

  get appender(): Appender {
    throw new TypeError("nothing is appended here");
  }

  async write(octets: Uint8Array, length: number): Promise<void> {
    const copy = octets.slice(0, length);
    await new Promise((resolve) => setImmediate(resolve));
    // Not before its end: the writer must not reuse the buffer meanwhile.
    expect(Buffer.compare(octets.subarray(0, length), copy)).toBe(0);
    this.written.push(copy);
    this.onWrite(this.written.length);
  }

  open = (): Promise<void> => Promise.resolve();
  read = (): Promise<void> => Promise.resolve();
  sizeInPlace = (): number => 0;
  cut = (): Promise<void> => Promise.resolve();
  freeOctets = (): number => Number.POSITIVE_INFINITY;
  keepReplaced = (): undefined => undefined;
  beginReplacement = (): Promise<void> => Promise.resolve();
  sync = (): Promise<void> => Promise.resolve();
  seal = (): Promise<void> => Promise.resolve();
  swap = (): Promise<void> => Promise.resolve();
  replacedIsFreed = (): Promise<void> => Promise.resolve();
  drop = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}

function tableOf(count: number): LeaseTable {
  const table = makeTable();
  for (let n = 0; n < count; n++) table.load(numberedRecord(n));
  return table;
}

/** What the store does when a commit has become durable in the old file. */
function succeed(table: LeaseTable, replacement: Replacement, batch: CommitBatch): void {
  const buffer = new BatchBuffer();
  for (const slot of batch.slots.subarray(0, batch.count)) buffer.addLease(table, slot);
  replacement.takeRecords(buffer.octets, buffer.length);
  replacement.takeCommit(batch);
  for (const slot of batch.slots.subarray(0, batch.count)) table.confirm(slot);
}

/** As the store does it: the last octets go out when no commit is under way any more. */
async function finish(replacement: Replacement): Promise<boolean> {
  const isWhole = await replacement.writeLeases();
  await replacement.flush();
  await replacement.flush();
  return isWhole;
}

/** The new file is clean and says what the table says. */
function expectTable(files: MemoryFiles, table: LeaseTable): void {
  const { recovery, leases } = recover(files.octets);
  expect(recovery.findings).toEqual([]);
  expect(leases).toEqual(contentOf(table));
}

describe("a replacement", () => {
  it("has every lease, in batches numbered above those of the old file", async () => {
    const files = new MemoryFiles();
    const table = tableOf(1700);
    table.load({ ...numberedRecord(1), address: 1 });
    const replacement = new Replacement(table, files, new Declarations(), 76);
    expect(await finish(replacement)).toBe(true);
    expectTable(files, table);
    expect(replacement).toMatchObject({ records: 1701, octets: files.octets.length });
    expect(recover(files.octets).recovery.sequence).toBe(replacement.sequence);
    expect(Buffer.from(files.octets).toString()).toContain("\n#= 77 ");
  });

  it("has what is committed while it is written, before and behind the walk", async () => {
    const files = new MemoryFiles();
    const table = tableOf(1700);
    const replacement = new Replacement(table, files, new Declarations(), 1);
    files.onWrite = (writes) => {
      if (writes > 3) return;
      succeed(table, replacement, bindSlots(table, [1, 2, 1690 + writes], 4_100_000_000 + writes));
    };
    expect(await finish(replacement)).toBe(true);
    expectTable(files, table);
    expect(table.endsAt(1)).toBe(4_100_000_003);
  });

  it("comes to an end however fast commits come", async () => {
    const files = new MemoryFiles();
    const table = tableOf(1700);
    const replacement = new Replacement(table, files, new Declarations(), 1);
    files.onWrite = (writes) => succeed(table, replacement, bindSlots(table, [writes % 50], 4_100_000_000 + writes));
    expect(await finish(replacement)).toBe(true);
    files.onWrite = () => undefined;
    await replacement.flush();
    expectTable(files, table);
  });

  it("waits for what is pending, and has its new lease if it became durable", async () => {
    const files = new MemoryFiles();
    const table = tableOf(600);
    const replacement = new Replacement(table, files, new Declarations(), 1);
    const batch = bindSlots(table, [3, 599], 4_100_000_000);
    let isOver = false;
    const ended = finish(replacement).then((isWhole) => {
      isOver = true;
      return isWhole;
    });
    await untilWritten(files, 2);
    expect(isOver).toBe(false);
    succeed(table, replacement, batch);
    expect(await ended).toBe(true);
    expectTable(files, table);
  });

  it("waits for what is pending, and has its old lease if the change was taken back", async () => {
    const files = new MemoryFiles();
    const table = tableOf(600);
    const before = contentOf(table);
    const replacement = new Replacement(table, files, new Declarations(), 1);
    const batch = bindSlots(table, [3, 599, 700], 4_100_000_000);
    const ended = finish(replacement);
    await untilWritten(files, 2);
    for (const slot of batch.slots) table.revert(slot);
    expect(await ended).toBe(true);
    expect(recover(files.octets).leases).toEqual(before);
  });

  it("has every lease whatever happens to slots and when", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = generator(seed);
      const files = new MemoryFiles();
      const table = tableOf(1200);
      const replacement = new Replacement(table, files, new Declarations(), seed);
      let open: CommitBatch | undefined = bindSlots(table, pick(random, 1300), 4_100_000_000);
      files.onWrite = (writes) => {
        if (open !== undefined && random(3) > 0) {
          succeed(table, replacement, open);
          open = undefined;
        }
        if (open === undefined && writes < 12) open = bindSlots(table, pick(random, 1300), 4_100_000_000 + writes);
      };
      const walk = replacement.writeLeases();
      await untilWritten(files, 3);
      files.onWrite = () => undefined;
      // The commit that is left succeeds at last, whether the walk waits for it or not.
      if (open !== undefined) succeed(table, replacement, open);
      expect(await walk, `seed ${seed}`).toBe(true);
      await replacement.flush();
      expectTable(files, table);
    }
  });

  it("stops where it is when it is abandoned", async () => {
    const files = new MemoryFiles();
    const table = tableOf(2000);
    const replacement = new Replacement(table, files, new Declarations(), 1);
    bindSlots(table, [0]);
    files.onWrite = () => replacement.abandon();
    expect(await replacement.writeLeases()).toBe(false);
    expect(files.written.length).toBe(1);
  });
});

async function untilWritten(files: MemoryFiles, writes: number): Promise<void> {
  while (files.written.length < writes) await new Promise((resolve) => setImmediate(resolve));
}

function pick(random: (below: number) => number, below: number): number[] {
  return [...new Set(Array.from({ length: 1 + random(20) }, () => random(below)))].filter((slot) => slot !== NO_LEASE);
}

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
