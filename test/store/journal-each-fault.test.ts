// Every operation of a journal on its files fails in turn, before it has done anything or after it has done all, once
// or until the disk is well again, while 50 leases are stored and others end. Whatever fails: a lease that is
// confirmed is in the file that the next start reads; the journal recovers by itself; and the next start serves what
// the table said.

import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import type { Appender, JournalFiles, ReadOctets } from "../../src/store/journal/journal-files.ts";
import { CommitOutcome, type LeaseStore } from "../../src/store/store.ts";
import { withDeadline } from "../support/deadline.ts";
import {
  bindSlots,
  commit,
  contentOf,
  journalOf,
  LATER,
  makeTable,
  numberedRecord,
  openAsLauncher,
  recover,
  ScratchFolder,
} from "../support/journal.ts";

const ERRNO = { EIO: 5, ENOSPC: 28 } as const;
type Errno = keyof typeof ERRNO;

/** Leases in the file at the start; those below ENDING end while the others are stored. */
const FIRST = 10;
const ENDING = 5;
const ENDS_AT = 1_800_000_000;
const LEASES = 50;
const PER_COMMIT = 5;

/** What fails, from which operation on, and how. */
interface Fault {
  readonly errno: Errno;
  /** Whether the operation is done, wholly or in part, before it fails. */
  readonly isDone: boolean;
  /** Whether operations go on failing until `heal`: with ENOSPC those that take room, with EIO all. */
  readonly isLasting: boolean;
}

/** Files of a journal, one of whose operations fails. */
class FaultyFiles implements JournalFiles {
  /** Operations so far. */
  count = 0;
  hasFailed = false;
  private readonly files: JournalFiles;
  private readonly at: number;
  private fault: Fault | undefined;

  constructor(files: JournalFiles, fault: Fault | undefined, at: number) {
    this.files = files;
    this.fault = fault;
    this.at = at;
  }

  heal(): void {
    this.fault = undefined;
  }

  /** The fault that this operation meets. */
  private meet(takesRoom: boolean): Fault | undefined {
    this.count += 1;
    const { fault } = this;
    if (fault === undefined || this.count < this.at) return undefined;
    if (this.count > this.at && !fault.isLasting) return undefined;
    if (fault.errno === "ENOSPC" && !takesRoom) return undefined;
    this.hasFailed = true;
    return fault;
  }

  private async run(takesRoom: boolean, task: () => Promise<void>): Promise<void> {
    const fault = this.meet(takesRoom);
    if (fault === undefined || fault.isDone) await task();
    if (fault !== undefined) throw Object.assign(new Error(`${fault.errno}: injected`), { code: fault.errno });
  }

  get appender(): Appender {
    const { appender } = this.files;
    return {
      append: (buffer, length, sync, done) => {
        const fault = this.meet(true);
        if (fault === undefined) return appender.append(buffer, length, sync, done);
        // All of it, and then fdatasync fails; or a part, and then write fails.
        const written = fault.isDone ? length : Math.floor(length / 2);
        appender.append(buffer, written, sync, () => done(ERRNO[fault.errno], written));
      },
      close: () => appender.close(),
    };
  }

  get path(): string {
    return this.files.path;
  }
  get needsMark(): boolean {
    return this.files.needsMark;
  }
  get isSealed(): boolean {
    return this.files.isSealed;
  }
  open(isMarked: (read: ReadOctets) => Promise<boolean>): Promise<void> {
    // An open that fails has opened nothing.
    return this.run(false, async () => {
      await this.files.open(isMarked);
      if (this.count === this.at && this.fault?.errno === "EIO") await this.files.close();
    });
  }
  read(onOctets: (octets: Uint8Array) => void): Promise<void> {
    return this.run(false, () => this.files.read(onOctets));
  }
  sizeInPlace(): number {
    return this.meet(false) === undefined ? this.files.sizeInPlace() : -1;
  }
  cut(octets: number): Promise<void> {
    return this.run(false, () => this.files.cut(octets));
  }
  freeOctets(): number {
    return this.files.freeOctets();
  }
  keepReplaced(suffix: string): string | undefined {
    return this.files.keepReplaced(suffix);
  }
  beginReplacement(): Promise<void> {
    return this.run(true, () => this.files.beginReplacement());
  }
  async write(octets: Uint8Array, length: number): Promise<void> {
    const fault = this.meet(true);
    if (fault === undefined) return this.files.write(octets, length);
    await this.files.write(octets, fault.isDone ? length : Math.floor(length / 2));
    throw Object.assign(new Error(`${fault.errno}: injected`), { code: fault.errno });
  }
  sync(): Promise<void> {
    return this.run(true, () => this.files.sync());
  }
  seal(): Promise<void> {
    return this.run(true, () => this.files.seal());
  }
  swap(): Promise<void> {
    return this.run(false, () => this.files.swap());
  }
  drop(): Promise<void> {
    return this.run(false, () => this.files.drop());
  }
  close(): Promise<void> {
    return this.files.close();
  }
}

type Kind = "directory" | "descriptors";

function makeStore(kind: Kind, folder: ScratchFolder, wrapFiles?: (files: JournalFiles) => JournalFiles): JournalStore {
  const path = folder.file();
  const descriptors =
    kind === "descriptors" ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {};
  const wrap = wrapFiles === undefined ? {} : { wrapFiles };
  return new JournalStore({ path, strict: false, retryMsMin: 1, compactionSlackOctets: 2000, ...descriptors, ...wrap });
}

