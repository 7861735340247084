// When memory is given back: once, a few seconds after the last of many messages.

import { describe, expect, it, vi } from "vitest";
import { QUIET_LOOKS, QUIET_MESSAGES_MIN } from "../../../src/base/limits/server.ts";
import { IdleMemory } from "../../../src/server/idle-memory.ts";

function lookOften(memory: IdleMemory, times: number): void {
  for (let i = 0; i < times; i++) memory.look();
}

describe("memory of an idle server", () => {
  it("is given back once after many messages", () => {
    const release = vi.fn();
    const memory = new IdleMemory(release);
    memory.note(QUIET_MESSAGES_MIN);
    lookOften(memory, QUIET_LOOKS);
    expect(release).toHaveBeenCalledTimes(0);
    lookOften(memory, 100);
    expect(release).toHaveBeenCalledTimes(1);
    memory.note(QUIET_MESSAGES_MIN);
    lookOften(memory, 100);
    expect(release).toHaveBeenCalledTimes(2);
  });

  it("stays while messages come, and after few of them", () => {
    const release = vi.fn();
    const memory = new IdleMemory(release);
    memory.note(QUIET_MESSAGES_MIN - 1);
    lookOften(memory, 100);
    for (let i = 0; i < 100; i++) {
      memory.note(1);
      lookOften(memory, QUIET_LOOKS);
    }
    expect(release).toHaveBeenCalledTimes(0);
  });
});
