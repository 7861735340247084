// The default lease store: dhcpd.leases(5) text, appended to. A commit is one write and one
// fdatasync on a worker thread, whatever it holds; its replies wait for that.
//
// Guarantees:
//  - `ok` is said only after fdatasync has returned for the batch and its trailer.
//  - After an error nothing is appended to that file again: what the kernel still knows of it is
//    uncertain. Commits fail until a whole new file, written from the lease table, has taken its place.
//  - The file that counts is at every moment a complete account of what was confirmed; the new file of
//    a compaction counts only once it is as well (journal-compact.ts, journal-files.ts).
//  - What a damaged or foreign file cannot tell is reported (journal-recover.ts), never skipped silently.

import { getSystemErrorMap } from "node:util";
import { assert, InvariantError } from "../base/assert.ts";
import { DaemonError } from "../base/daemon-error.ts";
import {
  COMPACTION_SLACK_OCTETS,
  ENDS_PER_COMMIT,
  EXPIRIES_PER_TURN,
  JOURNAL_RETRY_MS_MAX,
  JOURNAL_RETRY_MS_MIN,
} from "../base/limits.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table.ts";
import { AppendFile } from "../native.ts";
import { BatchBuffer } from "./journal-batch.ts";
import { Replacement } from "./journal-compact.ts";
import { Declarations } from "./journal-declarations.ts";
import { JournalDescriptors } from "./journal-descriptors.ts";
import { JournalDirectory } from "./journal-directory.ts";
import { EndedLeases } from "./journal-ends.ts";
import type { Appender, JournalFiles } from "./journal-files.ts";
import {
  countStored,
  damageError,
  isMarked,
  keepOriginal,
  loadLeases,
  type Notice,
  noticesOf,
  otherFileError,
} from "./journal-load.ts";
import type { Recovery } from "./journal-recover.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore, type StoreHealth, type StoreReport } from "./store.ts";

/** Where the leases are and how strict to be about them. */
export interface JournalOptions {
  /** FILE; FILE.new, FILE~ and FILE.damaged-TIME may appear beside it. */
  readonly path: string;
  /** A damaged file stops the start. */
  readonly strict: boolean;
  /** FILE and FILE.new, opened beforehand for reading and appending, where the directory is not ours to write. */
  readonly leaseFd?: number | undefined;
  readonly leaseNewFd?: number | undefined;
  /** Stands in for native.ts AppendFile in tests of failing disks. */
  readonly makeAppender?: (fd: number) => Appender;
  /** Shorter waits for tests. */
  readonly retryMsMin?: number;
  /** Octets that may be appended before the first compaction is thought of, for tests. */
  readonly compactionSlackOctets?: number;
}

/** What there is to know of a file besides its leases. */
interface FileSummary {
  /** Of the last batch. */
  readonly sequence: number;
  readonly octets: number;
  readonly records: number;
}

/** How an attempt to replace FILE ended: `kept`: FILE is what it was; `lost`: it must not be appended to. */
type ReplaceResult =
  | { readonly kind: "done" | "abandoned" }
  | { readonly kind: "kept" | "lost"; readonly reason: string };

/** Leases in a file. */
export class JournalStore implements LeaseStore {
  health: StoreHealth = "loading";
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  readonly counters = new Map<string, number>([
    ["store-commits", 0],
    ["store-leases", 0],
    ["store-failures", 0],
    ["store-rewrites", 0],
    ["store-rewrite-failures", 0],
    ["store-file-octets", 0],
  ]);
  /** Whether a commit waits for the disk. Without, it is safe from the end of this process, and from nothing else. */
  isSynchronous = true;
  private readonly files: JournalFiles;
  private readonly isStrict: boolean;
  private readonly retryMsMin: number;
  private readonly slackOctets: number;
  private currentTable: LeaseTable | undefined;

  // The commit under way.
  private batch: CommitBatch | undefined;
  private done: (batch: CommitBatch) => void = () => undefined;
  private readonly buffer = new BatchBuffer();
  private recordOctets = 0;
  private isAppending = false;
  /** While the files change places a commit waits. */
  private isHeld = false;
  private isWaiting = false;
  private onIdle: (() => void) | undefined;

  private readonly ended = new EndedLeases();
  private endsTurn: NodeJS.Immediate | undefined;

