// The generator's command line and its reports.

import { describe, expect, it } from "vitest";
import { loadArguments, readReport } from "../../../lab/load.ts";

describe("orders of the load generator", () => {
  it("are flags in the generator's spelling, without those that are not set", () => {
    const orders = { server: "10.9.0.1", interface: "eth0", broadcast: true, once: false, restMs: 2100, timeoutMs: 50 };
    expect(loadArguments({ ...orders, phases: ["dora", "renew"] })).toEqual([
      ...["--server", "10.9.0.1", "--interface", "eth0", "--broadcast"],
      ...["--rest-ms", "2100", "--timeout-ms", "50", "--phases", "dora,renew"],
    ]);
  });
});

describe("a report of the load generator", () => {
  it("is read from its line", () => {
    expect(readReport('{"phase":"dora","perSecond":12.5}')).toEqual({ phase: "dora", perSecond: 12.5 });
  });

  it("is refused where it is another line", () => {
    expect(() => readReport('{"phase":"dora"}')).toThrow("no report");
    expect(() => readReport("measuring?")).toThrow(SyntaxError);
  });
});
