// ISC's dhcpd.conf to ours. Most of that language is read as it is: statements that differ are rewritten, and those
// without a counterpart become a comment with the reason. Included files take the place of their `include`, so that one
// file comes out.

import { type FileReader, pathFrom } from "../config/language/include.ts";
import { type Token, tokenize } from "../config/language/lexer.ts";
import { Report, Source } from "../config/language/source.ts";
import { type LoadContext, loadConfig } from "../config/load.ts";
import { Draft } from "./draft.ts";
import { LineCounter } from "./line-counter.ts";
import { excerpt, type Imported, sortNotices } from "./notice.ts";
import { repair } from "./repair.ts";
import { everyExtent, findExtents, wordOf } from "./statement-extents.ts";

/** Files inside files, and files in all: an include that goes on for ever ends here. */
const INCLUDE_DEPTH_MAX = 16;
const INCLUDES_MAX = 4096;

/** Imports the text of `file`, which has one octet a character. Never throws; the result loads in the same context. */
export function importIscConfig(file: string, text: string, context: LoadContext & { readFile: FileReader }): Imported {
  const draft = new Draft();
  new Includer(draft, context.readFile).include(file, text, 0);
  rewrite(draft);
  repair(draft, context, "kept");
  noteDifferences(draft, context);
  // By default ISC's server leaves clients with a wrong address alone; ours does not.
  const words = topLevelWords(draft.text);
  const isSaid = words.some((word) => word === "authoritative" || word === "not");
  const head = [`# Imported from ${excerpt(file)}, a configuration of ISC's dhcpd.`];
  if (!isSaid) {
    head.push(
      "# The file does not say authoritative, which is the default here and is not there.",
      "not authoritative;",
    );
  }
  head.push("# That server sends the options that clients ask for.", "requested-options-only true;");
  if (!words.includes("min-lease-time")) head.push("# It gives no shorter leases by default.", "min-lease-time 300;");
  return { text: `${[...head, "", draft.text].join("\n").trimEnd()}\n`, notices: sortNotices(draft.notices) };
}

/** Tells what loads and means something else there. */
function noteDifferences(draft: Draft, context: LoadContext): void {
  const { diagnostics } = loadConfig("draft", draft.text, { ...context, diagnosticsMax: Number.POSITIVE_INFINITY });
  const lines = draft.text.split("\n");
  for (const { line, message, expected, differsFromIsc } of diagnostics) {
    if (!differsFromIsc) continue;
    const subject = excerpt(lines[line - 1]?.trim() ?? "");
    const reason = expected === undefined ? message : `${message}; expected: ${expected}`;
    draft.tell(draft.originOf(line), "changed", subject, reason);
  }
}

/** Puts the texts of files together. */
class Includer {
  private readonly draft: Draft;
  private readonly readFile: FileReader;
  private includes = 0;

  constructor(draft: Draft, readFile: FileReader) {
    this.draft = draft;
    this.readFile = readFile;
  }

  include(file: string, text: string, depth: number): void {
    const { draft } = this;
    const tokens = tokensOf(text);
    const lines = new LineCounter(text);
    const includes = tokens.flatMap((token, i) => {
      const [name, semicolon] = [tokens[i + 1], tokens[i + 2]];
      const isInclude = isWord(token, "include") && startsStatement(tokens, i) && name?.kind === "string";
      return isInclude && semicolon?.text === ";" ? [{ start: token.at, end: semicolon.end, name: name.text }] : [];
    });
    let from = 0;
    for (const { start, end, name } of includes) {
      this.addLines(file, text.slice(from, start), lines.lineOf(from));
      from = end;
      const origin = { file, line: lines.lineOf(start) };
      const path = pathFrom(file, name);
      const isTooMuch = depth >= INCLUDE_DEPTH_MAX || ++this.includes > INCLUDES_MAX;
      const content = isTooMuch ? { problem: "files include one another without an end" } : this.readFile(path);
      if ("problem" in content) {
        draft.add(`# not carried over: ${excerpt(path)}: ${content.problem}`, origin);
        draft.add(`# include "${excerpt(name)}";`, origin);
        draft.tell(origin, "lost", `include "${excerpt(name)}"`, content.problem);
        continue;
      }
      draft.add(`# From here on ${excerpt(path)}:`, origin);
      this.include(path, content.text, depth + 1);
      draft.add(`# Up to here ${excerpt(path)}.`, origin);
    }
    this.addLines(file, text.slice(from), lines.lineOf(from));
  }

  private addLines(file: string, text: string, first: number): void {
    for (const [i, line] of text.split("\n").entries()) this.draft.add(line, { file, line: first + i });
  }
}

/** Statements that have another form here. */
function rewrite(draft: Draft): void {
  const { text } = draft;
  const lines = new LineCounter(text);
  const edits: { start: number; end: number; text: string }[] = [];
  for (const { start, headEnd, end } of everyExtent(findExtents(tokensOf(text)))) {
    // A statement with a block is looked at statement by statement.
    if (headEnd !== end) continue;
    const statement = text.slice(start, end);
    const found = REWRITES.find(({ pattern }) => pattern.test(statement));
    if (found === undefined) continue;
    const changed = statement.replace(found.pattern, found.replacement);
    edits.push({ start, end, text: changed });
    draft.tell(
      draft.originOf(lines.lineOf(start)),
      "changed",
      excerpt(statement),
      `${found.reason}: ${excerpt(changed)}`,
    );
  }
  draft.replace(edits);
}

interface Rewrite {
  readonly pattern: RegExp;
  readonly replacement: string;
  readonly reason: string;
}

const REWRITES: readonly Rewrite[] = [
  {
    pattern: /^((?:default|max|min)-lease-time\s+)-1(\s*;)$/i,
    replacement: "$14294967295$2",
    reason: "for ever is written so",
  },
  {
    pattern: /^local-address\s+([0-9.]+\s*;)$/i,
    replacement: "listen on $1",
    reason: "the server listens on that address besides those of its interfaces",
  },
];

/** The first words of the statements that stand in no block. */
function topLevelWords(text: string): readonly string[] {
  return findExtents(tokensOf(text)).map((extent) => wordOf(text, extent));
}

function tokensOf(text: string): readonly Token[] {
  return tokenize(new Report(new Source("", text)));
}

function isWord(token: Token, word: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === word;
}

function startsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before === undefined || (before.kind === "mark" && /^[;{}]$/.test(before.text));
}
