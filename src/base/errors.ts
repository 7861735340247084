// Thrown values in words.

/** The message of an error; any other thrown value as text. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FILE_FAILURES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "you may not read it"],
  ["EISDIR", "it is a directory"],
]);

/** Why a file cannot be read. */
export function fileFailure(error: unknown): string {
  if (!(error instanceof Error && "code" in error)) return textOf(error);
  return FILE_FAILURES.get(String(error.code)) ?? `it cannot be read: ${String(error.code)}`;
}
