// Writes options into the fields of a reply: the options field, then file and sname where they may
// be overloaded (RFC 2131 section 4.1, RFC 2132 section 9.3, RFC 3396).
//
// Guarantees: nothing is written outside the fields; an option is written whole or not at all; every
// field that holds options ends with END; option 52 comes first and only where a field is used.

import { getUint8, NO_OCTETS } from "../../base/bytes.ts";
import { FILE_OCTETS, Offset, OVERLOAD_FILE, OVERLOAD_SNAME, SNAME_OCTETS } from "../layout.ts";
import { OptionCode } from "./option-code.ts";

const PIECE_OCTETS_MAX = 255;
const PIECE_HEADER_OCTETS = 2;
const OVERLOAD_OPTION_OCTETS = 3;
const END_OCTETS = 1;

const MAIN = 0;
const FILE = 1;
const SNAME = 2;
const FIELDS = 3;

/** Octets that a value of `length` takes with its headers, split where it is longer than 255. */
export function optionOctets(length: number): number {
  return length + PIECE_HEADER_OCTETS * Math.max(1, Math.ceil(length / PIECE_OCTETS_MAX));
}

/** The fields of one reply being filled; preallocated and begun anew for each. */
export class OptionWriter {
  private target: Uint8Array = NO_OCTETS;
  private message = 0;
  private reserved = 0;
  /** By field: where the next option goes, and what it must not reach. */
  private readonly next = new Int32Array(FIELDS);
  private readonly ends = new Int32Array(FIELDS);

  /**
   * Begins the message at `message` in `target`, of at most `limit` octets; `reserved` of them are
   * kept for `putLast`. `overload` (bits of option 52) tells which fields may take options.
   */
  beginMessage(target: Uint8Array, message: number, limit: number, reserved: number, overload: number): void {
    this.target = target;
    this.message = message;
    this.reserved = reserved;
    this.next[MAIN] = message + Offset.options + (overload === 0 ? 0 : OVERLOAD_OPTION_OCTETS);
    this.ends[MAIN] = message + limit - END_OCTETS - reserved;
    this.beginField(FILE, message + Offset.file, (overload & OVERLOAD_FILE) === 0 ? 0 : FILE_OCTETS);
    this.beginField(SNAME, message + Offset.sname, (overload & OVERLOAD_SNAME) === 0 ? 0 : SNAME_OCTETS);
  }

  /**
   * Writes an option whose value is `length` octets of `source`, in the first field that has room;
   * false if none has. `padded` adds a zero octet, a pad, after it where there is room for one.
   */
  put(code: number, source: Uint8Array, length: number, padded: boolean): boolean {
    if (length > PIECE_OCTETS_MAX) return this.putSplit(code, source, length, padded);
    for (let field = MAIN; field < FIELDS; field++) {
      if (this.room(field) < PIECE_HEADER_OCTETS + length) continue;
      this.putPiece(field, code, source, 0, length);
      if (padded) this.putPad(field);
      return true;
    }
    return false;
  }

  /** Writes the option that `reserved` octets were kept for, after all others in the options field. */
  putLast(code: number, source: Uint8Array, length: number): void {
    this.ends[MAIN] = (this.ends[MAIN] ?? 0) + this.reserved;
    this.reserved = 0;
    let from = 0;
    do {
      const piece = Math.min(length - from, PIECE_OCTETS_MAX);
      this.putPiece(MAIN, code, source, from, piece);
      from += piece;
    } while (from < length);
  }

  /** Where the next option of the options field goes. */
  get end(): number {
    return this.next[MAIN] ?? 0;
  }

  /** Which fields hold options by now, as bits of option 52. */
  get overloaded(): number {
    const file = (this.next[FILE] ?? 0) > this.message + Offset.file ? OVERLOAD_FILE : 0;
    const sname = (this.next[SNAME] ?? 0) > this.message + Offset.sname ? OVERLOAD_SNAME : 0;
    return file | sname;
  }

  /** Closes every field that was used and returns the offset after the last octet of the options field. */
  finish(): number {
    const { target, message, overloaded } = this;
    if (overloaded !== 0) {
      target[message + Offset.options] = OptionCode.overload;
      target[message + Offset.options + 1] = 1;
      target[message + Offset.options + 2] = overloaded;
    }
    if ((overloaded & OVERLOAD_FILE) !== 0) target[this.next[FILE] ?? 0] = OptionCode.end;
    if ((overloaded & OVERLOAD_SNAME) !== 0) target[this.next[SNAME] ?? 0] = OptionCode.end;
    const end = this.next[MAIN] ?? 0;
    target[end] = OptionCode.end;
    return end + END_OCTETS;
  }

  private beginField(field: number, from: number, octets: number): void {
    this.next[field] = from;
    this.ends[field] = from + Math.max(0, octets - END_OCTETS);
  }

  private room(field: number): number {
    return (this.ends[field] ?? 0) - (this.next[field] ?? 0);
  }

  /** Octets of value that a field can take in pieces. */
  private capacity(field: number): number {
    const room = this.room(field);
    const whole = Math.floor(room / (PIECE_OCTETS_MAX + PIECE_HEADER_OCTETS));
    const rest = room - whole * (PIECE_OCTETS_MAX + PIECE_HEADER_OCTETS);
    return whole * PIECE_OCTETS_MAX + Math.max(0, rest - PIECE_HEADER_OCTETS);
  }

  /** RFC 3396: pieces of one option in the order options, file, sname, the order of the fields here. */
  private putSplit(code: number, source: Uint8Array, length: number, padded: boolean): boolean {
    if (this.capacity(MAIN) + this.capacity(FILE) + this.capacity(SNAME) < length) return false;
    let field = MAIN;
    let from = 0;
    while (from < length) {
      const piece = Math.min(length - from, PIECE_OCTETS_MAX, this.room(field) - PIECE_HEADER_OCTETS);
      if (piece <= 0) {
        field += 1;
        continue;
      }
      this.putPiece(field, code, source, from, piece);
      from += piece;
    }
    if (padded) this.putPad(field);
    return true;
  }

  private putPiece(field: number, code: number, source: Uint8Array, from: number, length: number): void {
    const { target } = this;
    const at = this.next[field] ?? 0;
    target[at] = code;
    target[at + 1] = length;
    for (let i = 0; i < length; i++) target[at + PIECE_HEADER_OCTETS + i] = getUint8(source, from + i);
    this.next[field] = at + PIECE_HEADER_OCTETS + length;
  }

  private putPad(field: number): void {
    if (this.room(field) < 1) return;
    this.target[this.next[field] ?? 0] = OptionCode.pad;
    this.next[field] = (this.next[field] ?? 0) + 1;
  }
}
