// AppendFile, sizeIfNamed, freeOctets and lockFile on real files: an ordinary one, a full file system, descriptors that
// refuse.

import { spawnSync } from "node:child_process";
import { closeSync, linkSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppendFile } from "../../src/native/append-file.ts";
import { freeOctets, lockFile, sizeIfNamed } from "../../src/native/system-calls.ts";
import { withDeadline } from "../support/deadline.ts";
import { mayUnshare, Peer } from "../support/peer.ts";

const { EAGAIN, EBADF, EINVAL, ENOSPC } = constants.errno;
const ADDON = join(import.meta.dirname, "../../native/build/Release/anydhcpd.node");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anydhcpd-append-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function append(file: AppendFile, octets: Uint8Array, options: { length?: number; sync?: boolean } = {}) {
  return withDeadline(
    new Promise<{ errno: number; written: number }>((resolve) =>
      file.append(octets, options.length ?? octets.length, options.sync ?? true, (errno, written) =>
        resolve({ errno, written }),
      ),
    ),
    "the end of an append",
  );
}

/** Runs JavaScript in a Node of its own, with the addon as `native` and the folder as `folder`. */
function runApart(code: string) {
  const head = `const native = require(${JSON.stringify(ADDON)}), folder = ${JSON.stringify(folder)};`;
  return spawnSync(process.execPath, ["-e", head + code], { encoding: "utf8", timeout: 20_000 });
}

describe("AppendFile", () => {
  it("appends the octets asked for, one append after the other", async () => {
    const path = join(folder, "ordinary");
    const file = new AppendFile(openSync(path, "a"));
    expect(await append(file, Buffer.from("one two"), { length: 4 })).toEqual({ errno: 0, written: 4 });
    expect(await append(file, Buffer.from("two"), { sync: false })).toEqual({ errno: 0, written: 3 });
    expect(await append(file, new Uint8Array(0))).toEqual({ errno: 0, written: 0 });
    expect(readFileSync(path, "utf8")).toBe("one two");
    file.close();
  });

  it("refuses a second append while one is under way, and any once closed", async () => {
    const path = join(folder, "single");
    const file = new AppendFile(openSync(path, "a"));
    const first = append(file, Buffer.from("first"));
    expect(() => file.append(Buffer.from("second"), 6, true, () => undefined)).toThrow(TypeError);
    await first;
    file.close();
    file.close();
    expect(() => file.append(Buffer.from("third"), 5, true, () => undefined)).toThrow(TypeError);
    expect(readFileSync(path, "utf8")).toBe("first");
  });

  it("may start the next append from done", async () => {
    const path = join(folder, "chain");
    const file = new AppendFile(openSync(path, "a"));
    await withDeadline(
      new Promise<void>((resolve) => {
        file.append(Buffer.from("a"), 1, true, () => file.append(Buffer.from("b"), 1, true, () => resolve()));
      }),
      "two appends",
    );
    expect(readFileSync(path, "utf8")).toBe("ab");
    file.close();
  });

  it("finishes what is under way when it is closed, and closes then", async () => {
    const path = join(folder, "closing");
    const fd = openSync(path, "a");
    const file = new AppendFile(fd);
    const done = append(file, Buffer.alloc(4 << 20, "x"));
    file.close();
    expect(await done).toEqual({ errno: 0, written: 4 << 20 });
    expect(readFileSync(path).length).toBe(4 << 20);
    expect(() => closeSync(fd)).toThrow(/EBADF/);
  });

  it("says EBADF for a descriptor that is not open for writing", async () => {
    const path = join(folder, "ordinary");
    const file = new AppendFile(openSync(path, "r"));
    expect(await append(file, Buffer.from("x"))).toEqual({ errno: EBADF, written: 0 });
    file.close();
  });

  it("refuses more octets than its buffer has", () => {
    const file = new AppendFile(openSync(join(folder, "short"), "a"));
    expect(() => file.append(new Uint8Array(3), 4, true, () => undefined)).toThrow(TypeError);
    file.close();
  });

  it("ends the process on an exception in done, as any other callback's", () => {
    const result = runApart(`
      new native.AppendFile(fs.openSync(folder + "/throwing", "a"))
        .append(Buffer.from("x"), 1, true, () => { throw new Error("from done"); });
    `);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("from done");
  });

  it("lets a worker thread end, and the process exit, while appends are under way", () => {
    const result = runApart(`
      const { Worker } = require("node:worker_threads");
      const code = \`
        const native = require(${JSON.stringify(ADDON)});
        new native.InterfaceWatch(() => {});
        const file = new native.AppendFile(require("fs").openSync(\${JSON.stringify(folder + "/worker")}, "w"));
        file.append(Buffer.alloc(8 << 20, "w"), 8 << 20, true, () => {});
        require("worker_threads").parentPort.postMessage("started");
      \`;
      let rounds = 5;
      const next = () => {
        if (rounds-- === 0) {
          const file = new native.AppendFile(fs.openSync(folder + "/main", "w"));
          file.append(Buffer.alloc(8 << 20, "m"), 8 << 20, true, () => {});
          new native.InterfaceWatch(() => {});
          process.exit(0);
        }
        const worker = new Worker(code, { eval: true });
        worker.on("message", () => worker.terminate());
        worker.on("exit", next);
      };
      next();
    `);
    expect([result.signal, result.status, result.stderr]).toEqual([null, 0, ""]);
    expect(readFileSync(join(folder, "worker")).length).toBe(8 << 20);
    expect(readFileSync(join(folder, "main")).length).toBe(8 << 20);
  });

  it("says where a file that cannot be synchronised stands", async () => {
    const peer = await Peer.start({ namespaces: false });
    const fd = await peer.take("reading, writing = os.pipe(); give(writing)");
    const file = new AppendFile(fd);
    expect(await append(file, Buffer.from("abc"))).toEqual({ errno: EINVAL, written: 3 });
    expect(await append(file, Buffer.from("def"), { sync: false })).toEqual({ errno: 0, written: 3 });
    expect(await peer.run("result = os.read(reading, 99).decode()")).toBe("abcdef");
    file.close();
    await peer.close();
  });

  it.skipIf(!mayUnshare)("goes on after a short write, and tells how much a full file system took", async () => {
    const peer = await Peer.start({ namespaces: true });
    const fd = await peer.take("sh('mount -t tmpfs -o size=64k tmpfs /mnt'); give(open('/mnt/journal', 'ab'))");
    const file = new AppendFile(fd);
    expect(await append(file, Buffer.alloc(40_000, "a"))).toEqual({ errno: 0, written: 40_000 });
    expect(await append(file, Buffer.alloc(40_000, "b"))).toEqual({ errno: ENOSPC, written: 65_536 - 40_000 });
    expect(await append(file, Buffer.alloc(1, "c"))).toEqual({ errno: ENOSPC, written: 0 });
    file.close();
    await peer.close();
  });
});

