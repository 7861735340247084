// One compare-and-put of a value that is no lease.

import { COMMIT_DEADLINE_MS } from "../../base/limits/etcd.ts";
import type { CallFailure, Endpoints } from "./endpoints.ts";
import { WireError } from "./protobuf.ts";
import { TransactionAnswer, TransactionWriter } from "./transaction.ts";
import { type Header, type KeyValue, Method } from "./wire.ts";

/** What it needs. */
export interface PutParts {
  readonly endpoints: Endpoints;
  /** The highest revision of an answer so far. */
  revision(): number;
  /** Whether an answer comes from the store that the table is a mirror of; it was asked for when `revision` was `floor`. */
  isOurs(header: Header, floor: number): boolean;
}

/**
 * Takes the reason why there is no answer; or the revision of the answer and, if nothing was put, the value found (at
 * revision 0: none).
 */
export type PutDone = (failure: CallFailure | undefined, revision: number, found: KeyValue | undefined) => void;

/** Puts `value` for `key`, if the key has the revision `expected` (0: if there is no such key). */
export function putValue(parts: PutParts, key: Buffer, expected: number, value: Buffer, done: PutDone): void {
  const transaction = new TransactionWriter();
  transaction.add(key, expected, value, value.length);
  const floor = parts.revision();
  parts.endpoints.call(Method.transaction, transaction.take(), COMMIT_DEADLINE_MS, (failure, octets) => {
    if (failure !== undefined) return done(failure, 0, undefined);
    const answer = readAnswer(octets);
    if (answer === undefined)
      return done({ kind: "unreached", code: 0, message: "an answer of etcd is damaged" }, 0, undefined);
    if (!parts.isOurs(answer.header, floor))
      return done({ kind: "refused", code: 0, message: "another store answers than before" }, 0, undefined);
    done(undefined, answer.header.revision, answer.isWritten ? undefined : answer.pair);
  });
}

function readAnswer(octets: Buffer): TransactionAnswer | undefined {
  try {
    const answer = new TransactionAnswer(octets);
    answer.next();
    return answer;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
