// A journal in a directory that we may write: FILE.new is renamed over FILE.
//
// The lock is on the inode of FILE. A daemon that gets it checks that FILE still names that inode, and FILE.new is
// locked before it is renamed: at any moment a second daemon meets a lock, before the rename on the old inode,
// afterwards on the new one; and the lock of an inode that has just been renamed away is recognised as worth nothing.
// FILE.new is touched only under FILE's lock.

import { constants, fchmod, fchown } from "node:fs";
import { access, copyFile, link, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DaemonError } from "../../base/daemon-error.ts";
import { sizeIfNamed } from "../../native/system-calls.ts";
import { errnoName } from "./journal-errors.ts";
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

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
/** Mode of a lease file that we create; a replacement gets the mode of the file it replaces. */
const FILE_MODE = 0o640;
/** Files that may be renamed away between our opening and locking them before we give up. */
const OPEN_ATTEMPTS_MAX = 10;
const chmodDescriptor = promisify(fchmod);
const chownDescriptor = promisify(fchown);

interface OpenFile {
  /** Owned by `appender`. */
  readonly fd: number;
  readonly appender: Appender;
}

/** FILE and FILE.new in one directory of ours. */
export class JournalDirectory implements JournalFiles {
  readonly needsMark = false;
  readonly isSealed = false;
  path: string;
  private readonly makeAppender: (fd: number) => Appender;
  private current: OpenFile | undefined;
  private directoryFd = -1;
  /** The name that the next swap keeps the replaced file under. */
  private keptPath: string | undefined;
  /** The end of the file that was replaced last. */
  private freeing: Promise<void> | undefined;
  /** Descriptor of FILE.new while there is one. */
  private newFd = -1;

  constructor(path: string, makeAppender: (fd: number) => Appender) {
    this.path = path;
    this.makeAppender = makeAppender;
  }

  get appender(): Appender {
    return this.opened.appender;
  }

  private get opened(): OpenFile {
    if (this.current === undefined) throw new DaemonError("lease-file-unreadable", `${this.path}: not open`);
    return this.current;
  }

  private get newPath(): string {
    return `${this.path}.new`;
  }

  async open(isMarked: (read: ReadOctets) => Promise<boolean>): Promise<void> {
    await this.resolvePath();
    await this.lockPath();
    try {
      this.directoryFd = await descriptor.open(dirname(this.path), O_RDONLY | O_DIRECTORY);
      await access(dirname(this.path), constants.W_OK | constants.X_OK);
      await this.settleLeftover(isMarked);
    } catch (error) {
      if (error instanceof DaemonError) throw error;
      throw refusal(dirname(this.path), "cannot write in the directory of the lease file", error);
    }
  }

  /** A rename must replace the file that a symbolic link names, not the link. */
  private async resolvePath(): Promise<void> {
    try {
      this.path = await realpath(this.path);
    } catch (error) {
      if (errnoName(error) !== "ENOENT") throw refusal(this.path, "cannot read the lease file", error);
      const directory = await realpath(dirname(this.path)).catch((reason: unknown) => {
        throw refusal(this.path, "cannot create the lease file", reason);
      });
      this.path = join(directory, basename(this.path));
    }
  }

