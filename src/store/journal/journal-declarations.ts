// Statements of a lease file that are no leases: hosts, classes and groups that were added to ISC's server while it
// ran, its failover state, its DUID. They have no effect here. They are kept word for word and written to every new
// file, so that data that only the lease file has are not lost.

import { DECLARATION_BATCH_OCTETS } from "../../base/limits/store.ts";
import type { BatchBuffer } from "./journal-batch.ts";

const NEWLINE = Uint8Array.of(0x0a);
/** What an operator has made, and misses. */
const NAMED_WORDS: readonly string[] = ["host", "group", "class", "subclass"];

/** All such statements of one file, in its order. */
export class Declarations {
  private readonly texts: Uint8Array[] = [];
  private readonly counts = new Map<string, number>();

  /** Takes a copy of a statement. */
  add(word: string, text: Uint8Array): void {
    this.texts.push(text.slice());
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }

  /** Adds all to batches of `buffer`, which `closeBatch` closes; resolves when the last is closed. */
  async write(buffer: () => BatchBuffer, closeBatch: () => void, flush: () => Promise<void>): Promise<void> {
    let octets = 0;
    for (const text of this.texts) {
      buffer().addText(text, text.length);
      buffer().addText(NEWLINE, 1);
      octets += text.length + 1;
      if (octets < DECLARATION_BATCH_OCTETS) continue;
      octets = 0;
      closeBatch();
      await flush();
    }
    if (octets > 0) closeBatch();
  }

  /** What to say of those that somebody may miss; undefined if there are none. */
  describe(path: string): string | undefined {
    return describeDeclarations(this.counts, path);
  }
}

/** The same for a count of statements by their words. */
export function describeDeclarations(counts: ReadonlyMap<string, number>, path: string): string | undefined {
  const named = NAMED_WORDS.filter((word) => counts.has(word));
  if (named.length === 0) return undefined;
  const list = named.map((word) => counted(counts.get(word) ?? 0, word)).join(", ");
  const isOne = named.length === 1 && counts.get(named[0] ?? "") === 1;
  return (
    `the lease file declares ${list}, which ${isOne ? "has" : "have"} no effect there, ` +
    `and the daemon keeps ${isOne ? "it" : "them"} there. Add what "anydhcpctl import ${path}" writes to dhcpd.conf, if it is not there yet`
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : word.endsWith("s") ? "es" : "s"}`;
}
