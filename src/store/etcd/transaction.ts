// One transaction of etcd that holds many compare-and-puts, each of which succeeds or fails by itself: nested
// transactions, "if the key's revision is R, put this value, else read the key". They take one entry of etcd's log.

import { CHANGES_PER_TRANSACTION_MAX } from "../../base/limits/etcd.ts";
import { fieldSize, MessageReader, putFieldHead, putVarint, varintSize, WireError, WireType } from "./protobuf.ts";
import { type Header, KeyValue, RangeAnswer, readHeader } from "./wire.ts";

/** Compare.target: the revision of the key's last change. */
const TARGET_MOD = 2;
const OCTETS_MIN = 16 * 1024;

/** Builds the request. */
export class TransactionWriter {
  /** Compare-and-puts so far. */
  count = 0;
  private octets = Buffer.allocUnsafe(OCTETS_MIN);
  private length = 0;

  /** Adds "the first `valueLength` octets of `value` for `key`, if its revision is `revision`" (0: if there is no such key). No key twice. */
  add(key: Uint8Array, revision: number, value: Uint8Array, valueLength: number): void {
    const keyField = fieldSize(key.length);
    // Compare { result EQUAL (left out), target, key, mod_revision }
    const compare = 2 + keyField + 1 + varintSize(revision);
    const put = keyField + fieldSize(valueLength);
    const [success, failure] = [fieldSize(put), fieldSize(keyField)];
    const nested = fieldSize(compare) + fieldSize(success) + fieldSize(failure);
    const operation = fieldSize(nested);
    this.reserve(fieldSize(operation));

    const { octets } = this;
    let at = putFieldHead(octets, this.length, 2, operation);
    at = putFieldHead(octets, at, 4, nested);
    at = putFieldHead(octets, at, 1, compare);
    octets[at] = (2 << 3) | WireType.varint;
    octets[at + 1] = TARGET_MOD;
    at = putOctets(octets, at + 2, 3, key, key.length);
    octets[at] = (6 << 3) | WireType.varint;
    at = putVarint(octets, at + 1, revision);
    at = putFieldHead(octets, at, 2, success);
    at = putFieldHead(octets, at, 2, put);
    at = putOctets(octets, at, 1, key, key.length);
    at = putOctets(octets, at, 2, value, valueLength);
    at = putFieldHead(octets, at, 3, failure);
    at = putFieldHead(octets, at, 1, keyField);
    this.length = putOctets(octets, at, 1, key, key.length);
    this.count += 1;
  }

  /** Adds a read of a key; such a request has no compare-and-puts beside. */
  addRead(key: Uint8Array): void {
    const keyField = fieldSize(key.length);
    const operation = fieldSize(keyField);
    this.reserve(fieldSize(operation));
    let at = putFieldHead(this.octets, this.length, 2, operation);
    at = putFieldHead(this.octets, at, 1, keyField);
    this.length = putOctets(this.octets, at, 1, key, key.length);
    this.count += 1;
  }

  /** The request, which is the caller's from now on; the writer is empty again. */
  take(): Buffer {
    const { octets, length } = this;
    // gRPC keeps a request until it has left.
    this.octets = Buffer.allocUnsafe(Math.max(OCTETS_MIN, length));
    this.length = 0;
    this.count = 0;
    return octets.subarray(0, length);
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.octets.length) return;
    const wider = Buffer.allocUnsafe(Math.max(needed, 2 * this.octets.length));
    this.octets.copy(wider, 0, 0, this.length);
    this.octets = wider;
  }
}

function putOctets(target: Uint8Array, start: number, field: number, source: Uint8Array, length: number): number {
  const at = putFieldHead(target, start, field, length);
  for (let i = 0; i < length; i++) target[at + i] = source[i] ?? 0;
  return at + length;
}

/** Goes through the answer: `next` for each of its operations, in their order. */
export class TransactionAnswer {
  header: Header = { clusterId: "", revision: 0 };
  /** Whether the operation was a put and took place. */
  isWritten = false;
  /** Whether a read has found its key, which is in `pair` then. */
  isFound = false;
  readonly pair = new KeyValue();
  private readonly reader: MessageReader;
  private hasOperation: boolean;
  private left = CHANGES_PER_TRANSACTION_MAX;

  /** Throws a WireError, as `next` does, if the octets are no such answer. */
  constructor(octets: Uint8Array) {
    this.reader = new MessageReader(octets);
    this.hasOperation = this.seekOperation();
  }

  /** Reads the answer of the next operation; false at the end. */
  next(): boolean {
    if (!this.hasOperation) return false;
    if (this.left-- === 0) throw new WireError("an answer has more operations than its request");
    this.isWritten = false;
    this.isFound = false;
    this.readOperation(this.reader.message());
    this.hasOperation = this.seekOperation();
    return true;
  }

  private seekOperation(): boolean {
    const { reader } = this;
    while (reader.nextField()) {
      if (reader.field === 3) return true;
      if (reader.field === 1) this.header = readHeader(reader);
      else reader.skip();
    }
    return false;
  }

  /** A ResponseOp. */
  private readOperation(operation: MessageReader): void {
    while (operation.nextField()) {
      if (operation.field === 1) this.readRange(operation);
      else if (operation.field === 4) this.readNested(operation.message());
      else operation.skip();
    }
  }

  /** A TxnResponse whose only operation is a put or a read. */
  private readNested(nested: MessageReader): void {
    while (nested.nextField()) {
      if (nested.field === 2) this.isWritten = nested.number() !== 0;
      else if (nested.field === 3) {
        const operation = nested.message();
        while (operation.nextField()) {
          if (operation.field === 1) this.readRange(operation);
          else operation.skip();
        }
      } else nested.skip();
    }
  }

  private readRange(operation: MessageReader): void {
    const start = operation.skipOctets();
    this.isFound = new RangeAnswer(operation.octets, start, operation.at).next(this.pair);
  }
}
