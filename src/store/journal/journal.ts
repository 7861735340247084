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

import { DaemonError } from "../../base/daemon-error.ts";
import { COMPACTION_SLACK_OCTETS, JOURNAL_RETRY_MS_MIN } from "../../base/limits.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import { AppendFile } from "../../native/append-file.ts";
import type { CommitBatch, LeaseStore, StoreHealth, StoreReport } from "../store.ts";
import { JournalCommits } from "./journal-commit.ts";
import { Declarations } from "./journal-declarations.ts";
import { JournalDescriptors } from "./journal-descriptors.ts";
import { JournalDirectory } from "./journal-directory.ts";
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
import { JournalMaintenance, type ReplaceResult } from "./journal-maintenance.ts";
import type { Recovery } from "./journal-recover.ts";
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
  /** Stands in for native.ts AppendFile in tests of failing disks. */
  readonly makeAppender?: (fd: number) => Appender;
  /** Shorter waits for tests. */
  readonly retryMsMin?: number;
  /** Octets that may be appended before the first compaction is thought of, for tests. */
  readonly compactionSlackOctets?: number;
}

/** Leases in a file. */
export class JournalStore implements LeaseStore {
  health: StoreHealth = "loading";
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  readonly counters: ReadonlyMap<string, number>;
  private readonly files: JournalFiles;
  private readonly isStrict: boolean;
  private readonly declarations = new Declarations();
  private readonly commits: JournalCommits;
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
      onGrown: () => this.maintenance.considerCompaction(),
    });
    this.maintenance = new JournalMaintenance({
      files,
      commits: this.commits,
      declarations,
      counters,
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
    await this.files.open(isMarked);
    const { path } = this.files;
    try {
      const recovery = await loadLeases(this.files, table, this.declarations);
      if (recovery.otherFile !== undefined) throw otherFileError(path, recovery.otherFile);
      this.maintenance.takeFile(recovery);
      const damaged = recovery.findings.some((finding) => finding.kind === "damaged");
      if (damaged && this.isStrict) throw damageError(path, recovery);
      const notices = noticesOf(path, recovery);
      const declared = this.declarations.describe(path);
      if (declared !== undefined) notices.push({ level: "warn", message: `${path}: ${declared}` });
      await this.settle(recovery, notices, damaged);
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

  noteEnd(slot: LeaseSlot): void {
    this.commits.noteEnd(slot);
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
  private async settle(recovery: Recovery, notices: Notice[], damaged: boolean): Promise<void> {
    const { files, maintenance } = this;
    let result: ReplaceResult = { kind: "done" };
    if (files.isSealed) result = await maintenance.replaceFile();
    if (result.kind === "done" && !(recovery.hasTrailers && recovery.findings.length === 0)) {
      if (recovery.octets > 0) notices.push(keepOriginal(files, damaged));
      result = await maintenance.replaceFile();
    }
    if (result.kind === "done") this.commits.beUsable(`${files.path}: ready`);
    else this.commits.giveUp("reason" in result ? result.reason : "cannot be written anew");
  }

  private takeStatus(status: JournalStatus, reason: string): void {
    if (status === "unusable") this.maintenance.work();
    const health = healthOfStatus(status);
    if (health === this.health) return;
    this.health = health;
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
