// A vitest reporter that names every skipped test with its reason, and what failed first of each test that was tried
// again, and leaves the counts of a run in the file ANYDHCPD_TEST_COUNTS, one line "passed failed skipped" per run, for
// test/run.sh to add up.

import { appendFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded, or a hook that fails, has no test to show it.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") {
          count.passed++;
          // What failed first, and then passed.
          for (const { message, stacks } of result.errors ?? []) {
            const [place] = stacks ?? [];
            const where = place === undefined ? "" : ` (${place.file}:${place.line})`;
            process.stdout.write(`tried again: ${module.relativeModuleId} > ${test.fullName}: ${message}${where}\n`);
          }
        } else if (result.state === "failed") count.failed++;
        else {
          count.skipped++;
          const reason = "note" in result && result.note !== undefined ? `: ${result.note}` : "";
          process.stdout.write(`skipped: ${module.relativeModuleId} > ${test.fullName}${reason}\n`);
        }
      }
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
    }
    const file = process.env["ANYDHCPD_TEST_COUNTS"];
    if (file !== undefined) appendFileSync(file, `${count.passed} ${count.failed} ${count.skipped}\n`);
  }
}

// biome-ignore lint/style/noDefaultExport: vitest finds a reporter by its default export
export default SummaryReporter;
