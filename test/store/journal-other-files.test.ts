// What a lease file may turn out to be: another program's, ISC's with declarations, one that somebody changes
// under the daemon. And what stands in ours when leases are over.

import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DaemonError } from "../../src/base/daemon-error.ts";
import { formatLeaseRecord } from "../../src/lease/file/leases-file.ts";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { TableLoader } from "../../src/lease/table/table-loader.ts";
import { type JournalOptions, JournalStore } from "../../src/store/journal/journal.ts";
import { CommitOutcome, type StoreReport } from "../../src/store/store.ts";
import {
  bindSlots,
  commit,
  contentOf,
  healthOf,
  LATER,
  makeTable,
  numberedRecord,
  openAsLauncher,
  recover,
  ScratchFolder,
} from "../support/journal.ts";
import { eventually } from "../support/program.ts";

type Make = (folder: ScratchFolder, options?: Partial<JournalOptions>) => JournalStore;

const inDirectory: Make = (folder, options) =>
  new JournalStore({ path: folder.file(), strict: false, retryMsMin: 5, ...options });
const withDescriptors: Make = (folder, options) =>
  inDirectory(folder, {
    leaseFd: openAsLauncher(folder.file()),
    leaseNewFd: openAsLauncher(folder.file("dhcpd.leases.new")),
    ...options,
  });
const places: readonly [string, Make][] = [
  ["in a directory of its own", inDirectory],
  ["with two descriptors", withDescriptors],
];

async function open(store: JournalStore, table: LeaseTable): Promise<{ report: StoreReport; notices: string }> {
  const report = await store.open(table);
  return { report, notices: report.notices.map(({ level, message }) => `${level}: ${message}`).join("\n") };
}

async function refusalOf(store: JournalStore): Promise<DaemonError> {
  const error = await store.open(makeTable()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DaemonError);
  return error as DaemonError;
}

const text = (folder: ScratchFolder, name?: string): string => readFileSync(folder.file(name), "latin1");

describe.each(places)("another program's file %s", (_name, make) => {
  it.each([
    ["passwords", "root:x:0:0:root:/root:/bin/sh\n", ""],
    ["a configuration", "subnet 192.0.2.0 netmask 255.255.255.0 {\n}\n", "it looks like a configuration"],
    ["comments only", "# DO NOT EDIT\n", ""],
    [
      "Kea's leases",
      "address,hwaddr,client_id,valid_lifetime,expire,subnet_id\n192.0.2.1,02:00:00:00:00:01,,600,9,1\n",
      "it looks like a lease file of Kea's (CSV): \"anydhcpctl import",
    ],
    ["dnsmasq's leases", "1795228567 02:00:00:00:00:01 192.0.2.1 * *\n", "it looks like a lease file of dnsmasq's"],
    ["a client's leases", 'lease {\n  interface "eth0";\n  fixed-address 192.0.2.1;\n}\n', "the leases of a client"],
  ])("with %s is refused and stays as it is [B1, C21]", async (_what, content, hint) => {
    using folder = new ScratchFolder();
    writeFileSync(folder.file(), content);
    const refusal = await refusalOf(make(folder));
    expect(refusal.code).toBe("lease-file-foreign");
    expect(refusal.message).toContain(`${folder.file()}: nothing in this file is a lease, so it is left as it is`);
    expect(refusal.message).toContain(hint);
    expect(refusal.message).toContain("move it away, or name another lease file with -l");
    expect(text(folder)).toBe(content);
    expect(readdirSync(folder.path).filter((name) => name.includes("damaged"))).toEqual([]);
  });

  it("in the place of the new one is refused and stays as it is [B1]", async () => {
    using folder = new ScratchFolder();
    writeFileSync(folder.file("dhcpd.leases.new"), "precious\n");
    const refusal = await refusalOf(make(folder));
    expect(refusal.message).toContain(`${folder.file("dhcpd.leases.new")}: a new lease file would be written here`);
    expect(text(folder, "dhcpd.leases.new")).toBe("precious\n");
  });

  it("that a power failure has emptied to NUL octets is replaced [B1]", async () => {
    using folder = new ScratchFolder();
    writeFileSync(folder.file(), "\0".repeat(4096));
    const store = make(folder);
    expect((await open(store, makeTable())).report.damaged).toBe(true);
    expect(store.health).toBe("ready");
    await store.close();
  });
});

