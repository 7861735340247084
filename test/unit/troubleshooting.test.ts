// docs/troubleshooting.md: each message in it is one that the programs write, and each warning or error that the daemon
// writes is in it.

import { describe, expect, it } from "vitest";
import { filesOf, read } from "../support/tree.ts";

const PAGE = read("docs/troubleshooting.md");
/** What is said where it is not a variable: names and numbers are "...". */
const GAP = "...";
/** Sources without what tears a text apart: expressions in templates, and strings that are joined. */
const SOURCES = [...filesOf("launcher"), ...filesOf("src"), ...filesOf("shield")].map((path) => ({
  path,
  text: joined(read(path)),
}));
function joined(source: string): string {
  return source
    .replace(/["'`]\s*\+\s*["'`]|"\s*\n\s*"/g, "")
    .replaceAll("%s", GAP)
    .replace(/\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, GAP);
}

/** The messages of the first columns. */
const messages = [...PAGE.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
);

function partsOf(message: string): string[] {
  const parts = message.split(GAP).map((part) => part.trim());
  return parts.filter((part) => /\w{3}/.test(part));
}

/** Text of each call that warns: from the call to the end of the statement. */
function warningsIn(text: string): string[] {
  const starts = [...text.matchAll(/\b(?:log\.(?:warn|error)\(|notice\("(?:warn|error)"|level: "(?:warn|error)")/g)];
  return starts.map(({ index }) => text.slice(index, text.indexOf(";\n", index)));
}

describe("docs/troubleshooting.md", () => {
  it("has messages that the programs write, and no others", () => {
    const unknown = messages.filter((message) => {
      const parts = partsOf(message);
      return parts.length === 0 || !SOURCES.some(({ text }) => parts.every((part) => text.includes(part)));
    });
    expect(unknown).toEqual([]);
    expect(messages.length).toBeGreaterThan(60);
  });

  it("has each text of a warning or an error", () => {
    const said = SOURCES.flatMap(({ path, text }) => warningsIn(text).map((warning) => `${path}: ${warning}`));
    const sentences = said.filter((warning) => /(["`])(?:(?!\1).)*[a-z]{2,} [a-z]{2,}(?:(?!\1).)*\1/s.test(warning));
    const parts = messages.flatMap(partsOf);
    expect(sentences.filter((sentence) => !parts.some((part) => sentence.includes(part)))).toEqual([]);
    expect(sentences.length).toBeGreaterThan(30);
  });
});
