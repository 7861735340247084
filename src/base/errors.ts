// What was thrown, in words.

/** The message of an error, or whatever else was thrown as text. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
