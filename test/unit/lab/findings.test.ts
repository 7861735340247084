// What a comparison says about claims, from figures that are made up.

import { describe, expect, it } from "vitest";
import { TRAFFIC_KINDS } from "../../../lab/plans/background-traffic.ts";
import { findingsOf } from "../../../lab/report/findings.ts";
import type { Finding, Results, TrafficKind, TrafficListener } from "../../../lab/results.ts";
import { SAMPLE } from "../../support/comparison-sample.ts";

const runs = (shares: Partial<Record<TrafficKind["id"], number>>): TrafficListener["runs"] =>
  Object.fromEntries(
    Object.entries(shares).map(([kind, cpuShare]) => [
      kind,
      [0, 1, 2].map((round) => ({ round, packetsPerSecond: 1, cpuShare, wakeupsPerSecond: 0 })),
    ]),
  );

function judge(open: number, filtered: number, light = 0.002): readonly Finding[] {
  const listener = (id: string, shares: Parameters<typeof runs>[0], nanoseconds: number): TrafficListener => ({
    id,
    name: id,
    kind: "socket",
    runs: runs(shares),
    packetNanoseconds: [nanoseconds - 2, nanoseconds, nanoseconds + 2],
  });
  const results: Results = {
    ...SAMPLE,
    backgroundTraffic: {
      seconds: 1,
      filterInstructions: 22,
      kinds: TRAFFIC_KINDS,
      listeners: [
        listener("socket-none", {}, 900),
        listener("socket-udp", { silence: 0, light: 0, ports: 0, forwarded: 0 }, 910),
        listener("socket-filtered", { silence: 0, light: 0, ports: filtered, forwarded: filtered }, 1000),
        listener("socket-open", { silence: 0, light, ports: open, forwarded: open }, 2000),
      ],
    },
  };
  return findingsOf(results);
}

const about = (found: readonly Finding[], word: string): Finding | undefined =>
  found.find(({ claim }) => claim.includes(word));

describe("the claim that a filter takes 2 % to nothing", () => {
  it("is reproduced where much became nothing, with the figures and the rate that costs 2 %", () => {
    const finding = about(judge(0.5, 0), "2 % to 0 %");
    expect(finding?.verdict).toBe("reproduced");
    expect(finding?.figures).toMatch(/50\u202f% without a filter, 0\u202f% with it, 0\u202f% for a UDP socket/);
    expect(finding?.figures).toContain("about 5\u202f500 packets a second");
  });

  it("is refuted where the filter changes nothing that matters", () => {
    expect(about(judge(0.015, 0.014), "2 % to 0 %")?.verdict).toBe("refuted");
  });

  it("is half true where something is left, or little was there", () => {
    expect(about(judge(0.5, 0.2), "2 % to 0 %")?.verdict).toBe("partly");
    expect(about(judge(0.01, 0), "2 % to 0 %")?.verdict).toBe("partly");
  });

  it("is open without figures", () => {
    const { backgroundTraffic: _, droppedPackets: _none, ...rest } = SAMPLE;
    expect(findingsOf({ ...rest, behaviours: [], plans: [] })).toEqual([]);
    const backgroundTraffic = { seconds: 1, filterInstructions: 22, kinds: TRAFFIC_KINDS, listeners: [] };
    expect(about(findingsOf({ ...SAMPLE, backgroundTraffic }), "2 % to 0 %")?.verdict).toBe("not measured");
  });
});

describe("a claim about shares of a processor", () => {
  it("cannot be told where the rounds disagree, or are too few [U14]", () => {
    const claim = (shares: readonly number[]): string | undefined => {
      const of = (id: string, values: readonly number[]): TrafficListener => ({
        id,
        name: id,
        kind: "socket",
        runs: Object.fromEntries(
          TRAFFIC_KINDS.map((kind) => [
            kind.id,
            values.map((cpuShare, round) => ({ round, packetsPerSecond: 1, cpuShare, wakeupsPerSecond: 0 })),
          ]),
        ),
      });
      const listeners = [of("socket-open", shares), of("socket-filtered", [0, 0, 0]), of("socket-udp", [0, 0, 0])];
      const backgroundTraffic = { seconds: 1, filterInstructions: 22, kinds: TRAFFIC_KINDS, listeners };
      return about(findingsOf({ ...SAMPLE, backgroundTraffic }), "2 % to 0 %")?.verdict;
    };
    expect([claim([0.1, 0.2, 0.3]), claim([0.1, 0.01, 0.3]), claim([0.1, 0.1])]).toEqual([
      "reproduced",
      "untold",
      "untold",
    ]);
  });
});

