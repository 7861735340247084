// A journal in a directory that we may not write: the launcher has opened FILE and FILE.new
// beforehand (read, write, append), and neither can be renamed.
//
// FILE.new is written completely, closed with a mark (journal-format.ts COMPLETE_MARK) and synced;
// from there on it counts, until FILE has been rewritten from it in place, synced, and FILE.new is
// empty again. So at each moment one of the two is whole, and a marked FILE.new wins at the start.
// Both descriptors stay for the life of the process. After an error FILE is written anew from its
// first octet before it is synced again, which is all that can be done without another descriptor.

import { readFileSync } from "node:fs";
import { DaemonError } from "../../base/daemon-error.ts";
import { sizeIfNamed } from "../../native/system-calls.ts";
import {
  type Appender,
  descriptor,
  type JournalFiles,
  lockOrRefuse,
  type ReadOctets,
  readAll,
  refusal,
  refuseOther,
  roomOf,
  writeAll,
} from "./journal-files.ts";

/** O_APPEND as /proc shows it, octal. */
const APPEND_FLAG = 0o2000;

/** FILE and FILE.new as two descriptors. */
export class JournalDescriptors implements JournalFiles {
  readonly needsMark = true;
  readonly path: string;
  readonly appender: Appender;
  isSealed = false;
  private isClosed = false;
  private readonly fd: number;
  private readonly newFd: number;

  constructor(
    path: string,
    fds: { readonly file: number; readonly fileNew: number },
    makeAppender: (fd: number) => Appender,
  ) {
    this.path = path;
    this.fd = fds.file;
    this.newFd = fds.fileNew;
    this.appender = makeAppender(fds.file);
  }

  async open(isMarked: (read: ReadOctets) => Promise<boolean>): Promise<void> {
    for (const fd of [this.fd, this.newFd]) {
      if (!isAppending(fd)) {
        throw new DaemonError(
          "lease-file-unwritable",
          `${this.path}: descriptor ${fd} is not open for appending: start the daemon through bin/anydhcpd`,
        );
      }
    }
    lockOrRefuse(this.fd, this.path);
    try {
      this.isSealed = await isMarked((onOctets) => readAll(this.newFd, onOctets));
      if (this.isSealed) return;
      await refuseOther(this.newFd, `${this.path}.new`);
      await descriptor.ftruncate(this.newFd, 0);
    } catch (error) {
      if (error instanceof DaemonError) throw error;
      throw refusal(`${this.path}.new`, "cannot read and write this file", error);
    }
  }

  read(onOctets: (octets: Uint8Array) => void): Promise<void> {
    return readAll(this.isSealed ? this.newFd : this.fd, onOctets);
  }

  /** The launcher's descriptors are the files, even if their names change. */
  sizeInPlace(): number {
    return sizeIfNamed("", this.fd);
  }

  cut(octets: number): Promise<void> {
    return descriptor.ftruncate(this.fd, octets);
  }

  freeOctets(): number {
    return roomOf(this.fd);
  }

  /** There is no directory to keep anything in. */
  keepReplaced(): undefined {
    return undefined;
  }

  beginReplacement(): Promise<void> {
    return descriptor.ftruncate(this.newFd, 0);
  }

  write(octets: Uint8Array, length: number): Promise<void> {
    return writeAll(this.newFd, octets, length);
  }

  sync(): Promise<void> {
    return descriptor.fdatasync(this.newFd);
  }

  async seal(): Promise<void> {
    await this.sync();
    this.isSealed = true;
  }

  async swap(): Promise<void> {
    await descriptor.ftruncate(this.fd, 0);
    await readAll(this.newFd, (octets) => writeAll(this.fd, octets, octets.length));
    await descriptor.fdatasync(this.fd);
    // FILE is whole now. Were FILE.new still what counts when its end fails, the next attempt would empty FILE for it.
    this.isSealed = false;
    await descriptor.ftruncate(this.newFd, 0);
    await descriptor.fdatasync(this.newFd);
  }

  replacedIsFreed(): Promise<void> {
    return Promise.resolve();
  }

  async drop(): Promise<void> {
    if (this.isSealed) return;
    await descriptor.ftruncate(this.newFd, 0);
    // What has been marked must not come back after a power loss.
    await descriptor.fdatasync(this.newFd);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.appender.close();
    await descriptor.close(this.newFd);
  }
}

/** Writing at any other place would leave holes once a file has been emptied. */
function isAppending(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & APPEND_FLAG) !== 0;
  } catch {
    // Without /proc, or without the descriptor: then the first call on it says so.
    return true;
  }
}