describe("sizeIfNamed", () => {
  it("tells whether a path still leads to an open file, and how large that is", () => {
    const path = join(folder, "named");
    const fd = openSync(path, "a");
    expect(sizeIfNamed(path, fd)).toBe(0);
    writeSync(fd, "four");
    expect(sizeIfNamed(path, fd)).toBe(4);
    linkSync(path, join(folder, "other name"));
    expect(sizeIfNamed(join(folder, "other name"), fd)).toBe(4);
    renameSync(path, join(folder, "elsewhere"));
    expect(sizeIfNamed(path, fd)).toBe(-1);
    expect(sizeIfNamed("", fd)).toBe(4);
    closeSync(openSync(path, "a"));
    expect(sizeIfNamed(path, fd)).toBe(-1);
    closeSync(fd);
    expect(sizeIfNamed(join(folder, "elsewhere"), fd)).toBe(-1);
    expect(() => sizeIfNamed(undefined as unknown as string, 0)).toThrow(TypeError);
    expect(() => sizeIfNamed(path, -1)).toThrow(TypeError);
  });
});

describe("lockFile", () => {
  it("lets one open file have the lock, until its descriptor is closed", () => {
    const path = join(folder, "locked");
    const first = openSync(path, "a");
    const second = openSync(path, "a");
    expect(lockFile(first)).toBe(0);
    expect(lockFile(first)).toBe(0);
    expect(lockFile(second)).toBe(EAGAIN);
    // Closing some other descriptor of the file would drop a lock of the older kind.
    closeSync(openSync(path, "r"));
    expect(lockFile(second)).toBe(EAGAIN);
    closeSync(first);
    expect(lockFile(second)).toBe(0);
    closeSync(second);
    expect(lockFile(second)).toBe(EBADF);
  });
});

describe("freeOctets", () => {
  it.skipIf(!mayUnshare)("tells how much room a file system has, and -1 where that is unknown", async () => {
    const peer = await Peer.start({ namespaces: true });
    const fd = await peer.take("sh('mount -t tmpfs -o size=64k tmpfs /mnt'); give(open('/mnt/journal', 'ab'))");
    expect(freeOctets(fd)).toBe(65_536);
    writeSync(fd, Buffer.alloc(40_000));
    expect(freeOctets(fd)).toBe(65_536 - 40_960);
    closeSync(fd);
    await peer.close();
    const unknown = openSync("/proc/self/stat", "r");
    expect(freeOctets(unknown)).toBe(-1);
    closeSync(unknown);
    expect(() => freeOctets(-1)).toThrow(TypeError);
  });
});
