// Work on FILE in the background. A new file takes its place when FILE has become mostly history (compaction), or
// before history takes the room that a new file needs, or when FILE must not be appended to any more. After a full disk
// it also finds out whether there is room again. A failed attempt is repeated, ever more rarely, until it succeeds.

import { JOURNAL_RETRY_MS_MAX, ROOM_PROBE_OCTETS, ROOM_PROBE_OCTETS_MAX } from "../../base/limits/store.ts";
import type { Milliseconds, MonotonicMilliseconds } from "../../base/time.ts";
import type { StoreNotice } from "../store.ts";
import type { JournalCommits } from "./journal-commit.ts";
import { isNoRoom } from "./journal-errors.ts";
import type { JournalFiles } from "./journal-files.ts";
import { JOURNAL_HEADER } from "./journal-format.ts";
import { countStored } from "./journal-load.ts";
import type { FileSummary, JournalReplacer } from "./journal-replace.ts";
import type { JournalRoom } from "./journal-room.ts";
import type { JournalCounters } from "./journal-status.ts";

const NEWLINE = 0x0a;

/** What maintenance works with and how patient it is. */
export interface MaintenanceParts {
  readonly files: JournalFiles;
  readonly commits: JournalCommits;
  readonly replacer: JournalReplacer;
  readonly room: JournalRoom;
  readonly counters: JournalCounters;
  /** Takes a line for the log. */
  readonly notify: (notice: StoreNotice) => void;
  /** Milliseconds before the first new attempt after an error. */
  readonly retryMsMin: Milliseconds;
  /** Octets that FILE may hold beyond twice its live records. */
  readonly slackOctets: number;
}

/** Replaces FILE when that is wanted, and ends what a full disk has begun. */
export class JournalMaintenance {
  private readonly parts: MaintenanceParts;
  /** Size of FILE at which it is looked at next. */
  private lookAt = 0;
  private wish: "nothing" | "compaction" | "end" = "nothing";
  /** The last log message about a trouble that goes on. */
  private toldTrouble = "";
  /** Milliseconds before the next attempt after one that failed. */
  private pauseMs: Milliseconds = 0;
  /** When trouble ended last. */
  private endedAt: MonotonicMilliseconds = Number.NEGATIVE_INFINITY;
  /** The trouble is there again soon after its end: a disk that fails now and then is not to be kept busy with new files. */
  private isRelapse = false;
  private background: Promise<void> | undefined;
  private endPause: (() => void) | undefined;

  constructor(parts: MaintenanceParts) {
    this.parts = parts;
    parts.replacer.onReplaced = (file) => this.takeFile(file);
  }

  /** FILE has been read or replaced. */
  takeFile(file: FileSummary): void {
    const { commits, room } = this.parts;
    room.takeFile(file.octets, file.records);
    this.lookAt = 0;
    commits.takeFile(file.sequence, file.octets);
  }

  /** After the start: a file that is mostly history is written anew, since some readers take the first record of an address. */
  compactIfOutdated(): void {
    const { commits, room } = this.parts;
    const outdated = room.records - countStored(commits.table) + commits.ended.count;
    if (2 * outdated <= room.records || commits.status !== "idle") return;
    if (room.fits(room.copyOctets(commits.table))) return this.wantCompaction();
    commits.ended.mode = "left-out";
    this.takeShortage();
  }

  /** Times in FILE are not the table's any more: FILE is written anew where there is room, else each lease when its client renews. */
  takeMovedTimes(): void {
    const { commits, room } = this.parts;
    if (commits.replacement?.status === "walking") commits.replacement.abandon();
    if (room.fits(room.copyOctets(commits.table))) this.wantCompaction();
  }

  private wantCompaction(): void {
    if (this.wish === "nothing") this.wish = "compaction";
    this.work();
  }

  /** FILE has grown: a compaction begins if it holds too much that is outdated, or too much for the room there is. */
  takeAppended(octets: number, records: number): void {
    const { commits, room } = this.parts;
    room.takeAppended(octets, records);
    if (commits.size > this.lookAt && this.background === undefined) this.checkSizes();
  }

  private checkSizes(): void {
    const { commits, room, slackOctets } = this.parts;
    const { size } = commits;
    const copyOctets = room.copyOctets(commits.table);
    const stepOctets = room.stepOctets(copyOctets);
    const outdatedAt = 2 * copyOctets + slackOctets;
    const isOutdated = size > outdatedAt;
    this.lookAt = isOutdated ? size + stepOctets : Math.min(size + stepOctets, outdatedAt);
    const fits = room.fits(copyOctets);
    const isUrgent = size - copyOctets >= stepOctets && room.isScarce(copyOctets);
    if (fits && (isOutdated || isUrgent)) return this.wantCompaction();
    if (fits) return;
    commits.ended.mode = "left-out";
    if (isOutdated || commits.ended.count > 0) this.takeShortage();
  }

  /** A new file does not fit on the disk: only leases are appended, as long as there is room for them. */
  takeShortage(): void {
    if (this.background !== undefined) return;
    this.tellShortage("its disk has too little room");
    this.work();
  }

  /** The disk had no room for ends of leases. */
  takeEndsLeftOut(error: string): void {
    this.tellShortage(`the disk is full (${error})`);
    this.work();
  }

