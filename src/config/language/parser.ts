// Builds the syntax tree from tokens: statements, blocks, and the way on after an error.
//
// After an error the statement is skipped up to its `;`, past its balanced block, or up to the next line that starts
// with a statement's word, at the first of these; so that one run finds every error and few that are only consequences.
// Blocks nest at most NESTING_MAX deep, so recursion is bounded.

import { ANYWHERE, type BlockKind } from "../model/settings.ts";
import { readBranch } from "../resolve/branches.ts";
import { BLOCKS, type BlockRule, NAMELESS } from "./blocks.ts";
import { readBootBlock } from "./boot-block.ts";
import { Cursor, type HostNames } from "./cursor.ts";
import { type ForeignStatement, findForeignStatement } from "./foreign-statements.ts";
import { type FileReader, readIncluded } from "./include.ts";
import { tokenize } from "./lexer.ts";
import { emptyBody, OpenedBlocks, outerKind } from "./opened-blocks.ts";
import {
  BOOT,
  IF,
  INCLUDE,
  isStatementStart,
  recover,
  STATEMENT_WORDS,
  SWITCH,
  skipBody,
  skipToBrace,
  takeSemicolon,
} from "./recovery.ts";
import type { Report } from "./source.ts";
import { describeBlock, STATEMENTS } from "./statements.ts";
import { readSwitch } from "./switch.ts";
import type { Block } from "./syntax.ts";
import { reportUnknownStatement, takeIgnoredSetting } from "./unknown-statement.ts";

/** Blocks inside blocks; no intended configuration is deeper. */
export const NESTING_MAX = 64;

/** The parser's result for a text. */
export interface ParsedText {
  readonly root: Block;
  /** Host names that stand where an address may. */
  readonly names: readonly string[];
  /** Whether a `subnet` was left out for an error in it, so that nothing can be said to be in none. */
  readonly lacksSubnets: boolean;
}

/** Parses the text that `report` is about; complaints go there. Never throws. */
export function parse(report: Report, hostNames: HostNames, readFile: FileReader): ParsedText {
  const cursor = new Cursor(tokenize(report), report, hostNames);
  const parser = new Parser(cursor, readFile);
  const root = parser.parseFile();
  return { root, names: [...cursor.names], lacksSubnets: parser.lacksSubnets };
}

class Parser {
  lacksSubnets = false;
  /** In the file that is being read. */
  private cursor: Cursor;
  private readonly report: Report;
  private readonly readFile: FileReader;
  private depth = 0;
  private readonly opened: OpenedBlocks;
  /** Blocks that were taken as closed although their brace is missing. */
  private missingBraces = 0;

  constructor(cursor: Cursor, readFile: FileReader) {
    this.cursor = cursor;
    this.report = cursor.report;
    this.opened = new OpenedBlocks(cursor.report);
    this.readFile = readFile;
  }

  parseFile(): Block {
    const root: Block = { header: { kind: "global" }, at: 0, parent: undefined, ...emptyBody() };
    this.parseToEnd(root);
    return root;
  }

  /** All statements of the file that is being read. */
  private parseToEnd(block: Block): void {
    for (;;) {
      this.parseStatements(block);
      const { kind, at } = this.cursor.peek();
      if (kind === "end") return;
      // Only a closing brace ends statements before the end.
      this.cursor.next();
      if (this.missingBraces > 0) this.missingBraces--;
      else this.report.error(at, "this } closes nothing", { expected: "a { for every }, in the same file" });
    }
  }

  /** The statements of another file, as if they stood in `block`; whole ones only. */
  private parseInclude(block: Block): void {
    const { at } = this.cursor.next();
    const file = readIncluded(this.cursor, at, this.readFile);
    if (file === undefined) {
      // It is unknown what it would have declared.
      this.lacksSubnets = true;
      return recover(this.cursor);
    }
    if (!takeSemicolon(this.cursor)) recover(this.cursor);
    const { cursor, missingBraces } = this;
    this.cursor = cursor.within(tokenize(this.report, file));
    this.missingBraces = 0;
    this.parseToEnd(block);
    this.cursor = cursor;
    this.missingBraces = missingBraces;
  }

  /** Statements up to a closing brace, the end, or a block that shows that this one should have ended. */
  private parseStatements(block: Block): void {
    for (;;) {
      const token = this.cursor.peek();
      if (token.kind === "end" || this.cursor.isMark("}")) return;
      if (this.endsUnclosed(block)) return;
      if (this.cursor.takeMark(";")) continue;
      this.parseStatement(block);
    }
  }

