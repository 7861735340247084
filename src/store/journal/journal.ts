// The default lease store: dhcpd.leases(5) text, appended to. A commit of any size is one write and one fdatasync on a
// worker thread; its replies wait for that.
//
// Guarantees:
//  - `ok` is said only after fdatasync has returned for the batch and its trailer.
//  - After an error nothing is appended to that file again, because its content on disk is uncertain. Commits fail
//    until a whole new file, written from the lease table, has taken its place. A full disk is another matter: the
//    part of a batch that it took is cut off (journal-commit.ts), the file stays in use, and commits fail until there
//    is room.
//  - The file that counts is at every moment a complete account of all confirmed changes; the new file of a
//    compaction counts only once it is complete as well (journal-compact.ts, journal-files.ts).
//  - Unreadable parts of a damaged or foreign file are reported (journal-recover.ts), never skipped silently.

import { DaemonError } from "../../base/daemon-error.ts";
import { HELD_REPLIES_MAX } from "../../base/limits/replies.ts";
import { COMPACTION_SLACK_OCTETS, JOURNAL_RETRY_MS_MIN } from "../../base/limits/store.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import { AppendFile } from "../../native/append-file.ts";
import type { CommitBatch, LeaseStore, StoreHealth, StoreNotice, StoreReport } from "../store.ts";
import { JournalCommits } from "./journal-commit.ts";
import { Declarations } from "./journal-declarations.ts";
import { JournalDescriptors } from "./journal-descriptors.ts";
import { JournalDirectory } from "./journal-directory.ts";
import { isNoRoom } from "./journal-errors.ts";
import type { Appender, JournalFiles } from "./journal-files.ts";
import {
  countStored,
  damageError,
  isMarked,
  keepOriginal,
  loadLeases,
  noticesOf,
  otherFileError,
} from "./journal-load.ts";
import { JournalMaintenance } from "./journal-maintenance.ts";
import type { Recovery } from "./journal-recover.ts";
import { JournalReplacer, type ReplaceResult } from "./journal-replace.ts";
import { JournalRoom } from "./journal-room.ts";
import { healthOfStatus, JournalCounters, type JournalStatus } from "./journal-status.ts";

/** Where the leases are and how strict to be about them. */
export interface JournalOptions {
  /** FILE; FILE.new, FILE~ and FILE.damaged-TIME may appear beside it. */
  readonly path: string;
  /** A damaged file stops the start. */
  readonly strict: boolean;
  /** FILE and FILE.new, opened beforehand for reading and appending, where the directory is not ours to write. */
  readonly leaseFd?: number | undefined;
  readonly leaseNewFd?: number | undefined;
  /** Stands in for AppendFile in tests of failing disks. */
  readonly makeAppender?: (fd: number) => Appender;
  /** Shorter waits for tests. */
  readonly retryMsMin?: number;
  /** Octets that may be appended before the first compaction is thought of, for tests. */
  readonly compactionSlackOctets?: number;
}

/** Leases in a file. */
export class JournalStore implements LeaseStore {
  readonly isShared = false;
  readonly commitsMax = 1;
  readonly gatherMs = 0;
  readonly changesMax = HELD_REPLIES_MAX;
  health: StoreHealth = "loading";
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  onNotice: (notice: StoreNotice) => void = () => undefined;
  readonly counters: ReadonlyMap<string, number>;
  private readonly files: JournalFiles;
  private readonly isStrict: boolean;
  private readonly declarations = new Declarations();
  private readonly commits: JournalCommits;
  private readonly replacer: JournalReplacer;
  private readonly maintenance: JournalMaintenance;
  private startTurn: NodeJS.Immediate | undefined;

  constructor(options: JournalOptions) {
    this.isStrict = options.strict;
    this.files = filesOf(options);
    const { files, declarations } = this;
    const counters = new JournalCounters();
    this.counters = counters.values;
    this.commits = new JournalCommits(files, counters, {
      onStatus: (status, reason) => this.takeStatus(status, reason),
      onGrown: (octets, records) => this.maintenance.takeAppended(octets, records),
      onEndsLeftOut: (error) => this.maintenance.takeEndsLeftOut(error),
      roomAdvice: () => this.maintenance.roomAdvice(),
    });
    this.replacer = new JournalReplacer(files, this.commits, declarations);
    this.maintenance = new JournalMaintenance({
      files,
      commits: this.commits,
      replacer: this.replacer,
      room: new JournalRoom(files),
      counters,
      notify: (notice) => this.onNotice(notice),
      retryMsMin: options.retryMsMin ?? JOURNAL_RETRY_MS_MIN,
      slackOctets: options.compactionSlackOctets ?? COMPACTION_SLACK_OCTETS,
    });
  }