  // FILE.
  private readonly declarations = new Declarations();
  private sequence = 0;
  private size = 0;
  /** Records in it when it was read or written anew. */
  private records = 0;
  /** Octets of one record on average, as last read or written. */
  private recordOctetsMean = 0;
  /** Size at which a compaction is thought of. */
  private compactAt = 0;

  // Work in the background: compaction, and recovery from errors.
  private replacement: Replacement | undefined;
  /** What is in the file that the next swap puts in place. */
  private prepared: FileSummary = { sequence: 0, octets: 0, records: 0 };
  private background: Promise<void> | undefined;
  private isCompactionWanted = false;
  private isClosing = false;
  private endPause: (() => void) | undefined;

  constructor(options: JournalOptions) {
    const { path, leaseFd, leaseNewFd } = options;
    const makeAppender = options.makeAppender ?? ((fd) => new AppendFile(fd));
    this.isStrict = options.strict;
    this.retryMsMin = options.retryMsMin ?? JOURNAL_RETRY_MS_MIN;
    this.slackOctets = options.compactionSlackOctets ?? COMPACTION_SLACK_OCTETS;
    if ((leaseFd === undefined) !== (leaseNewFd === undefined)) {
      throw new DaemonError("usage", `${path}: the descriptors of FILE and FILE.new go together: only one is given`);
    }
    this.files =
      leaseFd === undefined || leaseNewFd === undefined
        ? new JournalDirectory(path, makeAppender)
        : new JournalDescriptors(path, { file: leaseFd, fileNew: leaseNewFd }, makeAppender);
  }

  async open(table: LeaseTable): Promise<StoreReport> {
    this.currentTable = table;
    await this.files.open(isMarked);
    const { path } = this.files;
    try {
      const recovery = await loadLeases(this.files, table, this.declarations);
      if (recovery.otherFile !== undefined) throw otherFileError(path, recovery.otherFile);
      this.prepared = recovery;
      this.takeFile(recovery);
      const damaged = recovery.findings.some((finding) => finding.kind === "damaged");
      if (damaged && this.isStrict) throw damageError(path, recovery);
      const notices = noticesOf(path, recovery);
      const declared = this.declarations.describe(path);
      if (declared !== undefined) notices.push({ level: "warn", message: `${path}: ${declared}` });
      await this.settle(recovery, notices, damaged);
      this.endsTurn = setImmediate(this.beginEnds);
      return { loaded: countStored(table), notices, damaged };
    } catch (error) {
      await this.files.close();
      throw error;
    }
  }

  useTable(table: LeaseTable): void {
    assert(this.batch === undefined, "the table changes between commits only");
    this.ended.follow(this.table, table);
    this.currentTable = table;
    if (this.replacement?.isWalking === true) this.replacement.abandon();
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    assert(this.batch === undefined, "one commit at a time");
    this.batch = batch;
    this.done = done;
    if (this.isHeld) this.isWaiting = true;
    else this.start(batch);
  }

  noteEnd(slot: LeaseSlot): void {
    this.ended.add(slot);
    this.scheduleEnds();
  }

  async close(): Promise<void> {
    if (this.health === "closed") return;
    this.isClosing = true;
    clearImmediate(this.endsTurn);
    this.replacement?.abandon();
    this.endPause?.();
    await this.background;
    if (this.batch !== undefined) await this.untilIdle();
    await this.files.close();
    this.setHealth("closed", `${this.files.path}: closed`);
  }

  private get table(): LeaseTable {
    assert(this.currentTable !== undefined, "the store is open");
    return this.currentTable;
  }

  private start(batch: CommitBatch): void {
    if (this.health !== "ready") {
      setImmediate(this.refuse);
      return;
    }
    const { buffer, table } = this;
    buffer.clear();
    for (let i = 0; i < batch.count; i++) buffer.addLease(table, batch.slots[i] ?? NO_LEASE);
    this.ended.addTo(buffer, table, ENDS_PER_COMMIT);
    this.recordOctets = buffer.length;
    buffer.close(this.sequence + 1);
    this.isAppending = true;
    const done = this.isSynchronous ? this.appended : this.written;
    this.files.appender.append(buffer.octets, buffer.length, this.isSynchronous, done);
  }

  /** The answer to a commit comes from the event loop, whoever gives it. */
  private readonly written = (errno: number): void => {
    setImmediate(this.appended, errno);
  };

  private readonly refuse = (): void => {
    this.count("store-failures");
    this.finish(CommitOutcome.failed);
  };

