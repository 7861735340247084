import { defineConfig } from "vitest/config";

// Real kernels, clients and processes on a shared machine: what fails once for want of time is tried
// once more, and the report says so. A fault fails twice.
const RETRIES_ON_REAL_THINGS = 1;

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
          fileParallelism: false,
          retry: RETRIES_ON_REAL_THINGS,
        },
      },
    ],
  },
});
