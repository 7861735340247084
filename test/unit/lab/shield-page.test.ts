// The page about floods and the kernel shield, from figures that are made up.

import { describe, expect, it } from "vitest";
import { shieldMarkdown } from "../../../lab/report/shield-page.ts";
import type { Results, ShieldFlood } from "../../../lab/results.ts";
import { SAMPLE } from "../../support/comparison-sample.ts";

const times = { p5: 1, p25: 1, p50: 1500, p75: 1, p95: 1, p99: 42_000, p999: 1, max: 1 };

function flood(backend: string, from: ShieldFlood["from"], dropped?: number): ShieldFlood {
  const renewals = { success: 0.995, started: 18_000, retransmissions: 7, lost: 90, naks: 0, times };
  const isShielded = dropped !== undefined;
  const about = { backend, from, isShielded, framesPerSecond: 400_000, processorSeconds: 2.04 };
  return { ...about, renewals, ...(isShielded && { dropped }) };
}

const page = (shieldFloods: ShieldFlood[]): string => {
  const { behaviours: _behaviours, ...rest } = SAMPLE;
  const results: Results = { ...rest, kind: "shield", shieldFloods };
  return shieldMarkdown(results);
};

describe("the page about floods and the kernel shield", () => {
  it("has a table for each flood, each run a line: udp before bpf, without the shield first", () => {
    const text = page([
      flood("bpf", "link", 0.993),
      flood("bpf", "link"),
      flood("udp", "relay-port", 0.5),
      flood("udp", "link"),
    ]);
    const [, link = "", port = ""] = text.split(/^## /m);
    expect(link.match(/^\| (?:udp|bpf).*$/gm)).toEqual([
      "| udp | 400\u202f000 |  | 99.5 % of 18000 | 7 | 1.5 / 42 | 2.0 |",
      "| bpf | 400\u202f000 |  | 99.5 % of 18000 | 7 | 1.5 / 42 | 2.0 |",
      "| bpf, `--shield xdp` | 400\u202f000 | 99.3 % | 99.5 % of 18000 | 7 | 1.5 / 42 | 2.0 |",
    ]);
    expect(port).toMatch(/^A flood of one port of a relay[\s\S]*\| udp, `--shield xdp` \| 400\u202f000 \| 50 % \|/);
  });

  it("has no table of a flood that was not measured", () => {
    expect(page([flood("udp", "link")])).not.toContain("one port of a relay");
  });
});
