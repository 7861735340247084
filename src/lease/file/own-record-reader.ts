// Reads lease records in exactly the layout of leases-file-writer.ts, and nothing else: a start with a million leases
// spends its time here. It leaves any other text to LeasesFileReader, which reads files of other programs and hands. It
// makes no values.

import { NO_OCTETS } from "../../base/bytes.ts";
import { secondsOfDay } from "../../base/calendar.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { CLIENT_ID_OCTETS_MAX } from "../../base/limits/wire.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { ClientFacts } from "../../wire/client-facts.ts";
import { BindingState } from "../lease.ts";
import type { ClientDetails } from "../table/details-block.ts";

/** A lease's record in a form that costs no allocation: valid until the next one is read. */
export interface LoadedLease extends ClientDetails {
  readonly address: Ipv4;
  readonly state: BindingState;
  readonly startsAt: EpochSeconds;
  readonly endsAt: EpochSeconds;
  readonly lastTransactionAt: EpochSeconds;
}

const NEWLINE = 0x0a;
const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SLASH = 0x2f;
const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const CLOSE = 0x7d;

/** Dates that are remembered; a power of 2. */
const DATES = 64;
/** A date's ten octets in words. */
const DATE_WORDS = 3;
/** Octets of `6 2026/11/21 02:36:07`. */
const INSTANT_OCTETS = 21;
/** More than any hexadecimal digit is worth. */
const NO_DIGIT = 0x100;
const HARDWARE_OCTETS_MAX = 16;
const DETAIL_OCTETS_MAX = 255;
const CIRCUIT_ID = 1;
const REMOTE_ID = 2;

/** Text that is expected, as words of four octets, for comparing them at once; the last may overlap the one before. */
interface Expected {
  readonly length: number;
  readonly words: Int32Array;
}

/** `text` has four characters at least. */
function ascii(text: string): Expected {
  const octets = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const view = new DataView(octets.buffer);
  const { length } = octets;
  const words = Int32Array.from({ length: (length + 3) >>> 2 }, (_, i) =>
    view.getInt32(Math.min(4 * i, length - 4), true),
  );
  return { length, words };
}

const LEASE = ascii("lease ");
const STARTS = ascii(" {\n  starts ");
const ENDS = ascii(";\n  ends ");
const CLTT = ascii(";\n  cltt ");
const BINDING_STATE = ascii(";\n  binding state ");
const NEVER = ascii("never");
const HARDWARE = ascii("  hardware ethernet ");
const UID = ascii("  uid ");
const VENDOR_CLASS = ascii("  set vendor-class-identifier = ");
const CIRCUIT = ascii("  option agent.circuit-id ");
const REMOTE = ascii("  option agent.remote-id ");
const HOST_NAME = ascii("  client-hostname ");
const STATES: readonly (readonly [Expected, BindingState])[] = [
  [ascii("active;\n"), BindingState.bound],
  [ascii("expired;\n"), BindingState.expired],
  [ascii("released;\n"), BindingState.released],
];

/** By octet: its value as a hexadecimal digit as we write it; NO_DIGIT if it is none. */
const HEX_DIGITS = Uint16Array.from({ length: 256 }, (_, octet) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(octet));
  return digit < 0 ? NO_DIGIT : digit;
});
/** By octet: 1 where text does not simply go on. */
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === QUOTE || octet === BACKSLASH || octet < SPACE ? 1 : 0,
);

/** See the head of this file. The fields belong to the record that `read` has read last. */
export class OwnRecordReader extends ClientFacts implements LoadedLease {
  address: Ipv4 = 0;
  state: BindingState = BindingState.free;
  startsAt: EpochSeconds = 0;
  endsAt: EpochSeconds = 0;
  lastTransactionAt: EpochSeconds = 0;
  override htype = 1;
  private bytes: Uint8Array = NO_OCTETS;
  /** The same octets. */
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  /** Where reading stands; -1 once something was not as expected. */
  private at = 0;
  /** Octets that were decoded last. */
  private decoded = 0;
  /** Dates that were read last, as octets and as seconds: most records of a file share a few. */
  private readonly dates = new Int32Array(DATES * DATE_WORDS);
  private readonly dateSeconds = new Float64Array(DATES);

