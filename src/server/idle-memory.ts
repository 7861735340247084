// Gives memory back once it is quiet. After a start, or a time with many messages, some megabytes are garbage, or free
// and kept by allocators for a next time; without messages nothing would return them to the system.
//
// It does so twice, some seconds apart: V8 makes the young generation small again at a collection that finds that the
// program has allocated little for five seconds. After the rehearsal it does so at once, too, and again a second later:
// V8 frees the buffers of collected objects in the background.
//
// Of Node's program, 40 MB of which are in memory after a start, serving uses less than half. Its pages are taken out early in
// the rehearsal, which brings back what it runs. Taken out after it they came back while clients waited.

import { setFlagsFromString } from "node:v8";
import { COLLECTED_HEAP_MAX, QUIET_LOOKS, QUIET_LOOKS_AGAIN, QUIET_MESSAGES_MIN } from "../base/limits/server.ts";
import { releaseFreeMemory, releaseProgramPages } from "../native/system-calls.ts";

/** What gives memory back; a test has its own. */
export interface MemoryCalls {
  /** Collects garbage, and gives back what is free. */
  release(): void;
  /** Takes the pages of Node's program out of memory. */
  releaseProgram(): void;
}

/** See the head of this file. */
export class IdleMemory {
  private readonly calls: MemoryCalls;
  /** Messages since memory was given back, and since the last look. */
  private messages = 0;
  private isQuiet = true;
  private quietLooks = 0;
  private looksSince = 0;
  /** Looks until memory is given back a further time, for each of those times. */
  private waits: readonly number[] = [];

  constructor(calls: MemoryCalls = { release: releaseMemory, releaseProgram: releaseProgramPages }) {
    this.calls = calls;
  }

  /** So many messages have come, or were made up. */
  note(count: number): void {
    this.messages += count;
    this.isQuiet = false;
  }

  /** The start is over, no client waits, and made-up messages go on coming. */
  noteStartOver(): void {
    this.calls.releaseProgram();
  }

  /** No more messages are made up, and few real ones have come: it is quiet from now on. */
  noteRehearsalOver(): void {
    this.messages = 0;
    this.isQuiet = true;
    this.quietLooks = QUIET_LOOKS;
    this.looksSince = 0;
    this.waits = [1, 1, QUIET_LOOKS_AGAIN];
  }

  /** To be called each second. */
  look(): void {
    this.quietLooks = this.isQuiet ? this.quietLooks + 1 : 0;
    this.isQuiet = true;
    this.looksSince += 1;
    if (this.quietLooks < QUIET_LOOKS) return;
    const [wait, ...waits] = this.waits;
    // Few messages do not have it done anew: a check of the server's health every few seconds would each time.
    if (this.messages >= QUIET_MESSAGES_MIN) this.waits = [QUIET_LOOKS_AGAIN];
    else if (wait === undefined || this.looksSince < wait) return;
    else this.waits = waits;
    this.looksSince = 0;
    this.messages = 0;
    this.calls.release();
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
