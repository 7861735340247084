// `if CONDITION { ... } elsif CONDITION { ... } else { ... }`: values of the block around it that hold for some clients
// only. A branch becomes a block whose condition also says that no earlier condition holds; for the clients it is
// about, its values are nearer than the values of the block that it stands in.

import { readCondition } from "../language/condition.ts";
import type { Cursor } from "../language/cursor.ts";
import type { IfHeader } from "../language/syntax.ts";
import { both, type Condition, noneOf } from "../model/query-condition.ts";

/** Branches of one `if`: a table of clients is better written as subclasses, which are looked up. */
const BRANCHES_MAX = 256;

/** The branches of one `if` that were read so far. */
export interface EarlierBranches {
  readonly conditions: Condition[];
  hasElse: boolean;
}

/** Reads what stands between `if`, `elsif` or `else` (`word`, taken already) and the brace; undefined after a complaint. */
export function readBranch(cursor: Cursor, word: string, earlier: EarlierBranches): IfHeader | undefined {
  const { at } = cursor.peek();
  if (earlier.hasElse) return cursor.report.error(at, `this ${word} stands behind an else`, { expected: "else last" });
  if (earlier.conditions.length >= BRANCHES_MAX)
    return cursor.report.error(at, `the if has more than ${BRANCHES_MAX} branches`, {
      expected: 'class with match DATA; and subclass "CLASS" VALUE { ... } for each',
    });
  const before = noneOf(earlier.conditions);
  if (word === "else" && !cursor.takeWord("if")) {
    earlier.hasElse = true;
    return before && { kind: "if", condition: before };
  }
  const condition = readCondition(cursor);
  if (condition === undefined) return undefined;
  earlier.conditions.push(condition);
  return { kind: "if", condition: both(before, condition) };
}
