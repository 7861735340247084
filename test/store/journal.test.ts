// The journal on a real file system: contract, files it makes and finds, locks, failing disks.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it } from "vitest";
import { DaemonError } from "../../src/base/daemon-error.ts";
import { formatLeaseRecord } from "../../src/lease/file/leases-file.ts";
import { LeaseTable } from "../../src/lease/table/table.ts";
import { AppendFile } from "../../src/native/append-file.ts";
import { type JournalOptions, JournalStore } from "../../src/store/journal/journal.ts";
import { BatchBuffer } from "../../src/store/journal/journal-batch.ts";
import type { Appender } from "../../src/store/journal/journal-files.ts";
import { COMPLETE_MARK } from "../../src/store/journal/journal-format.ts";
import { CommitOutcome, type StoreReport } from "../../src/store/store.ts";
import { withDeadline } from "../support/deadline.ts";
import {
  bindSlots,
  commit,
  contentOf,
  healthOf,
  journalOf,
  leasesOf,
  makeTable,
  numberedRecord,
  openAsLauncher,
  recover,
  ScratchFolder,
} from "../support/journal.ts";
import { address, KEYS, makePools, makeRecord, octets } from "../support/lease-clients.ts";
import { describeStore, type StoreMaker } from "./contract.ts";

const EIO = 5;

/** A disk that fails when it is told to; `sync` errors leave the octets in the file. */
class Disk {
  errno = 0;
  /** Octets that are still written before the error. */
  writtenBefore = 0;
  appends = 0;
  /** Descriptors on which an append has failed. */
  readonly failed = new Set<number>();
  /** Descriptors that were used after that. */
  readonly reused = new Set<number>();

  readonly makeAppender = (fd: number): Appender => {
    const file = new AppendFile(fd);
    let hasFailed = false;
    return {
      append: (buffer, length, sync, done) => {
        this.appends += 1;
        if (hasFailed) this.reused.add(fd);
        if (this.errno === 0) return file.append(buffer, length, sync, done);
        hasFailed = true;
        this.failed.add(fd);
        file.append(buffer, Math.min(length, this.writtenBefore), false, (_errno, written) =>
          done(this.errno, written),
        );
      },
      close: () => file.close(),
    };
  };
}

interface Place {
  readonly folder: ScratchFolder;
  readonly disk: Disk;
  make(options?: Partial<JournalOptions>): JournalStore;
}

function inDirectory(): Place {
  const folder = new ScratchFolder();
  const disk = new Disk();
  return {
    folder,
    disk,
    make: (options) =>
      new JournalStore({
        path: folder.file(),
        strict: false,
        makeAppender: disk.makeAppender,
        retryMsMin: 5,
        ...options,
      }),
  };
}

function unsynchronised(): Place {
  const place = inDirectory();
  return {
    ...place,
    make: (options) => {
      const store = place.make(options);
      store.isSynchronous = false;
      return store;
    },
  };
}

