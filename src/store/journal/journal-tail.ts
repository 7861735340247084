// The end of FILE: the place of the next batch, and the fate of the last.

import { BatchBuffer } from "./journal-batch.ts";
import { describeChange, isNoRoom, nameOfErrno, textOfErrno } from "./journal-errors.ts";
import type { JournalFiles } from "./journal-files.ts";

/**
 * What became of an append:
 *  - stored: it is in FILE, behind all that was there.
 *  - no-room: the disk took a known number of its octets at most; `cut` makes FILE what it was.
 *  - lost: FILE is not what it should be, or nothing is known of it.
 */
export type AppendResult =
  | { readonly kind: "stored" }
  | { readonly kind: "no-room"; readonly error: string }
  | { readonly kind: "lost"; readonly reason: string };

const STORED: AppendResult = { kind: "stored" };

/** The part of the files that is needed. */
export type AppendedFile = Pick<JournalFiles, "path" | "appender" | "sizeInPlace" | "cut">;

/** Appends one batch at a time. */
export class JournalTail {
  /** The batch that is appended next: filled by the caller. */
  readonly buffer = new BatchBuffer();
  /** Octets of the records in it, when it has been appended. */
  recordOctets = 0;
  /** Sequence of the last batch in FILE. */
  sequence = 0;
  /** Octets of FILE. */
  size = 0;
  private readonly files: AppendedFile;

  constructor(files: AppendedFile) {
    this.files = files;
  }

  /** Closes the batch and appends it. `done` is called as Appender.append says; pass its arguments to `judge`. */
  append(sync: boolean, done: (errno: number, written: number) => void): void {
    const { buffer } = this;
    this.recordOctets = buffer.length;
    buffer.close(this.sequence + 1);
    this.files.appender.append(buffer.octets, buffer.length, sync, done);
  }

  /** What an append that has ended means; a stored batch counts from here on. */
  judge(errno: number, written: number): AppendResult {
    const { buffer } = this;
    // A disk that is found to be full when all is written tells fdatasync so: then nothing is certain.
    const isFull = written < buffer.length && isNoRoom(nameOfErrno(errno));
    if (errno !== 0 && !isFull) return { kind: "lost", reason: `cannot append (${textOfErrno(errno)})` };
    const expected = this.size + written;
    const size = this.files.sizeInPlace();
    if (size !== expected) return { kind: "lost", reason: describeChange(size, expected) };
    if (isFull) return { kind: "no-room", error: textOfErrno(errno) };
    this.sequence += 1;
    this.size = size;
    return STORED;
  }

  /** Takes back an append for which there was no room. Rejects if that fails. */
  cut(): Promise<void> {
    return this.files.cut(this.size);
  }
}
