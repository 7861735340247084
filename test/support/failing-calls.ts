// File system calls of a program that fail when a test says so: test/support/failing_calls.c between the program and
// the kernel. What a test orders holds from the program's next call on.

import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("failing_calls.c", import.meta.url);

/** The calls, and the bit of each: write also of the addon's, `create` and `open`: with and without O_CREAT. */
export const CALLS = {
  write: 1,
  fdatasync: 2,
  fsync: 4,
  open: 8,
  create: 16,
  rename: 32,
  ftruncate: 64,
  unlink: 128,
  link: 256,
  read: 512,
} as const;
export type CallName = keyof typeof CALLS;

/** Numbers of errors, as Linux has them; `short`: half of the octets are written, and the call says so. */
const EFFECTS = { EINTR: 4, EIO: 5, EACCES: 13, EMFILE: 24, ENOSPC: 28, short: 0x8000 } as const;
export type Effect = keyof typeof EFFECTS;

/** What befalls calls. */
export interface Fault {
  readonly calls: readonly CallName[];
  readonly effect: Effect;
  /** Whether the call is made before it fails. */
  readonly isDone?: boolean;
  /** How many calls are struck from the first one on; 1 without. */
  readonly strikes?: number;
  /** What befalls those behind the first; the same without. */
  readonly next?: Effect;
}

/** Compiles the library. */
export function compileFailingCalls(library: string): void {
  const flags = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-shared", "-fPIC"];
  execFileSync(process.env["CC"] ?? "cc", [...flags, "-o", library, fileURLToPath(SOURCE), "-ldl", "-lpthread"]);
}

const COUNT_AT = 5;
const NUMBER_AT = 7;
const WORDS = 8;
const DONE = 0x1_0000;

/** The orders for one program, in a file that it shares. */
export class CallOrders implements Disposable {
  readonly #fd: number;

  /** Makes the file, which has to be there when the program starts. Nothing is ordered. */
  static create(file: string): CallOrders {
    writeFileSync(file, new Uint8Array(WORDS * 4));
    return new CallOrders(file);
  }

  /** Takes the orders in a file. */
  constructor(file: string) {
    this.#fd = openSync(file, "r+");
  }

  /** From now on these calls are counted from 1, and the one with number `first` meets the fault, if there is one. */
  begin({ calls, effect, isDone = false, strikes = 1, next = effect }: Fault, first: number): void {
    const bits = calls.reduce((all, name) => all | CALLS[name], 0);
    const [one, others] = [EFFECTS[effect], EFFECTS[next]].map((number) => number | (isDone ? DONE : 0));
    // What counts last: nothing may be struck by half an order.
    const last = Math.min(0xffff_ffff, first + strikes - 1);
    this.#write(0, 0, first, last, one ?? 0, others ?? 0, 0, 0, this.#read(NUMBER_AT) + 1);
    this.#write(0, bits);
  }

  /** No call is counted or struck until `resume`. Returns what to resume with. */
  pause(): number {
    const bits = this.#read(0);
    this.#write(0, 0);
    return bits;
  }

  /** See `pause`. */
  resume(bits: number): void {
    this.#write(0, bits);
  }

  /** No call is struck any more. */
  heal(): void {
    this.#write(1, 0);
  }

  /** Calls that have been counted. */
  get count(): number {
    return this.#read(COUNT_AT);
  }

  /** Calls that have been struck. */
  get struck(): number {
    return this.#read(COUNT_AT + 1);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #write(word: number, ...values: readonly number[]): void {
    writeSync(this.#fd, new Uint8Array(Uint32Array.from(values).buffer), 0, values.length * 4, word * 4);
  }

  #read(word: number): number {
    const value = new Uint32Array(1);
    readSync(this.#fd, new Uint8Array(value.buffer), 0, 4, word * 4);
    return value[0] ?? 0;
  }
}
