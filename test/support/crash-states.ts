// The states of a program's files that a file system may have when the machine stops, after a record of the program's
// calls (failing_calls.c). Certain are a file's content at its last sync, and a directory's names at its own; of later
// changes any page or name may be missing, independent of the others, and a write may be there in part. That is worse
// than the file systems of Linux are in their usual modes ("All File Systems Are Not Created Equal", OSDI 2014).

/** One call of a record. */
export interface TracedCall {
  readonly words: readonly string[];
  /** Of a write. */
  readonly octets: Uint8Array;
}

/** The calls of a record, in their order. */
export function readTrace(trace: Buffer): TracedCall[] {
  const calls: TracedCall[] = [];
  for (let at = 0; at < trace.length; ) {
    const end = trace.indexOf("\n", at);
    const words = trace.toString("latin1", at, end).split(" ");
    const length = words[0] === "write" ? Number(words[3]) : 0;
    calls.push({ words, octets: trace.subarray(end + 1, end + 1 + length) });
    at = end + 1 + length;
  }
  return calls;
}

interface FileChange {
  /** Where octets are written, or what the file is cut to. */
  readonly at: number;
  readonly octets: Uint8Array | undefined;
}

interface File {
  /** The certain content. */
  durable: Buffer;
  /** What came since. */
  changes: FileChange[];
}

type Names = ReadonlyMap<string, File>;
interface NameChange {
  readonly removed: string | undefined;
  readonly added: string | undefined;
  readonly file: File | undefined;
}

/** The content of each file that a crash leaves, by its path. */
export type CrashState = ReadonlyMap<string, Buffer>;

/** Octets that are written to the disk in one piece, in any order of pieces. */
const PAGE = 4096;
/** Octets that a write may end after. */
const SECTOR = 512;

/** A file system that takes calls and tells what a crash would leave. */
export class CrashDisk {
  readonly #files = new Map<string, File>();
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #nameChanges: NameChange[] = [];

  /** A call has had its effect. */
  take({ words, octets }: TracedCall): void {
    const [call, first = "", second = ""] = words;
    switch (call) {
      case "create":
        return this.#create(first, second);
      case "write":
        this.#file(first).changes.push({ at: Number(second), octets });
        return;
      case "truncate":
        this.#file(first).changes.push({ at: Number(second), octets: undefined });
        return;
      case "sync":
        return this.#sync(first);
      case "rename":
        return this.#change({ removed: first, added: second, file: this.#names.get(first) });
      case "unlink":
        return this.#change({ removed: first, added: undefined, file: undefined });
      case "link":
        return this.#change({ removed: undefined, added: second, file: this.#names.get(first) });
      default:
        throw new Error(`unknown call: ${call}`);
    }
  }

  /** What there is: what a program's end by kill -9 leaves. */
  get present(): CrashState {
    return contents(this.#names, presentOf);
  }

  /** What a power failure may leave. */
  *afterPowerFailure(): Generator<CrashState> {
    for (const names of variants(this.#nameChanges)) {
      const named = names.reduce(changeNames, this.#durableNames);
      yield contents(named, (file) => file.durable);
      yield contents(named, presentOf);
      for (const file of new Set(named.values())) {
        for (const content of fileStates(file)) {
          yield contents(named, (other) => (other === file ? content : presentOf(other)));
        }
      }
    }
  }

  #file(inode: string): File {
    const file = this.#files.get(inode);
    if (file === undefined) throw new Error(`no file with inode ${inode}`);
    return file;
  }

  #create(inode: string, path: string): void {
    const known = this.#files.get(inode);
    if (known !== undefined && this.#names.get(path) === known) return;
    const file: File = { durable: Buffer.alloc(0), changes: [] };
    this.#files.set(inode, file);
    this.#change({ removed: undefined, added: path, file });
  }

  #change(change: NameChange): void {
    this.#names = changeNames(this.#names, change);
    this.#nameChanges.push(change);
  }

  #sync(inode: string): void {
    const file = this.#files.get(inode);
    if (file === undefined) {
      // The directory.
      this.#durableNames = this.#names;
      this.#nameChanges = [];
      return;
    }
    file.durable = presentOf(file);
    file.changes = [];
  }
}

/** All, none, all but one, and only one of the changes since the last sync. */
function* variants<T>(changes: readonly T[]): Generator<readonly T[]> {
  yield changes;
  if (changes.length === 0) return;
  yield [];
  if (changes.length === 1) return;
  for (let i = 0; i < changes.length; i++) {
    yield changes.filter((_, at) => at !== i);
    yield changes.slice(i, i + 1);
  }
}

/** Possible contents of a file: all or none of the later changes, some of its pages, its last write in part. */
function* fileStates(file: File): Generator<Buffer> {
  const { durable } = file;
  const present = presentOf(file);
  yield durable;
  for (let at = 0; at < present.length; at += PAGE) {
    const end = Math.min(present.length, at + PAGE);
    if (durable.length >= end && durable.subarray(at, end).equals(present.subarray(at, end))) continue;
    // The others have been written, or this one alone.
    const without = Buffer.from(present);
    without.fill(0, at, end);
    if (at < durable.length) durable.copy(without, at, at, Math.min(end, durable.length));
    yield without;
    const alone = Buffer.alloc(Math.max(end, durable.length));
    durable.copy(alone);
    present.copy(alone, at, at, end);
    yield alone;
  }
  const last = file.changes.at(-1);
  if (last?.octets === undefined) return;
  const start = last.at;
  const length = last.octets.length;
  const cuts = new Set([1, length >> 1, length - 1]);
  for (let cut = SECTOR - (start % SECTOR); cut < length; cut += SECTOR) cuts.add(cut);
  for (const cut of cuts) yield present.subarray(0, start + cut);
}

function presentOf({ durable, changes }: File): Buffer {
  return contentOf(durable, changes);
}

function changeNames(names: Names, { removed, added, file }: NameChange): Names {
  const changed = new Map(names);
  if (removed !== undefined) changed.delete(removed);
  if (added !== undefined && file !== undefined) changed.set(added, file);
  return changed;
}

function contents(names: Names, contentOfFile: (file: File) => Buffer): CrashState {
  return new Map([...names].map(([path, file]) => [path, contentOfFile(file)]));
}

function contentOf(durable: Buffer, changes: readonly FileChange[]): Buffer {
  let content = durable;
  for (const { at, octets } of changes) {
    const length = octets === undefined ? at : Math.max(content.length, at + octets.length);
    // A file that has grown has zeros where nothing is written.
    const changed = Buffer.alloc(length);
    content.copy(changed);
    if (octets !== undefined) changed.set(octets, at);
    content = changed;
  }
  return content;
}
