// `anydhcpctl import FILE`: another server's file in, ours out on standard output, and on standard error line
// by line what is not carried over.

import { parseArgs } from "node:util";
import { importFile } from "../import/import.ts";
import { formatNotice } from "../import/notice.ts";
import { readSourceText } from "./config-file.ts";

/** Something was not carried over. */
const STATUS_LOST = 2;

/** Runs the command; returns the exit status: 0, 1 if the file cannot be read at all, 2 if not all of it is carried over. */
export async function importCommand(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    process.stderr.write("usage: anydhcpctl import file\n");
    return 1;
  }
  const { file, text, ...context } = await readSourceText(path);
  const imported = importFile(file, text, context);
  if ("problem" in imported) {
    process.stderr.write(`${path}:${imported.line}: ${imported.problem}\n`);
    return 1;
  }
  process.stdout.write(Buffer.from(imported.text, "latin1"));
  for (const notice of imported.notices) process.stderr.write(Buffer.from(formatNotice(notice), "latin1"));
  return imported.notices.some(({ kind }) => kind === "lost") ? STATUS_LOST : 0;
}
