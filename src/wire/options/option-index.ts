// Where each option of a message stands (RFC 2131 section 4.1, RFC 2132, RFC 3396).
//
// One walk over the options field, then over file and sname if option 52 says that they hold
// options: code -> offset and length in the message itself. A second walk only where an option
// occurs more than once: its pieces are joined in a buffer of this object. Nothing is allocated
// while reading. No offset is used before it was compared with the end of its field.

import { getUint8, getUint32, NO_OCTETS } from "../../base/bytes.ts";
import { OPTION_OCTETS_MAX, OPTION_PIECES_MAX } from "../../base/limits/wire.ts";
import { FILE_OCTETS, Offset, OVERLOAD_FILE, OVERLOAD_SNAME, SNAME_OCTETS } from "../layout.ts";
import { OptionCode } from "./option-code.ts";

const CODES = 256;
const ABSENT = -1;

/** How a walk over one field ended. */
const Walk = { malformed: 0, open: 1, ended: 2 } as const;
type Walk = (typeof Walk)[keyof typeof Walk];

/** The options of one message; preallocated and filled anew for each. */
export class OptionIndex {
  private bytes: Uint8Array = NO_OCTETS;
  /** code -> offset of the value in `bytes`, or the complement of its offset in `joined`. */
  private readonly starts = new Int32Array(CODES);
  /** code -> length of the whole value, ABSENT if there is none. */
  private readonly lengths = new Int32Array(CODES).fill(ABSENT);
  /** The codes that there are, in the order they came; a message has a few of the 256. */
  private readonly codes = new Uint8Array(CODES);
  private codeCount = 0;
  /** code -> 0: in one piece; -1: in several; else 1 + where in `joined` the next piece goes. */
  private readonly cursors = new Int32Array(CODES);
  private readonly joined = new Uint8Array(OPTION_OCTETS_MAX);
  private joinedLength = 0;
  private pieces = 0;
  private hasSplit = false;
  private ended = false;

  /** Forgets everything: a message without options. */
  clear(): void {
    this.bytes = NO_OCTETS;
    for (let i = 0; i < this.codeCount; i++) this.lengths[this.codes[i] ?? 0] = ABSENT;
    this.codeCount = 0;
    if (this.hasSplit) this.cursors.fill(0);
    this.hasSplit = false;
    this.joinedLength = 0;
    this.pieces = 0;
    this.ended = false;
  }

  /**
   * Reads the options of the message of `length` octets at `start`, which has a header and a magic
   * cookie and lies inside `bytes`. False if they are malformed: an option past the end of its
   * field, a bad option 52, more than OPTION_PIECES_MAX pieces or OPTION_OCTETS_MAX joined octets.
   */
  read(bytes: Uint8Array, start: number, length: number): boolean {
    this.clear();
    this.bytes = bytes;
    const options = start + Offset.options;
    const end = start + length;
    const walk = this.walk(options, end, false);
    if (walk === Walk.malformed) return false;
    this.ended = walk === Walk.ended;
    const overload = this.readOverload();
    if (overload < 0 || !this.walkOverloaded(start, overload, false)) return false;
    if (!this.hasSplit) return true;
    return this.walk(options, end, true) !== Walk.malformed && this.walkOverloaded(start, overload, true);
  }

  /** Whether the options field was closed by END, as RFC 2131 section 4.1 requires. */
  get hasEnd(): boolean {
    return this.ended;
  }

  /** Whether there is any option at all. */
  get isEmpty(): boolean {
    return this.pieces === 0;
  }

  /** Whether the option is present, be it with length 0. */
  has(code: number): boolean {
    return this.length(code) !== ABSENT;
  }

  /** Octets of the option; -1 if absent. */
  length(code: number): number {
    return this.lengths[code] ?? ABSENT;
  }

  /** The option's octet `index`; 0 outside. */
  byte(code: number, index: number): number {
    if (index < 0 || index >= this.length(code)) return 0;
    const start = this.starts[code] ?? 0;
    return start >= 0 ? getUint8(this.bytes, start + index) : getUint8(this.joined, ~start + index);
  }

  /** The big-endian number of the first 4 octets; 0 if the option is shorter. */
  uint32(code: number): number {
    if (this.length(code) < 4) return 0;
    const start = this.starts[code] ?? 0;
    return start >= 0 ? getUint32(this.bytes, start) : getUint32(this.joined, ~start);
  }

