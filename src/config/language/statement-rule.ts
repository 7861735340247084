// What the parser knows of a statement.

import type { BlockKind } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";

/** A statement: the blocks it may stand in directly, and the reader of what follows its first word (whose place is `at`) in a block. */
export interface StatementRule {
  readonly blocks: readonly BlockKind[];
  readonly read: (cursor: Cursor, at: number, block: BlockKind) => Parameter | undefined;
}
