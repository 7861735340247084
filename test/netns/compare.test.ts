// A comparison on real packets: what our two backends are seen to do is what is known of them, and the command
// writes what it has measured.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { compare } from "../../lab/commands/compare.ts";
import { Lab } from "../../lab/network/lab.ts";
import { countsInterruptsApart } from "../../lab/network/machine.ts";
import { createNetwork } from "../../lab/network/network.ts";
import { type Answers, BEHAVIOURS, questionServer } from "../../lab/plans/behaviours.ts";
import { ROOT } from "../../lab/programs.ts";
import { readResults } from "../../lab/results.ts";
import { anydhcpd } from "../../lab/servers/anydhcpd.ts";
import type { ListedServer } from "../../lab/servers/list.ts";

const obstacle = Lab.obstacle();
const hasNftables = existsSync("/usr/sbin/nft");
const yes = (text: string) => ({ text, verdict: "yes" });

/** What both backends do alike. */
const BOTH = {
  "relayed-primary": yes("from 10.9.0.1"),
  "relayed-secondary": yes("from 10.9.0.3"),
  "relayed-anycast": yes("from 192.0.2.53"),
  "renewal-primary": yes("from 10.9.0.1"),
  "renewal-secondary": yes("from 10.9.0.3"),
  "renewal-anycast": yes("from 192.0.2.53"),
  "renewal-direct": yes("from 10.80.0.3"),
  "count-broadcast": yes("1"),
  "count-relayed": yes("1"),
  "delivery-unicast": yes("unicast to its hardware address"),
  "delivery-broadcast": yes("broadcast"),
  "checksum-direct": yes("right"),
  "checksum-relayed": { text: "UDP unfinished", verdict: "plain" },
  "query-unfinished": yes("answered"),
  "query-no-checksum": yes("answered"),
  "query-wrong-udp": yes("not answered"),
  "query-wrong-header": yes("not answered"),
  privileges: { text: expect.stringMatching(/^uid \d+, no capability$/) },
  confinement: { text: expect.stringContaining("no new privileges") },
};

async function seenOf(backend: "udp" | "bpf"): Promise<Answers> {
  const network = await createNetwork({ manyAddresses: true });
  try {
    return await questionServer(network, anydhcpd({ backend }));
  } finally {
    await network.lab.dispose();
  }
}

describe.skipIf(obstacle !== undefined)(`a comparison ${obstacle ?? ""}`, () => {
  it.each(["udp", "bpf"] as const)("sees what the %s backend does", async (backend) => {
    const seen = await seenOf(backend);
    expect(seen).toMatchObject(BOTH);
    const obeys = { text: backend === "udp" ? "does not answer" : "answers all the same" };
    const rules = hasNftables ? obeys : { verdict: "unknown" };
    expect(seen).toMatchObject({ "firewall-input": rules, "firewall-output": rules });
  });

  it("goes on without a server that does not start, and says so", async () => {
    const broken: ListedServer = {
      ...anydhcpd(),
      id: "broken",
      usual: [],
      prepare: () => ({ files: {}, argv: ["/bin/false"], environment: {}, readyLine: /ready/ }),
    };
    const lines: string[] = [];
    const say = (line: string): unknown => lines.push(line);
    const settings = { rounds: 1, quick: true };
    const results = await compare({ servers: [broken], plans: [BEHAVIOURS], settings, directory: tmpdir(), say });
    expect(results.behaviours).toBeUndefined();
    expect(results.method?.at(-1)).toMatch(/^Left out, behaviours: broken: broken ended \(1\)/);
    expect(lines).toEqual([expect.stringMatching(/^behaviours +broken: left out: broken ended \(1\)/)]);
  });

  it("is written as JSON, Markdown and a page, with figures of everything that was measured", async () => {
    const output = mkdtempSync(join(tmpdir(), "comparison-"));
    try {
      const settings = [
        "--quick",
        "--rounds=1",
        "--only=anydhcpd-bpf",
        "--parts=load,noise,drops",
        `--output=${output}`,
      ];
      const program = join(ROOT, "lab", "start.mjs");
      const { stdout } = await promisify(execFile)(process.execPath, [
        program,
        "compare",
        `--directory=${tmpdir()}`,
        ...settings,
      ]);
      expect(stdout.trim().split("\n")).toEqual(
        ["json", "md", "html"].map((ending) => join(output, `comparison.${ending}`)),
      );
      const results = readResults(join(output, "comparison.json"));
      const measured = results.rounds[0]?.["anydhcpd-bpf"] ?? {};
      const loads = ["relayed-light", "relayed-full", "direct-light", "direct-full"];
      expect(results.plans.map(({ id }) => id)).toEqual(loads);
      expect(Object.keys(measured)).toEqual(loads);
      for (const one of Object.values(measured)) {
        expect(one).toMatchObject({ invalidReplies: 0 });
        expect(one.exchanges).toBeGreaterThan(0);
      }
      const shares = (id: string) => results.backgroundTraffic?.listeners.find((listener) => listener.id === id)?.runs;
      // Packets are counted, not time: a sleeping reader that is given none is not woken.
      expect(shares("socket-filtered")?.ports?.[0]?.wakeupsPerSecond).toBe(0);
      expect(shares("socket-udp")?.forwarded?.[0]?.wakeupsPerSecond).toBe(0);
      expect(shares("socket-open")?.ports?.[0]?.wakeupsPerSecond).toBeGreaterThan(100);
      const costs = new Map(results.droppedPackets?.places.map(({ id, nanoseconds }) => [id, nanoseconds[0]]));
      const dropping = countsInterruptsApart() ? [] : ["received-only", "nobody", "packet-filter"];
      for (const id of dropping) expect(costs.get(id), id).toBeGreaterThan(0);
      // A busy machine may keep the server from so many messages: that is left out then.
      const mayBeLeftOut = countsInterruptsApart() ? "Left out, drops: " : "Left out, drops: server-bpf: ";
      const leftOut = results.method?.filter((sentence) => sentence.startsWith("Left out"));
      expect(leftOut?.filter((sentence) => !sentence.startsWith(mayBeLeftOut))).toEqual([]);
      expect(readFileSync(join(output, "comparison.html"), "utf8")).toContain("</html>");
    } finally {
      rmSync(output, { recursive: true });
    }
  });
});
