// A new file in the place of FILE, written in the background from the lease table: because FILE has become mostly
// history (compaction), or because it must not be appended to any more, which is tried until it succeeds.

import { InvariantError } from "../../base/assert.ts";
import { JOURNAL_RETRY_MS_MAX } from "../../base/limits.ts";
import type { JournalCommits } from "./journal-commit.ts";
import { Replacement } from "./journal-compact.ts";
import type { Declarations } from "./journal-declarations.ts";
import type { JournalFiles } from "./journal-files.ts";
import { countStored } from "./journal-load.ts";
import type { JournalCounters } from "./journal-status.ts";

/** What there is to know of a file besides its leases. */
export interface FileSummary {
  /** Of the last batch. */
  readonly sequence: number;
  readonly octets: number;
  readonly records: number;
}

/** How an attempt to replace FILE ended: `kept`: FILE is what it was; `lost`: it must not be appended to. */
export type ReplaceResult =
  | { readonly kind: "done" | "abandoned" }
  | { readonly kind: "kept" | "lost"; readonly reason: string };

/** What maintenance works with and how patient it is. */
export interface MaintenanceParts {
  readonly files: JournalFiles;
  readonly commits: JournalCommits;
  readonly declarations: Declarations;
  readonly counters: JournalCounters;
  /** Milliseconds before the first new attempt after an error. */
  readonly retryMsMin: number;
  /** Octets that FILE may hold beyond twice its live records. */
  readonly slackOctets: number;
}

/** Replaces FILE when that is wanted. */
export class JournalMaintenance {
  private readonly parts: MaintenanceParts;
  /** What is in the file that the next swap puts in place. */
  private prepared: FileSummary = { sequence: 0, octets: 0, records: 0 };
  /** Records in FILE when it was read or written anew. */
  private records = 0;
  /** Octets of one record on average, as last read or written. */
  private recordOctetsMean = 0;
  /** Size of FILE at which a compaction is thought of. */
  private compactAt = 0;
  private wish: "nothing" | "compaction" | "end" = "nothing";
  private background: Promise<void> | undefined;
  private endPause: (() => void) | undefined;

  constructor(parts: MaintenanceParts) {
    this.parts = parts;
  }

  /** FILE has been read. */
  takeFile(file: FileSummary): void {
    this.prepared = file;
    this.records = file.records;
    this.recordOctetsMean = file.records > 0 ? file.octets / file.records : 0;
    this.compactAt = 0;
    this.parts.commits.takeFile(file.sequence, file.octets);
  }

  /** After the start: a file that is mostly history is written anew, since some readers take the first record of an address. */
  compactIfOutdated(): void {
    const { commits } = this.parts;
    const outdated = this.records - countStored(commits.table) + commits.ended.count;
    if (2 * outdated <= this.records || commits.status === "unusable") return;
    commits.ended.clear();
    this.wantCompaction();
  }

  /** FILE has grown: a compaction begins if it holds too much that is outdated. */
  considerCompaction(): void {
    const { commits, slackOctets } = this.parts;
    if (commits.size <= this.compactAt || this.background !== undefined) return;
    const wanted = 2 * countStored(commits.table) * this.recordOctetsMean + slackOctets;
    if (commits.size > wanted) this.wantCompaction();
    else this.compactAt = wanted;
  }

  /** Begins with what is to be done, unless that is under way. */
  work(): void {
    this.background ??= this.maintain().finally(() => {
      this.background = undefined;
    });
  }

  /** Gives up what is under way; resolves when it has ended. */
  async end(): Promise<void> {
    this.wish = "end";
    this.parts.commits.replacement?.abandon();
    this.endPause?.();
    await this.background;
  }

  private wantCompaction(): void {
    if (this.wish === "nothing") this.wish = "compaction";
    this.work();
  }

  /** Replaces the file until nothing asks for it. */
  private async maintain(): Promise<void> {
    const { commits, counters, retryMsMin, slackOctets } = this.parts;
    let pauseMs = retryMsMin;
    while (this.hasWork()) {
      const result = await this.replaceFile();
      if (result.kind === "abandoned") continue;
      if (this.wish === "compaction") this.wish = "nothing";
      if (result.kind === "done") {
        counters.count("store-rewrites");
      } else {
        this.compactAt = commits.size + slackOctets;
        counters.count("store-rewrite-failures");
      }
      if (!this.hasWork()) continue;
      await this.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, JOURNAL_RETRY_MS_MAX);
    }
  }

  private hasWork(): boolean {
    if (this.wish === "end") return false;
    return this.wish === "compaction" || this.parts.commits.status === "unusable";
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
  async replaceFile(): Promise<ReplaceResult> {
    const { files, commits, declarations } = this.parts;
    const replacement = new Replacement(commits.table, files, declarations, commits.sequence);
    commits.replacement = replacement;
    try {
      if (!files.isSealed && !(await this.writeReplacement(replacement))) {
        await files.drop().catch(() => undefined);
        return { kind: "abandoned" };
      }
      return await this.swapFiles();
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      return await this.dropReplacement(replacement, textOf(error));
    } finally {
      commits.replacement = undefined;
      commits.release();
    }
  }

  /** Up to the point where the new file is whole and commits are held; false if it was abandoned. */
  private async writeReplacement(replacement: Replacement): Promise<boolean> {
    const { files, commits } = this.parts;
    await files.begin();
    if (!(await replacement.writeLeases())) return false;
    // The bulk goes to the disk while commits go on; what they add meanwhile is little.
    await files.sync();
    await replacement.flush();
    await commits.hold();
    // A commit that failed meanwhile has taken the whole attempt with it.
    if (replacement.status === "abandoned") return false;
    if (files.needsMark) replacement.addMark();
    await replacement.flush();
    await files.seal();
    this.prepared = replacement;
    return true;
  }

  private async dropReplacement(replacement: Replacement, reason: string): Promise<ReplaceResult> {
    try {
      await this.parts.files.drop();
    } catch (error) {
      // A marked FILE.new that stays would win at the next start over what FILE is given from now on.
      if (replacement.status === "marked") {
        this.giveUpOpened(`cannot take back a new file (${textOf(error)})`);
        return { kind: "lost", reason };
      }
    }
    return { kind: "kept", reason };
  }

  private async swapFiles(): Promise<ReplaceResult> {
    const { files, commits } = this.parts;
    await commits.hold();
    try {
      await files.swap();
    } catch (error) {
      const reason = `cannot put a new file in its place (${textOf(error)})`;
      this.giveUpOpened(reason);
      return { kind: "lost", reason };
    }
    this.takeFile(this.prepared);
    if (commits.status === "unusable") commits.beUsable(`${files.path}: written anew: leases are given again`);
    return { kind: "done" };
  }

  /** While the store opens, the start judges what the result means. */
  private giveUpOpened(reason: string): void {
    const { commits } = this.parts;
    if (commits.status !== "loading") commits.giveUp(reason);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
