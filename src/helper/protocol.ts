// The messages between the daemon and the privileged helper: helper/protocol.h in TypeScript (a test
// compares the two). One SOCK_SEQPACKET message a request, in the machine's own byte order.

import { HELPER_BATCH } from "../base/limits/helper.ts";
import { REPLY_OCTETS_MAX } from "../base/limits/wire.ts";
import type { NeighbourRows, ReplyRows } from "../native/rows.ts";
import type { ListenRequest } from "./helper.ts";

/** First octet of every message; the helper ends when it differs. */
export const HELPER_VERSION = 3;

/** Second octet of every message. */
export const HelperVerb = { listen: 2, neighbourSet: 3, neighbourDelete: 4, frame: 5 } as const;

/** The content of a listen request. */
export const ListenKind = { udp: 1, icmp: 2, packet: 3, tcp: 4, observe: 5 } as const;

/** `result` of a listen reply. A neighbour reply has NeighbourResult octets, of the same values. */
export const ListenOutcome = { ok: 0, refused: 1, failed: 3 } as const;

/** Octets of the messages, and where their fields are. */
export const Layout = {
  header: { octets: 8, version: 0, verb: 1, count: 2, sequence: 4 },
  listenRequest: { octets: 24, kind: 8, freebind: 9, address: 12, receiveOctets: 16, ifindex: 20 },
  listenReply: { octets: 16, result: 8, error: 12 },
  neighbour: { octets: 16, ifindex: 0, address: 4, hardwareHigh: 8, hardwareLow: 12 },
  /** A frame's reply is laid out like a listen reply. `octets` without the payload. */
  frameRequest: {
    octets: 28,
    ifindex: 8,
    source: 12,
    destination: 16,
    hardwareHigh: 20,
    hardwareLow: 24,
  },
  neighbourReply: { octets: 8 + HELPER_BATCH, results: 8 },
} as const;

/** Length of a neighbour request with `count` entries. */
export function neighbourRequestOctets(count: number): number {
  return Layout.header.octets + count * Layout.neighbour.octets;
}

/** Octets of a frame's payload, at least: the fixed header of BOOTP. */
export const FRAME_PAYLOAD_MIN = 236;

/** Longest request. */
export const REQUEST_OCTETS_MAX = Math.max(
  neighbourRequestOctets(HELPER_BATCH),
  Layout.frameRequest.octets + REPLY_OCTETS_MAX,
);

const HEADER_WORDS = Layout.header.octets / 4;

/** A buffer for requests, and the functions that fill it. One message at a time. */
export class RequestWriter {
  /** The message, from its first octet; its length is what the last function returned. */
  readonly octets = new Uint8Array(REQUEST_OCTETS_MAX);
  private readonly words = new Uint32Array(this.octets.buffer);
  private readonly halves = new Uint16Array(this.octets.buffer);

  private header(verb: number, count: number, sequence: number): void {
    this.octets[Layout.header.version] = HELPER_VERSION;
    this.octets[Layout.header.verb] = verb;
    this.halves[Layout.header.count / 2] = count;
    this.words[Layout.header.sequence / 4] = sequence;
  }

  /** Writes a request for a socket; returns its length. Fields that the kind of socket has no use for are 0. */
  listen(sequence: number, request: ListenRequest): number {
    const at = Layout.listenRequest;
    this.octets.fill(0, 0, at.octets);
    this.header(HelperVerb.listen, 0, sequence);
    this.octets[at.kind] = ListenKind[request.kind];
    if ("freebind" in request) this.octets[at.freebind] = request.freebind ? 1 : 0;
    if ("address" in request) this.words[at.address / 4] = request.address;
    if ("receiveBufferOctets" in request) this.words[at.receiveOctets / 4] = request.receiveBufferOctets;
    if ("ifindex" in request) this.words[at.ifindex / 4] = request.ifindex;
    return at.octets;
  }

  /** Writes a request about `count` (1..HELPER_BATCH) rows of `entries`; returns its length. */
  neighbours(verb: number, sequence: number, entries: NeighbourRows, count: number): number {
    this.header(verb, count, sequence);
    entries.writeTo(this.words, HEADER_WORDS, count);
    return neighbourRequestOctets(count);
  }

  /**
   * Writes a request to send the reply in a row, whose octets lie in `arena`; returns its length, or 0 if the helper
   * takes no reply of so few or so many octets.
   */
  frame(sequence: number, arena: Uint8Array, replies: ReplyRows, row: number): number {
    const at = Layout.frameRequest;
    const offset = replies.offset(row);
    const length = replies.length(row);
    if (length < FRAME_PAYLOAD_MIN || length > REPLY_OCTETS_MAX) return 0;
    this.header(HelperVerb.frame, length, sequence);
    this.words[at.ifindex / 4] = replies.ifindex(row);
    this.words[at.source / 4] = replies.source(row);
    this.words[at.destination / 4] = replies.destination(row);
    this.words[at.hardwareHigh / 4] = replies.hardwareHigh(row);
    this.words[at.hardwareLow / 4] = replies.hardwareLow(row);
    for (let i = 0; i < length; i++) this.octets[at.octets + i] = arena[offset + i] ?? 0;
    return at.octets + length;
  }
}

/** An answer of the helper, copied out of the socket's buffer. One at a time. */
export class ReplyReader {
  private readonly octets = new Uint8Array(Layout.neighbourReply.octets);
  private readonly words = new Uint32Array(this.octets.buffer);
  private readonly halves = new Uint16Array(this.octets.buffer);
  /** One NeighbourResult for each entry of a set. */
  readonly results = this.octets.subarray(Layout.neighbourReply.results);
  verb = 0;
  count = 0;
  sequence = 0;
  /** ListenOutcome; of a frame a NeighbourResult. */
  listenResult = 0;
  /** errno of the call that failed. */
  listenError = 0;

  /** Takes in one message; false if it is none that a helper of this version sends. */
  read(message: Uint8Array): boolean {
    if (message.length > this.octets.length || message.length < Layout.header.octets) return false;
    this.octets.set(message);
    this.verb = this.octets[Layout.header.verb] as number;
    this.count = this.halves[Layout.header.count / 2] as number;
    this.sequence = this.words[Layout.header.sequence / 4] as number;
    this.listenResult = this.words[Layout.listenReply.result / 4] as number;
    this.listenError = this.words[Layout.listenReply.error / 4] as number;
    if (this.octets[Layout.header.version] !== HELPER_VERSION) return false;
    switch (this.verb) {
      case HelperVerb.listen:
      case HelperVerb.frame:
        return message.length === Layout.listenReply.octets;
      case HelperVerb.neighbourSet:
        return message.length === Layout.neighbourReply.octets && this.count <= HELPER_BATCH;
      default:
        return false;
    }
  }
}
