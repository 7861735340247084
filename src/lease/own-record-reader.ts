// Reads lease records in exactly the layout of leases-file-writer.ts, and nothing else: a start with a
// million leases spends its time here. What looks different in any way is left to LeasesFileReader,
// which reads it with all that other programs and hands may have written. No value is made.

import { secondsOfDay } from "../base/calendar.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { CLIENT_ID_OCTETS_MAX } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { ClientDetails } from "./client-details.ts";
import { BindingState } from "./lease.ts";

/** What is known of a lease, in a form that costs no allocation: valid until the next one is read. */
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
const HARDWARE_OCTETS_MAX = 16;
const DETAIL_OCTETS_MAX = 255;
const CIRCUIT_ID = 1;
const REMOTE_ID = 2;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
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
const STATES: readonly (readonly [Uint8Array, BindingState])[] = [
  [ascii("active;\n"), BindingState.bound],
  [ascii("expired;\n"), BindingState.expired],
  [ascii("released;\n"), BindingState.released],
];

/** See the head of this file. The fields are those of the record that `read` has read last. */
export class OwnRecordReader implements LoadedLease {
  address: Ipv4 = 0;
  state: BindingState = BindingState.free;
  startsAt: EpochSeconds = 0;
  endsAt: EpochSeconds = 0;
  lastTransactionAt: EpochSeconds = 0;
  htype = 1;
  hlen = 0;
  readonly chaddr = new Uint8Array(HARDWARE_OCTETS_MAX);
  clientIdLength = 0;
  readonly clientId = new Uint8Array(DETAIL_OCTETS_MAX);
  hostNameLength = 0;
  readonly hostName = new Uint8Array(DETAIL_OCTETS_MAX);
  agentInformationLength = 0;
  readonly agentInformation = new Uint8Array(DETAIL_OCTETS_MAX);
  vendorClassLength = 0;
  readonly vendorClass = new Uint8Array(DETAIL_OCTETS_MAX);
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  /** Where reading stands; -1 once something was not as expected. */
  private at = 0;
  /** Octets that were decoded last. */
  private decoded = 0;
  /** Dates that were read last, as digits and as seconds: most records of a file share a few. */
  private readonly dates = new Int32Array(DATES);
  private readonly dateSeconds = new Float64Array(DATES);

  /** Reads the record at `start` of `bytes`, which ends at `end` or before; returns the offset behind it, or -1. */
  read(bytes: Uint8Array, start: number, end: number): number {
    this.bytes = bytes;
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
      this.readHex(this.clientId, 0, CLIENT_ID_OCTETS_MAX);
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
    // A key that RFC 2132 section 9.14 forbids, and a record of nobody: not what we write.
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
  private accept(word: Uint8Array): boolean {
    const { at, bytes } = this;
    const { length } = word;
    if (at < 0 || at + length > this.end) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== word[i]) return false;
    this.at = at + length;
    return true;
  }

  private expect(word: Uint8Array): void {
    if (!this.accept(word)) this.at = -1;
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
    if (this.accept(NEVER)) return Number.POSITIVE_INFINITY;
    const { at, bytes } = this;
    if (at < 0 || at + 21 > this.end || bytes[at + 1] !== SPACE || bytes[at + 6] !== SLASH) return this.fail();
    if (bytes[at + 9] !== SLASH || bytes[at + 12] !== SPACE) return this.fail();
    if (bytes[at + 15] !== COLON || bytes[at + 18] !== COLON) return this.fail();
    const year = this.twoDigits(at + 2) * 100 + this.twoDigits(at + 4);
    const month = this.twoDigits(at + 7);
    const day = this.twoDigits(at + 10);
    const hour = this.twoDigits(at + 13);
    const minute = this.twoDigits(at + 16);
    const second = this.twoDigits(at + 19);
    if (this.at < 0 || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return this.fail();
    if (hour > 23 || minute > 59 || second > 59) return this.fail();
    this.at = at + 21;
    const date = (year * 100 + month) * 100 + day;
    const place = date & (DATES - 1);
    if (date !== this.dates[place]) {
      this.dates[place] = date;
      this.dateSeconds[place] = secondsOfDay(year, month, day);
    }
    return (this.dateSeconds[place] ?? 0) + (hour * 60 + minute) * 60 + second;
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
      const value = hexDigit(bytes[at] ?? 0) * 16 + hexDigit(bytes[at + 1] ?? 0);
      if (value < 0) return void this.fail();
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
    let { at } = this;
    if (at < 0 || bytes[at++] !== QUOTE) return void this.fail();
    for (let length = 0; at < end; length++, at++) {
      const octet = bytes[at] ?? 0;
      if (octet === QUOTE) {
        this.at = at + 1;
        this.decoded = length;
        return;
      }
      if (octet === BACKSLASH || octet < SPACE || length === room) break;
      target[to + length] = octet;
    }
    this.fail();
  }

  private fail(): number {
    this.at = -1;
    return 0;
  }
}

/** The value of a hexadecimal digit as we write it; below -4096 if it is none. */
function hexDigit(octet: number): number {
  if (octet >= ZERO && octet <= 0x39) return octet - ZERO;
  return octet >= 0x61 && octet <= 0x66 ? octet - 0x57 : -0x1000;
}
