// Writes leases to the client that asked for them, a few in a turn of the event loop, and no faster than the client
// reads: a million of them must hold up no query.

import type { Writable } from "node:stream";
import { LEASES_LOOK_MS, LEASES_TOLD_PER_TURN } from "../base/limits/control.ts";
import type { LeasesEnd } from "./messages.ts";

/**
 * Writes a line for each of `values`, as JSON, but for those described as undefined, then LeasesEnd, and ends the stream.
 * Writes an empty line where it finds nothing to tell for a second. Stops when the stream is destroyed.
 */
export function streamLines<T>(stream: Writable, values: Iterable<T>, describe: (value: T) => unknown): void {
  const iterator = values[Symbol.iterator]();
  let count = 0;
  let toldAt = performance.now();
  const turn = (): void => {
    if (stream.destroyed) return;
    let text = "";
    for (let i = 0; i < LEASES_TOLD_PER_TURN; i++) {
      const { done, value } = iterator.next();
      if (done === true) return void stream.end(`${text}${JSON.stringify({ count } satisfies LeasesEnd)}\n`);
      const told = describe(value);
      if (told === undefined) continue;
      text += `${JSON.stringify(told)}\n`;
      count += 1;
    }
    if (text === "" && performance.now() - toldAt >= LEASES_LOOK_MS) text = "\n";
    if (text !== "") toldAt = performance.now();
    if (text === "" || stream.write(text)) setImmediate(turn);
    else stream.once("drain", turn);
  };
  turn();
}
