// `anydhcpctl fill` and `export` with a real etcd: leases of a lease file into the store of a cluster, and out of it.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatLeaseRecord } from "../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../src/lease/lease.ts";
import { EtcdCluster, hasEtcd } from "../support/etcd.ts";
import { ip } from "../support/message-builder.ts";

const ANYDHCPCTL = join(import.meta.dirname, "../../bin/anydhcpctl");
/** Whole seconds, some time ahead. */
const ENDS = Math.floor(Date.now() / 1000) + 3000;

const lease = (address: string, endsAt: number): LeaseRecord => ({
  address: ip(address),
  state: BindingState.bound,
  startsAt: ENDS - 3600,
  endsAt,
  lastTransactionAt: ENDS - 3600,
  htype: 1,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, ip(address) & 255),
  clientId: Uint8Array.of(1, 2, 0, 0, 0, 0, 9),
  hostName: new TextEncoder().encode("laptop"),
  agentInformation: Uint8Array.of(1, 3, 65, 66, 67),
  vendorClass: new Uint8Array(0),
});

describe.skipIf(!hasEtcd)("leases that move to a cluster (skipped without Debian's etcd)", () => {
  let etcd: EtcdCluster;
  let folder: string;

  beforeEach(async () => {
    etcd = await EtcdCluster.start();
    folder = mkdtempSync(join(tmpdir(), "transfer-"));
    writeFileSync(
      join(folder, "dhcpd.conf"),
      `listen on 192.0.2.53; cluster { etcd "${etcd.endpoints.join('", "')}"; name "a"; }
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }`,
    );
  }, 30_000);
  afterEach(async () => {
    await etcd.dispose();
    rmSync(folder, { recursive: true });
  });

  const ctl = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const [command = "", ...rest] = args;
      execFile(ANYDHCPCTL, [command, "-c", join(folder, "dhcpd.conf"), ...rest], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });

  it("are in the store, are not stored twice, and come out as they were", async () => {
    const kept = lease("10.0.0.20", ENDS);
    const records = [kept, lease("10.0.0.21", ENDS - 3500), lease("10.9.0.1", ENDS)];
    const file = join(folder, "dhcpd.leases");
    writeFileSync(file, records.map(formatLeaseRecord).join(""));
    expect(await ctl("fill", file)).toEqual({
      code: 1,
      stdout: "1 stored; 0 known to the store already; 1 over\n",
      stderr: "1 not stored: in no range and no fixed-address of the configuration\n",
    });
    expect(await ctl("fill", file)).toMatchObject({ stdout: "0 stored; 1 known to the store already; 1 over\n" });
    expect(await ctl("export")).toEqual({ code: 0, stdout: formatLeaseRecord(kept), stderr: "" });
  }, 30_000);

  it("are refused where the configuration has no cluster", async () => {
    writeFileSync(join(folder, "dhcpd.conf"), "subnet 10.0.0.0 netmask 255.255.255.0 { }");
    const { code, stderr } = await ctl("export");
    expect([code, stderr]).toEqual([1, expect.stringContaining("the configuration has no cluster")]);
  });
});
