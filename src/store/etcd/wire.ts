// etcd's messages (API version 3, package etcdserverpb), as far as the store uses them. Requests are octets; answers
// are read in place. Reading any octets returns or throws a WireError.

import { MessageReader, numberField, octetsField } from "./protobuf.ts";

/** Methods by their path. */
export const Method = {
  range: "/etcdserverpb.KV/Range",
  transaction: "/etcdserverpb.KV/Txn",
  watch: "/etcdserverpb.Watch/Watch",
  status: "/etcdserverpb.Maintenance/Status",
  alarm: "/etcdserverpb.Maintenance/Alarm",
  authenticate: "/etcdserverpb.Auth/Authenticate",
} as const;
export type Method = (typeof Method)[keyof typeof Method];

/** A request without fields. */
export const EMPTY_REQUEST: Uint8Array = Buffer.alloc(0);

/** What every answer says of the cluster. */
export interface Header {
  /** Identifier of the cluster, in hexadecimal. */
  readonly clusterId: string;
  /** The store's revision when the member answered. */
  readonly revision: number;
}

const NO_HEADER: Header = { clusterId: "", revision: 0 };

/** How a range is to be read. */
export interface RangeOptions {
  /** The revision to read at; 0 or undefined: the present one, linearizable. */
  readonly revision?: number;
  readonly limit?: number;
  readonly countOnly?: boolean;
}

/** Asks for the keys from `key` to before `end`; without `end`, for the one key. */
export function rangeRequest(key: Uint8Array, end: Uint8Array | undefined, options: RangeOptions = {}): Buffer {
  const { revision = 0, limit = 0, countOnly = false } = options;
  const parts = [octetsField(1, key)];
  if (end !== undefined) parts.push(octetsField(2, end));
  if (limit > 0) parts.push(numberField(3, limit));
  if (revision > 0) parts.push(numberField(4, revision));
  if (countOnly) parts.push(numberField(9, 1));
  return Buffer.concat(parts);
}

/** Asks for all events of the keys from `key` to before `end`, from a revision on; deletions too, without values from before. */
export function watchRequest(key: Uint8Array, end: Uint8Array, startRevision: number): Buffer {
  return octetsField(1, Buffer.concat([octetsField(1, key), octetsField(2, end), numberField(3, startRevision)]));
}

/** Asks a watch for its revision. */
export function progressRequest(): Buffer {
  return octetsField(3, EMPTY_REQUEST);
}

/** Asks for a token. */
export function authenticateRequest(name: string, password: string): Buffer {
  return Buffer.concat([octetsField(1, name), octetsField(2, password)]);
}

/** The token of an answer to it. */
export function readToken(octets: Uint8Array): string {
  const reader = new MessageReader(octets);
  let token = "";
  while (reader.nextField()) {
    if (reader.field === 2) token = reader.text();
    else reader.skip();
  }
  return token;
}

/** A header, of a reader that stands at one. */
export function readHeader(reader: MessageReader): Header {
  const header = reader.message();
  let { clusterId, revision } = NO_HEADER;
  while (header.nextField()) {
    if (header.field === 1) clusterId = header.identifier();
    else if (header.field === 3) revision = header.number();
    else header.skip();
  }
  return { clusterId, revision };
}

/** One key with its value, in place; used again for the next. */
export class KeyValue {
  octets: Uint8Array = EMPTY_REQUEST;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  modRevision = 0;
  private readonly fields = new MessageReader(EMPTY_REQUEST);

  /** Reads one, of a reader that stands at it. */
  read(reader: MessageReader): void {
    const pair = this.fields;
    reader.messageInto(pair);
    this.octets = pair.octets;
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = this.modRevision = 0;
    while (pair.nextField()) {
      if (pair.field === 1) {
        this.keyStart = pair.skipOctets();
        this.keyEnd = pair.at;
      } else if (pair.field === 3) this.modRevision = pair.number();
      else if (pair.field === 5) {
        this.valueStart = pair.skipOctets();
        this.valueEnd = pair.at;
      } else pair.skip();
    }
  }

  /** The key (allocates). */
  get key(): Uint8Array {
    return this.octets.subarray(this.keyStart, this.keyEnd);
  }

  /** The value (allocates). */
  get value(): Uint8Array {
    return this.octets.subarray(this.valueStart, this.valueEnd);
  }
}

/** Goes through an answer to a range request: `next` while there is a key, then header, `more` and `count` are known. */
export class RangeAnswer {
  header = NO_HEADER;
  /** Whether the limit has left keys out. */
  more = false;
  /** Keys of the whole range. */
  count = 0;
  private readonly reader: MessageReader;

  constructor(octets: Uint8Array, start = 0, end = octets.length) {
    this.reader = new MessageReader(octets, start, end);
  }

  /** Reads the next key into `pair`; false at the end. */
  next(pair: KeyValue): boolean {
    const { reader } = this;
    while (reader.nextField()) {
      if (reader.field === 2) {
        pair.read(reader);
        return true;
      }
      if (reader.field === 1) this.header = readHeader(reader);
      else if (reader.field === 3) this.more = reader.number() !== 0;
      else if (reader.field === 4) this.count = reader.number();
      else reader.skip();
    }
    return false;
  }
}

/** Goes through a message of a watch: `next` while there is an event. What the fields before the events say is known from the start. */
export class WatchMessage {
  header = NO_HEADER;
  isCreated = false;
  isCancelled = false;
  /** The oldest remaining revision, if a watch was cancelled because its start has been compacted away; else 0. */
  compactRevision = 0;
  cancelReason = "";
  /** Whether the event that was read last is a deletion. */
  isDeletion = false;
  private readonly reader: MessageReader;
  private readonly event = new MessageReader(EMPTY_REQUEST);
  private hasEvent: boolean;

  constructor(octets: Uint8Array) {
    this.reader = new MessageReader(octets);
    this.hasEvent = this.seekEvent();
  }

  /** Reads the next event's key into `pair`; false at the end. */
  next(pair: KeyValue): boolean {
    if (!this.hasEvent) return false;
    const { event } = this;
    this.reader.messageInto(event);
    this.isDeletion = false;
    while (event.nextField()) {
      if (event.field === 1) this.isDeletion = event.number() === 1;
      else if (event.field === 2) pair.read(event);
      else event.skip();
    }
    this.hasEvent = this.seekEvent();
    return true;
  }

  /** Whether there is one more event. Reads the other fields on the way. */
  private seekEvent(): boolean {
    const { reader } = this;
    while (reader.nextField()) {
      if (reader.field === 11) return true;
      if (reader.field === 1) this.header = readHeader(reader);
      else if (reader.field === 3) this.isCreated = reader.number() !== 0;
      else if (reader.field === 4) this.isCancelled = reader.number() !== 0;
      else if (reader.field === 5) this.compactRevision = reader.number();
      else if (reader.field === 6) this.cancelReason = reader.text();
      else reader.skip();
    }
    return false;
  }
}