  private readonly appended = (errno: number): void => {
    this.isAppending = false;
    if (!this.takeAppended(errno)) {
      this.count("store-failures");
      return this.finish(CommitOutcome.failed);
    }
    const { batch } = this;
    assert(batch !== undefined, "an append belongs to a commit");
    this.replacement?.takeCommit(batch);
    this.count("store-commits");
    this.count("store-leases", batch.count);
    this.finish(CommitOutcome.ok);
  };

  /** Whether what `buffer` holds is in FILE now, behind all that was there; else FILE is given up. */
  private takeAppended(errno: number): boolean {
    const { buffer } = this;
    const expected = this.size + buffer.length;
    const size = errno === 0 ? this.files.sizeInPlace() : expected;
    if (errno !== 0 || size !== expected) {
      this.fail(errno !== 0 ? `cannot append (${describeErrno(errno)})` : describeChange(size, expected));
      return false;
    }
    this.sequence += 1;
    this.size = size;
    this.replacement?.takeRecords(buffer.octets, this.recordOctets);
    this.counters.set("store-file-octets", size);
    if (size > this.compactAt) this.considerCompaction();
    return true;
  }

  /** After the start: a file that is mostly history is written anew, since some readers take the first record of an address. */
  private readonly beginEnds = (): void => {
    this.endsTurn = undefined;
    const outdated = this.records - countStored(this.table) + this.ended.count;
    if (2 * outdated > this.records && this.health === "ready") {
      this.ended.clear();
      this.isCompactionWanted = true;
      this.workInBackground();
    }
    this.scheduleEnds();
  };

  private get mayWriteEnds(): boolean {
    return this.batch === undefined && this.health === "ready" && !this.isHeld && !this.isClosing;
  }

  private scheduleEnds(): void {
    if (this.ended.count > 0 && this.endsTurn === undefined && this.mayWriteEnds) {
      this.endsTurn = setImmediate(this.writeEnds);
    }
  }

  /** While no commit is under way. The file's next sync takes it along. */
  private readonly writeEnds = (): void => {
    this.endsTurn = undefined;
    if (!this.mayWriteEnds) return;
    const { buffer } = this;
    buffer.clear();
    if (this.ended.addTo(buffer, this.table, EXPIRIES_PER_TURN) === 0) return;
    this.recordOctets = buffer.length;
    buffer.close(this.sequence + 1);
    // Without a sync the answer comes before this returns.
    this.files.appender.append(buffer.octets, buffer.length, false, this.endsWritten);
  };

  private readonly endsWritten = (errno: number): void => {
    if (this.takeAppended(errno)) this.scheduleEnds();
  };

  private finish(outcome: CommitOutcome): void {
    const { batch, done } = this;
    assert(batch !== undefined, "only a commit can end");
    this.batch = undefined;
    batch.outcomes.fill(outcome, 0, batch.count);
    const { onIdle } = this;
    this.onIdle = undefined;
    onIdle?.();
    done(batch);
    this.scheduleEnds();
  }

  /** The file must not be appended to any more; the table is what counts until another is written. */
  private fail(reason: string): void {
    this.replacement?.abandon();
    this.setHealth(
      "failing",
      `${this.files.path}: ${reason}: no lease is given or prolonged until a new file is written`,
    );
    this.workInBackground();
  }

  private considerCompaction(): void {
    if (this.background !== undefined) return;
    const wanted = 2 * countStored(this.table) * this.recordOctetsMean + this.slackOctets;
    if (this.size <= wanted) {
      this.compactAt = wanted;
      return;
    }
    this.isCompactionWanted = true;
    this.workInBackground();
  }

  private workInBackground(): void {
    this.background ??= this.maintain().finally(() => {
      this.background = undefined;
    });
  }

