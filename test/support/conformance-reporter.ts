// A vitest reporter that keeps docs/conformance.md true. After a run that had all unit tests it makes the page anew; if
// that differs from the file in the tree, it writes it and fails the run once, so that the page is committed with the
// change behind it.

import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { RFCS } from "../conformance/clauses/all.ts";
import { conformancePage, idsIn, mistakesIn, type Proof, titlesIn, type Verdict } from "./conformance-page.ts";

const TESTS = join(import.meta.dirname, "..");
const PAGE = join(TESTS, "../docs/conformance.md");

class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Map(modules.map((module) => [relative(TESTS, module.moduleId), module]));
    const proofs: Proof[] = [];
    for (const file of testFiles()) {
      const module = ran.get(file);
      if (module === undefined) {
        if (isAlwaysRun(file)) return;
        const titles = titlesIn(readFileSync(join(TESTS, file), "utf8"));
        for (const title of titles) proofs.push({ file, title, ids: idsIn(title), verdict: "not run" });
        continue;
      }
      const found = proofsIn(module, file);
      // A run of chosen tests, or with a file that cannot be loaded, says nothing about the page.
      if (module.errors().length > 0 || module.children.size === 0) return;
      if (isAlwaysRun(file) && found.some(({ verdict }) => verdict === "not run")) return;
      proofs.push(...found);
    }
    const complaints = mistakesIn(RFCS, proofs);
    const before = readPage();
    const page = conformancePage(RFCS, proofs, before);
    if (page !== before) {
      writeFileSync(PAGE, page);
      complaints.push("docs/conformance.md was stale: it has been written anew, commit it");
    }
    if (complaints.length > 0) fail(complaints);
  }
}

/** Files whose tests need nothing and are part of every whole run. */
function isAlwaysRun(file: string): boolean {
  return file.startsWith("conformance/");
}

/** The tests whose title, or that of the group they are in, names clauses. */
function proofsIn(module: TestModule, file: string): Proof[] {
  const proofs: Proof[] = [];
  for (const test of module.children.allTests()) {
    const title = isAlwaysRun(file) ? test.fullName : test.name;
    const ids = idsIn(title);
    if (ids.length > 0) proofs.push({ file, title, ids, verdict: verdictOf(test) });
  }
  return proofs;
}

function verdictOf(test: TestCase): Verdict {
  const { state } = test.result();
  if (state === "passed") return "passes";
  return state === "failed" ? "fails" : "not run";
}

function testFiles(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
}

function readPage(): string {
  try {
    return readFileSync(PAGE, "utf8");
  } catch {
    return "";
  }
}

/** Fails the run: by its exit status, and for test/run.sh by its counts. */
function fail(complaints: readonly string[]): void {
  for (const complaint of complaints) process.stderr.write(`conformance: ${complaint}\n`);
  process.exitCode = 1;
  const counts = process.env["ANYDHCPD_TEST_COUNTS"];
  if (counts !== undefined) appendFileSync(counts, `0 ${complaints.length} 0\n`);
}

// biome-ignore lint/style/noDefaultExport: vitest finds a reporter by its default export
export default ConformanceReporter;
