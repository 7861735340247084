// Messages on a stream: each behind its length in two octets (RFC 6926 section 6.1). Takes octets in pieces of any
// size; holds one message at a time.

import { BULK_QUERY_OCTETS_MAX } from "../base/limits/leasequery.ts";
import { HEADER_OCTETS } from "./layout.ts";

/** Octets of the length before each message. */
export const FRAME_HEADER_OCTETS = 2;

/** The messages of one stream, one after the other. */
export class FramedMessages {
  /** The message, from its first octet. */
  readonly octets = new Uint8Array(BULK_QUERY_OCTETS_MAX);
  /** Octets of the message; -1 as long as they are not known. */
  length = -1;
  /** Octets of length and message that have come. */
  private taken = 0;
  private high = 0;

  /** Whether the message is all there. No more is taken until `next`. */
  get isWhole(): boolean {
    return !this.isBroken && this.length >= 0 && this.taken === FRAME_HEADER_OCTETS + this.length;
  }

  /** Whether a length is impossible for a query: then the start of the next message is unknown. */
  get isBroken(): boolean {
    return this.length >= 0 && (this.length < HEADER_OCTETS || this.length > BULK_QUERY_OCTETS_MAX);
  }

  /** Whether a part of a message has come. */
  get isUnderWay(): boolean {
    return this.taken > 0;
  }

  /** Takes octets of `chunk` from `from` on, up to the end of the message; returns how many. */
  take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isWhole && !this.isBroken) {
      this.takeOctet(chunk[at++] ?? 0);
    }
    return at - from;
  }

  /** Begins the next message. */
  next(): void {
    this.length = -1;
    this.taken = 0;
  }

  private takeOctet(octet: number): void {
    const at = this.taken++;
    if (at === 0) this.high = octet;
    else if (at === 1) this.length = (this.high << 8) | octet;
    else this.octets[at - FRAME_HEADER_OCTETS] = octet;
  }
}