/** What a start would read now: lease text by address. */
function leasesOnDisk(folder: ScratchFolder): ReadonlyMap<number, string> {
  if (existsSync(folder.file("dhcpd.leases.new"))) {
    const next = recover(folder.read("dhcpd.leases.new"));
    if (next.recovery.isComplete) return next.leases;
  }
  return recover(folder.read()).leases;
}

/** The files as a power failure or kill -9 would leave them. */
function crashed(folder: ScratchFolder): ScratchFolder {
  const copy = new ScratchFolder();
  for (const name of ["dhcpd.leases", "dhcpd.leases.new"]) {
    if (existsSync(folder.file(name))) copyFileSync(folder.file(name), copy.file(name));
  }
  return copy;
}

function expired(table: LeaseTable): ReadonlyMap<number, string> {
  table.expire(ENDS_AT + 1, Number.MAX_SAFE_INTEGER, () => undefined);
  return contentOf(table);
}

function isHealthy(store: LeaseStore): Promise<void> {
  return withDeadline(
    new Promise((resolve) => {
      const look = (): unknown => (store.health === "ready" ? resolve() : setTimeout(look, 1));
      look();
    }),
    "the journal to recover",
  );
}

/** A start on a disk that is full serves every lease that the table has. */
async function expectServedWhenFull(kind: Kind, folder: ScratchFolder, table: LeaseTable): Promise<void> {
  using copy = crashed(folder);
  const full: Fault = { errno: "ENOSPC", isDone: false, isLasting: true };
  const store = makeStore(kind, copy, (files) => new FaultyFiles(files, full, 0));
  const read = makeTable();
  await store.open(read);
  expect(expired(read)).toEqual(expired(table));
  expect(await commit(store, read, bindSlots(read, [400]))).toEqual([CommitOutcome.failed]);
  await store.close();
}

/** Stores the leases with a fault at operation `at`; how many operations there were. */
async function runScript(
  kind: Kind,
  fault: Fault | undefined,
  at: number,
): Promise<Pick<FaultyFiles, "count" | "hasFailed">> {
  using folder = new ScratchFolder();
  const first = Array.from({ length: FIRST }, (_, n) =>
    numberedRecord(n, n < ENDING ? { endsAt: ENDS_AT } : { endsAt: LATER }),
  );
  writeFileSync(folder.file(), journalOf([first.slice(0, 7), first.slice(7)]));
  const wrapped: FaultyFiles[] = [];
  const store = makeStore(kind, folder, (inner) => {
    const made = new FaultyFiles(inner, fault, at);
    wrapped.push(made);
    return made;
  });
  const [files] = wrapped;
  if (files === undefined) throw new Error("the journal has files");
  const table = makeTable();
  try {
    await store.open(table);
  } catch {
    // The start is refused: nothing was lost, and the next one serves all.
    const again = makeStore(kind, folder);
    const read = makeTable();
    await again.open(read);
    expect(contentOf(read).size).toBe(FIRST);
    await again.close();
    return files;
  }
  expect(contentOf(table).size).toBe(FIRST);
  for (let n = 0; n < LEASES; n += PER_COMMIT) {
    if (n === LEASES / 2) table.expire(ENDS_AT + 1, Number.MAX_SAFE_INTEGER, (slot) => store.noteEnd(slot));
    const slots = Array.from({ length: PER_COMMIT }, (_, i) => 100 + n + i);
    for (let attempt = 0; ; attempt++) {
      const outcomes = await withDeadline(commit(store, table, bindSlots(table, slots, LATER + n)), "a commit");
      if (outcomes[0] === CommitOutcome.ok) break;
      expect(attempt).toBeLessThan(100);
      if (fault?.isLasting === true && fault.errno === "ENOSPC" && attempt === 0) {
        await expectServedWhenFull(kind, folder, table);
      }
      files.heal();
      await isHealthy(store);
    }
    const onDisk = leasesOnDisk(folder);
    const said = contentOf(table);
    for (const slot of slots) {
      const address = table.addressOf(slot);
      expect(onDisk.get(address), `slot ${slot}, fault at ${at}`).toBe(said.get(address));
    }
  }
  files.heal();
  await isHealthy(store);
  using copy = crashed(folder);
  await store.close();
  for (const left of [folder, copy]) {
    const again = makeStore(kind, left);
    const read = makeTable();
    expect((await again.open(read)).damaged).toBe(false);
    expect(expired(read)).toEqual(expired(table));
    await again.close();
  }
  return files;
}

const FAULTS: readonly Fault[] = [
  { errno: "ENOSPC", isDone: false, isLasting: false },
  { errno: "ENOSPC", isDone: false, isLasting: true },
  { errno: "ENOSPC", isDone: true, isLasting: false },
  { errno: "EIO", isDone: false, isLasting: false },
  { errno: "EIO", isDone: true, isLasting: false },
  { errno: "EIO", isDone: false, isLasting: true },
];
const CASES = (["directory", "descriptors"] as const).flatMap((kind) => FAULTS.map((fault) => [kind, fault] as const));

describe("a journal with one operation that fails", () => {
  it.each(CASES)(
    "loses nothing that it confirmed and recovers by itself: %s, %o",
    async (kind, fault) => {
      const { count } = await runScript(kind, undefined, 0);
      let failures = 0;
      for (let at = 1; at <= count; at++) if ((await runScript(kind, fault, at)).hasFailed) failures += 1;
      expect(failures).toBeGreaterThanOrEqual(LEASES / PER_COMMIT);
    },
    180_000,
  );
});
