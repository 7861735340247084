// What the page about a cluster's speed says of figures: which lines hold, and which were not measured.

import { expect, it } from "vitest";
import { clusterMarkdown } from "../../../lab/report/cluster-page.ts";
import type { Measured, Results } from "../../../lab/results.ts";

const speed = (perSecond: number): Measured => ({ perSecond });
const times = (p50: number, p99: number): Measured => ({ perSecond: 5000, p50, p99 });
const all = (value: number) => ({ median: value, min: value, max: value });

function resultsOf(changes: Partial<Results>): Results {
  return {
    format: 2,
    kind: "cluster",
    date: "2026-11-30T00:00:00.000Z",
    machine: { cpu: "a processor", cores: 2, kernel: "6", fileSystem: "ext4", node: "v20" },
    settings: { rounds: 2, seconds: 3, window: 256 },
    servers: ["anydhcpd", "anydhcpd-etcd-3", "kea", "kea-pgsql-1", "kea-pgsql-4"].map((id) => ({
      ...{ id, title: id, version: "1" },
      durability: "ack",
    })),
    failures: [],
    plans: [],
    rounds: [],
    ...changes,
  };
}

/** The row of the table of lines that begins so, as "measured; holds". */
function lineOf(results: Results, text: string): string {
  const rows = clusterMarkdown(results).replaceAll("\u202f", " ").split("\n");
  const row = rows.find((one) => one.startsWith(`| ${text}`)) ?? "";
  return row.split(" | ").slice(2).join("; ").replace(/ \|$/, "");
}

it("takes ratios within rounds, and says of each whether it is reached", () => {
  const round = (ours: number, one: number, four: number) => ({
    "anydhcpd-etcd-3": { dora: speed(ours), "steady-dora": times(9000, 81_000), "steady-renew": times(0, 0) },
    "kea-pgsql-1": { dora: speed(one) },
    "kea-pgsql-4": { dora: speed(four) },
  });
  const results = resultsOf({ rounds: [round(20_000, 1000, 5000), round(10_000, 1000, 2000)] });

  expect(lineOf(results, "new leases a second, to Kea with PostgreSQL, 1 thread")).toBe("15 (10 to 20); yes");
  expect(lineOf(results, "the same to 4 threads")).toBe("4.5 (4 to 5); no");
  expect(lineOf(results, "the same to Kea with its memfile")).toBe("–; not measured");
  expect(lineOf(results, "DISCOVER to ACK at 5,000 a second, p50")).toBe("9 (9 to 9); yes");
  expect(lineOf(results, "new leases a second where 5,000")).toBe("5 000 (5 000 to 5 000); yes");
  expect(lineOf(results, "REQUEST to ACK at 5,000 renewals a second, p50")).toBe("–; not measured");
  expect(lineOf(results, "the same, p99, ms | at most 80 | 81")).toBe("81 (81 to 81); no");
});

it("takes the longest of the event loop's delays, and the middle of the snapshots' times", () => {
  const snapshot = {
    leases: 1_000_000,
    snapshots: 3,
    milliseconds: { median: 3900, min: 3000, max: 5000 },
    delayMax: { median: 12, min: 10, max: 21 },
    delayP99: all(5),
    databaseOctetsPerWrite: 172,
  };
  const memory = {
    leases: 1_000_000,
    starts: 3,
    residentOctets: all(2e8),
    emptyResidentOctets: all(9e7),
    octetsPerLease: 110,
  };
  const results = resultsOf({ cluster: { snapshot, memory, filledInSeconds: 50 } });

  expect(lineOf(results, "snapshot of")).toBe("3 900 (3 000 to 5 000); yes");
  expect(lineOf(results, "longest delay of the event loop in a snapshot")).toBe("12 (10 to 21); no");
  expect(lineOf(results, "octets of memory a lease | at most")).toBe("110 (110 to 110); yes");
  expect(clusterMarkdown(results)).toContain("| octets of a member's database a lease | 172 | each written once |");
});

it("adds two nodes up, and compares first OFFERs with those of a server with a lease file", () => {
  const offers = (server: string, median: number) => ({
    ...{ server, situation: "a relay", clients: 10, milliseconds: all(median) },
    ...{ p99: median, waited: 0, unanswered: 0, again: 0 },
  });
  const results = resultsOf({
    cluster: { twoNodes: [{ one: 100, two: [60, 50], lost: 0, invalidReplies: 0 }] },
    firstOffers: [offers("anydhcpd", 2), offers("anydhcpd-etcd-3", 3)],
  });

  expect(lineOf(results, "new leases a second at two nodes at once")).toBe("1.1 (1.1 to 1.1); yes");
  expect(lineOf(results, "first OFFER, to that of a server with a lease file: a relay")).toBe("1.5 (1.5 to 1.5); no");
});
