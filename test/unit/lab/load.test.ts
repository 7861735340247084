// The generator's command line and its reports.

import { describe, expect, it } from "vitest";
import { loadArguments, readReport } from "../../../lab/network/load.ts";

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
    const times = { p5: 1, p25: 2, p50: 3, p75: 4, p95: 5, p99: 6, p999: 7, max: 8 };
    const report = {
      ...{ phase: "dora", path: "relayed", broadcast: false, window: 8, rate: 0, seconds: 1, setupSeconds: 0 },
      ...{ exchanges: 12, perSecond: 12.5, exchangeMicroseconds: times, offerMicroseconds: times },
      ...{ started: 12, sent: 24, received: 24, retransmissions: 0, lost: 0, naks: 0, undeservedNaks: 0 },
      ...{ late: 0, starved: 0, heldUpMilliseconds: 1.5 },
      ...{ invalidReplies: 2, invalidKinds: { xid: 2 }, processorSeconds: 0.5 },
    };
    expect(readReport(JSON.stringify(report))).toEqual(report);
  });

  it("is refused where it is another line", () => {
    expect(() => readReport('{"phase":"dora"}')).toThrow("no report of the load generator: path: ");
    expect(() => readReport("measuring?")).toThrow(SyntaxError);
  });
});
