// The octets of a lease file that are being read, and the good batches among them. Octets are appended at the end and
// leave at the beginning once they are accounted for.

import { isBatchWhole, parseTrailer } from "./journal-format.ts";

const NEWLINE = 0x0a;
/** What a record ends with. */
export const RECORD_END = Buffer.from("\n}\n");
/** Without the newline before it, which every line has: a search for rare octets is fast. */
const TRAILER_START = Buffer.from("#= ");

/** A batch whose checksum is good: its positions in the window. */
export interface WholeBatch {
  /** The position of its first octet. */
  readonly start: number;
  /** Behind its records, where its trailer begins. */
  readonly end: number;
  /** Behind its trailer. */
  readonly next: number;
  /** The number of its commit. */
  readonly sequence: number;
}

/** See the head of this file. Positions count from the window's first octet. */
export class JournalWindow {
  /** The octets read, up to `filled`. */
  buffer = Buffer.alloc(0);
  filled = 0;
  /** Offset in the file of buffer[0]. */
  base = 0;
  /** Position behind the last good batch (or behind the read part of a long gap). */
  accounted = 0;
  /** Position from which no trailer line has been looked for. */
  private searched = 0;

  /** Takes the next octets of the file. Positions are others afterwards. */
  append(octets: Uint8Array): void {
    if (this.filled + octets.length > this.buffer.length) {
      const kept = this.filled - this.accounted;
      const needed = kept + octets.length;
      const target = needed > this.buffer.length ? Buffer.allocUnsafe(needed * 2) : this.buffer;
      this.buffer.copy(target, 0, this.accounted, this.filled);
      this.base += this.accounted;
      this.searched -= this.accounted;
      this.accounted = 0;
      this.filled = kept;
      this.buffer = target;
    }
    this.buffer.set(octets, this.filled);
    this.filled += octets.length;
  }

  /** The next good batch that begins at `accounted` or later; undefined if there is none yet. */
  nextBatch(): WholeBatch | undefined {
    for (;;) {
      const line = this.nextTrailerLine();
      if (line < 0) return undefined;
      const newline = this.buffer.subarray(0, this.filled).indexOf(NEWLINE, line);
      if (newline < 0) {
        // Perhaps the rest of it comes with the next octets.
        this.searched = line;
        return undefined;
      }
      this.searched = newline + 1;
      const trailer = parseTrailer(this.buffer, line, newline + 1);
      if (trailer === undefined) continue;
      const start = line - trailer.octets;
      if (start < this.accounted || !isBatchWhole(this.buffer, start, trailer)) continue;
      return { start, end: line, next: newline + 1, sequence: trailer.sequence };
    }
  }

  /**
   * Position behind the last record that ends before `until`, or `until` if none ends behind `accounted`. No batch is
   * looked for before it any more.
   */
  giveUpTrailersUntil(until: number): number {
    const cut = this.buffer.subarray(0, until).lastIndexOf(RECORD_END);
    const end = cut < this.accounted ? until : cut + RECORD_END.length;
    this.searched = Math.max(this.searched, end);
    return end;
  }

  /** Position of the next line that begins like a trailer; -1 if there is none yet. */
  private nextTrailerLine(): number {
    const octets = this.buffer.subarray(0, this.filled);
    for (let from = this.searched; ; ) {
      const found = octets.indexOf(TRAILER_START, from);
      if (found < 0) break;
      // Position 0 is the start of the file, or follows a good batch that was moved out of the buffer.
      if (found === 0 || octets[found - 1] === NEWLINE) return found;
      from = found + 1;
    }
    // The last octets may be the beginning of one.
    this.searched = Math.max(this.searched, this.filled - TRAILER_START.length);
    return -1;
  }
}
