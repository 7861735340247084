// What health says of the kernel shield.

import { expect, it } from "vitest";
import type { ShieldStatus } from "../../../src/backend/backend.ts";
import { conditionOf, withShieldCheck } from "../../../src/cli/shield.ts";
import type { Health } from "../../../src/control/health-messages.ts";

const HEALTHY: Health = { state: "healthy", checks: [] };

function shieldOn(name: string, mode: ShieldStatus["mode"]): ShieldStatus {
  const counts = { passed: 0, hardwareAddress: 0, relayPort: 0, relay: 0, newClient: 0, other: 0 };
  return { interface: name, mode, ...counts };
}

it("is not spoken of where nobody asks for it", () => {
  expect(withShieldCheck(HEALTHY, undefined)).toBe(HEALTHY);
});

it.each([
  [undefined, [], "ok", /is on each interface/],
  [undefined, [shieldOn("eth0", "native"), shieldOn("eth1", "generic")], "ok", /is on each interface/],
  [undefined, [shieldOn("eth0", "native"), shieldOn("eth1", "none")], "warning", /^no kernel shield on eth1: see/],
  [
    "its process has ended",
    [shieldOn("eth0", "none")],
    "warning",
    /^its process has ended: clients are served without/,
  ],
])("warns where it is not there, and leaves the server healthy: %s", (trouble, status, state, reason) => {
  const { state: whole, checks } = withShieldCheck(HEALTHY, { trouble, status });
  expect(whole).toBe("healthy");
  expect(checks).toEqual([{ name: "shield", state, reason: expect.stringMatching(reason) }]);
});

it("has the launcher's reason where there is none", () => {
  expect(conditionOf({ shieldTrouble: "refused" }, undefined)).toEqual({ trouble: "refused", status: [] });
  expect(conditionOf({ shieldTrouble: undefined }, undefined)).toBeUndefined();
});
