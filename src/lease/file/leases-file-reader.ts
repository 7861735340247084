// Reads dhcpd.leases(5) in ISC's and OpenBSD's dialects into records.
//
// The reader passes over an unknown statement. A damaged statement that only describes the client (host name, vendor
// class, agent information) costs that description; any other damage costs its own record only. The reader reports
// both, with the offset.

import { NO_OCTETS } from "../../base/bytes.ts";
import { secondsOfDay } from "../../base/calendar.ts";
import { CLIENT_ID_OCTETS_MAX } from "../../base/limits/wire.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease.ts";
import { LeasesFileScanner } from "./leases-file-scanner.ts";

const SEMICOLON = 0x3b;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const HARDWARE_OCTETS_MAX = 16;
const DETAIL_OCTETS_MAX = 255;
/** Stands for a date that cannot be read: no time is before 1970. */
const NO_TIME = -1;

/** What became of a statement: read; only a detail is lost; the record is lost. */
const Outcome = { read: 0, detailLost: 1, recordLost: 2 } as const;
type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** A pass over a part of a lease file. */
export class LeasesFileReader extends LeasesFileScanner {
  private readonly onRecord: (record: LeaseRecord) => void;
  private readonly onError: (offset: number, message: string) => void;
  private readonly onDeclaration: (word: string, start: number, end: number) => void;
  private records = 0;
  /** The fault of the statement being read. */
  private trouble = "";
  // The record being read.
  private state: BindingState = BindingState.bound;
  private startsAt = NO_TIME;
  private endsAt = NO_TIME;
  private lastTransactionAt = NO_TIME;
  private htype = 0;
  private hardwareAddress: Uint8Array = NO_OCTETS;
  private clientId: Uint8Array = NO_OCTETS;
  private hostName: Uint8Array = NO_OCTETS;
  private vendorClass: Uint8Array = NO_OCTETS;
  private agentInformation: Uint8Array = NO_OCTETS;
  /** Sub-options of `option agent.*`, for where agentInformation is not given as a whole. */
  private readonly agentOptions = new Uint8Array(DETAIL_OCTETS_MAX);
  private agentOptionsLength = 0;

  constructor(
    bytes: Uint8Array,
    start: number,
    end: number,
    onRecord: (record: LeaseRecord) => void,
    onError: (offset: number, message: string) => void,
    onDeclaration: (word: string, start: number, end: number) => void,
  ) {
    super(bytes, start, end);
    this.onRecord = onRecord;
    this.onError = onError;
    this.onDeclaration = onDeclaration;
  }

  /** Reads all; returns how many records there were. */
  read(): number {
    for (;;) {
      this.skipBlank();
      if (this.at >= this.end) return this.records;
      const start = this.at;
      if (!this.readRecordWord() && !this.readWord()) this.resume(start, "not a statement");
      else if (!this.isWord("lease")) this.skipOther(start);
      else if (!this.readRecord()) this.resume(this.at, this.trouble);
    }
  }

  private resume(offset: number, message: string): void {
    this.onError(offset, message);
    this.skipToRecord();
  }

  /** Passes a statement that is no lease; its word has been read. */
  private skipOther(start: number): void {
    const word = BLOCK_WORDS.find((known) => this.isWord(known));
    if (!this.skipStatement()) return this.resume(this.at, "statement without end");
    // An unknown block may be a lease whose first word is damaged.
    if (word === undefined && this.bytes[this.at - 1] === CLOSE) this.onError(start, "unknown block passed over");
    else this.onDeclaration(word ?? "", start, this.at);
  }

  /** Reads a record behind its first word; false if it is damaged (`trouble` says how). */
  private readRecord(): boolean {
    this.skipBlank();
    const address = this.readAddress();
    if (address < 0) return this.fail("lease without an address");
    if (!this.accept(OPEN)) return this.fail("'{' expected");
    this.reset();
    for (;;) {
      this.skipBlank();
      if (this.at >= this.end || this.isAtRecord()) return this.fail("lease record without end");
      if (this.acceptHere(CLOSE)) return this.finish(address);
      const start = this.at;
      const outcome = this.readWord() ? this.readStatement() : this.lose("statement expected");
      if (outcome === Outcome.recordLost) return false;
      if (outcome === Outcome.read) continue;
      this.onError(this.at, this.trouble);
      // From the statement's own line on: looking for its value may have led to the next.
      this.at = start;
      this.skipLine();
    }
  }

