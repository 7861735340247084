// The messages between the daemon and the process that changes elements of nftables sets: firewall/protocol.h in TypeScript
// (a test compares the two). One SOCK_SEQPACKET message a request, in the machine's own byte order.

import type { Ipv4 } from "../base/ipv4.ts";
import { FIREWALL_BATCH } from "../base/limits/firewall.ts";
import type { Seconds } from "../base/time.ts";

/** First octet of every message; the process ends when it differs. */
export const FIREWALL_VERSION = 1;

/** Second octet of every message. */
export const FirewallVerb = { ready: 1, look: 2, change: 3, list: 4 } as const;

/** What a change does with an element. */
export const ElementAction = { put: 1, remove: 2 } as const;

/** What became of a change, or of a set; `unanswered` is the daemon's own. */
export const SetResult = { ok: 0, missing: 1, full: 2, failed: 3, unsuitable: 4, unanswered: 5 } as const;
export type SetResult = (typeof SetResult)[keyof typeof SetResult];

/** The kinds of elements of a set: ipv4_addr, ipv4_addr . ether_addr, ether_addr . ipv4_addr. */
export const SetKey = { address: 1, addressHardware: 2, hardwareAddress: 3 } as const;

/** Octets of the messages, and where their fields are. */
export const Layout = {
  header: { octets: 8, version: 0, verb: 1, count: 2, sequence: 4 },
  element: { octets: 16, action: 0, set: 1, hardwareHigh: 2, hardwareLow: 4, address: 8, seconds: 12 },
  setRequest: { octets: 12, set: 8 },
  lookReply: {
    octets: 168,
    ...{
      result: 8,
      key: 12,
      hasTimeout: 16,
      isChanged: 20,
      handle: 24,
      family: 32,
      table: 40,
      set: 104,
      nameOctets: 64,
    },
  },
  listReply: { octets: 16, result: 8, isLast: 12 },
} as const;

/** Seconds of an element that does not end. */
export const NEVER_ENDS = 0xffff_ffff;

const HEADER_WORDS = Layout.header.octets / 4;
const ELEMENT_WORDS = Layout.element.octets / 4;
const CHANGE_OCTETS = Layout.header.octets + FIREWALL_BATCH * Layout.element.octets;
const BYTE = 8;
const HALF = 16;

/** Whether the first octet of a number is its lowest. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Action, set and the first two octets of a hardware address as one word. */
function firstWord(action: number, set: number, hardwareHigh: number): number {
  const word = isLittleEndian
    ? action | (set << BYTE) | (hardwareHigh << HALF)
    : (action << (HALF + BYTE)) | (set << HALF) | hardwareHigh;
  return word >>> 0;
}

/** A request with changes, written as they come: used again and again. */
export class ChangeBatch {
  readonly octets = new Uint8Array(CHANGE_OCTETS);
  private readonly words = new Uint32Array(this.octets.buffer);
  private readonly halves = new Uint16Array(this.octets.buffer);
  /** The lease of each element: a slot of the lease table, or -1. */
  readonly slots = new Int32Array(FIREWALL_BATCH);
  /** Which lease table the slots are of: the user's own number. */
  epoch = 0;
  count = 0;
  sequence = 0;

  get isFull(): boolean {
    return this.count === FIREWALL_BATCH;
  }

  /** Octets of the message. */
  get length(): number {
    return Layout.header.octets + this.count * Layout.element.octets;
  }

  /** Adds an element; `set` by its position at the process. */
  add(action: number, set: number, slot: number, address: Ipv4, high: number, low: number, seconds: Seconds): void {
    const at = HEADER_WORDS + this.count * ELEMENT_WORDS;
    this.words[at] = firstWord(action, set, high);
    this.words[at + 1] = low;
    this.words[at + 2] = address;
    this.words[at + 3] = seconds;
    this.slots[this.count++] = slot;
  }

  /** Writes the header; the elements are there. */
  finish(sequence: number): void {
    this.sequence = sequence;
    writeHeader(this.octets, this.halves, this.words, FirewallVerb.change, this.count, sequence);
  }

  /** ElementAction of an element. */
  action(index: number): number {
    return this.octets[Layout.header.octets + index * Layout.element.octets] ?? 0;
  }

  /** Position of an element's set. */
  set(index: number): number {
    return this.octets[Layout.header.octets + index * Layout.element.octets + Layout.element.set] ?? 0;
  }
}

function writeHeader(
  octets: Uint8Array,
  halves: Uint16Array,
  words: Uint32Array,
  verb: number,
  count: number,
  sequence: number,
): void {
  octets[Layout.header.version] = FIREWALL_VERSION;
  octets[Layout.header.verb] = verb;
  halves[Layout.header.count / 2] = count;
  words[Layout.header.sequence / 4] = sequence;
}

