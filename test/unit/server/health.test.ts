import { describe, expect, it } from "vitest";
import { type HealthFacts, judgeHealth } from "../../../src/server/health.ts";

const GOOD: HealthFacts = {
  drain: "serving",
  listeners: [{ description: "192.0.2.53", present: true }],
  store: "ready",
  storeAwaySeconds: 0,
  reserveSeconds: 0,
  isClockSet: false,
  firewallSets: [],
  subnets: 2,
  full: [],
};

const FULL = { subnet: "192.0.2.0/24", size: 10, abandoned: 2, inUse: 3 };

/** The state, and the checks that are not as they should be. */
function judged(facts: Partial<HealthFacts>) {
  const { state, checks } = judgeHealth({ ...GOOD, ...facts });
  return { state, not: checks.filter((check) => check.state !== "ok").map((check) => [check.state, check.reason]) };
}

describe("the health of a server", () => {
  it("is good where every check is", () => {
    const { state, checks } = judgeHealth(GOOD);
    expect(state).toBe("healthy");
    expect(checks.map((check) => check.name)).toEqual(["drain", "listeners", "leases", "store", "clock", "addresses"]);
  });

  it.each<[string, Partial<HealthFacts>, string]>([
    ["it is being drained", { drain: "draining" }, "the server is being drained and still answers"],
    ["it is drained", { drain: "silent" }, "the server is drained and answers nothing"],
    ["it listens nowhere", { listeners: [] }, "no interface or address to listen on is there yet"],
    [
      "an address is absent",
      { listeners: [...GOOD.listeners, { description: "192.0.2.54", present: false }] },
      "not present on this host: 192.0.2.54",
    ],
    ["its lease file fails", { store: "failing", storeAwaySeconds: 3.7 }, "leases cannot be stored for 3 seconds"],
  ])("is bad if %s", (_, facts, reason) => {
    expect(judged(facts)).toEqual({ state: "unhealthy", not: [["failed", reason]] });
  });

  it("is middling while a shared store is away, and bad when a tenth of the reserve is left", () => {
    const away = (storeAwaySeconds: number) => judged({ store: "away", storeAwaySeconds, reserveSeconds: 600 });
    expect(away(2)).toEqual({
      state: "degraded",
      not: [
        ["degraded", "leases cannot be stored for 2 seconds: 598 seconds of the reserve are left to renew leases from"],
      ],
    });
    expect(away(539).state).toBe("degraded");
    expect(away(540).state).toBe("unhealthy");
    expect(away(700)).toMatchObject({ not: [["failed", expect.stringContaining(": 0 seconds of the reserve")]] });
  });

  it("of one of a cluster is middling while servers differ, and good with a warning while clocks do", () => {
    const good = { areClocksGood: true, mayAllocate: true };
    expect(judged({ cluster: good })).toEqual({ state: "healthy", not: [] });
    expect(judged({ cluster: { ...good, mayAllocate: false } })).toMatchObject({ state: "degraded" });
    expect(judged({ cluster: { ...good, areClocksGood: false } })).toMatchObject({
      state: "healthy",
      not: [["warning", expect.stringContaining("clocks")]],
    });
  });

  it("is bad while leases are loaded, because no REQUEST can be answered", () => {
    expect(judged({ store: "loading" })).toMatchObject({ state: "unhealthy" });
  });

  it("names a subnet without a free address, and says how many addresses other hosts use", () => {
    const reasonOf = (...full: HealthFacts["full"]): unknown => judged({ full }).not[0]?.[1];
    expect(reasonOf(FULL)).toBe("192.0.2.0/24 has no free address: other hosts use 5 of its 10 addresses");
    expect(reasonOf({ ...FULL, abandoned: 0, inUse: 0 }, FULL)).toBe(
      "192.0.2.0/24 has no free address, and 1 more of 2 subnets neither",
    );
  });

  it.each<[string, Partial<HealthFacts>]>([
    ["no subnet has a free address, since it still renews leases", { full: [FULL, FULL] }],
    ["the wall clock was set forward", { isClockSet: true }],
    [
      "there is no address to ask itself at",
      { exchange: { answered: [], silent: [], unsent: [], isBySockets: true, isBehind: false } },
    ],
  ])("stays good with a warning if %s", (_, facts) => {
    expect(judged(facts)).toMatchObject({ state: "healthy", not: [["warning", expect.any(String)]] });
  });
});
