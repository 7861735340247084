// A file that grows at its end, durably. Descriptors as for UdpSocket.

import { addon, type NativeAppendFile } from "./addon.ts";
import { requireBytes, requireDescriptor, requireFunction } from "./checks.ts";

/** One-hop durable append: write and fdatasync on a worker thread. Owns the descriptor. One append at a time. */
export class AppendFile {
  readonly #file: NativeAppendFile;

  constructor(fd: number) {
    requireDescriptor(fd);
    this.#file = new (addon().AppendFile)(fd);
  }

  /**
   * Appends `length` octets of `buffer` (do not touch until done). `sync` false leaves out fdatasync and the
   * worker thread: `done` is called before this returns. `done(errno, written)`: errno 0 means that all of it is written and, with `sync`, durable; else
   * `written` octets are in the file and nothing is known of their durability. Throws TypeError
   * while another append is under way or once closed.
   */
  append(buffer: Uint8Array, length: number, sync: boolean, done: (errno: number, written: number) => void): void {
    requireBytes(buffer, length, "buffer");
    if (typeof sync !== "boolean") throw new TypeError("sync: not a boolean");
    requireFunction(done, "done");
    this.#file.append(buffer, length, sync, done);
  }

  /** Closes the descriptor, after the append that is under way (whose `done` is still called). A second call does nothing. */
  close(): void {
    this.#file.close();
  }
}
