// `switch (DATA) { case VALUE: ... break; default: ... }` of ISC's dhcpd. It means the same as an `if`: each
// case becomes a branch with the statements from its label up to `break`, over the labels between them.

import {
  both,
  type Condition,
  type ConstantOperand,
  either,
  noneOf,
  not,
  type Operand,
  type QueryOperand,
} from "../model/query-condition.ts";
import { equalTo } from "./comparisons.ts";
import { readData } from "./condition-data.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { skipBody } from "./recovery.ts";

/** Cases of one switch: a table of clients is better written as subclasses, which are looked up. */
const CASES_MAX = 256;

const VALUE_EXPECTED = 'a "text" or a number, and a colon, as in case 7:';

/** The condition of a switch that has a default only. */
const ALWAYS: Condition = either({ kind: "known" }, not({ kind: "known" }));

/** What one or several cases lead to. */
export interface SwitchBranch {
  readonly condition: Condition;
  /** Position of the first label. */
  readonly at: number;
  /** The statements, with an end behind them. */
  readonly body: readonly Token[];
}

/** Labels that stand together, and the tokens between them and the next ones. */
interface Section {
  readonly at: number;
  readonly equal: Condition[];
  isDefault: boolean;
  readonly tokens: Token[];
  /** Whether it ends in `break`; the rest of it counts for nothing. */
  breaks: boolean;
}

/** Reads what follows the word `switch`, up to its closing brace; undefined after a complaint in front of its body. */
export function readSwitch(cursor: Cursor): readonly SwitchBranch[] | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what to compare, as in switch (option user-class)");
  const { at } = cursor.peek();
  const operand = readData(cursor);
  if (operand === undefined) return undefined;
  if (operand.kind !== "query")
    return cursor.report.error(at, "this is the same for every client", {
      expected: "option NAME, or a part of the query",
    });
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  if (!cursor.takeMark("{")) return cursor.unexpected("{ and case VALUE: with its statements");
  const sections = readSections(cursor, operand);
  if (sections === undefined) skipBody(cursor);
  return branchesOf(sections ?? []);
}

function readSections(cursor: Cursor, operand: QueryOperand): readonly Section[] | undefined {
  const sections: Section[] = [];
  let cases = 0;
  for (let depth = 0; depth > 0 || !cursor.isMark("}"); ) {
    const token = cursor.peek();
    if (token.kind === "end") return cursor.unexpected("} at the end of the switch");
    const last = sections.at(-1);
    if (depth === 0 && isLabel(cursor)) {
      if (++cases > CASES_MAX)
        return cursor.report.error(token.at, `the switch has more than ${CASES_MAX} cases`, {
          expected: 'class with match DATA; and subclass "CLASS" VALUE { ... } for each',
        });
      const isNew = last === undefined || last.tokens.length > 0 || last.breaks;
      const section = isNew ? { at: token.at, equal: [], isDefault: false, tokens: [], breaks: false } : last;
      if (isNew) sections.push(section);
      if (!readLabel(cursor, operand, section)) return undefined;
    } else if (last === undefined) return cursor.unexpected("case VALUE: or default:");
    else if (depth === 0 && cursor.isWord("break") && cursor.isMark(";", 1)) {
      cursor.next();
      cursor.next();
      last.breaks = true;
    } else {
      depth += cursor.isMark("{") ? 1 : cursor.isMark("}") ? -1 : 0;
      cursor.next();
      if (!last.breaks) last.tokens.push(token);
    }
  }
  cursor.next();
  cursor.takeMark(";");
  return sections;
}

function isLabel(cursor: Cursor): boolean {
  return cursor.isWord("case") || (cursor.isWord("default") && cursor.isMark(":", 1));
}

/** Takes `case VALUE:` or `default:`; false after a complaint. */
function readLabel(cursor: Cursor, operand: QueryOperand, section: Section): boolean {
  if (cursor.takeWord("default")) {
    section.isDefault = true;
    return cursor.takeMark(":");
  }
  cursor.next();
  const value = cursor.peek();
  if (value.kind !== "string" && !/^-?[0-9]/.test(value.text)) {
    cursor.unexpected(VALUE_EXPECTED);
    return false;
  }
  cursor.next();
  // Alone, so that the colon behind it is none between octets.
  const constant: Operand | undefined = readData(cursor.within([value, endBehind(value)]), operand.format);
  if (constant === undefined) return false;
  if (constant.kind !== "constant" || !cursor.takeMark(":")) {
    cursor.unexpected(VALUE_EXPECTED);
    return false;
  }
  const equal = equalTo(cursor, operand, constant satisfies ConstantOperand);
  if (equal !== undefined) section.equal.push(equal);
  return equal !== undefined;
}

function branchesOf(sections: readonly Section[]): SwitchBranch[] {
  const branches: SwitchBranch[] = [];
  for (const [index, { at, equal, isDefault }] of sections.entries()) {
    const others = sections.filter((_, i) => i !== index).flatMap((section) => section.equal);
    // Of equal cases the first counts.
    const earlier = noneOf(sections.slice(0, index).flatMap((section) => section.equal));
    const own = equal.reduce((left: Condition | undefined, right) => either(left, right), undefined);
    const named = own && both(earlier, own);
    const condition = isDefault ? either(named, noneOf([...others, ...equal]) ?? ALWAYS) : named;
    const body: Token[] = [];
    for (const section of sections.slice(index)) {
      body.push(...section.tokens);
      if (section.breaks) break;
    }
    const last = body.at(-1);
    if (condition !== undefined && last !== undefined)
      branches.push({ condition, at, body: [...body, endBehind(last)] });
  }
  return branches;
}

function endBehind({ end }: Token): Token {
  return { kind: "end", text: "", at: end, end };
}