  /** Commits fail for `reason`, which the log has already: begins the work that ends this. */
  takeTrouble(reason: string): void {
    this.toldTrouble = reason;
    this.isRelapse = performance.now() - this.endedAt < JOURNAL_RETRY_MS_MAX;
    this.work();
  }

  /** Commits work again. */
  endTrouble(): void {
    this.isRelapse = false;
    this.endedAt = performance.now();
  }

  /** What to do about a full disk. */
  roomAdvice(): string {
    const { commits, room } = this.parts;
    return room.describe(room.copyOctets(commits.table));
  }

  /** Begins the next work, unless it is under way. */
  work(): void {
    if (!this.hasWork) return;
    this.background ??= this.maintain().finally(() => {
      this.background = undefined;
    });
  }

  /** Gives up the work under way; resolves when it has ended. */
  async end(): Promise<void> {
    this.wish = "end";
    this.parts.commits.replacement?.abandon();
    this.endPause?.();
    await this.background;
  }

  private tellShortage(cause: string): void {
    this.tell(
      cause,
      `${cause}; until there is room the server does not compact the lease file and leaves ends of leases out of it ` +
        `(nothing is lost: the record of a lease has its end time): ${this.roomAdvice()}`,
    );
  }

  /** A line for the log, once for as long as the trouble goes on. */
  private tell(trouble: string, text: string): void {
    if (this.toldTrouble.includes(trouble)) return;
    this.toldTrouble = trouble;
    this.parts.notify({ level: "warn", message: `${this.parts.files.path}: ${text}` });
  }

  private get isReplacementWanted(): boolean {
    return this.wish === "compaction" || this.parts.commits.status === "unusable";
  }

  private get hasWork(): boolean {
    const { commits } = this.parts;
    if (this.wish === "end") return false;
    const areEndsLeftOut = commits.ended.mode === "left-out" && commits.ended.count > 0;
    return this.isReplacementWanted || commits.status === "full" || areEndsLeftOut;
  }

  /** Works until there is nothing to do. */
  private async maintain(): Promise<void> {
    if (!this.isRelapse) this.pauseMs = this.parts.retryMsMin;
    // A disk that has just been found full is asked later.
    let isPauseDue = this.isRelapse || !this.isReplacementWanted;
    while (this.hasWork) {
      if (isPauseDue) {
        await this.pause(this.pauseMs);
        this.pauseMs = Math.min(this.pauseMs * 2, JOURNAL_RETRY_MS_MAX);
      }
      isPauseDue = this.hasWork && (!(await this.attempt()) || this.isRelapse);
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

  /** False if it failed and is to be tried again after a while. */
  private attempt(): Promise<boolean> {
    if (this.isReplacementWanted) return this.replaceFile();
    return this.parts.commits.status === "full" ? this.tryCommits() : this.tryEnds();
  }

  private async replaceFile(): Promise<boolean> {
    const { commits, counters, files, replacer, slackOctets } = this.parts;
    const result = await replacer.replace();
    // Another table, or an error of an append: another attempt follows at once. A full disk has no room for one.
    if (result.kind === "abandoned" && commits.status !== "full") return true;
    if (this.wish === "compaction") this.wish = "nothing";
    if (result.kind === "done") {
      counters.count("store-rewrites");
      // Until then the disk seems to have too little room, and the next append would say so.
      await files.replacedIsFreed();
      this.toldTrouble = "";
      return true;
    }
    this.lookAt = commits.size + slackOctets;
    counters.count("store-rewrite-failures");
    if (result.kind === "abandoned") return true;
    const advice = isNoRoom(result.errno) ? `: ${this.roomAdvice()}` : "";
    this.tell(result.errno, `${result.reason}; the server tries again later${advice}`);
    return false;
  }

  private async tryCommits(): Promise<boolean> {
    const { commits, files } = this.parts;
    if (!(await this.hasRoom(Math.max(ROOM_PROBE_OCTETS, 2 * commits.refusedOctets)))) return false;
    if (commits.status === "full") commits.beUsable(`${files.path}: there is room again: leases are given again`);
    this.toldTrouble = "";
    return true;
  }

  private async tryEnds(): Promise<boolean> {
    const { commits, files, room, notify } = this.parts;
    if (!room.fits(room.copyOctets(commits.table))) return false;
    const octets = Math.max(ROOM_PROBE_OCTETS, room.octetsOf(commits.ended.count));
    if (!(await this.hasRoom(Math.min(octets, ROOM_PROBE_OCTETS_MAX)))) return false;
    commits.writeEndsAgain();
    this.toldTrouble = "";
    notify({ level: "info", message: `${files.path}: there is room again: ends of leases are written again` });
    return true;
  }

  /** Whether the disk takes so many octets, by writing them to FILE.new; what a crash would leave there begins as a lease file does. */
  private async hasRoom(octets: number): Promise<boolean> {
    const { files } = this.parts;
    if (files.freeOctets() < octets) return false;
    const filling = new Uint8Array(ROOM_PROBE_OCTETS).fill(NEWLINE);
    filling.set(JOURNAL_HEADER);
    try {
      await files.beginReplacement();
      for (let left = octets; left > 0; left -= filling.length) {
        await files.write(filling, Math.min(left, filling.length));
      }
      await files.sync();
      return true;
    } catch {
      return false;
    } finally {
      await files.drop().catch(() => undefined);
    }
  }
}
