// Reads a lease file back, damaged or not: octets in, records and findings out. No I/O.
//
// A batch with a good checksum is taken at any place. A part between good batches is
//  - a part that was edited or imported (whole records, no trace of a trailer, no sequence missing):
//    read, with a notice;
//  - damage: every record that can still be read is kept, the rest is named, and the file counts as
//    damaged. Such a record may name the wrong address: it does not displace another client's lease
//    that has a good checksum and was not over.
// A part after the last good batch is
//  - a torn write, if it is what an interrupted append leaves: the beginning of a batch. No client was
//    told of it; it is dropped whole, because nothing vouches for it without its checksum;
//  - whole records (hand-edited, or a batch that was cut exactly between two records, which were the
//    server's true wish): read, with a notice;
//  - else damage: a bad checksum under a complete trailer is no interrupted append.
// So nothing is ever lost without a finding.

import type { Ipv4 } from "../../base/ipv4.ts";
import { HELD_REPLIES_MAX } from "../../base/limits/replies.ts";
import { beginsAsLeaseFile, isTornStart, LEASE_FILE_HEAD_OCTETS } from "../../lease/file/lease-file-start.ts";
import { LEASE_RECORD_OCTETS_MAX, readLeases } from "../../lease/file/leases-file.ts";
import { type LoadedLease, OwnRecordReader } from "../../lease/file/own-record-reader.ts";
import type { LeaseRecord } from "../../lease/lease.ts";
import { COMPLETE_MARK, HEADER_START, TRAILER_OCTETS_MAX } from "./journal-format.ts";
import { Gap, isTornWrite, listAddresses, mayFollow } from "./journal-gap.ts";
import { JournalWindow, RECORD_END, type WholeBatch } from "./journal-window.ts";

/**
 * Octets without a good trailer that are too many for a batch of ours: records are read as they come, so that a file
 * without trailers needs no memory of its own size.
 */
const BATCH_OCTETS_MAX = HELD_REPLIES_MAX * LEASE_RECORD_OCTETS_MAX + TRAILER_OCTETS_MAX;
/** Reading goes on in pieces of this while no trailer comes. */
const WINDOW_OCTETS = 4 * 1024 * 1024;
const RECORD_START = Buffer.from("lease ");

/** One thing that was found; `kind` says what it means, `message` is for the log. */
export interface Finding {
  readonly kind: "torn" | "unchecked" | "damaged";
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** What a file turned out to be. */
export interface Recovery {
  /** Octets of the file. */
  readonly octets: number;
  /** Records read; an address may be among them more than once. */
  readonly records: number;
  /** Sequence of the last good batch; 0 if there was none. */
  readonly sequence: number;
  /** Whether there was a good batch. */
  readonly hasTrailers: boolean;
  /** The file's first octets if it is another program's: there is neither a lease nor the beginning of a lease file. */
  readonly otherFile: Uint8Array | undefined;
  /** Whether the file ends with the mark of a finished replacement. */
  readonly isComplete: boolean;
  /** Empty if the file is exactly what we would append to. */
  readonly findings: readonly Finding[];
}

/** Where records go, in the order of the file: the last of an address wins. */
export interface RecordTarget {
  /** Takes a record. */
  take(record: LeaseRecord): void;
  /** Takes a record in our own layout without a value being made; false if it wants one. */
  takeOwn?(lease: LoadedLease): boolean;
  /** Takes a statement that is no lease, ISC's `host` for instance; `text` is valid during the call. */
  declare?(word: string, text: Uint8Array): void;
  /** The last record taken for an address. */
  known(address: Ipv4): LeaseRecord | undefined;
}

/** A pass over one lease file: `push` its octets in order, then `finish`. */
export class JournalReader {
  private readonly target: RecordTarget;
  private readonly take: (record: LeaseRecord) => void;
  private readonly own = new OwnRecordReader();
  private readonly window = new JournalWindow();
  private gap: Gap | undefined;
  private records = 0;
  private sequence = 0;
  private isComplete = false;
  private head: Uint8Array | undefined;
  /** Whether the text names a lease, readable or not. */
  private hasNamedLease = false;
  private readonly findings: Finding[] = [];

  constructor(target: RecordTarget) {
    this.target = target;
    this.take = (record) => target.take(record);
  }

  /** Takes the next octets of the file; they may be reused afterwards. */
  push(octets: Uint8Array): void {
    this.head ??= octets.slice(0, LEASE_FILE_HEAD_OCTETS);
    const { window } = this;
    window.append(octets);
    for (let batch = window.nextBatch(); batch !== undefined; batch = window.nextBatch()) this.takeBatch(batch);
    const unaccounted = window.filled - window.accounted;
    if (unaccounted > BATCH_OCTETS_MAX + WINDOW_OCTETS) this.readLongGap();
  }

  /** All octets have been pushed: judges the end. */
  finish(): Recovery {
    const { window } = this;
    if (window.accounted < window.filled || this.gap !== undefined) this.readEnd();
    return {
      octets: window.base + window.filled,
      records: this.records,
      sequence: this.sequence,
      hasTrailers: this.sequence > 0,
      otherFile: this.isOtherFile() ? this.head : undefined,
      isComplete: this.isComplete,
      findings: this.findings,
    };
  }

  private isOtherFile(): boolean {
    const { head } = this;
    if (head === undefined || this.records > 0 || this.sequence > 0 || this.hasNamedLease) return false;
    return !beginsAsLeaseFile(head) && !isTornStart(head);
  }