  private readStatement(): Outcome {
    if (this.isWord("starts")) {
      this.startsAt = this.readTime();
      return this.endTime(this.startsAt);
    }
    if (this.isWord("ends")) {
      this.endsAt = this.readTime();
      return this.endTime(this.endsAt);
    }
    if (this.isWord("cltt")) {
      this.lastTransactionAt = this.readTime();
      return this.endTime(this.lastTransactionAt);
    }
    if (this.isWord("binding")) return this.readBindingState();
    if (this.isWord("hardware")) return this.readHardware();
    if (this.isWord("uid")) return this.readClientId();
    if (this.isWord("client-hostname")) return this.readHostName();
    if (this.isWord("set")) return this.readSet();
    if (this.isWord("option")) return this.readOption();
    if (this.isWord("abandoned")) {
      this.state = BindingState.abandoned;
      return this.endStatement();
    }
    return this.skipStatement() ? Outcome.read : this.lose("statement without end");
  }

  private endStatement(): Outcome {
    return this.accept(SEMICOLON) ? Outcome.read : this.lose("';' expected");
  }

  private endTime(time: EpochSeconds): Outcome {
    return time === NO_TIME ? this.lose("date expected") : this.endStatement();
  }

  private endDetail(): Outcome {
    return this.accept(SEMICOLON) ? Outcome.read : this.loseDetail("';' expected");
  }

  private lose(trouble: string): Outcome {
    this.trouble = trouble;
    return Outcome.recordLost;
  }

  private loseDetail(trouble: string): Outcome {
    this.trouble = trouble;
    return Outcome.detailLost;
  }

  private fail(trouble: string): false {
    this.trouble = trouble;
    return false;
  }

