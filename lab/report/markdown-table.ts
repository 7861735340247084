// Tables in Markdown. Pure.

/** What a table of this text looks like in Markdown; `numeric`: columns, from 0, that are set to the right. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  numeric: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, index) => (numeric.includes(index) ? "---:" : "---"));
  return [line(columns.map(escapeCell)), line(rule), ...rows.map((cells) => line(cells.map(String)))].join("\n");
}

/** Text for a cell: without what Markdown would take for the end of one. */
export function escapeCell(text: string): string {
  return text.replace(/[\\|]/g, "\\$&").replace(/\n/g, " ");
}
