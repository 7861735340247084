// The pace by the real event loop.

import { expect, it, vi } from "vitest";
import { systemPace } from "../../../src/server/system-pace.ts";

it("turns of what follows leases do not wait until something else happens", async () => {
  const planned = vi.spyOn(globalThis, "setImmediate");
  const turns: string[] = [];
  systemPace(() => 0).start(() => {
    turns.push("turn");
    return false;
  });
  // One without a reference is called when the loop has waited for something.
  const immediates = planned.mock.results.map(({ value }) => value as NodeJS.Immediate);
  expect(immediates.map((immediate) => immediate.hasRef())).toEqual([true]);
  await vi.waitFor(() => expect(turns).toEqual(["turn"]));
  planned.mockRestore();
});
