// A configuration that is being made from another file: its text, and for every line of it the line of
// the other file that it comes from.

import type { Notice, Origin } from "./notice.ts";

/** The text so far. */
export class Draft {
  readonly notices: Notice[] = [];
  private lines: string[] = [];
  private origins: Origin[] = [];

  /** Appends lines, all of the same origin. */
  add(text: string, origin: Origin): void {
    for (const line of text.split("\n")) {
      this.lines.push(line);
      this.origins.push(origin);
    }
  }

  /** Appends a block: what stands in front of it, and its statements. */
  addBlock(head: string, statements: readonly string[], origin: Origin, indent = ""): void {
    this.add(
      [`${head} {`, ...statements.map((text) => `\t${text}`), "}"].map((line) => indent + line).join("\n"),
      origin,
    );
  }

  /** Appends another text, with where its lines come from; its notices are left. */
  append({ lines, origins }: Draft): void {
    for (const [i, line] of lines.entries()) this.add(line, origins[i] as Origin);
  }

  /** Tells something of a line. */
  tell(origin: Origin, kind: Notice["kind"], subject: string, reason: string): void {
    this.notices.push({ ...origin, kind, subject, reason });
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Where a line (from 1) comes from. */
  originOf(line: number): Origin {
    return this.origins[line - 1] ?? this.origins.at(-1) ?? { file: "", line: 1 };
  }

  /** Puts other texts in place of parts (offsets into the text, in order, none inside another); each part's lines take the origin of its first. */
  replace(parts: readonly { readonly start: number; readonly end: number; readonly text: string }[]): void {
    const { text } = this;
    const origins: Origin[] = [];
    const pieces: string[] = [];
    let from = 0;
    let line = 0;
    const keep = (to: number): void => {
      const kept = text.slice(from, to);
      const ends = count(kept);
      // The line that is begun has an origin already.
      for (let i = line + (origins.length > 0 ? 1 : 0); i <= line + ends; i++) origins.push(this.originOf(i + 1));
      line += ends;
      pieces.push(kept);
    };
    for (const part of parts) {
      keep(part.start);
      const origin = this.originOf(line + 1);
      for (let ends = count(part.text); ends > 0; ends--) origins.push(origin);
      pieces.push(part.text);
      line += count(text.slice(part.start, part.end));
      from = part.end;
    }
    keep(text.length);
    this.lines = pieces.join("").split("\n");
    this.origins = origins;
  }
}

function count(text: string): number {
  let ends = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends++;
  return ends;
}