  private takeBatch({ start, end, next, sequence }: WholeBatch): void {
    const { buffer } = this.window;
    const isFirst = this.sequence === 0;
    const hasHeader = buffer.subarray(start, end).indexOf(HEADER_START) === 0;
    const isNext = isFirst ? hasHeader : sequence === this.sequence + 1;
    this.closeGap(start, isNext, sequence);
    this.takeRecords(start, end);
    this.isComplete = end - start === COMPLETE_MARK.length && buffer.subarray(start, end).equals(COMPLETE_MARK);
    this.sequence = sequence;
    this.window.accounted = next;
  }

  private readonly declare = (word: string, start: number, end: number): void => {
    this.target.declare?.(word, this.window.buffer.subarray(start, end));
  };

  /** Takes the records of a good batch. */
  private takeRecords(start: number, end: number): void {
    const { own, target, window } = this;
    const { buffer } = window;
    let at = start;
    while (at < end) {
      const next = own.read(buffer, at, end);
      if (next >= 0 && target.takeOwn?.(own) === true) {
        this.records += 1;
        at = next;
        continue;
      }
      // A declaration may have such an end inside: what begins with one is read to the end of the batch.
      const isRecord = buffer.subarray(at, end).indexOf(RECORD_START) === 0;
      const close = isRecord ? buffer.subarray(at, end).indexOf(RECORD_END) : -1;
      const recordEnd = close < 0 ? end : at + close + RECORD_END.length;
      const onError = (offset: number, message: string): void => {
        const place = `octet ${this.window.base + offset}: ${message}`;
        this.addFinding("damaged", start, end, `a record with a good checksum cannot be read: ${place}`);
      };
      this.records += readLeases(buffer, at, recordEnd - at, this.take, onError, this.declare);
      at = recordEnd;
    }
  }

  /** Judges what lies before the good batch that starts at `end`. */
  private closeGap(end: number, isNext: boolean, sequence: number): void {
    if (end === this.window.accounted && this.gap === undefined) {
      if (isNext) return;
      const message =
        this.sequence === 0
          ? `the file begins with commit ${sequence}: the commits before it are missing`
          : `commit ${sequence} follows commit ${this.sequence}: the commits between are missing or out of order`;
      this.addFinding("damaged", end, end, message);
      return;
    }
    const gap = this.readGap(end);
    this.gap = undefined;
    if (isNext && gap.isClean) {
      this.takeAll(gap);
      this.addFinding(
        "unchecked",
        gap.start - this.window.base,
        end,
        `${gap.records} records without a checksum are read as they are`,
      );
    } else {
      this.findDamage(gap, end);
    }
  }

  /** Reads the part of the gap up to `end`; its records wait for the judgement. */
  private readGap(end: number): Gap {
    const start = this.window.accounted;
    const gap = this.gap ?? new Gap(this.window.base + start);
    this.gap = gap;
    gap.survey(this.window.buffer, start, end);
    const count = readLeases(
      this.window.buffer,
      start,
      end - start,
      (record) => {
        gap.add(record);
      },
      (at, message) => {
        gap.addError(`octet ${this.window.base + at}: ${message}`);
      },
      this.declare,
    );
    this.hasNamedLease ||= gap.addresses.length > 0;
    this.records += count;
    this.window.accounted = end;
    return gap;
  }

  /** Reads a gap that is longer than any batch, but for its last window. */
  private readLongGap(): void {
    const { window } = this;
    this.takeAll(this.readGap(window.giveUpTrailersUntil(window.filled - WINDOW_OCTETS)));
  }

  private takeAll(gap: Gap): void {
    for (const record of gap.waiting) this.target.take(record);
    gap.waiting = [];
  }

  /** Takes the records of a damaged part, but for those that contradict good batches. */
  private takeCredible(gap: Gap): void {
    for (const record of gap.waiting) {
      const known = this.sequence === 0 ? undefined : this.target.known(record.address);
      if (known === undefined || mayFollow(known, record)) this.target.take(record);
      else gap.refused.push(record.address);
    }
    gap.waiting = [];
  }

  /** Judges what lies after the last good batch. */
  private readEnd(): void {
    const start = this.window.accounted;
    const end = this.window.filled;
    this.isComplete = false;
    if (this.sequence > 0 && this.gap === undefined && isTornWrite(this.window.buffer, start, end)) {
      const torn = new Gap(this.window.base + start);
      torn.survey(this.window.buffer, start, end);
      const names = torn.addresses.length === 0 ? "" : ` (it named ${listAddresses(torn.addresses)})`;
      const message = `an unfinished write of ${end - start} octets is cut off: no client got an ACK for it${names}`;
      this.addFinding("torn", start, end, message);
      return;
    }
    const gap = this.readGap(end);
    if (gap.isClean) {
      this.takeAll(gap);
      const message =
        this.sequence === 0
          ? `no checksums (written by another program, or by hand): ${gap.records} records are read as they are`
          : `${gap.records} records without a checksum are read as they are`;
      this.addFinding("unchecked", gap.start - this.window.base, end, message);
    } else {
      this.findDamage(gap, end);
    }
  }

  private findDamage(gap: Gap, end: number): void {
    this.takeCredible(gap);
    this.addFinding("damaged", gap.start - this.window.base, end, gap.describeDamage());
  }

  private addFinding(kind: Finding["kind"], start: number, end: number, message: string): void {
    const from = this.window.base + start;
    const to = this.window.base + end;
    this.findings.push({ kind, start: from, end: to, message: `octets ${from} to ${to}: ${message}` });
  }
}
