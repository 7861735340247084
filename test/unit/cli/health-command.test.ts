import { expect, it } from "vitest";
import { formatHealth, lineOf, type Sighting } from "../../../src/cli/health-command.ts";

const BAD: Sighting = {
  state: "unhealthy",
  checks: [
    { name: "drain", state: "failed", reason: "the server is drained" },
    { name: "store", state: "ok", reason: "leases can be stored" },
    { name: "clock", state: "warning", reason: "the clock was set" },
  ],
};

it("says in one line what is not as it should be", () => {
  expect(lineOf(BAD)).toBe("unhealthy: the server is drained; the clock was set\n");
  expect(lineOf({ state: "healthy", checks: BAD.checks.slice(1, 2) })).toBe("healthy\n");
  expect(lineOf({ state: "unhealthy", error: "no answer" })).toBe("unhealthy: no answer\n");
});

it("lists every check for people", () => {
  expect(formatHealth(BAD)).toBe(
    `unhealthy
  failed    drain      the server is drained
  ok        store      leases can be stored
  warning   clock      the clock was set
`,
  );
});
