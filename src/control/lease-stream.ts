// Writes leases to whoever asked for them, a few in a turn of the event loop, and no faster than they are
// read: a million of them must hold up no query.

import type { Writable } from "node:stream";
import { LEASES_TOLD_PER_TURN } from "../base/limits/control.ts";

/** Writes a line for each of `values`, as JSON, but for those described as undefined, and ends the stream. Stops when the stream is destroyed. */
export function streamLines<T>(stream: Writable, values: Iterable<T>, describe: (value: T) => unknown): void {
  const iterator = values[Symbol.iterator]();
  const turn = (): void => {
    if (stream.destroyed) return;
    let text = "";
    for (let i = 0; i < LEASES_TOLD_PER_TURN; i++) {
      const { done, value } = iterator.next();
      if (done === true) return void stream.end(text);
      const told = describe(value);
      if (told !== undefined) text += `${JSON.stringify(told)}\n`;
    }
    if (text === "" || stream.write(text)) setImmediate(turn);
    else stream.once("drain", turn);
  };
  turn();
}
