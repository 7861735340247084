// Other programs read the file as it is, trailers included: Debian's dhcpd-pools, ISC's
// dhcp-lease-list and ISC's dhcpd itself, unmodified.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { formatLeaseRecord } from "../../src/lease/file/leases-file.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CommitBatch } from "../../src/store/store.ts";
import { debianTool } from "../support/debian-packages.ts";
import { bindSlots, commit, makeTable, numberedRecord, ScratchFolder } from "../support/journal.ts";
import { octets } from "../support/lease-clients.ts";
import { eventually } from "../support/program.ts";

const run = promisify(execFile);
const pools = await debianTool("dhcpd-pools", "usr/bin/dhcpd-pools");
const leaseList = await debianTool("isc-dhcp-server", "usr/sbin/dhcp-lease-list");
const dhcpd = await debianTool("isc-dhcp-server", "usr/sbin/dhcpd");

const CONFIG = `subnet 10.0.0.0 netmask 255.255.0.0 {
  range 10.0.0.1 10.0.0.100;
}
`;

/** A lease file with 12 active leases, a released and an abandoned one, in several batches; some were written twice. */
async function writeLeases(folder: ScratchFolder): Promise<void> {
  const store = new JournalStore({ path: folder.file(), strict: true });
  const table = makeTable();
  await store.open(table);
  const end = Math.floor(Date.now() / 1000) + 3600;
  for (let n = 0; n < 14; n += 2) await commit(store, table, bindSlots(table, [n, n + 1], end));
  await commit(store, table, bindSlots(table, [0, 5], end + 60));
  const changes = new CommitBatch(2);
  table.begin(12);
  table.release(12, end - 3600);
  changes.add(12);
  table.begin(13);
  table.abandon(13, end - 3600, end);
  changes.add(13);
  await commit(store, table, changes);
  expect([table.state(11), table.state(12), table.state(13)]).toEqual([
    BindingState.bound,
    BindingState.released,
    BindingState.abandoned,
  ]);
  await store.close();
  writeFileSync(folder.file("dhcpd.conf"), CONFIG);
}

it.skipIf(pools === undefined)("dhcpd-pools counts the leases of the file", async () => {
  using folder = new ScratchFolder();
  await writeLeases(folder);
  const args = ["-c", folder.file("dhcpd.conf"), "-l", folder.file(), "-f", "j"];
  const { stdout, stderr } = await run(pools ?? "", args);
  expect(stderr).toBe("");
  const { subnets } = JSON.parse(stdout) as { subnets: { defined: number; used: number; touched: number }[] };
  // What is released or abandoned counts as touched there.
  expect(subnets).toMatchObject([{ defined: 100, used: 12, touched: 2 }]);
});

it.skipIf(pools === undefined)("dhcpd-pools counts a lease that is over as used no more [D8]", async () => {
  using folder = new ScratchFolder();
  const store = new JournalStore({ path: folder.file(), strict: true });
  const table = makeTable();
  await store.open(table);
  const now = Math.floor(Date.now() / 1000);
  await commit(store, table, bindSlots(table, [0, 1, 2, 3, 4], now - 1));
  await commit(store, table, bindSlots(table, [5], now + 3600));
  table.expire(now, 100, (slot) => store.noteEnd(slot));
  await eventually("records", () => folder.read().length === store.counters.get("store-file-octets") && isOver(folder));
  await store.close();
  writeFileSync(folder.file("dhcpd.conf"), CONFIG);
  const args = ["-c", folder.file("dhcpd.conf"), "-l", folder.file(), "-f", "j"];
  const { stdout } = await run(pools ?? "", args);
  const { subnets } = JSON.parse(stdout) as { subnets: { used: number; touched: number }[] };
  expect(subnets).toMatchObject([{ used: 1, touched: 5 }]);
});

function isOver(folder: ScratchFolder): boolean {
  return Buffer.from(folder.read()).toString("latin1").split("binding state expired").length === 6;
}

it.skipIf(dhcpd === undefined)("ISC's dhcpd writes a client identifier and a name as we do [D11, D12]", async () => {
  using folder = new ScratchFolder();
  const records = [
    numberedRecord(1, {
      clientId: Uint8Array.of(1, 0x22, 0x5c, 0x7f, 0xff, 0x41, 0x20),
      hostName: octets("plain name"),
    }),
    numberedRecord(2, { hostName: octets('odd"name') }),
  ];
  writeFileSync(folder.file(), records.map(formatLeaseRecord).join(""));
  writeFileSync(folder.file("dhcpd.conf"), CONFIG);
  const { stderr } = await run(dhcpd ?? "", ["-T", "-cf", folder.file("dhcpd.conf"), "-lf", folder.file()]);
  expect(stderr).toContain("Wrote 2 leases");
  const written = Buffer.from(folder.read()).toString("latin1");
  const uid = 'uid "\\001\\"\\\\\\177\\377A ";';
  expect(formatLeaseRecord(records[0] ?? numberedRecord(1))).toContain(uid);
  expect(written).toContain(uid);
  expect(written.match(/client-hostname .*/g)).toEqual(['client-hostname "plain name";']);
  expect(formatLeaseRecord(records[1] ?? numberedRecord(1))).not.toContain("client-hostname");
});

it.skipIf(leaseList === undefined)("dhcp-lease-list lists the leases of the file", async () => {
  using folder = new ScratchFolder();
  await writeLeases(folder);
  const { stdout } = await run(leaseList ?? "", ["--lease", folder.file(), "--all", "--parsable"]);
  for (let n = 0; n < 12; n++) {
    const mac = `02:00:00:00:00:${n.toString(16).padStart(2, "0")}`;
    expect(stdout).toContain(`MAC ${mac} IP 10.0.0.${n + 1} HOSTNAME host-${n} BEGIN 2023-11-14 22:13:20 END `);
  }
  expect(stdout).not.toContain("#=");
});

it.skipIf(dhcpd === undefined)("ISC's dhcpd accepts the file without a complaint", async () => {
  using folder = new ScratchFolder();
  await writeLeases(folder);
  const { stderr } = await run(dhcpd ?? "", ["-T", "-cf", folder.file("dhcpd.conf"), "-lf", folder.file()]);
  expect(stderr).toContain("Wrote 14 leases");
  expect(stderr).not.toMatch(/line \d+|corrupt|expecting/i);
});
