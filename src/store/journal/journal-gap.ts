// A gap between good batches of a lease file, or behind the last: the records read of it, and recovery's judgements of
// it.

import { equalBytes } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4, parseIpv4 } from "../../base/ipv4.ts";
import { BindingState, type LeaseRecord } from "../../lease/lease.ts";
import { isTrailerBeginning, latin1 } from "./journal-format.ts";

/** Places and addresses that one finding names. */
const NAMES_MAX = 20;

/** Octets between two good batches, perhaps read in pieces. */
export class Gap {
  /** Offset in the file. */
  readonly start: number;
  /** Records read. */
  records = 0;
  /** Records that wait for the judgement. */
  waiting: LeaseRecord[] = [];
  /** Addresses whose record here is refused. */
  readonly refused: Ipv4[] = [];
  private hasTrailerLine = false;
  private readonly errors: string[] = [];
  private errorCount = 0;
  private readonly named = new Set<Ipv4>();
  private readonly read = new Set<Ipv4>();

  constructor(start: number) {
    this.start = start;
  }

  /** Whether it is whole records without a trace of a trailer: somebody's edit. */
  get isClean(): boolean {
    return this.errorCount === 0 && !this.hasTrailerLine;
  }

  /** Addresses that the text names. */
  get addresses(): Ipv4[] {
    return [...this.named];
  }

  /** Notes what the text between two positions names, whether it can be read or not. */
  survey(bytes: Uint8Array, start: number, end: number): void {
    const text = latin1(bytes, start, end);
    if (/^#=/m.test(text)) this.hasTrailerLine = true;
    for (const match of text.matchAll(/^lease\s+(\d+\.\d+\.\d+\.\d+)/gm)) {
      const address = parseIpv4(match[1] ?? "");
      if (address !== undefined) this.named.add(address);
    }
  }

  /** Takes a record that could be read. */
  add(record: LeaseRecord): void {
    this.records += 1;
    this.read.add(record.address);
    this.waiting.push(record);
  }

  /** Takes a place that could not. */
  addError(text: string): void {
    this.errorCount += 1;
    if (this.errors.length < NAMES_MAX) this.errors.push(text);
  }

  /** Which records were read, which were not, and where. */
  describeDamage(): string {
    const parts = ["damaged"];
    if (this.records > 0) parts.push(`${this.records} records in it could be read: ${listAddresses([...this.read])}`);
    if (this.refused.length > 0) {
      parts.push(`not believed, for the address had another client: ${listAddresses(this.refused)}`);
    }
    const lost = this.addresses.filter((address) => !this.read.has(address));
    if (lost.length > 0) parts.push(`lost: ${listAddresses(lost)}`);
    if (this.errorCount > 0) parts.push(this.errors.join(", "));
    if (this.errorCount > this.errors.length) parts.push(`and ${this.errorCount - this.errors.length} more places`);
    return parts.join("; ");
  }
}

/**
 * Whether `bytes[start..end)` is what an interrupted append of one batch leaves: lines of records, the
 * last of which may be cut, perhaps the beginning of the trailer, perhaps octets that never reached
 * the disk (NUL). Whole records alone are not: those may be somebody's edit.
 */
export function isTornWrite(bytes: Buffer, start: number, end: number): boolean {
  let last = end;
  while (last > start && bytes[last - 1] === 0) last--;
  if (last === start) return true;
  const text = latin1(bytes, start, last);
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  if (!lines.every((line) => line === "}" || line.startsWith("  ") || line.startsWith("lease "))) return false;
  if (rest.startsWith("#")) return isTrailerBeginning(rest);
  const endsWhole = rest === "" || rest === "}";
  return !(endsWhole && last === end && /(^|\n)\}\n?$/.test(text));
}

/** Whether a record can be true after another of its address: an address changes hands only when a lease is over. */
export function mayFollow(known: LeaseRecord, next: LeaseRecord): boolean {
  if (known.state !== BindingState.bound || next.startsAt >= known.endsAt) return true;
  if (known.clientId.length > 0 || next.clientId.length > 0) return equalBytes(known.clientId, next.clientId);
  return known.htype === next.htype && equalBytes(known.hardwareAddress, next.hardwareAddress);
}

/** The first addresses of a list, and how many there are besides. */
export function listAddresses(addresses: readonly Ipv4[]): string {
  const named = addresses.slice(0, NAMES_MAX).map(formatIpv4).join(" ");
  return addresses.length > NAMES_MAX ? `${named} and ${addresses.length - NAMES_MAX} more` : named;
}
