// Gives memory back once it is quiet. After a start, or a time with many messages, some megabytes are garbage, or free
// and kept by allocators for a next time; without messages nothing would return them to the system.
//
// It does so twice, some seconds apart: V8 makes the young generation small again at a collection that finds that the
// program has allocated little for five seconds. Earlier collections, as the rehearsal ends, had a burst of clients
// seconds later wait longer (docs/performance.md).

import { setFlagsFromString } from "node:v8";
import { COLLECTED_HEAP_MAX, QUIET_LOOKS, QUIET_LOOKS_AGAIN, QUIET_MESSAGES_MIN } from "../base/limits/server.ts";
import { releaseFreeMemory, releaseProgramPages } from "../native/system-calls.ts";

/** See the head of this file. */
export class IdleMemory {
  private readonly release: () => void;
  /** Messages since memory was given back, and since the last look. */
  private messages = 0;
  private isQuiet = true;
  private quietLooks = 0;
  /** Looks since it was done, while it is to be done once more. */
  private looksSince: number | undefined;

  /** `release`: gives memory back; it is called a few seconds after the last of many messages, and once more. */
  constructor(release: () => void = releaseMemory) {
    this.release = release;
  }

  /** So many messages have come, or were made up. */
  note(count: number): void {
    this.messages += count;
    this.isQuiet = false;
  }

  /** Takes the pages of Node's program out of memory: those that are used again come back. */
  releaseProgram(): void {
    releaseProgramPages();
  }

  /** To be called each second. */
  look(): void {
    this.quietLooks = this.isQuiet ? this.quietLooks + 1 : 0;
    this.isQuiet = true;
    if (this.looksSince !== undefined) this.looksSince += 1;
    if (this.quietLooks < QUIET_LOOKS) return;
    // Few messages do not have it done anew: a check of the server's health every few seconds would each time.
    if (this.messages >= QUIET_MESSAGES_MIN) this.looksSince = 0;
    else if (this.looksSince === undefined || this.looksSince < QUIET_LOOKS_AGAIN) return;
    else this.looksSince = undefined;
    this.messages = 0;
    this.release();
  }
}

/**
 * A whole collection stops the process: tens of milliseconds on a server without clusters or long lists. It fills the
 * pages of the heap up. V8 does that by itself only if it also forgets the shapes of objects that do not exist at the
 * moment, and throws the code away that knows them.
 */
function releaseMemory(): void {
  if (process.memoryUsage().heapUsed <= COLLECTED_HEAP_MAX) {
    setFlagsFromString("--compact-on-every-full-gc");
    globalThis.gc?.();
    setFlagsFromString("--no-compact-on-every-full-gc");
  }
  releaseFreeMemory();
}
