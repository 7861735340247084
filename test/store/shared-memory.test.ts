// The store in memory that stands in for a shared one keeps the contracts that it stands in for.

import { describe } from "vitest";
import { SharedMemory, SharedMemoryStore } from "../support/shared-store.ts";
import { describeStore } from "./contract.ts";
import { describeSharedStore } from "./shared-contract.ts";

describe("the shared store in memory", () => {
  describeStore(() => {
    const memory = new SharedMemory();
    return { name: "memory", isDurable: true, make: () => new SharedMemoryStore(memory), dispose: () => undefined };
  });

  describeSharedStore(() => {
    const memory = new SharedMemory();
    return { make: () => new SharedMemoryStore(memory), dispose: () => undefined };
  });
});
