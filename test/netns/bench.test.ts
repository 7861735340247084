// The benchmark as people start it: our server and the baseline program under load, for a moment each. What it
// says about speed is not looked at.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab } from "../../lab/network/lab.ts";
import { type Results, readBaseline, readResults } from "../../lab/results.ts";

const BENCH = resolve(import.meta.dirname, "../../lab/start.mjs");
const STORED = resolve(import.meta.dirname, "../../lab/results");

const obstacle = Lab.obstacle();
let directory: string;

/** Runs the benchmark with its shortest settings; returns what it wrote and its exit status. */
function bench(...flags: readonly string[]): { output: string; status: number } {
  const places = ["--directory", directory, "--results", directory];
  const argv = [BENCH, "bench", "--quick", "--rounds", "1", "--seconds", "1", "--warmup", "0.3", ...places, ...flags];
  try {
    return { output: execFileSync(process.execPath, argv, { encoding: "utf8", stdio: "pipe" }), status: 0 };
  } catch (error) {
    const { stdout, stderr, status } = error as { stdout: string; stderr: string; status: number };
    return { output: `${stdout}${stderr}`, status };
  }
}

function results(): Results {
  return readResults(join(directory, "bench.json"));
}

describe.skipIf(obstacle !== undefined)(`the benchmark ${obstacle ?? ""}`, () => {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bench-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("measures, counts and draws, and every reply was true", () => {
    const modes = "relayed,half-load,counting,broadcast,storm";

    const { output, status } = bench("--modes", modes, "--servers", "anydhcpd,baseline-echo-journal");

    expect(status, output).toBe(0);
    const { failures, rounds } = results();
    expect(failures).toEqual([]);
    const [measured, counted] = rounds;
    const ours = measured?.["anydhcpd"] ?? {};
    const names = ["broadcast-dora", "dora", "half-load", "renew", "storm"];
    expect(Object.keys(ours).sort()).toEqual(names);
    expect(Object.keys(measured?.["baseline-echo-journal"] ?? {}).sort()).toEqual(names);
    for (const [name, { exchanges, invalidReplies, processorMicroseconds, octetsPerExchange }] of Object.entries(
      ours,
    )) {
      expect([name, invalidReplies]).toEqual([name, 0]);
      expect(exchanges, name).toBeGreaterThan(0);
      expect(processorMicroseconds, name).toBeGreaterThan(0);
      // Every lease is written down, in a record of more than a hundred octets.
      expect(octetsPerExchange, name).toBeGreaterThan(100);
    }
    expect(counted?.["anydhcpd"]?.["dora"]?.syncsPer1000).toBeGreaterThan(0);
    expect(readFileSync(join(directory, "bench.md"), "utf8")).toContain(
      "| anydhcpd / baseline-echo-journal: renewals a second |",
    );
    expect(readFileSync(join(directory, "bench-dora.svg"), "utf8")).toContain("</svg>");
  });

  it("ends with status 1 when a ratio is worse than the baseline's", () => {
    const file = join(directory, "baseline.json");
    const servers = ["--modes", "relayed", "--servers", "anydhcpd-unsynced,baseline-echo"];
    expect(bench(...servers, "--save-baseline", file).status).toBe(0);
    const { ratios, ...about } = readBaseline(file);
    const name = "anydhcpd-unsynced / baseline-echo: dora processor time";
    const before = ratios[name] ?? 0;
    expect(before).toBeGreaterThan(0);
    // A hundredth of the processor time, and a hundred times of what else there is: no run is that noisy.
    const others = Object.fromEntries(
      Object.keys(ratios).map((other) => [other, /a second/.test(other) ? 0.001 : 1000]),
    );
    writeFileSync(file, JSON.stringify({ ...about, ratios: { ...others, [name]: before / 100, "unheard of": 1 } }));

    const { output, status } = bench(...servers, "--against", file);

    expect(status).toBe(1);
    expect(output).toMatch(new RegExp(`^\\| ${name} .* worse \\| REGRESSION \\|$`, "m"));
    expect(output).toContain("1 ratio is worse by more than 15 %.");
    expect(output).toContain("Not measured now: unheard of.");
  });

  it("leaves the stored figures alone where the run is not whole, and tells where its own are", () => {
    const stored = (): string[] =>
      readdirSync(STORED, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(
          ({ name }) => `${name} ${statSync(join(STORED, name)).mtimeMs} ${readFileSync(join(STORED, name), "utf8")}`,
        );
    const before = stored();
    const argv = [
      BENCH,
      "bench",
      "--quick",
      "--rounds",
      "1",
      "--seconds",
      "0.3",
      "--warmup",
      "0.1",
      "--directory",
      directory,
    ];
    const orders = [...argv, "--modes", "relayed", "--servers", "baseline-echo"];

    const output = execFileSync(process.execPath, orders, { encoding: "utf8", stdio: "pipe" });

    expect(output).toContain(`written to ${join(STORED, "partial")}`);
    expect(readFileSync(join(STORED, "partial", "bench.md"), "utf8")).toContain("baseline-echo");
    expect(before.length).toBeGreaterThan(5);
    expect(stored()).toEqual(before);
    const refused = bench("--save-baseline");
    expect(refused.status).toBe(2);
    expect(refused.output).toContain("a quick run is no baseline to store");
  });

  it("says what is wrong with its orders", () => {
    const ids = bench("--servers", "anydhcpd,iscd");
    expect(ids.status).toBe(2);
    expect(ids.output).toContain('--servers: there is no "iscd"; there are anydhcpd, baseline-echo-journal,');
    const baseline = bench("--against", join(directory, "nowhere.json"));
    expect(baseline.status).toBe(2);
    expect(baseline.output).toMatch(/--against .*nowhere\.json: ENOENT/);
  });
});
