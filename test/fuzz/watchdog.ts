// Notices from another thread when an input does not come to its end, and keeps it: a loop without end lets nothing else
// happen in its own thread.

import { mkdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Seconds without a new input after which the fuzzer ends: many times what any input takes. */
const PATIENCE_SECONDS = 120;
const INPUT_OCTETS_MAX = 1024 * 1024;

/** What the two threads share. */
interface Shared {
  /** Number of the input, and its octets. */
  readonly counters: Int32Array;
  readonly input: Uint8Array;
  /** Folder that a lasting input is put in. */
  readonly folder: string;
}

/** Watches over one thread's inputs. */
export class Watchdog {
  private readonly shared: Shared;
  private readonly worker: Worker;

  constructor(folder: string) {
    this.shared = {
      counters: new Int32Array(new SharedArrayBuffer(8)),
      input: new Uint8Array(new SharedArrayBuffer(INPUT_OCTETS_MAX)),
      folder,
    };
    this.worker = new Worker(new URL(import.meta.url), { workerData: this.shared });
    this.worker.unref();
  }

  /** The next input. */
  note(octets: Uint8Array): void {
    const { counters, input } = this.shared;
    const length = Math.min(octets.length, INPUT_OCTETS_MAX);
    input.set(octets.subarray(0, length));
    counters[1] = length;
    Atomics.add(counters, 0, 1);
  }

  close(): void {
    void this.worker.terminate();
  }
}

function watch({ counters, input, folder }: Shared): void {
  let last = -1;
  setInterval(() => {
    const number = Atomics.load(counters, 0);
    if (number !== last || number === 0) {
      last = number;
      return;
    }
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `endless-${Date.now()}`);
    writeFileSync(file, input.slice(0, counters[1]));
    writeSync(1, `FAILED: input ${number} has not ended after ${PATIENCE_SECONDS} s: ${file}\n`);
    process.kill(process.pid, "SIGKILL");
  }, PATIENCE_SECONDS * 1000);
}

if (!isMainThread) watch(workerData as Shared);