/** A request about one set, by its position. */
export function setRequest(verb: number, set: number, sequence: number): Uint8Array {
  const octets = new Uint8Array(Layout.setRequest.octets);
  const words = new Uint32Array(octets.buffer);
  writeHeader(octets, new Uint16Array(octets.buffer), words, verb, 0, sequence);
  words[Layout.setRequest.set / 4] = set;
  return octets;
}

/** The process's answer about a set. */
export interface SetLook {
  readonly result: SetResult;
  /** SetKey; 0 unless the result is ok. */
  readonly key: number;
  readonly hasTimeout: boolean;
  /** Whether another program has changed something of nftables since the last look at any set. */
  readonly isChanged: boolean;
  /** Another one than before means that the set was made anew. */
  readonly handle: bigint;
  /** "FAMILY TABLE SET". */
  readonly name: string;
  /** How many sets the process knows. */
  readonly sets: number;
}

/** An element of a set, as the process lists it. */
export interface ListedElement {
  readonly address: Ipv4;
  readonly hardwareHigh: number;
  readonly hardwareLow: number;
  /** Until it ends; NEVER_ENDS. */
  readonly seconds: Seconds;
}

/** A message of the process; undefined if it is none that a process of this version sends. */
export type FirewallMessage =
  | { readonly verb: typeof FirewallVerb.ready; readonly sets: number }
  | { readonly verb: typeof FirewallVerb.look; readonly sequence: number; readonly look: SetLook }
  | { readonly verb: typeof FirewallVerb.change; readonly sequence: number; readonly results: Uint8Array }
  | {
      readonly verb: typeof FirewallVerb.list;
      readonly sequence: number;
      readonly elements: readonly ListedElement[];
      readonly isLast: boolean;
      readonly result: SetResult;
    };

/** Reads a message, of which nothing is kept. */
export function readMessage(message: Uint8Array): FirewallMessage | undefined {
  const { header } = Layout;
  if (message.length < header.octets || message[header.version] !== FIREWALL_VERSION) return undefined;
  // Copied: the view's start may be at an odd place.
  const octets = message.slice();
  const view = new DataView(octets.buffer);
  const half = (at: number): number => view.getUint16(at, isLittleEndian);
  const word = (at: number): number => view.getUint32(at, isLittleEndian);
  const count = half(header.count);
  const sequence = word(header.sequence);
  switch (octets[header.verb]) {
    case FirewallVerb.ready:
      return octets.length === header.octets ? { verb: FirewallVerb.ready, sets: count } : undefined;
    case FirewallVerb.change: {
      if (count > FIREWALL_BATCH || octets.length !== header.octets + count) return undefined;
      return { verb: FirewallVerb.change, sequence, results: octets.subarray(header.octets) };
    }
    case FirewallVerb.look: {
      const at = Layout.lookReply;
      if (octets.length !== at.octets) return undefined;
      const text = (from: number, length: number): string => textOf(octets.subarray(from, from + length));
      const names = [text(at.family, at.table - at.family), text(at.table, at.nameOctets), text(at.set, at.nameOctets)];
      const look = {
        result: resultOf(word(at.result)),
        key: word(at.key),
        hasTimeout: word(at.hasTimeout) !== 0,
        isChanged: word(at.isChanged) !== 0,
        handle: view.getBigUint64(at.handle, isLittleEndian),
        name: names.join(" "),
        sets: count,
      };
      return { verb: FirewallVerb.look, sequence, look };
    }
    case FirewallVerb.list: {
      const at = Layout.listReply;
      const { element } = Layout;
      if (count > FIREWALL_BATCH || octets.length !== at.octets + count * element.octets) return undefined;
      const elements = Array.from({ length: count }, (_, i): ListedElement => {
        const from = at.octets + i * element.octets;
        return {
          address: word(from + element.address),
          hardwareHigh: half(from + element.hardwareHigh),
          hardwareLow: word(from + element.hardwareLow),
          seconds: word(from + element.seconds),
        };
      });
      const isLast = word(at.isLast) !== 0;
      return { verb: FirewallVerb.list, sequence, elements, isLast, result: resultOf(word(at.result)) };
    }
    default:
      return undefined;
  }
}

function resultOf(number: number): SetResult {
  return number <= SetResult.unsuitable ? (number as SetResult) : SetResult.failed;
}

function textOf(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  return String.fromCharCode(...octets.subarray(0, end < 0 ? octets.length : end));
}