function withDescriptors(): Place {
  const place = inDirectory();
  const path = place.folder.file();
  return {
    ...place,
    make: (options) =>
      place.make({ leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`), ...options }),
  };
}

function makerOf(place: Place): StoreMaker {
  return {
    name: "journal",
    isDurable: true,
    make: () => place.make(),
    breakDown: () => {
      place.disk.errno = EIO;
    },
    repair: () => {
      place.disk.errno = 0;
    },
    dispose: () => place.folder[Symbol.dispose](),
  };
}

/** Opens, tells what was found and what the table holds, closes. */
async function reopen(
  place: Place,
  options: Partial<JournalOptions> = {},
): Promise<{ report: StoreReport; leases: Map<number, string>; notices: string }> {
  const store = place.make(options);
  const table = makeTable();
  const report = await store.open(table);
  await store.close();
  return { report, leases: contentOf(table), notices: report.notices.map((notice) => notice.message).join("\n") };
}

async function refusalOf(store: JournalStore): Promise<DaemonError> {
  const error = await store.open(makeTable()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DaemonError);
  return error as DaemonError;
}

describe.each([
  ["in a directory of its own", inDirectory],
  ["with two descriptors", withDescriptors],
  ["that does not wait for the disk", unsynchronised],
])("a journal %s", (_name, newPlace) => {
  describeStore(() => makerOf(newPlace()));

  it("finds every lease again, batch by batch", async () => {
    const place = newPlace();
    using _ = place.folder;
    const store = place.make();
    const table = makeTable();
    await store.open(table);
    for (let n = 0; n < 300; n += 3) await commit(store, table, bindSlots(table, [n, n + 1, n + 2]));
    await store.close();
    expect((await reopen(place)).leases).toEqual(contentOf(table));
    expect(contentOf(table).size).toBe(300);
  });

  it("keeps only what came before an append that failed, and never uses that descriptor again", async () => {
    const place = newPlace();
    using _ = place.folder;
    const store = place.make();
    const table = makeTable();
    await store.open(table);
    await commit(store, table, bindSlots(table, [1]));
    place.disk.errno = EIO;
    place.disk.writtenBefore = 70;
    const isFailing = healthOf(store, "failing");
    expect(await commit(store, table, bindSlots(table, [2]))).toEqual([CommitOutcome.failed]);
    expect(await isFailing).toContain("EIO");
    place.disk.errno = 0;
    await withDeadline(healthOf(store, "ready"), "a new file");
    expect(recover(place.folder.read()).recovery.findings).toEqual([]);
    expect(await commit(store, table, bindSlots(table, [3]))).toEqual([CommitOutcome.ok]);
    await store.close();
    expect((await reopen(place)).leases).toEqual(contentOf(table));
    expect([...contentOf(table).keys()]).toEqual([address("10.0.0.2"), address("10.0.0.4")]);
    // Two descriptors are all there is without a directory; there the file is written anew first.
    if (newPlace === inDirectory) expect([...place.disk.reused]).toEqual([]);
  });

  it("waits longer from failure to failure while a disk fails now and then, says each once, and serves again by itself", async () => {
    const place = newPlace();
    using _ = place.folder;
    const retryMsMin = 10;
    const store = place.make({ retryMsMin });
    const table = makeTable();
    await store.open(table);
    let failures = 0;
    for (let relapse = 0; relapse < 5; relapse++) {
      store.onHealth = (health) => {
        if (health === "failing") failures += 1;
      };
      place.disk.errno = EIO;
      expect(await commit(store, table, bindSlots(table, [relapse]))).toEqual([CommitOutcome.failed]);
      place.disk.errno = 0;
      const from = performance.now();
      await withDeadline(healthOf(store, "ready"), "a new file");
      // Timers count whole milliseconds.
      if (relapse > 0) expect(performance.now() - from).toBeGreaterThan(retryMsMin * 2 ** (relapse - 1) - 2);
      expect(await commit(store, table, bindSlots(table, [relapse]))).toEqual([CommitOutcome.ok]);
    }
    expect(failures).toBe(5);
    expect(store.counters.get("store-rewrites")).toBe(5);
    await store.close();
    expect((await reopen(place)).leases).toEqual(contentOf(table));
  });

  it("compacts what has grown too large, while commits go on, and loses none", async () => {
    const place = newPlace();
    using _ = place.folder;
    const store = place.make({ compactionSlackOctets: 20_000 });
    const table = makeTable();
    await store.open(table);
    for (let n = 0; n < 200 || (store.counters.get("store-rewrites") ?? 0) < 3; n++) {
      const slots = [n % 40, 40 + (n % 7)];
      expect(await commit(store, table, bindSlots(table, slots, 4_000_000_000 + n))).toEqual([1, 1]);
    }
    expect(store.counters.get("store-rewrite-failures")).toBe(0);
    await store.close();
    const { leases, report } = await reopen(place);
    expect(leases).toEqual(contentOf(table));
    expect(report.notices).toEqual([]);
  });

  it("leaves a slot's old lease in the new file when its change fails during compaction", async () => {
    const place = newPlace();
    using _ = place.folder;
    const store = place.make({ compactionSlackOctets: 0 });
    const table = makeTable();
    await store.open(table);
    for (let n = 0; n < 20; n++) await commit(store, table, bindSlots(table, [n]));
    const before = contentOf(table);
    // Pending before the walk can reach it, and then the disk fails.
    const isFailing = healthOf(store, "failing");
    place.disk.errno = EIO;
    const { failed } = CommitOutcome;
    expect(await commit(store, table, bindSlots(table, [4, 5, 21], 4_100_000_000))).toEqual([failed, failed, failed]);
    await isFailing;
    place.disk.errno = 0;
    await withDeadline(healthOf(store, "ready"), "a new file");
    await store.close();
    expect((await reopen(place)).leases).toEqual(before);
  });

  it("refuses to open what another journal has open, and says which file", async () => {
    const place = newPlace();
    using _ = place.folder;
    const first = place.make();
    await first.open(makeTable());
    const second = place.make();
    const refusal = await refusalOf(second);
    expect(refusal.code).toBe("lease-file-locked");
    expect(refusal.message).toContain(place.folder.file());
    await first.close();
    await second.close();
    const third = place.make();
    await third.open(makeTable());
    await third.close();
  });

  it("cuts a torn batch off, says so, and goes on", async () => {
    const place = newPlace();
    using _ = place.folder;
    const whole = journalOf([[numberedRecord(1)], [numberedRecord(2)], [numberedRecord(3)]]);
    writeFileSync(place.folder.file(), whole.subarray(0, whole.length - 3));
    const { report, notices, leases } = await reopen(place);
    expect(leases).toEqual(leasesOf([numberedRecord(1), numberedRecord(2)]));
    expect(report.damaged).toBe(false);
    expect(notices).toMatch(/unfinished write.*10\.0\.0\.4/);
    expect((await reopen(place)).report.notices).toEqual([]);
  });

  it("keeps what it can of a damaged file and names what is lost; strict, it does not start", async () => {
    const place = newPlace();
    using _ = place.folder;
    const whole = Buffer.from(journalOf([[numberedRecord(1), numberedRecord(2)], [numberedRecord(3)]]));
    whole.write("?", whole.indexOf("ends ") + 5);
    writeFileSync(place.folder.file(), whole);
    const strict = place.make({ strict: true });
    const refusal = await refusalOf(strict);
    expect(refusal.code).toBe("lease-file-damaged");
    expect(refusal.message).toContain("lost: 10.0.0.2");
    expect(place.folder.read()).toEqual(Uint8Array.from(whole));

    const { report, notices, leases } = await reopen(place);
    expect(report.damaged).toBe(true);
    expect(notices).toContain("lost: 10.0.0.2");
    expect(leases).toEqual(leasesOf([numberedRecord(2), numberedRecord(3)]));
    expect((await reopen(place)).report).toMatchObject({ damaged: false, notices: [], loaded: 2 });
    const kept = readdirSync(place.folder.path).filter((name) => name.includes(".damaged-"));
    expect(kept.length).toBe(newPlace === withDescriptors ? 0 : 1);
    for (const name of kept) expect(place.folder.read(name)).toEqual(Uint8Array.from(whole));
  });

  it("keeps leases of addresses that it does not serve any more", async () => {
    const place = newPlace();
    using _ = place.folder;
    const outside = { ...numberedRecord(1), address: address("172.16.0.1") };
    writeFileSync(place.folder.file(), octets(formatLeaseRecord(outside)));
    expect((await reopen(place)).leases).toEqual(leasesOf([outside]));
    expect((await reopen(place)).leases).toEqual(leasesOf([outside]));
  });

  it("follows a table that is replaced while a new file is written", async () => {
    const place = newPlace();
    using _ = place.folder;
    const store = place.make({ compactionSlackOctets: 1000 });
    let table = makeTable();
    await store.open(table);
    for (let n = 0; n < 400 || store.counters.get("store-rewrites") === 0; n++) {
      await commit(store, table, bindSlots(table, [n % 60], 4_000_000_000 + n));
      if (n >= 400 || n % 7 !== 0) continue;
      const ranges = n % 2 === 0 ? "10.0.0.1-10.0.255.254" : "10.0.0.1-10.0.1.254";
      table = table.rebuild(makePools({ ranges: [ranges] }));
      store.useTable(table);
    }
    await store.close();
    expect((await reopen(place)).leases).toEqual(contentOf(table));
  });
});

describe("a journal's files", () => {
  it("begin with a lease file that the group may read and others may not", async () => {
    const place = inDirectory();
    using _ = place.folder;
    const { notices } = await reopen(place);
    expect(statSync(place.folder.file()).mode & 0o777).toBe(0o640);
    expect(notices).toContain("no lease is known");
    expect(readdirSync(place.folder.path)).toEqual(["dhcpd.leases"]);
    expect(Buffer.from(place.folder.read()).toString()).toMatch(
      /^# anydhcpd leases, format 1.*\n#= 1 \d+ [0-9a-f]{8}\n$/s,
    );
  });

  it("keep their mode when they are replaced", async () => {
    const place = inDirectory();
    using _ = place.folder;
    writeFileSync(place.folder.file(), octets(formatLeaseRecord(numberedRecord(1))));
    chmodSync(place.folder.file(), 0o604);
    await reopen(place);
    expect(statSync(place.folder.file()).mode & 0o777).toBe(0o604);
  });

  it("keep another program's file under FILE~", async () => {
    const place = inDirectory();
    using _ = place.folder;
    const text = formatLeaseRecord(numberedRecord(1));
    writeFileSync(place.folder.file(), text);
    const { report, notices } = await reopen(place);
    expect(report.damaged).toBe(false);
    expect(report.notices.every((notice) => notice.level === "info")).toBe(true);
    expect(notices).toContain(`kept as ${place.folder.file("dhcpd.leases~")}`);
    expect(Buffer.from(place.folder.read("dhcpd.leases~")).toString()).toBe(text);
    expect(statSync(place.folder.file("dhcpd.leases~")).nlink).toBe(1);
  });

  it("lose an unfinished FILE.new at the start", async () => {
    const place = inDirectory();
    using _ = place.folder;
    await reopen(place);
    writeFileSync(place.folder.file("dhcpd.leases.new"), journalOf([[numberedRecord(1)]], 9));
    expect((await reopen(place)).leases.size).toBe(0);
    expect(readdirSync(place.folder.path)).toEqual(["dhcpd.leases"]);
  });

  it("are those that a symbolic link names", async () => {
    const place = inDirectory();
    using _ = place.folder;
    mkdirSync(place.folder.file("real"));
    writeFileSync(place.folder.file("real/leases"), "");
    symlinkSync("real/leases", place.folder.file());
    await reopen(place);
    expect(readdirSync(place.folder.path)).toEqual(["dhcpd.leases", "real"]);
    expect(Buffer.from(place.folder.read("real/leases")).toString()).toContain("#= ");
  });

  it("are not looked for behind a symbolic link to nothing, and the error says what to do", async () => {
    const place = inDirectory();
    using _ = place.folder;
    symlinkSync("real/leases", place.folder.file());
    const { message } = await refusalOf(place.make());
    expect(message).toContain(
      "it is a symbolic link to a file that is not there: create that file, or remove the link",
    );
  });

  it("are written anew when somebody takes them away, and nothing is confirmed meanwhile", async () => {
    const place = inDirectory();
    using _ = place.folder;
    const store = place.make();
    const table = makeTable();
    await store.open(table);
    await commit(store, table, bindSlots(table, [1]));
    for (const takeAway of [
      () => rmSync(place.folder.file()),
      () => renameSync(place.folder.file(), place.folder.file("elsewhere")),
    ]) {
      takeAway();
      const isReady = new Promise<void>((resolve) => {
        store.onHealth = (health) => {
          if (health === "ready") resolve();
        };
      });
      expect(await commit(store, table, bindSlots(table, [2]))).toEqual([CommitOutcome.failed]);
      await withDeadline(isReady, "a new file");
      expect(await commit(store, table, bindSlots(table, [2]))).toEqual([CommitOutcome.ok]);
      expect(recover(place.folder.read()).leases).toEqual(contentOf(table));
    }
    await store.close();
  });

  it("come into being only where there is a directory, which the refusal names with what to do", async () => {
    using folder = new ScratchFolder();
    const refusal = await refusalOf(new JournalStore({ path: folder.file("missing/leases"), strict: false }));
    expect(refusal.code).toBe("lease-file-unwritable");
    expect(refusal.message).toMatch(/missing\/leases: cannot create .* as uid \d+: no such directory: create it .*-l$/);
  });

  it("are regular ones", async () => {
    using folder = new ScratchFolder();
    mkdirSync(folder.file());
    expect((await refusalOf(new JournalStore({ path: folder.file(), strict: false }))).code).toMatch(/^lease-file-un/);
  });

  it("are not given away by the lock of a file that has been renamed away", async () => {
    const place = inDirectory();
    using _ = place.folder;
    const first = place.make();
    await first.open(makeTable());
    // A second name for the old inode does not make its lock worth anything.
    linkSync(place.folder.file(), place.folder.file("old"));
    writeFileSync(place.folder.file("next"), place.folder.read());
    renameSync(place.folder.file("next"), place.folder.file());
    const second = place.make();
    await second.open(makeTable());
    expect((await refusalOf(place.make())).code).toBe("lease-file-locked");
    await second.close();
    await first.close();
  });
});

describe("a journal without a directory", () => {
  it("starts from a FILE.new that is whole, not from a FILE that is not", async () => {
    const place = withDescriptors();
    using _ = place.folder;
    const store = place.make();
    const table = makeTable();
    await store.open(table);
    await commit(store, table, bindSlots(table, [1, 2, 3]));
    await store.close();

    // As a crash leaves it while FILE is rewritten in place.
    const marked = Buffer.concat([place.folder.read(), markOf(place.folder.read())]);
    for (const length of [0, 10, 500]) {
      writeFileSync(place.folder.file("dhcpd.leases.new"), marked);
      writeFileSync(place.folder.file(), marked.subarray(0, length));
      const { leases, report } = await reopen(place);
      expect(leases).toEqual(contentOf(table));
      expect(report).toMatchObject({ loaded: 3, notices: [], damaged: false });
      expect(statSync(place.folder.file("dhcpd.leases.new")).size).toBe(0);
      expect(recover(place.folder.read()).leases).toEqual(contentOf(table));
    }

    // Half of a FILE.new says nothing.
    writeFileSync(place.folder.file("dhcpd.leases.new"), marked.subarray(0, marked.length - 4));
    expect((await reopen(place)).leases).toEqual(contentOf(table));
  });

  it("leaves a whole FILE.new to a later start that has the directory", async () => {
    const place = withDescriptors();
    using _ = place.folder;
    const whole = Buffer.from(journalOf([[numberedRecord(1)]]));
    writeFileSync(place.folder.file("dhcpd.leases.new"), Buffer.concat([whole, markOf(whole)]));
    writeFileSync(place.folder.file(), whole.subarray(0, 100));
    const later = new JournalStore({ path: place.folder.file(), strict: true });
    const table = makeTable();
    expect(await later.open(table)).toMatchObject({ loaded: 1, notices: [] });
    await later.close();
    expect(existsSync(place.folder.file("dhcpd.leases.new"))).toBe(false);
    expect((await reopen(place)).leases).toEqual(leasesOf([numberedRecord(1)]));
  });

  it("wants both descriptors, and both open for appending", async () => {
    using folder = new ScratchFolder();
    expect(() => new JournalStore({ path: folder.file(), strict: false, leaseFd: 3 })).toThrow(DaemonError);
  });

  /** The batch that ends a finished FILE.new. */
  function markOf(journal: Uint8Array): Uint8Array {
    const { sequence } = recover(journal).recovery;
    const buffer = new BatchBuffer();
    buffer.addText(COMPLETE_MARK, COMPLETE_MARK.length);
    buffer.close(sequence + 1);
    return buffer.octets.slice(0, buffer.length);
  }
});

it("a journal is appended to by hand and read as it is", async () => {
  const place = inDirectory();
  using _ = place.folder;
  await reopen(place);
  appendFileSync(place.folder.file(), formatLeaseRecord(numberedRecord(5)));
  const { leases, report } = await reopen(place);
  expect(leases).toEqual(leasesOf([numberedRecord(5)]));
  expect(report.notices.map((notice) => notice.level)).toEqual(["warn", "info"]);
});

it("a journal loads what no pool has, and a table may hold no pool at all", async () => {
  const place = inDirectory();
  using _ = place.folder;
  writeFileSync(
    place.folder.file(),
    journalOf([[makeRecord({ address: address("10.1.2.3"), endsAt: 4e9, htype: 1 })]]),
  );
  const store = place.make();
  const table = new LeaseTable([], KEYS);
  expect((await store.open(table)).loaded).toBe(1);
  await store.close();
});
