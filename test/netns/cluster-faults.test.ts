// Faults of a cluster as people measure them: a server and etcd's leader are killed while clients come and renew. How long
// anything takes is not looked at; no lease is forgotten, refused or given twice.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab } from "../../lab/network/lab.ts";
import { readResults } from "../../lab/results.ts";
import { debianTool } from "../support/debian-packages.ts";

const LAB = resolve(import.meta.dirname, "../../lab/start.mjs");
const TOOLS = [
  ["etcd-server", "usr/bin/etcd"],
  ["etcd-client", "usr/bin/etcdctl"],
  ["bird2", "usr/sbin/bird"],
  ["bird2", "usr/sbin/birdc"],
  ["nftables", "usr/sbin/nft"],
] as const;

const obstacle = Lab.obstacle();
let directory: string;

describe.skipIf(obstacle !== undefined)(`a cluster with faults ${obstacle ?? ""}`, () => {
  beforeEach(async (context) => {
    const found = await Promise.all(TOOLS.map(([name, path]) => debianTool(name, path)));
    if (found.includes(undefined)) context.skip("etcd, BIRD or nft cannot be had from Debian");
    directory = mkdtempSync(join(tmpdir(), "faults-"));
  }, 120_000);
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("forgets no lease, refuses none and gives none twice", { timeout: 180_000 }, async () => {
    const places = ["--directory", directory, "--results", directory];
    const words = ["--times", "1", "--rate", "200", "--only", "server-killed,leader-killed"];
    await promisify(execFile)(process.execPath, [LAB, "cluster-faults", ...words, ...places]);

    const { clusterFaults = [] } = readResults(join(directory, "cluster-faults.json"));
    expect(clusterFaults.map(({ fault }) => fault)).toEqual(["server-killed", "leader-killed"]);
    for (const { leases, renewals, afterwards, toldLeases, ...rest } of clusterFaults) {
      expect(rest).toMatchObject({ lostLeases: 0, twoClients: 0 });
      expect(toldLeases).toBeGreaterThan(1000);
      for (const load of [leases, renewals, afterwards]) {
        expect(load).toMatchObject({ unanswered: 0, undeservedNaks: 0 });
        expect(load.exchanges + load.naks).toBe(load.started);
        // An OFFER of an address that another client has just got elsewhere is no lease.
        expect(Object.keys(load.invalidKinds).filter((kind) => kind !== "taken")).toEqual([]);
      }
    }
  });
});