  /** Replaces the file until nothing asks for it. */
  private async maintain(): Promise<void> {
    let pauseMs = this.retryMsMin;
    while (!this.isClosing && (this.health === "failing" || this.isCompactionWanted)) {
      const result = await this.replaceFile();
      if (result.kind === "done") {
        this.isCompactionWanted = false;
        this.count("store-rewrites");
      } else if (result.kind !== "abandoned") {
        this.isCompactionWanted = false;
        this.compactAt = this.size + this.slackOctets;
        this.count("store-rewrite-failures");
      }
      if (this.health !== "failing" || result.kind === "abandoned") continue;
      await this.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, JOURNAL_RETRY_MS_MAX);
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Writes all leases to a new file and lets it take the place of FILE. */
  private async replaceFile(): Promise<ReplaceResult> {
    const { files } = this;
    const replacement = new Replacement(this.table, files, this.declarations, this.sequence);
    this.replacement = replacement;
    try {
      if (!files.isSealed && !(await this.writeReplacement(replacement))) {
        await files.drop().catch(() => undefined);
        return { kind: "abandoned" };
      }
      return await this.swapFiles();
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      return await this.giveUp(replacement, textOf(error));
    } finally {
      this.replacement = undefined;
      this.release();
    }
  }

  private async giveUp(replacement: Replacement, reason: string): Promise<ReplaceResult> {
    try {
      await this.files.drop();
    } catch (error) {
      // A marked FILE.new that stays would win at the next start over what FILE is given from now on.
      if (replacement.hasMark) {
        if (this.health === "ready") this.fail(`cannot take back a new file (${textOf(error)})`);
        return { kind: "lost", reason };
      }
    }
    return { kind: "kept", reason };
  }

  /** Up to the point where the new file is whole and commits are held; false if it was abandoned. */
  private async writeReplacement(replacement: Replacement): Promise<boolean> {
    const { files } = this;
    await files.begin();
    if (!(await replacement.writeLeases())) return false;
    // The bulk goes to the disk while commits go on; what they add meanwhile is little.
    await files.sync();
    await replacement.flush();
    await this.hold();
    // A commit that failed meanwhile has taken the whole attempt with it.
    if (replacement.isAbandoned) return false;
    if (files.needsMark) replacement.addMark();
    await replacement.flush();
    await files.seal();
    this.prepared = replacement;
    return true;
  }

  private async swapFiles(): Promise<ReplaceResult> {
    await this.hold();
    try {
      await this.files.swap();
    } catch (error) {
      const reason = `cannot put a new file in its place (${textOf(error)})`;
      if (this.health === "ready") this.fail(reason);
      return { kind: "lost", reason };
    }
    this.takeFile(this.prepared);
    if (this.health === "failing") this.setHealth("ready", `${this.files.path}: written anew: leases are given again`);
    return { kind: "done" };
  }

  private takeFile({ sequence, octets, records }: FileSummary): void {
    this.sequence = sequence;
    this.size = octets;
    this.records = records;
    this.recordOctetsMean = records > 0 ? octets / records : 0;
    this.compactAt = 0;
    this.counters.set("store-file-octets", octets);
  }

  /** Resolves when no append is under way; commits wait from now on. */
  private async hold(): Promise<void> {
    this.isHeld = true;
    if (this.isAppending) await this.untilIdle();
  }

  private release(): void {
    this.isHeld = false;
    this.scheduleEnds();
    if (!this.isWaiting || this.batch === undefined) return;
    this.isWaiting = false;
    this.start(this.batch);
  }

  private untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      const { onIdle } = this;
      this.onIdle = () => {
        onIdle?.();
        resolve();
      };
    });
  }

  /** After loading: leaves a clean file that can be appended to, or tries on in the background. */
  private async settle(recovery: Recovery, notices: Notice[], damaged: boolean): Promise<void> {
    const { files } = this;
    let result: ReplaceResult = { kind: "done" };
    if (files.isSealed) result = await this.replaceFile();
    if (result.kind === "done" && !(recovery.hasTrailers && recovery.findings.length === 0)) {
      if (recovery.octets > 0) notices.push(keepOriginal(files, damaged));
      result = await this.replaceFile();
    }
    if (result.kind === "done") {
      this.setHealth("ready", `${files.path}: ready`);
    } else {
      this.fail("reason" in result ? result.reason : "cannot be written anew");
    }
  }

  private setHealth(health: StoreHealth, reason: string): void {
    if (health === this.health) return;
    this.health = health;
    this.onHealth(health, reason);
  }

  private count(name: string, by = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }
}

function describeErrno(errno: number): string {
  const [name, message] = getSystemErrorMap().get(-errno) ?? [`error ${errno}`, "unknown"];
  return `${name}: ${message}`;
}

/** Why a file is not what was written to it. */
function describeChange(size: number, expected: number): string {
  return size < 0
    ? "is not there any more"
    : `has ${size} octets and not the ${expected} that were written: another program has changed it`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