  private parseStatement(block: Block): void {
    const token = this.cursor.peek();
    const word = token.kind === "word" ? token.text.toLowerCase() : "";
    const blockRule = BLOCKS.get(word);
    if (blockRule !== undefined) return this.parseBlock(block, word, blockRule);
    if (word === INCLUDE) return this.parseInclude(block);
    if (word === IF) return this.parseIf(block);
    if (word === BOOT) return this.parseBoot(block);
    if (word === SWITCH) return this.parseSwitch(block);
    const rule = STATEMENTS.get(word);
    if (rule === undefined) {
      const foreign = findForeignStatement(this.cursor);
      if (foreign !== undefined) return this.parseForeign(word, foreign);
      if (takeIgnoredSetting(this.cursor, STATEMENT_WORDS)) return;
      if (word === "elsif" || word === "else")
        this.report.error(token.at, `this ${word} belongs to no if`, { expected: `${word} behind the block of an if` });
      else reportUnknownStatement(this.cursor, STATEMENT_WORDS);
      this.cursor.next();
      return recover(this.cursor);
    }
    if (!rule.blocks.includes(block.header.kind)) this.reportMisplaced(word, block, rule.blocks);
    this.cursor.next();
    const { taken } = this.cursor;
    const parameter = rule.read(this.cursor, token.at, block.header.kind);
    if (parameter === undefined) {
      block.isIncomplete = true;
      return recover(this.cursor, this.cursor.bracesSince(taken));
    }
    if (rule.blocks.includes(block.header.kind)) block.parameters.push(parameter);
    const isBlock = rule.isBlock === true || (rule.mayBeBlock === true && this.cursor.lastText === "}");
    if (!takeSemicolon(this.cursor, isBlock)) recover(this.cursor);
  }

  /** `if CONDITION { ... }` with every `elsif`, `else if` and `else` behind it. */
  private parseIf(outer: Block): void {
    const { cursor } = this;
    const earlier = { conditions: [], hasElse: false };
    for (let word = IF; ; word = cursor.isWord("else") ? "else" : "elsif") {
      this.parseBlock(outer, IF, { outer: ANYWHERE, read: () => readBranch(cursor, word, earlier) });
      if (!cursor.isWord("elsif") && !cursor.isWord("else")) return;
    }
  }

  /** `switch (DATA) { ... }`: each case becomes a branch. */
  private parseSwitch(outer: Block): void {
    const { cursor } = this;
    const { at } = cursor.next();
    const branches = readSwitch(cursor);
    if (branches === undefined) return recover(this.cursor);
    if (this.depth >= NESTING_MAX) return void this.report.error(at, `blocks are nested more than ${NESTING_MAX} deep`);
    this.depth++;
    for (const { condition, at: caseAt, body } of branches) {
      const block: Block = { header: { kind: "if", condition }, at: caseAt, parent: outer, ...emptyBody() };
      outer.blocks.push(block);
      this.cursor = cursor.within(body);
      this.parseToEnd(block);
    }
    this.cursor = cursor;
    this.depth--;
  }

  /** `boot { ... }`: each entry becomes a branch. */
  private parseBoot(outer: Block): void {
    const { cursor } = this;
    const { at } = cursor.next();
    if (!cursor.takeMark("{")) {
      cursor.unexpected("{ and the files to start from");
      return recover(this.cursor);
    }
    const branches = readBootBlock(cursor, () => recover(this.cursor));
    for (const { condition, startsOverHttp, parameters, at: entryAt } of branches) {
      const header = { kind: "if", condition, startsOverHttp } as const;
      outer.blocks.push({ header, at: entryAt, parent: outer, ...emptyBody(), parameters: [...parameters] });
    }
    if (branches.length === 0 && !this.report.hasErrors)
      this.report.warning(at, "this boot block names no file", {
        expected: 'bios "FILE"; uefi-x64 "FILE"; and the like',
      });
    if (cursor.takeMark("}")) cursor.takeMark(";");
    else this.report.error(at, "the block that opens here is not closed: its } is missing", { expected: "}" });
  }