const HOST = `host web1 {
  dynamic;
  hardware ethernet 02:00:5e:00:53:99;
  fixed-address 192.0.2.9;
        supersede server.filename = "pxelinux.0";
        supersede host-name = "}\\"{";
}`;
const CLASS = `class "c" {
  dynamic;
  match if substring(option host-name, 0, 1) = "a";
  if known {
    lease limit 4;
}
}`;
const DUID = 'server-duid "\\000\\001\\000\\001";';

describe.each(places)("declarations in a file of ISC's, kept %s,", (_name, make) => {
  it("are in every new file word for word, and are told with their number [C4]", async () => {
    using folder = new ScratchFolder();
    const lease = formatLeaseRecord(numberedRecord(1));
    const gone = HOST.replace("web1", "web2").replace(/hardware.*;/s, "deleted;");
    writeFileSync(folder.file(), `# by ISC\n${DUID}\n${HOST}\n${lease}${CLASS}\n${gone}\n`);
    const store = make(folder, { compactionSlackOctets: 1 });
    const table = makeTable();
    const { report, notices } = await open(store, table);
    expect(report).toMatchObject({ loaded: 1, damaged: false });
    expect(notices).toContain("warn: ");
    expect(notices).toContain(
      "the lease file declares 2 hosts, 1 class, which have no effect there, and the daemon keeps them there.",
    );
    expect(notices).toContain(`"anydhcpctl import ${folder.file()}"`);
    const kept = `${DUID}\n${HOST}\n${CLASS}\n${gone}\n`;
    expect(text(folder)).toContain(kept);
    // A compaction writes another file, and a start reads it.
    for (let n = 0; n < 20; n++) await commit(store, table, bindSlots(table, [1], LATER + n));
    await eventually("a compaction", () => (store.counters.get("store-rewrites") ?? 0) > 0);
    await store.close();
    expect(text(folder)).toContain(kept);
    const again = make(folder);
    const second = await open(again, makeTable());
    expect(second.report).toMatchObject({ loaded: 1, damaged: false });
    expect(second.notices).toContain("2 hosts, 1 class");
    await again.close();
    expect(text(folder)).toContain(kept);
    expect(text(folder).split("server-duid").length).toBe(2);
  });
});

