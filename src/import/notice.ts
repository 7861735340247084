// What an import has to say, place by place, and what it gives back.

/** One thing to know about the import. */
export interface Notice {
  /** The file that was read. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `lost`: something is not carried over; `changed`: it is, in another form that people should know of. */
  readonly kind: "lost" | "changed";
  /** What it is, as it is written there. */
  readonly subject: string;
  /** Why, and what there is instead. */
  readonly reason: string;
}

/** What an import makes of a file. */
export interface Imported {
  readonly text: string;
  /** In the order of the file. */
  readonly notices: readonly Notice[];
}

/** Writes a notice for people, in one line. */
export function formatNotice({ file, line, kind, subject, reason }: Notice): string {
  const words = `${file}:${line}: ${kind === "lost" ? "not carried over" : "changed"}: ${subject}: ${reason}`;
  return `${words.replace(/\s+/g, " ").replace(/[\p{C}\u2028\u2029]/gu, "?")}\n`;
}

/** Notices by file, in the order in which the files are first named, and by line. */
export function sortNotices(notices: readonly Notice[]): readonly Notice[] {
  const files = [...new Set(notices.map(({ file }) => file))];
  return notices.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
}

/** The start of a text, in one line, to name it by. */
export function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
