// When memory is given back: a few seconds after the last of many messages, and once more.

import { describe, expect, it, vi } from "vitest";
import { QUIET_LOOKS, QUIET_LOOKS_AGAIN, QUIET_MESSAGES_MIN } from "../../../src/base/limits/server.ts";
import { IdleMemory } from "../../../src/server/idle-memory.ts";

function lookOften(memory: IdleMemory, times: number): void {
  for (let i = 0; i < times; i++) memory.look();
}

describe("memory of an idle server", () => {
  it("is given back twice after many messages", () => {
    const release = vi.fn();
    const memory = new IdleMemory(release);
    memory.note(QUIET_MESSAGES_MIN);
    lookOften(memory, QUIET_LOOKS);
    expect(release).toHaveBeenCalledTimes(0);
    lookOften(memory, 1);
    expect(release).toHaveBeenCalledTimes(1);
    lookOften(memory, QUIET_LOOKS_AGAIN - 1);
    expect(release).toHaveBeenCalledTimes(1);
    lookOften(memory, 100);
    expect(release).toHaveBeenCalledTimes(2);
    memory.note(QUIET_MESSAGES_MIN);
    lookOften(memory, 100);
    expect(release).toHaveBeenCalledTimes(4);
  });

  it("is given back a second time once it is quiet, and not anew for the few messages of each time that is not", () => {
    const release = vi.fn();
    const memory = new IdleMemory(release);
    memory.note(QUIET_MESSAGES_MIN);
    lookOften(memory, QUIET_LOOKS + 1);
    for (let i = 0; i < 100; i++) {
      memory.note(1);
      lookOften(memory, QUIET_LOOKS);
    }
    expect(release).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 100; i++) {
      memory.note(1);
      lookOften(memory, QUIET_LOOKS + 1);
    }
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