describe("what the two backends cost under unrelated traffic", () => {
  it("is told where both were measured, against their own silence", () => {
    const found = (bpf: number): string | undefined => {
      const server = (id: string, ports: number): TrafficListener => ({
        id,
        name: id,
        kind: "server",
        runs: runs({ silence: 0.002, ports, forwarded: ports }),
      });
      const listeners = [server("anydhcpd", 0.002), server("anydhcpd-bpf", bpf)];
      const backgroundTraffic = { seconds: 1, filterInstructions: 22, kinds: TRAFFIC_KINDS, listeners };
      return about(findingsOf({ ...SAMPLE, backgroundTraffic }), "server's process")?.verdict;
    };
    expect(found(0.0025)).toBe("reproduced");
    expect(found(0.2)).toBe("refuted");
  });
});

describe("what the kernel does for a packet that nobody wants", () => {
  it("is told in nanoseconds more than without a listener", () => {
    const finding = about(judge(0.5, 0), "nothing at all");
    expect(finding?.verdict).toBe("partly");
    expect(finding?.figures).toContain(
      "900 ns from sender to nobody (rounds: 898 to 902); +100 ns past a packet socket with the filter",
    );
  });

  it.each<[string, readonly number[], readonly number[], string]>([
    ["nothing, in each round", [900, 910, 905], [905, 902, 910], "reproduced"],
    ["more in each round than chance makes", [900, 910, 905], [1000, 1010, 1020], "partly"],
    ["as much as without the filter", [900, 910, 905], [2000, 2100, 1950], "refuted"],
    ["less than nothing on a machine that was busy", [1_540, 3_290, 1_900], [1_500, 1_700, 1_774], "untold"],
    ["nothing in two rounds, which are too few", [900, 900], [900, 900], "untold"],
  ])("%s: is judged by the spread of the rounds [U14]", (_what, none, filtered, verdict) => {
    const of = (id: string, packetNanoseconds: readonly number[]): TrafficListener => ({
      id,
      name: id,
      kind: "socket",
      runs: runs({ ports: 0, forwarded: 0 }),
      packetNanoseconds: [...packetNanoseconds],
    });
    const open = [2_000, 2_050, 2_010];
    const listeners = [of("socket-none", none), of("socket-udp", none), of("socket-filtered", filtered)];
    const backgroundTraffic = {
      seconds: 1,
      filterInstructions: 22,
      kinds: TRAFFIC_KINDS,
      listeners: [...listeners, of("socket-open", open)],
    };
    expect(about(findingsOf({ ...SAMPLE, backgroundTraffic }), "nothing at all")?.verdict).toBe(verdict);
  });
});

describe("what --backend=bpf changes", () => {
  it("is told by what differs, and by ratios inside rounds", () => {
    const behaviours = (SAMPLE.behaviours ?? []).map((row) =>
      row.id === "anycast"
        ? { ...row, observations: { ...row.observations, "anydhcpd-bpf": { text: "other", verdict: "no" as const } } }
        : row,
    );
    expect(about(findingsOf({ ...SAMPLE, behaviours }), "--backend=bpf")?.figures).toBe(
      "Source address of a reply to a query that was sent to an anycast address: udp 192.0.2.53, bpf other; 1 of 2 behaviours are the same; new leases, 64 exchanges at once: no clear difference in the exchanges per second; new leases, a few a second: no clear difference in the time of an exchange.",
    );
  });
});

describe("the claim that a packet costs less the earlier it is dropped", () => {
  const judgeDrops = (costs: Readonly<Record<string, readonly number[]>>): Finding | undefined => {
    const places = Object.entries(costs).map(([id, nanoseconds]) => ({
      ...{ id, title: id, frames: "frames" },
      nanoseconds: [...nanoseconds],
    }));
    return about(findingsOf({ ...SAMPLE, droppedPackets: { seconds: 1, rate: 1, places } }), "the earlier");
  };
  const costs = {
    "received-only": [500, 500, 500],
    "xdp-native": [800, 850, 820],
    "xdp-generic": [900, 950, 920],
    "packet-filter": [1500, 1550, 1520],
    "udp-filter": [1200, 1250, 1220],
    "server-bpf": [5000, 5500, 5200],
    "server-udp": [4000, 4500, 4200],
  };

  it("is reproduced where every round has it so, with the figures", () => {
    expect(judgeDrops(costs)).toEqual({
      claim: "A packet costs less the earlier it is dropped.",
      verdict: "reproduced",
      figures:
        "Received and not read 500 ns, the shield in a veth's driver 820 ns, behind the driver 920 ns, a packet socket's filter 1\u202f520 ns, a UDP socket's filter 1\u202f220 ns, the server with --backend=bpf 5\u202f200 ns, with udp 4\u202f200 ns.",
    });
  });

  it("is half true where the shield costs more than a filter in every round", () => {
    expect(judgeDrops({ ...costs, "xdp-native": [1400, 1450, 1420] })?.verdict).toBe("partly");
  });

  it("cannot be told where rounds differ, or a place was not measured", () => {
    expect(judgeDrops({ ...costs, "xdp-native": [1100, 1450, 1100] })?.verdict).toBe("untold");
    const { "server-udp": _none, ...others } = costs;
    expect(judgeDrops(others)?.verdict).toBe("untold");
    expect(judgeDrops({})).toBeUndefined();
  });
});