  private async lockPath(): Promise<void> {
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      const fd = await this.openOrCreate();
      try {
        const opened = await descriptor.fstat(fd);
        if (!opened.isFile()) throw new DaemonError("lease-file-unreadable", `${this.path}: not a regular file`);
        lockOrRefuse(fd, this.path);
        if (sizeIfNamed(this.path, fd) >= 0) {
          this.current = { fd, appender: this.makeAppender(fd) };
          return;
        }
      } catch (error) {
        await descriptor.close(fd);
        throw error;
      }
      await descriptor.close(fd);
    }
    throw new DaemonError("lease-file-locked", `${this.path}: replaced again and again while it was being opened`);
  }

  private async openOrCreate(): Promise<number> {
    const flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
    try {
      return await descriptor.open(this.path, flags);
    } catch (error) {
      if (errnoName(error) !== "ENOENT") {
        throw refusal(this.path, "cannot read and write the lease file", error);
      }
    }
    try {
      const fd = await descriptor.open(this.path, flags | O_CREAT | O_EXCL, FILE_MODE);
      await chmodDescriptor(fd, FILE_MODE);
      return fd;
    } catch (error) {
      if (errnoName(error) === "EEXIST") return this.openOrCreate();
      throw refusal(this.path, "cannot create the lease file", error);
    }
  }

  private async settleLeftover(isMarked: (read: ReadOctets) => Promise<boolean>): Promise<void> {
    let fd: number;
    try {
      fd = await descriptor.open(this.newPath, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      const name = errnoName(error);
      if (name === "ENOENT") return;
      // A symbolic link, or a socket. Anything else may be whole, and what counts.
      if (name === "ELOOP" || name === "ENXIO") return await unlink(this.newPath);
      throw refusal(this.newPath, "cannot read and write the file that was to replace the lease file", error);
    }
    try {
      const isFile = (await descriptor.fstat(fd)).isFile();
      if (isFile && (await isMarked((onOctets) => readAll(fd, onOctets)))) {
        this.newFd = fd;
        lockOrRefuse(fd, this.newPath);
        await this.seal();
        return await this.swap();
      }
      if (isFile) await refuseOther(fd, this.newPath);
    } catch (error) {
      // Any such file stays: with newFd set, `close` would remove it as a file that this store has begun.
      this.newFd = -1;
      if (this.opened.fd !== fd) await descriptor.close(fd);
      throw error;
    }
    await descriptor.close(fd);
    await unlink(this.newPath);
  }

  read(onOctets: (octets: Uint8Array) => void): Promise<void> {
    return readAll(this.opened.fd, onOctets);
  }

  sizeInPlace(): number {
    return sizeIfNamed(this.path, this.opened.fd);
  }

  cut(octets: number): Promise<void> {
    return descriptor.ftruncate(this.opened.fd, octets);
  }

  freeOctets(): number {
    return roomOf(this.opened.fd);
  }

  keepReplaced(suffix: string): string {
    this.keptPath = this.path + suffix;
    return this.keptPath;
  }

  async beginReplacement(): Promise<void> {
    await this.drop();
    const replaced = await descriptor.fstat(this.opened.fd);
    this.newFd = await descriptor.open(
      this.newPath,
      O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW,
      replaced.mode & 0o777,
    );
    lockOrRefuse(this.newFd, this.newPath);
    // A group that reads reports keeps doing so; if we are not in it, that is how it is.
    await chownDescriptor(this.newFd, process.getuid?.() ?? replaced.uid, replaced.gid).catch(() => undefined);
    await chmodDescriptor(this.newFd, replaced.mode & 0o777);
  }

  write(octets: Uint8Array, length: number): Promise<void> {
    return writeAll(this.newFd, octets, length);
  }

  sync(): Promise<void> {
    return descriptor.fdatasync(this.newFd);
  }

  seal(): Promise<void> {
    return this.sync();
  }

  async swap(): Promise<void> {
    await this.nameOldFile();
    // The last close of a large file waits until its blocks are free: a worker thread must do it.
    const lastHolder = await descriptor.open(this.path, O_RDONLY | O_NOFOLLOW).catch(() => -1);
    await rename(this.newPath, this.path);
    const replaced = this.opened;
    this.current = { fd: this.newFd, appender: this.makeAppender(this.newFd) };
    this.newFd = -1;
    replaced.appender.close();
    await descriptor.fsync(this.directoryFd);
    // Commits go on meanwhile; one may wait while the file system frees the blocks.
    if (lastHolder >= 0) this.freeing = descriptor.close(lastHolder).catch(() => undefined);
  }

  /**
   * Gives the file that is about to be replaced a second name. Not earlier than now: a file that has two names for long
   * looks like a link to another user's file, which the launcher refuses.
   */
  private async nameOldFile(): Promise<void> {
    const { keptPath } = this;
    if (keptPath === undefined) return;
    await unlink(keptPath).catch(() => undefined);
    // A file system without links gets a copy; without room for that, leases are worth more.
    await link(this.path, keptPath)
      .catch(() => copyFile(this.path, keptPath, constants.COPYFILE_EXCL))
      .catch(() => undefined);
    this.keptPath = undefined;
  }

  async replacedIsFreed(): Promise<void> {
    await this.freeing;
  }

  async drop(): Promise<void> {
    if (this.newFd >= 0) {
      const fd = this.newFd;
      this.newFd = -1;
      await descriptor.close(fd).catch(() => undefined);
    }
    await unlink(this.newPath).catch((error: unknown) => {
      if (errnoName(error) !== "ENOENT") throw error;
    });
  }

  async close(): Promise<void> {
    await this.freeing;
    if (this.newFd >= 0) await this.drop().catch(() => undefined);
    if (this.directoryFd >= 0) await descriptor.close(this.directoryFd);
    this.directoryFd = -1;
    this.current?.appender.close();
    this.current = undefined;
  }
}
