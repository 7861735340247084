// The conditions of classes (ISC's dhcp-eval(5), the part that looks at a query and nothing else):
//
//   condition = term { "or" term }              term = factor { "and" factor }
//   factor    = "not" factor | "(" condition ")" | "known" | "exists" [ "option" ] NAME
//             | data ( "=" | "!=" ) data | data ( "~=" | "~~" ) PATTERN
//   data      = "option" NAME | "hardware" | "substring" "(" data "," FROM "," LENGTH ")"
//             | "suffix" "(" data "," LENGTH ")" | "binary-to-ascii" "(" BASE "," 8 "," STRING "," data ")"
//             | "pick-first-value" "(" data { "," data } ")" | ( "lcase" | "ucase" ) "(" data ")"
//             | "extract-int" "(" data "," BITS ")" | "packet" "(" FROM "," LENGTH ")"
//             | STRING | octets in hexadecimal | a number
//   NAME      = an option | "agent" "." a relay's sub-option | SPACE "." an option of a space
//             | "fqdn" "." a part of the name in option 81
//
// One side of a comparison is constant. A number is one for options that hold numbers. A value that the query does not
// have equals nothing.

import type { Condition } from "../model/query-condition.ts";
import { equalTo } from "./comparisons.ts";
import { readData } from "./condition-data.ts";
import type { Cursor } from "./cursor.ts";
import { readPattern } from "./patterns.ts";
import { readOptionData } from "./query-data.ts";

/** Parentheses and `not` inside one another. */
export const CONDITION_DEPTH_MAX = 64;

/** Comparisons in one condition. */
export const COMPARISONS_MAX = 1000;

/** Reads a condition; undefined after a complaint. */
export function readCondition(cursor: Cursor): Condition | undefined {
  return new ConditionReader(cursor).readOr(0);
}

class ConditionReader {
  private readonly cursor: Cursor;
  private comparisons = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  readOr(depth: number): Condition | undefined {
    return this.readJoined("or", () => this.readJoined("and", () => this.readFactor(depth)));
  }

  private readJoined(kind: "and" | "or", readPart: () => Condition | undefined): Condition | undefined {
    let left = readPart();
    while (left !== undefined && this.cursor.takeWord(kind)) {
      const right = readPart();
      left = right && { kind, left, right };
    }
    return left;
  }

  private readFactor(depth: number): Condition | undefined {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (depth > CONDITION_DEPTH_MAX)
      return cursor.report.error(at, `the condition is nested more than ${CONDITION_DEPTH_MAX} deep`);
    if (++this.comparisons > COMPARISONS_MAX)
      return cursor.report.error(at, `the condition has more than ${COMPARISONS_MAX} parts`, {
        expected: "class with match DATA; and a subclass for each value",
      });
    if (cursor.takeWord("not")) {
      const inner = this.readFactor(depth + 1);
      return inner && { kind: "not", inner };
    }
    if (cursor.takeMark("(")) {
      const inner = this.readOr(depth + 1);
      if (inner === undefined) return undefined;
      return cursor.takeMark(")") ? inner : cursor.unexpected(") at the end of the condition, and, or, or not");
    }
    if (cursor.takeWord("known")) return { kind: "known" };
    if (cursor.takeWord("exists")) {
      // ISC's has no "option" here.
      cursor.takeWord("option");
      const option = readOptionData(cursor);
      return option && { kind: "exists", data: option.data };
    }
    return this.readComparison();
  }

  private readComparison(): Condition | undefined {
    const { cursor } = this;
    const { at } = cursor.peek();
    const left = readData(cursor);
    if (left === undefined) return undefined;
    if (cursor.peek().kind === "other" && /^~~?$/.test(cursor.peek().text)) return readPattern(cursor, left);
    const isUnequal = cursor.takeMark("!=");
    if (!isUnequal && !cursor.takeMark("=")) return cursor.unexpected("= or != and what to compare with");
    const right = readData(cursor, left.kind === "query" ? left.format : "");
    if (right === undefined) return undefined;
    const [query, constant] = left.kind === "query" ? [left, right] : [right, left];
    if (query.kind !== "query" || constant.kind !== "constant") {
      const what = left.kind === "query" ? "both sides depend on the query" : "both sides are constant";
      return cursor.report.error(at, what, {
        expected: "option NAME or the like on one side, a constant on the other",
      });
    }
    const equal = equalTo(cursor, query, constant);
    if (equal === undefined) return undefined;
    return isUnequal ? { kind: "not", inner: equal } : equal;
  }
}
