// docs/man/anydhcpd.8, the help and the program name the same flags, reasons and counters.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BackendCounters } from "../../../src/backend/backend-counters.ts";
import { USAGE } from "../../../src/cli/usage.ts";
import { REASON_TEXTS } from "../../../src/server/log/reason-texts.ts";
import { CommandLineReader } from "../../support/command-line.ts";
import { filesOf } from "../../support/tree.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const PAGE = read("docs/man/anydhcpd.8");
const ARGS = read("launcher/arguments.c");
const reader = new CommandLineReader();
afterAll(() => reader.dispose());

const sorted = (words: Iterable<string>): string[] => [...new Set(words)].sort();
const wordsOf = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, word = ""]) => word);

/** Entries of a part of the page, by the names in their heads. */
function entriesOf(part: "reasons" | "counters"): ReadonlyMap<string, string> {
  const [, text = ""] = new RegExp(`^\\.\\\\" ${part}\\n(.*?)^\\.\\\\" end$`, "ms").exec(PAGE) ?? [];
  const entries = text.split(/^\.It Li /m).slice(1);
  return new Map(
    entries.flatMap((entry) => {
      const [head = "", ...lines] = entry.trim().split("\n");
      return head.split(" , ").map((name): [string, string] => [name, lines.join(" ")]);
    }),
  );
}

/** Every name that anything is counted by, but for reasons. */
function counterNames(): string[] {
  const folders = ["server", "leasequery", "store"];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, "src", folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => read(`src/${folder}/${file}`)),
  );
  const counted = sources.flatMap((text) =>
    wordsOf(text, /\b(?:count|giveUp)\((?:[^"()]*\?\? ?)?"([a-z0-9-]+)"(?! in )|return "(bulk-leasequery-[a-z-]+)"/g),
  );
  const returned = sources.flatMap((text) => wordsOf(text, /"(bulk-leasequery(?:-[a-z]+)+)"/g));
  const stored = wordsOf(read("src/store/journal/journal-status.ts"), /\["(store-[a-z-]+)", 0\]/g);
  const named = filesOf("src/names").flatMap((path) => wordsOf(read(path), /"((?:names|hosts-file|dns)-[a-z-]+)":/g));
  const ofScript = wordsOf(read("src/script/event-script.ts"), /"(script-[a-z-]+)":/g);
  const [, faults = ""] = /type DecodeFault =(.*?);/s.exec(read("src/wire/query.ts")) ?? [];
  const observer = read("src/backend/observe/observer.ts");
  const [, causes = ""] = /const COUNTERS = \[(.*?)\]/s.exec(observer) ?? [];
  return sorted([
    ...counted.filter((name) => name !== "" && !Object.hasOwn(REASON_TEXTS, name)),
    ...returned,
    ...stored,
    ...named,
    ...filesOf("src/server/firewall").flatMap((path) => wordsOf(read(path), /"(firewall-[a-z-]+)"/g)),
    ...ofScript,
    ...wordsOf(read("src/backend/shield/kernel-shield.ts"), /\["(shield-[a-z-]+)"/g),
    ...wordsOf(read("src/server/commit-queue.ts"), /: "(drop-store-[a-z]+)"/g),
    ...wordsOf(faults, /"([a-z-]+)"/g),
    ...new BackendCounters(true).toMap(0).keys(),
    ...wordsOf(causes, /"([a-z-]+)"/g).map((name) => `observe-${name}`),
    ...wordsOf(observer, /\["(observe-[a-z-]+)"/g),
  ]);
}

describe("anydhcpd(8)", () => {
  it("names each flag that the program takes, and no other, as the help does [U6, U16]", () => {
    const long = sorted(wordsOf(ARGS, /"--([a-z-]+)"/g));
    expect(long.length).toBeGreaterThan(6);
    expect(sorted(wordsOf(PAGE, /\bFl -([a-z-]+)/g))).toEqual(long);
    expect(sorted(wordsOf(USAGE, /--([a-z][a-z-]*)/g))).toEqual(long);
    const letters = [..."abcdefghijklmnopqrstuvwxyz"].filter((letter) => {
      const parsed = reader.read([`-${letter}`, "x"]);
      return "options" in parsed || (!parsed.error.startsWith("unknown") && !parsed.error.includes("not supported"));
    });
    const heads = PAGE.split("\n").filter((line) => line.startsWith(".It Fl"));
    expect(sorted(heads.flatMap((line) => wordsOf(line, /\bFl ([a-z])\b/g)))).toEqual(letters);
  });

  it("explains each reason in a sentence, and no other [U6]", () => {
    const entries = entriesOf("reasons");
    expect(sorted(entries.keys())).toEqual(sorted(Object.keys(REASON_TEXTS)));
    for (const [name, text] of entries) expect(text, name).toMatch(/^[A-Z].{15,}\.$/);
  });

  it("explains each counter, and no other [U6]", () => {
    const entries = entriesOf("counters");
    const names = counterNames();
    expect(names.length).toBeGreaterThan(50);
    expect(sorted(entries.keys())).toEqual(names);
    for (const [name, text] of entries) expect(text, name).toMatch(/^[A-Z].{8,}\.$/);
  });
});
