// One attempt to put a new file, written from the lease table, in the place of FILE. Commits go on meanwhile; only
// while the files change places do they wait.

import { InvariantError } from "../../base/assert.ts";
import { textOf } from "../../base/errors.ts";
import type { JournalCommits } from "./journal-commit.ts";
import { Replacement } from "./journal-compact.ts";
import type { Declarations } from "./journal-declarations.ts";
import { errnoName } from "./journal-errors.ts";
import type { JournalFiles } from "./journal-files.ts";

/** What there is to know of a file besides its leases. */
export interface FileSummary {
  /** The sequence of the last batch. */
  readonly sequence: number;
  readonly octets: number;
  readonly records: number;
}

/** How an attempt ended: `kept`: FILE is what it was; `lost`: it must not be appended to; `errno`: by name, "" if another error. */
export type ReplaceResult =
  | { readonly kind: "done" }
  | { readonly kind: "abandoned" }
  | { readonly kind: "kept" | "lost"; readonly reason: string; readonly errno: string };

/** Replaces FILE. */
export class JournalReplacer {
  /** Called for each file that has taken the place of FILE. */
  onReplaced: (file: FileSummary) => void = () => undefined;
  private readonly files: JournalFiles;
  private readonly commits: JournalCommits;
  private readonly declarations: Declarations;
  /** The content of the file that the next swap puts in place. */
  private prepared: FileSummary = { sequence: 0, octets: 0, records: 0 };

  constructor(files: JournalFiles, commits: JournalCommits, declarations: Declarations) {
    this.files = files;
    this.commits = commits;
    this.declarations = declarations;
  }

  /** A FILE.new that was left behind has been read, and is what a swap would put in place. */
  takeSealed(file: FileSummary): void {
    this.prepared = file;
  }

  /** Writes all leases to a new file and lets it take the place of FILE. Not while another attempt is under way. */
  async replace(): Promise<ReplaceResult> {
    const { files, commits } = this;
    const replacement = new Replacement(commits.table, files, this.declarations, commits.sequence);
    commits.beginReplacement(replacement);
    let isDone = false;
    try {
      if (!files.isSealed && !(await this.write(replacement))) {
        await files.drop().catch(() => undefined);
        return { kind: "abandoned" };
      }
      const result = await this.swap();
      isDone = result.kind === "done";
      return result;
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      return await this.drop(replacement, error);
    } finally {
      commits.endReplacement(isDone);
    }
  }

  /** Up to the point where the new file is whole and commits are held; false if it was abandoned. */
  private async write(replacement: Replacement): Promise<boolean> {
    const { files, commits } = this;
    await files.beginReplacement();
    if (!(await replacement.writeLeases())) return false;
    // The bulk goes to the disk while commits go on; what they add meanwhile is little.
    await files.sync();
    await replacement.flush();
    await commits.hold();
    // A commit that failed meanwhile has taken the whole attempt with it.
    if (replacement.status === "abandoned") return false;
    await replacement.flush();
    if (files.needsMark) {
      // A disk writes in any order: the mark must not be there before what it vouches for.
      await files.sync();
      replacement.addMark();
      await replacement.flush();
    }
    await files.seal();
    this.prepared = replacement;
    return true;
  }

  private async drop(replacement: Replacement, error: unknown): Promise<ReplaceResult> {
    const reason = `cannot write a new file (${textOf(error)})`;
    try {
      await this.files.drop();
    } catch (failure) {
      // A marked FILE.new that stays would win at the next start over what FILE is given from now on.
      if (replacement.status === "marked") {
        this.giveUp(`cannot take back a new file (${textOf(failure)})`);
        return { kind: "lost", reason, errno: errnoName(error) };
      }
    }
    return { kind: "kept", reason, errno: errnoName(error) };
  }

  private async swap(): Promise<ReplaceResult> {
    const { files, commits } = this;
    await commits.hold();
    try {
      await files.swap();
    } catch (error) {
      const reason = `cannot put a new file in its place (${textOf(error)})`;
      this.giveUp(reason);
      return { kind: "lost", reason, errno: errnoName(error) };
    }
    this.onReplaced(this.prepared);
    if (commits.status === "unusable") commits.beUsable(`${files.path}: written anew: leases are given again`);
    return { kind: "done" };
  }

  /** While the store opens, the start judges what the result means. */
  private giveUp(reason: string): void {
    if (this.commits.status !== "loading") this.commits.giveUp(reason);
  }
}
