// The parser's rule for a statement.

import type { BlockKind } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";

/**
 * A statement: the blocks it may stand in directly, and the reader of the words behind its first one (whose place is
 * `at`) in a block.
 */
export interface StatementRule {
  readonly blocks: readonly BlockKind[];
  /** Whether it ends in the brace of a block of its own, and needs no semicolon. */
  readonly isBlock?: boolean;
  /** Whether it may end in one, in place of the semicolon. */
  readonly mayBeBlock?: boolean;
  readonly read: (cursor: Cursor, at: number, block: BlockKind) => Parameter | undefined;
}