  get isSynchronous(): boolean {
    return this.commits.isSynchronous;
  }

  set isSynchronous(isSynchronous: boolean) {
    this.commits.isSynchronous = isSynchronous;
  }

  async open(table: LeaseTable): Promise<StoreReport> {
    this.commits.useTable(table);
    try {
      await this.files.open(isMarked);
      const { path } = this.files;
      const recovery = await loadLeases(this.files, table, this.declarations);
      if (recovery.otherFile !== undefined) throw otherFileError(path, recovery.otherFile);
      this.replacer.takeSealed(recovery);
      this.maintenance.takeFile(recovery);
      const damaged = recovery.findings.some((finding) => finding.kind === "damaged");
      if (damaged && this.isStrict) throw damageError(path, recovery);
      const notices = noticesOf(path, recovery);
      const declared = this.declarations.describe(path);
      if (declared !== undefined) notices.push({ level: "warn", message: `${path}: ${declared}` });
      await this.finishLoading(recovery, notices, damaged);
      this.startTurn = setImmediate(() => this.maintenance.compactIfOutdated());
      return { loaded: countStored(table), notices, damaged };
    } catch (error) {
      await this.files.close();
      throw error;
    }
  }

  useTable(table: LeaseTable): void {
    this.commits.useTable(table);
    const { replacement } = this.commits;
    if (replacement?.status === "walking") replacement.abandon();
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.commits.commit(batch, done);
  }

  refresh(_slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    setImmediate(done, true);
  }

  noteEnd(slot: LeaseSlot): void {
    this.commits.noteEnd(slot);
    if (this.commits.ended.mode === "left-out") this.maintenance.takeShortage();
  }

  noteTimes(): void {
    this.maintenance.takeMovedTimes();
  }

  async close(): Promise<void> {
    if (this.health === "closed") return;
    clearImmediate(this.startTurn);
    const isDrained = this.commits.drain();
    await this.maintenance.end();
    await isDrained;
    await this.files.close();
    this.commits.close(`${this.files.path}: closed`);
  }

  /** After loading: leaves a clean file that can be appended to, or tries on in the background. */
  private async finishLoading(recovery: Recovery, notices: StoreNotice[], damaged: boolean): Promise<void> {
    const { files, replacer, commits } = this;
    let result: ReplaceResult = { kind: "done" };
    if (files.isSealed) result = await replacer.replace();
    if (result.kind === "done" && !(await this.isClean(recovery))) {
      if (recovery.octets > 0) notices.push(keepOriginal(files, damaged));
      result = await replacer.replace();
    }
    if (result.kind === "done") return commits.beUsable(`${files.path}: ready`);
    if (!("reason" in result)) return commits.giveUp("cannot be written anew");
    commits.giveUp(isNoRoom(result.errno) ? `${result.reason}: ${this.maintenance.roomAdvice()}` : result.reason);
  }

  /** Whether FILE can be appended to as it is, but for an unfinished write, which is cut off here: also a full disk has room for that. */
  private async isClean({ hasTrailers, findings, sequence, records }: Recovery): Promise<boolean> {
    if (!hasTrailers) return false;
    const [torn] = findings;
    if (torn === undefined) return true;
    if (findings.length > 1 || torn.kind !== "torn") return false;
    try {
      await this.files.cut(torn.start);
    } catch {
      return false;
    }
    this.maintenance.takeFile({ sequence, records, octets: torn.start });
    return true;
  }

  private takeStatus(status: JournalStatus, reason: string): void {
    const health = healthOfStatus(status);
    if (health === this.health) return;
    if (this.health === "failing") this.maintenance.endTrouble();
    this.health = health;
    if (health === "failing") this.maintenance.takeTrouble(reason);
    this.onHealth(health, reason);
  }
}

/** FILE by its directory, or by the descriptors that were opened beforehand. */
function filesOf({ path, leaseFd, leaseNewFd, makeAppender }: JournalOptions): JournalFiles {
  const make = makeAppender ?? ((fd: number) => new AppendFile(fd));
  if (leaseFd === undefined && leaseNewFd === undefined) return new JournalDirectory(path, make);
  if (leaseFd === undefined || leaseNewFd === undefined) {
    throw new DaemonError("usage", `${path}: the descriptors of FILE and FILE.new go together: only one is given`);
  }
  return new JournalDescriptors(path, { file: leaseFd, fileNew: leaseNewFd }, make);
}
