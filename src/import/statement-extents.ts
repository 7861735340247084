// Where statements of a dhcpd.conf begin and end, errors or not: up to a semicolon, or to the brace that
// closes the block they open.

import { lastAtMost } from "../base/search.ts";
import type { Token } from "../config/language/lexer.ts";

/** A statement, with its block if it has one. */
export interface Extent {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last one. */
  end: number;
  /** Offset behind what stands in front of the block, or behind the whole statement. */
  headEnd: number;
  /** The statements of its block. */
  readonly inner: Extent[];
}

/** The statements of a text, given its tokens. A brace that closes nothing is a statement of its own. */
export function findExtents(tokens: readonly Token[]): readonly Extent[] {
  const root: Extent[] = [];
  const open: Extent[] = [];
  let current: Extent | undefined;
  /** Braces of a record, `{ integer 8, text }`, which open no block. */
  let records = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "end") break;
    const mark = token.kind === "mark" ? token.text : "";
    if (current === undefined && mark === "}" && open.length > 0) {
      const closed = open.pop();
      if (closed !== undefined) closed.end = token.end;
      const next = tokens[i + 1];
      // A semicolon behind a block belongs to it.
      if (closed !== undefined && next?.kind === "mark" && next.text === ";") closed.end = next.end;
      continue;
    }
    if (current === undefined) {
      if (mark === ";") continue;
      current = { start: token.at, end: token.end, headEnd: token.end, inner: [] };
      (open.at(-1)?.inner ?? root).push(current);
    }
    if (mark === "}" && records === 0 && open.length > 0) {
      // The statement lacks its semicolon: it ends here, and so does the block around it.
      current = undefined;
      const closed = open.pop();
      if (closed !== undefined) closed.end = token.end;
      continue;
    }
    current.end = token.end;
    current.headEnd = token.end;
    if (mark === "{" && isRecord(tokens, i)) records++;
    else if (mark === "{" && records === 0) {
      current.headEnd = token.at;
      open.push(current);
      current = undefined;
    } else if (mark === "}" && records > 0) records--;
    else if (mark === ";" || (mark === "}" && open.length === 0)) {
      current = undefined;
      records = 0;
    }
  }
  // A block that is never closed reaches to the end.
  const end = tokens.at(-1)?.at ?? 0;
  for (const extent of open) extent.end = end;
  return root;
}

function isRecord(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return (
    before !== undefined && (before.text === "=" || (before.kind === "word" && before.text.toLowerCase() === "of"))
  );
}

/** All statements, in order: a block's statements follow the one that opens it. */
export function* everyExtent(extents: readonly Extent[]): Generator<Extent> {
  const rest = extents.toReversed();
  for (let extent = rest.pop(); extent !== undefined; extent = rest.pop()) {
    yield extent;
    for (const inner of extent.inner.toReversed()) rest.push(inner);
  }
}

/** The word that a statement begins with, in small letters. */
export function wordOf(text: string, { start }: Extent): string {
  return /^[\w-]*/.exec(text.slice(start, start + 20))?.[0].toLowerCase() ?? "";
}

/** The innermost statement that a position is in; a position in front of a block's brace means the block. */
export function findExtent(extents: readonly Extent[], at: number): Extent | undefined {
  let found: Extent | undefined;
  for (let inner = nearest(extents, at); inner !== undefined; inner = nearest(inner.inner, at)) {
    found = inner;
    if (at <= inner.headEnd) break;
  }
  return found;
}

/** The statement whose block holds another one; undefined if that is in no block. */
export function findParent(extents: readonly Extent[], { start }: Extent): Extent | undefined {
  let parent: Extent | undefined;
  for (let inner = nearest(extents, start); inner !== undefined && inner.start < start; ) {
    parent = inner;
    inner = nearest(inner.inner, start);
  }
  return parent;
}

/** The one of some statements beside each other that a position is in. */
function nearest(extents: readonly Extent[], at: number): Extent | undefined {
  const extent = extents[lastAtMost(extents.length, (position) => extents[position]?.start ?? 0, at)];
  return extent !== undefined && at <= extent.end ? extent : undefined;
}