  /** An address; -1 if there is none. */
  private readAddress(): number {
    let address = 0;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && !this.acceptHere(0x2e)) return -1;
      const octet = this.readNumber();
      if (octet < 0 || octet > 255) return -1;
      address = address * 256 + octet;
    }
    return address;
  }

  /** `6 2026/11/21 02:36:07`, `epoch 1795228567` or `never`; NO_TIME if it is none of them. */
  private readTime(): EpochSeconds {
    this.skipBlank();
    if (this.readWord()) {
      if (this.isWord("never")) return Number.POSITIVE_INFINITY;
      if (this.isWord("epoch")) {
        this.skipBlank();
        return this.readNumber();
      }
      this.unreadWord();
    }
    if (this.readNumber() < 0) return NO_TIME;
    this.skipBlank();
    const year = this.readNumber();
    const month = this.acceptHere(0x2f) ? this.readNumber() : -1;
    const day = this.acceptHere(0x2f) ? this.readNumber() : -1;
    this.skipBlank();
    const hour = this.readNumber();
    const minute = this.acceptHere(0x3a) ? this.readNumber() : -1;
    const second = this.acceptHere(0x3a) ? this.readNumber() : -1;
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return NO_TIME;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return NO_TIME;
    this.skipBlank();
    // OpenBSD's files name the zone, which is always UTC.
    if (this.readWord() && !this.isWord("UTC")) return NO_TIME;
    return secondsOfDay(year, month, day) + hour * 3600 + minute * 60 + second;
  }

  private readBindingState(): Outcome {
    this.skipBlank();
    if (!this.readWord() || !this.isWord("state")) return this.lose("'state' expected");
    this.skipBlank();
    const state = this.readWord() ? this.stateOfWord() : undefined;
    if (state === undefined) return this.lose("binding state expected");
    this.state = state;
    return this.endStatement();
  }

  private stateOfWord(): BindingState | undefined {
    if (this.isWord("active") || this.isWord("bootp")) return BindingState.bound;
    if (this.isWord("expired")) return BindingState.expired;
    if (this.isWord("released")) return BindingState.released;
    if (this.isWord("abandoned")) return BindingState.abandoned;
    if (this.isWord("free") || this.isWord("backup") || this.isWord("reset")) return BindingState.free;
    return undefined;
  }

  private readHardware(): Outcome {
    this.skipBlank();
    this.htype = this.readWord() ? this.hardwareTypeOfWord() : -1;
    if (this.htype < 0 || this.htype > 255) return this.lose("hardware type expected");
    if (!this.readHex()) return this.lose("hardware address expected");
    if (this.octetsLength > HARDWARE_OCTETS_MAX) return this.lose("hardware address is too long");
    this.hardwareAddress = this.takeOctets();
    return this.endStatement();
  }

  private hardwareTypeOfWord(): number {
    if (this.isWord("ethernet")) return 1;
    if (this.isWord("token-ring")) return 6;
    if (this.isWord("fddi")) return 8;
    if (this.isWord("ipsec-tunnel")) return 31;
    if (this.isWord("infiniband")) return 32;
    return this.startsWith("unknown-") ? this.wordNumber(8) : -1;
  }

  private readClientId(): Outcome {
    if (!this.readOctets()) return this.lose("client identifier expected");
    if (this.octetsLength > CLIENT_ID_OCTETS_MAX) return this.lose("client identifier is too long");
    this.clientId = this.takeOctets();
    return this.endStatement();
  }

  private readHostName(): Outcome {
    if (!this.readDetail()) return this.loseDetail("host name expected");
    const outcome = this.endDetail();
    if (outcome === Outcome.read) this.hostName = this.takeOctets();
    return outcome;
  }

  /** `set NAME = VALUE;`: three names are ours. */
  private readSet(): Outcome {
    this.skipBlank();
    const isWord = this.readWord();
    const isVendorClass = isWord && this.isWord("vendor-class-identifier");
    const isAgentInformation = isWord && this.isWord("agent-information");
    const isHostName = isWord && this.isWord("client-name");
    if (!isVendorClass && !isAgentInformation && !isHostName) {
      return this.skipStatement() ? Outcome.read : this.lose("statement without end");
    }
    if (!this.accept(0x3d) || !this.readDetail()) return this.loseDetail("value expected");
    const outcome = this.endDetail();
    if (outcome !== Outcome.read) return outcome;
    if (isVendorClass) this.vendorClass = this.takeOctets();
    else if (isHostName) this.hostName = this.takeOctets();
    else this.agentInformation = this.takeOctets();
    return outcome;
  }

  /** `option agent.NAME VALUE;` */
  private readOption(): Outcome {
    this.skipBlank();
    const code = this.readWord() ? this.agentCodeOfWord() : -1;
    if (code < 0 || code > 255) return this.skipStatement() ? Outcome.read : this.lose("statement without end");
    if (!this.readDetail()) return this.loseDetail("value expected");
    const outcome = this.endDetail();
    if (outcome !== Outcome.read) return outcome;
    const at = this.agentOptionsLength;
    if (at + 2 + this.octetsLength > DETAIL_OCTETS_MAX) return this.loseDetail("agent information is too long");
    this.agentOptions[at] = code;
    this.agentOptions[at + 1] = this.octetsLength;
    for (let i = 0; i < this.octetsLength; i++) this.agentOptions[at + 2 + i] = this.octets[i] ?? 0;
    this.agentOptionsLength = at + 2 + this.octetsLength;
    return outcome;
  }

  private agentCodeOfWord(): number {
    if (this.isWord("agent.circuit-id")) return 1;
    if (this.isWord("agent.remote-id")) return 2;
    return this.startsWith("agent.unknown-") ? this.wordNumber(14) : -1;
  }

  private readDetail(): boolean {
    return this.readOctets() && this.octetsLength <= DETAIL_OCTETS_MAX;
  }

  /** A copy of the octets decoded last; the file's own memory is not kept alive. */
  private takeOctets(): Uint8Array {
    return this.octetsLength === 0 ? NO_OCTETS : this.octets.slice(0, this.octetsLength);
  }

  private reset(): void {
    this.state = BindingState.bound;
    this.startsAt = NO_TIME;
    this.endsAt = NO_TIME;
    this.lastTransactionAt = NO_TIME;
    this.htype = 0;
    this.hardwareAddress = NO_OCTETS;
    this.clientId = NO_OCTETS;
    this.hostName = NO_OCTETS;
    this.vendorClass = NO_OCTETS;
    this.agentInformation = NO_OCTETS;
    this.agentOptionsLength = 0;
  }

  private finish(address: number): boolean {
    const startsAt = Math.max(0, this.startsAt);
    const hasClient = this.hardwareAddress.length > 0 || this.clientId.length > 0;
    // ISC's free leases remember their client, as our expired ones do.
    const state = this.state === BindingState.free && hasClient ? BindingState.expired : this.state;
    if (this.endsAt === NO_TIME && state !== BindingState.free && state !== BindingState.abandoned) {
      return this.fail("lease record without 'ends'");
    }
    this.records++;
    this.onRecord({
      address,
      state,
      startsAt,
      endsAt: Math.max(0, this.endsAt),
      lastTransactionAt: this.lastTransactionAt === NO_TIME ? startsAt : this.lastTransactionAt,
      htype: this.htype,
      hardwareAddress: this.hardwareAddress,
      clientId: this.clientId,
      hostName: this.hostName,
      agentInformation:
        this.agentInformation.length === 0 && this.agentOptionsLength > 0
          ? this.agentOptions.slice(0, this.agentOptionsLength)
          : this.agentInformation,
      vendorClass: this.vendorClass,
    });
    return true;
  }
}

/** Blocks of ISC's lease files that are no leases of ours. */
const BLOCK_WORDS = [
  "failover",
  "host",
  "group",
  "class",
  "subclass",
  "pool",
  "zone",
  "key",
  "ia-na",
  "ia-ta",
  "ia-pd",
];