  /** Copies the option's octets, as many as `target` has room for at `at`; returns how many. */
  copy(code: number, target: Uint8Array, at: number): number {
    const length = Math.min(Math.max(this.length(code), 0), target.length - at);
    const start = this.starts[code] ?? 0;
    const source = start >= 0 ? this.bytes : this.joined;
    const offset = start >= 0 ? start : ~start;
    for (let i = 0; i < length; i++) target[at + i] = getUint8(source, offset + i);
    return Math.max(length, 0);
  }

  /** Whether the option's octets are the first `length` of `wanted`; an absent option has none. */
  equals(code: number, wanted: Uint8Array, length: number): boolean {
    if (Math.max(this.length(code), 0) !== length) return false;
    const start = this.starts[code] ?? 0;
    const source = start >= 0 ? this.bytes : this.joined;
    const offset = start >= 0 ? start : ~start;
    for (let i = 0; i < length; i++) if (source[offset + i] !== wanted[i]) return false;
    return true;
  }

  /** The option's octets as a view, undefined if absent. Allocates the view. */
  view(code: number): Uint8Array | undefined {
    const length = this.length(code);
    if (length === ABSENT) return undefined;
    const start = this.starts[code] ?? 0;
    return start >= 0 ? this.bytes.subarray(start, start + length) : this.joined.subarray(~start, ~start + length);
  }

  /** The octets that `offset(code)` counts in. */
  source(code: number): Uint8Array {
    return (this.starts[code] ?? 0) >= 0 ? this.bytes : this.joined;
  }

  /** Where the option's value starts in `source(code)`; meaningless if absent. */
  offset(code: number): number {
    const start = this.starts[code] ?? 0;
    return start >= 0 ? start : ~start;
  }

  /** Option 52: 0 if absent, -1 if it is not one of the three values that exist. */
  private readOverload(): number {
    const length = this.length(OptionCode.overload);
    if (length === ABSENT) return 0;
    const value = this.byte(OptionCode.overload, 0);
    return length === 1 && value >= OVERLOAD_FILE && value <= (OVERLOAD_FILE | OVERLOAD_SNAME) ? value : -1;
  }

  /** File comes before sname (RFC 3396 section 5). */
  private walkOverloaded(start: number, overload: number, joining: boolean): boolean {
    const file = start + Offset.file;
    const sname = start + Offset.sname;
    if ((overload & OVERLOAD_FILE) !== 0 && this.walk(file, file + FILE_OCTETS, joining) === Walk.malformed)
      return false;
    return (overload & OVERLOAD_SNAME) === 0 || this.walk(sname, sname + SNAME_OCTETS, joining) !== Walk.malformed;
  }

  private walk(from: number, end: number, joining: boolean): Walk {
    const { bytes } = this;
    let at = from;
    while (at < end) {
      const code = getUint8(bytes, at);
      if (code === OptionCode.pad) {
        at += 1;
        continue;
      }
      if (code === OptionCode.end) return Walk.ended;
      if (end - at < 2) return Walk.malformed;
      const length = getUint8(bytes, at + 1);
      if (length > end - at - 2) return Walk.malformed;
      const accepted = joining ? this.join(code, at + 2, length) : this.addPiece(code, at + 2, length);
      if (!accepted) return Walk.malformed;
      at += 2 + length;
    }
    return Walk.open;
  }

  /** Takes down one piece in the first walk. */
  private addPiece(code: number, at: number, length: number): boolean {
    this.pieces += 1;
    if (this.pieces > OPTION_PIECES_MAX) return false;
    const before = this.lengths[code] ?? ABSENT;
    if (before === ABSENT) {
      this.starts[code] = at;
      this.lengths[code] = length;
      this.codes[this.codeCount++] = code;
      return true;
    }
    this.lengths[code] = before + length;
    this.cursors[code] = -1;
    this.hasSplit = true;
    return true;
  }

  /** Copies one piece of a split option in the second walk. */
  private join(code: number, at: number, length: number): boolean {
    const cursor = this.cursors[code] ?? 0;
    if (cursor === 0) return true;
    let to = cursor - 1;
    if (cursor < 0) {
      to = this.joinedLength;
      const whole = this.lengths[code] ?? 0;
      // OPTION_OCTETS_MAX, for all split options together.
      if (whole > this.joined.length - to) return false;
      this.joinedLength = to + whole;
      this.starts[code] = ~to;
    }
    for (let i = 0; i < length; i++) this.joined[to + i] = getUint8(this.bytes, at + i);
    this.cursors[code] = to + length + 1;
    return true;
  }
}