  /** A statement of another server, with its block if it has one. */
  private parseForeign(word: string, foreign: ForeignStatement | "nothing"): void {
    const { cursor } = this;
    const { at } = cursor.next();
    const named = word === "on" && cursor.peek().kind === "word" ? `on ${cursor.peek().text}` : word;
    if (foreign !== "nothing" && foreign.isRefused) {
      const why = foreign.reason === "" ? "" : `: ${foreign.reason}`;
      this.report.error(at, `the statement ${word} is not supported${why}`, { expected: foreign.text });
      return recover(this.cursor);
    }
    if (foreign !== "nothing")
      this.report.warning(at, `${named} has no effect: ${foreign.text}`, { hasNoEffect: true });
    for (let parentheses = 0; !/^[;{}]?$/.test(cursor.peek().text) || cursor.peek().kind === "string"; cursor.next()) {
      if (cursor.isMark("(")) parentheses++;
      if (cursor.isMark(")")) parentheses--;
      if (parentheses <= 0 && isStatementStart(this.cursor)) break;
    }
    if (!cursor.takeMark("{")) {
      if (!takeSemicolon(this.cursor)) recover(this.cursor);
      return;
    }
    skipBody(this.cursor);
    cursor.takeMark(";");
  }

  private reportMisplaced(word: string, block: Block, allowed: readonly BlockKind[]): void {
    const { at } = this.cursor.peek();
    const related = block.parent && { related: { at: block.at, message: "this is the block that it stands in" } };
    this.report.error(at, `${word} is not allowed ${describeBlock(block.header.kind)}`, {
      expected: `${word} ${allowed.map(describeBlock).join(" or ")}`,
      ...related,
    });
  }

  private parseBlock(outer: Block, word: string, rule: BlockRule): void {
    const { cursor } = this;
    const { at } = cursor.peek();
    const isPlaced = rule.outer.includes(outerKind(outer));
    if (!isPlaced) this.reportMisplaced(word, outer, rule.outer);
    cursor.next();
    const header = rule.read(cursor);
    if (header === undefined) skipToBrace(this.cursor);
    if (word === "subnet" && (header === undefined || !isPlaced)) this.lacksSubnets = true;
    const brace = cursor.peek().at;
    if (rule.mayBeEmpty === true && cursor.takeMark(";")) {
      if (isPlaced && header !== undefined) this.opened.open(outer, header, at);
      return;
    }
    if (!cursor.isMark("{")) {
      if (header !== undefined) cursor.unexpected(`{ and the statements of the ${word}`);
      // A brace that is forgotten at a line's end is taken as there.
      if (!cursor.isAtLineStart() || cursor.peek().kind !== "word") return recover(this.cursor);
    } else cursor.next();
    if (isPlaced && header !== undefined) return this.parseBody(this.opened.open(outer, header, at), brace);
    // A misplaced block is read for the errors in it only.
    const block = { header: header ?? NAMELESS[word] ?? ({ kind: "group" } as const), at, parent: outer };
    this.parseBody({ ...block, ...emptyBody() }, brace);
  }

  private parseBody(block: Block, brace: number): void {
    const { cursor } = this;
    if (this.depth >= NESTING_MAX) {
      this.report.error(brace, `blocks are nested more than ${NESTING_MAX} deep`);
      return skipBody(this.cursor);
    }
    this.depth++;
    this.parseStatements(block);
    this.depth--;
    if (cursor.takeMark("}")) {
      // ISC's habit of a semicolon behind a block does no harm.
      cursor.takeMark(";");
      return;
    }
    const token = cursor.peek();
    const reason = token.kind === "end" ? "the file ends" : "the next block starts";
    if (token.kind !== "end") this.missingBraces++;
    this.report.error(brace, "the block that opens here is not closed: its } is missing", {
      expected: `} before ${reason}`,
      related: { at: token.kind === "end" ? Math.max(0, cursor.lastEnd - 1) : token.at, message: `${reason} here` },
    });
  }

  /** Whether the next block cannot be inside this one and is not indented as if it were: a brace is missing, and its cause is here. */
  private endsUnclosed(block: Block): boolean {
    if (block.parent === undefined || !this.cursor.isAtLineStart()) return false;
    const token = this.cursor.peek();
    const rule = token.kind === "word" ? BLOCKS.get(token.text.toLowerCase()) : undefined;
    if (rule === undefined || rule.outer.includes(outerKind(block))) return false;
    const { source } = this.report;
    if (source.fileAt(token.at) !== source.fileAt(block.at)) return false;
    return source.place(token.at).column <= source.place(block.at).column;
  }
}