  /** Reads the record at `start` of `bytes`, which ends at `end` or before; returns the offset behind it, or -1. */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.end = end;
    this.at = start;
    if (!this.accept(LEASE)) return -1;
    this.address = this.readAddress();
    this.expect(STARTS);
    this.startsAt = this.readInstant();
    this.expect(ENDS);
    this.endsAt = this.readInstant();
    this.expect(CLTT);
    this.lastTransactionAt = this.readInstant();
    this.expect(BINDING_STATE);
    this.readState();
    this.readClient();
    return this.at >= 0 && this.byteAt(this.at) === CLOSE && this.byteAt(this.at + 1) === NEWLINE ? this.at + 2 : -1;
  }

  private readState(): void {
    for (const [word, state] of STATES) {
      if (!this.accept(word)) continue;
      this.state = state;
      return;
    }
    this.at = -1;
  }

  private readClient(): void {
    this.hlen = 0;
    this.clientIdLength = 0;
    this.vendorClassLength = 0;
    this.agentInformationLength = 0;
    this.hostNameLength = 0;
    if (this.accept(HARDWARE)) {
      this.readHex(this.chaddr, 0, HARDWARE_OCTETS_MAX);
      this.hlen = this.endLine();
    }
    if (this.accept(UID)) {
      if (this.byteAt(this.at) === QUOTE) this.readEscaped(this.clientId, CLIENT_ID_OCTETS_MAX);
      else this.readHex(this.clientId, 0, CLIENT_ID_OCTETS_MAX);
      this.clientIdLength = this.endLine();
    }
    if (this.accept(VENDOR_CLASS)) {
      this.readText(this.vendorClass, 0, DETAIL_OCTETS_MAX);
      this.vendorClassLength = this.endLine();
    }
    while (this.accept(CIRCUIT)) this.readSubOption(CIRCUIT_ID);
    while (this.accept(REMOTE)) this.readSubOption(REMOTE_ID);
    if (this.accept(HOST_NAME)) {
      this.readText(this.hostName, 0, DETAIL_OCTETS_MAX);
      this.hostNameLength = this.endLine();
    }
    // A key that RFC 2132 section 9.14 forbids, and a record without a client: we write neither.
    if (this.clientIdLength === 1 || (this.hlen === 0 && this.clientIdLength === 0)) this.at = -1;
  }

  private readSubOption(code: number): void {
    const start = this.agentInformationLength;
    const room = DETAIL_OCTETS_MAX - start - 2;
    if (room < 1) {
      this.at = -1;
      return;
    }
    if (this.byteAt(this.at) === QUOTE) this.readText(this.agentInformation, start + 2, room);
    else this.readHex(this.agentInformation, start + 2, room);
    const length = this.endLine();
    this.agentInformation[start] = code;
    this.agentInformation[start + 1] = length;
    this.agentInformationLength = start + 2 + length;
  }

  private byteAt(at: number): number {
    return at < this.end ? (this.bytes[at] ?? 0) : 0;
  }

  /** Passes `word` if it stands here. */
  private accept(expected: Expected): boolean {
    const { at, view } = this;
    const { length, words } = expected;
    if (at < 0 || at + length > this.end) return false;
    const last = words.length - 1;
    for (let i = 0; i < last; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
    if (view.getInt32(at + length - 4, true) !== words[last]) return false;
    this.at = at + length;
    return true;
  }

  private expect(expected: Expected): void {
    if (!this.accept(expected)) this.at = -1;
  }

  /** Passes the end of a statement; returns the octets decoded last. */
  private endLine(): number {
    const { at } = this;
    const isEnd = at >= 0 && this.byteAt(at) === SEMICOLON && this.byteAt(at + 1) === NEWLINE;
    this.at = isEnd ? at + 2 : -1;
    return this.decoded;
  }

  private readAddress(): Ipv4 {
    const { bytes, end } = this;
    let { at } = this;
    let address = 0;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && bytes[at++] !== DOT) return this.fail();
      let octet = 0;
      const first = at;
      for (; at < end && at < first + 3; at++) {
        const digit = (bytes[at] ?? 0) - ZERO;
        if (digit < 0 || digit > 9) break;
        octet = octet * 10 + digit;
      }
      if (at === first || octet > 255) return this.fail();
      address = address * 256 + octet;
    }
    this.at = at;
    return address;
  }

  /** `6 2026/11/21 02:36:07`, or `never`. */
  private readInstant(): EpochSeconds {
    const { at, bytes } = this;
    if (at < 0 || at + INSTANT_OCTETS > this.end || bytes[at + 1] !== SPACE) {
      return this.accept(NEVER) ? Number.POSITIVE_INFINITY : this.fail();
    }
    const weekday = (bytes[at] ?? 0) - ZERO;
    if (weekday < 0 || weekday > 9) return this.fail();
    if (bytes[at + 12] !== SPACE || bytes[at + 15] !== COLON || bytes[at + 18] !== COLON) return this.fail();
    const day = this.readDate(at + 2);
    const hour = this.twoDigits(at + 13);
    const minute = this.twoDigits(at + 16);
    const second = this.twoDigits(at + 19);
    if (this.at < 0 || hour > 23 || minute > 59 || second > 59) return this.fail();
    this.at = at + INSTANT_OCTETS;
    return day + (hour * 60 + minute) * 60 + second;
  }

  /** `2026/11/21` at `at`: the seconds at which that day begins. */
  private readDate(at: number): EpochSeconds {
    const { view } = this;
    const year = view.getInt32(at, true);
    const month = view.getInt32(at + 4, true);
    const day = view.getInt16(at + 8, true);
    const place = (day >>> 8) & (DATES - 1);
    const known = place * DATE_WORDS;
    const { dates } = this;
    if (dates[known] !== year || dates[known + 1] !== month || dates[known + 2] !== day) {
      const seconds = this.parseDate(at);
      if (this.at < 0) return 0;
      dates[known] = year;
      dates[known + 1] = month;
      dates[known + 2] = day;
      this.dateSeconds[place] = seconds;
    }
    return this.dateSeconds[place] ?? 0;
  }

  private parseDate(at: number): EpochSeconds {
    const { bytes } = this;
    const year = this.twoDigits(at) * 100 + this.twoDigits(at + 2);
    const month = this.twoDigits(at + 5);
    const day = this.twoDigits(at + 8);
    if (bytes[at + 4] !== SLASH || bytes[at + 7] !== SLASH) return this.fail();
    if (this.at < 0 || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return this.fail();
    return secondsOfDay(year, month, day);
  }

  private twoDigits(at: number): number {
    const tens = (this.bytes[at] ?? 0) - ZERO;
    const ones = (this.bytes[at + 1] ?? 0) - ZERO;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) this.at = -1;
    return tens * 10 + ones;
  }

  /** Octets of two digits each, joined by colons. */
  private readHex(target: Uint8Array, to: number, room: number): void {
    const { bytes, end } = this;
    let { at } = this;
    let length = 0;
    for (;;) {
      if (at < 0 || at + 2 >= end || length === room) return void this.fail();
      const value = (HEX_DIGITS[bytes[at] ?? 0] ?? NO_DIGIT) * 16 + (HEX_DIGITS[bytes[at + 1] ?? 0] ?? NO_DIGIT);
      if (value >= NO_DIGIT) return void this.fail();
      target[to + length++] = value;
      at += 2;
      if (bytes[at] !== COLON) break;
      at++;
    }
    this.at = at;
    this.decoded = length;
  }

  /** Text between quotes without a single escape. */
  private readText(target: Uint8Array, to: number, room: number): void {
    const { bytes, end } = this;
    const { at } = this;
    if (at < 0 || bytes[at] !== QUOTE) return void this.fail();
    const first = at + 1;
    const last = Math.min(end, first + room);
    let next = first;
    for (; next < last; next++) {
      const octet = bytes[next] ?? 0;
      if (IS_SPECIAL[octet] === 1) break;
      target[to + next - first] = octet;
    }
    if (next >= end || bytes[next] !== QUOTE) return void this.fail();
    this.at = next + 1;
    this.decoded = next - first;
  }

  /** Text between quotes with escapes: three octal digits, or a quote or backslash behind a backslash. */
  private readEscaped(target: Uint8Array, room: number): void {
    const { bytes, end } = this;
    let at = this.at + 1;
    let length = 0;
    for (;;) {
      let octet = at < end ? (bytes[at++] ?? 0) : 0;
      if (octet === QUOTE) break;
      if (octet < SPACE || length === room) return void this.fail();
      if (octet === BACKSLASH) {
        const first = at < end ? (bytes[at] ?? 0) : 0;
        if (first === QUOTE || first === BACKSLASH) {
          octet = first;
          at += 1;
        } else {
          if (at + 3 > end) return void this.fail();
          octet = this.octalAt(at);
          if (octet < 0) return void this.fail();
          at += 3;
        }
      }
      target[length++] = octet;
    }
    this.at = at;
    this.decoded = length;
  }

  /** The value of three octal digits; -1 if they are none, or too large. */
  private octalAt(at: number): number {
    const { bytes } = this;
    const high = (bytes[at] ?? 0) - ZERO;
    const middle = (bytes[at + 1] ?? 0) - ZERO;
    const low = (bytes[at + 2] ?? 0) - ZERO;
    // Two's complement: a digit below 0 or above 7 sets a bit above the third.
    if (((high | middle | low) & ~7) !== 0 || high > 3) return -1;
    return (high << 6) | (middle << 3) | low;
  }

  private fail(): number {
    this.at = -1;
    return 0;
  }
}
