// Whether the harness of a cluster's faults notices a broken server: what clients were told is held against the store and
// against other clients, and the page names each kind of violation.

import { describe, expect, it } from "vitest";
import { countLost, countTwoClients, readToldLeases } from "../../../lab/plans/told-leases.ts";
import { clusterFaultsMarkdown, violationsOf } from "../../../lab/report/cluster-faults-page.ts";
import type { ClusterFault, Results } from "../../../lab/results.ts";

const ONE = "02:00:00:00:00:01";
const TWO = "02:00:00:00:00:02";

describe("what clients were told", () => {
  const told = readToldLeases(`10.96.1.1 ${ONE} 5000\n10.96.1.2 ${TWO} 5000\n`);
  const stored = (...leases: readonly (readonly [string, string, number])[]) =>
    new Map(leases.map(([address, hardware, until]) => [address, { hardware, until }]));

  it("is kept if the store has each lease for its client, for as long or longer", () => {
    expect(countLost(told, stored(["10.96.1.1", ONE, 5000], ["10.96.1.2", TWO, 5600]))).toBe(0);
  });

  it("is lost if the store has no lease, another client's or a shorter one", () => {
    expect(countLost(told, stored(["10.96.1.1", ONE, 5000]))).toBe(1);
    expect(countLost(told, stored(["10.96.1.1", ONE, 5000], ["10.96.1.2", ONE, 5000]))).toBe(1);
    expect(countLost(told, stored(["10.96.1.1", ONE, 5000], ["10.96.1.2", TWO, 4999]))).toBe(1);
  });

  it("shows an address that two clients were told at once", () => {
    const twice = readToldLeases(`10.96.1.1 ${ONE} 5000\n10.96.1.1 ${TWO} 5000\n`);

    expect(countTwoClients(twice, new Map())).toBe(1);
    expect(countLost(twice, stored(["10.96.1.1", TWO, 5000]))).toBe(1);
  });

  it("shows an address that another client was told in an earlier turn", () => {
    const owners = new Map<string, string>();

    expect(countTwoClients(told, owners)).toBe(0);
    expect(countTwoClients(told, owners)).toBe(0);
    expect(countTwoClients(readToldLeases(`10.96.1.2 ${ONE} 6000\n`), owners)).toBe(1);
  });
});

describe("the page of faults", () => {
  const load: ClusterFault["leases"] = {
    ...{ started: 10, exchanges: 10, retransmissions: 0, unanswered: 0, naks: 0, undeservedNaks: 0 },
    invalidKinds: { taken: 1 },
    waitMs: { p50: 1, p99: 2, max: 3 },
    silences: [100, 120, 90, 80],
  };
  const sound: ClusterFault = {
    ...{ fault: "leader-killed", title: "etcd's leader is killed, and started again", commit: "0123456" },
    ...{ date: "2026-11-30T08:00:00.000Z", loadAverage: 1.25, leases: load, renewals: load, afterwards: load },
    ...{ toldLeases: 20, lostLeases: 0, twoClients: 0, heldUpMs: 1 },
  };
  const pageOf = (...clusterFaults: ClusterFault[]): string => {
    const results: Results = {
      format: 2,
      kind: "cluster-faults",
      date: "2026-11-30T00:00:00.000Z",
      machine: { cpu: "a processor", cores: 2, kernel: "6", fileSystem: "ext4", node: "v20" },
      settings: { times: 2, exchangesPerSecond: 2000 },
      ...{ servers: [], failures: [], plans: [], rounds: [], clusterFaults },
    };
    return clusterFaultsMarkdown(results);
  };

  it("says that nothing of what must not happen has happened, when and how often it was measured", () => {
    const page = pageOf(sound);

    expect(page).toContain("None of this in 1 turns.");
    expect(page).toContain("| 2026-11-30; 0123456; load 1.3 to 1.3 | 1 | 2 000 |".replace("2 000", "2\u202f000"));
    expect(page).toContain("fewer where the table says so");
  });

  it.each<[string, Partial<ClusterFault>]>([
    ["1 acknowledged leases lost", { lostLeases: 1 }],
    ["2 addresses with two clients", { twoClients: 2 }],
    ["1 undeserved NAKs", { afterwards: { ...load, undeservedNaks: 1 } }],
    ["3 renewals without an answer", { renewals: { ...load, unanswered: 3 } }],
    ["1 invalid replies (serverIdentifier)", { leases: { ...load, invalidKinds: { serverIdentifier: 1 } } }],
  ])("names what a broken server did: %s", (violation, change) => {
    const broken = { ...sound, ...change };

    expect(violationsOf(broken)).toEqual([violation]);
    expect(pageOf(sound, broken)).toContain(`(turn 2 of all): ${violation}`);
  });
});
