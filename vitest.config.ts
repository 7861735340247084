import { defineConfig } from "vitest/config";

// Real kernels, clients and processes on a shared machine: what fails once for want of time is tried
// once more, and the report says so. A fault fails twice.
const RETRIES_ON_REAL_THINGS = 1;

/** Files of tests in network namespaces that run at once. */
const NETWORKS_AT_ONCE = 3;

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/conformance-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/property/**/*.test.ts", "test/conformance/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "sim",
          include: ["test/sim/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "fuzz",
          include: ["test/fuzz/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/native/**/*.test.ts", "test/helper/**/*.test.ts", "test/store/**/*.test.ts"],
          testTimeout: 60_000,
          retry: RETRIES_ON_REAL_THINGS,
        },
      },
      {
        test: {
          name: "netns",
          include: ["test/netns/**/*.test.ts", "test/differential/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait more than they compute; after the others, so that these do not take their time away.
          maxWorkers: NETWORKS_AT_ONCE,
          sequence: { groupOrder: 1 },
          retry: RETRIES_ON_REAL_THINGS,
        },
      },
    ],
  },
});