describe.each(places)("a file that is changed under the daemon %s", (_name, make) => {
  it.each<[string, (path: string) => void, RegExp]>([
    ["emptied", (path) => truncateSync(path, 0), /has \d+ octets and not the \d+ that were written/],
    ["cut", (path) => truncateSync(path, 100), /has \d+ octets and not the \d+ that were written/],
    ["lengthened", (path) => appendFileSync(path, "# a note\n"), /another program has changed it/],
  ])("is written anew before the next ACK when it was %s [B6]", async (_what, change, reason) => {
    using folder = new ScratchFolder();
    const store = make(folder);
    const table = makeTable();
    await store.open(table);
    for (let n = 0; n < 11; n++) await commit(store, table, bindSlots(table, [n]));
    change(folder.file());
    const said = healthOf(store, "failing");
    expect(await commit(store, table, bindSlots(table, [11]))).toEqual([CommitOutcome.failed]);
    expect(await said).toMatch(reason);
    await healthOf(store, "ready");
    expect(await commit(store, table, bindSlots(table, [11]))).toEqual([CommitOutcome.ok]);
    expect(recover(folder.read()).leases).toEqual(contentOf(table));
    expect(contentOf(table).size).toBe(12);
    await store.close();
  });

  it("and lost its beginning is told as damaged at the next start [B6]", async () => {
    using folder = new ScratchFolder();
    const store = make(folder);
    const table = makeTable();
    await store.open(table);
    for (let n = 0; n < 3; n++) await commit(store, table, bindSlots(table, [n]));
    await store.close();
    const whole = text(folder);
    const batches = whole.split(/(?<=^#= .*\n)/m);
    for (const rest of [batches.slice(-2).join(""), whole.slice(0, 100) + batches.slice(-2).join("")]) {
      writeFileSync(folder.file(), rest, "latin1");
      const again = make(folder);
      const { report, notices } = await open(again, makeTable());
      await again.close();
      expect(report).toMatchObject({ loaded: 2, damaged: true });
      expect(notices).toMatch(
        /error: .*(the file begins with commit \d+: the commits before it are missing|: damaged)/,
      );
    }
  });
});

const past = 1_700_000_100;
/** The words of the last record of an address. */
function stateOf(folder: ScratchFolder, n: number): string | undefined {
  const records = text(folder).split(`lease 10.0.0.${n + 1} {`);
  return /binding state (\w+);/.exec(records.at(-1) ?? "")?.[1];
}

describe.each(places)("a lease that is over %s", (_name, make) => {
  it("has a record when nothing else is written, without a sync [D8]", async () => {
    using folder = new ScratchFolder();
    const store = make(folder);
    const table = makeTable();
    await store.open(table);
    await commit(store, table, bindSlots(table, [0, 1, 2, 3, 4], past));
    await commit(store, table, bindSlots(table, [5]));
    const before = store.counters.get("store-commits");
    table.expire(past + 1, 100, (slot) => store.noteEnd(slot));
    await eventually("a record", () => stateOf(folder, 4) === "expired");
    expect([0, 1, 2, 3, 4, 5].map((n) => stateOf(folder, n))).toEqual([...Array(5).fill("expired"), "active"]);
    expect(store.counters.get("store-commits")).toBe(before);
    const { recovery, leases } = recover(folder.read());
    expect(recovery.findings).toEqual([]);
    expect(leases).toEqual(contentOf(table));
    await store.close();
  });

  it("has its record with the commit that comes next, and none when it was given again first [D8]", async () => {
    using folder = new ScratchFolder();
    const store = make(folder);
    const table = makeTable();
    await store.open(table);
    await commit(store, table, bindSlots(table, [0, 1], past));
    table.expire(past + 1, 100, (slot) => store.noteEnd(slot));
    const records = (): number => text(folder).split("lease 10").length - 1;
    const before = records();
    await commit(store, table, bindSlots(table, [1]));
    expect(records()).toBe(before + 2);
    expect([stateOf(folder, 0), stateOf(folder, 1)]).toEqual(["expired", "active"]);
    expect(recover(folder.read()).leases).toEqual(contentOf(table));
    await store.close();
  });

  it("is one of thousands: all have a record, also what ends while commits go on and the table is replaced [D8]", async () => {
    using folder = new ScratchFolder();
    const store = make(folder);
    let table = makeTable();
    await store.open(table);
    const slots = Array.from({ length: 3000 }, (_, n) => n);
    await commit(store, table, bindSlots(table, slots, past));
    await commit(
      store,
      table,
      bindSlots(
        table,
        Array.from({ length: 6000 }, (_, n) => n + 3000),
      ),
    );
    table.expire(past + 1, 10_000, (slot) => store.noteEnd(slot));
    for (let n = 0; n < 5; n++) await commit(store, table, bindSlots(table, [9000 + n]));
    table = makeTableFrom(table);
    store.useTable(table);
    await eventually("records", () => recover(folder.read()).leases.size === 9005 && isEqual(folder, table));
    await store.close();
  });
});

function isEqual(folder: ScratchFolder, table: LeaseTable): boolean {
  const wanted = contentOf(table);
  const found = recover(folder.read()).leases;
  return [...wanted].every(([address, record]) => found.get(address) === record);
}

/** What a reload makes of a table: the same leases, slots elsewhere. */
function makeTableFrom(table: LeaseTable): LeaseTable {
  const loader = new TableLoader(makeTable());
  for (let slot = table.nextStored(-1); slot !== -1; slot = table.nextStored(slot)) loader.load(table.record(slot));
  return loader.finish();
}

it("a file that is mostly history is written anew at the start: one record an address [D8]", async () => {
  using folder = new ScratchFolder();
  mkdirSync(folder.file("unused"));
  const store = inDirectory(folder);
  const table = makeTable();
  await store.open(table);
  for (let n = 0; n < 5; n++) await commit(store, table, bindSlots(table, [0, 1, 2], LATER + n));
  await store.close();
  expect(text(folder).split("lease 10").length - 1).toBe(15);
  const again = inDirectory(folder);
  const second = makeTable();
  await again.open(second);
  await eventually("one record an address", () => text(folder).split("lease 10").length - 1 === 3);
  expect(recover(folder.read()).leases).toEqual(contentOf(second));
  await again.close();
  expect(readdirSync(folder.path).sort()).toEqual(["dhcpd.leases", "unused"]);
});
