// The messages of an import, place by place, and its result.

/** A line of a file that is imported. */
export interface Origin {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A place in a file that is imported. */
export interface Position extends Origin {
  /** From 1, in octets. */
  readonly column: number;
}

/** One thing to know about the import. */
export interface Notice extends Origin {
  /** From 1; undefined where the line as a whole is meant. */
  readonly column?: number | undefined;
  /**
   * `lost`: something is not carried over; `idle`: the statement is still there and has no effect here; `changed`:
   * it has another form, or another effect, that people should know of.
   */
  readonly kind: "lost" | "idle" | "changed";
  /** The thing, as it is written there. */
  readonly subject: string;
  /** Why, and what there is instead. */
  readonly reason: string;
}

/** The result of an import. */
export interface Imported {
  readonly text: string;
  /** In the order of the file. */
  readonly notices: readonly Notice[];
}

const KIND_WORDS: Readonly<Record<Notice["kind"], string>> = {
  lost: "not carried over",
  idle: "without effect",
  changed: "changed",
};

/** Writes a notice for people, in one line. */
export function formatNotice({ file, line, column, kind, subject, reason }: Notice): string {
  const words = `${formatPlace({ file, line, column })}: ${KIND_WORDS[kind]}: ${subject}: ${reason}`;
  return `${printable(words)}\n`;
}

/** Writes for people, in one line, why a file cannot be read. */
export function formatUnreadable({ place, problem }: Unreadable): string {
  return `${printable(`${formatPlace(place)}: ${problem}`)}\n`;
}

function formatPlace({ file, line, column }: Origin & { readonly column?: number | undefined }): string {
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}

/** A text without anything that a terminal could obey. */
function printable(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\p{C}\u2028\u2029]/gu, "?");
}

/** Notices by file, in the order in which the files are first named, and by line. */
export function sortNotices(notices: readonly Notice[]): readonly Notice[] {
  const files = new Map<string, number>();
  for (const { file } of notices) if (!files.has(file)) files.set(file, files.size);
  const orderOf = ({ file }: Notice): number => files.get(file) ?? 0;
  return notices.toSorted((a, b) => orderOf(a) - orderOf(b) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
}

/** The start of a text, in one line, to name it by. */
export function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** The imported file cannot be read at all: where, and why. */
export interface Unreadable {
  readonly place: Position;
  readonly problem: string;
}
