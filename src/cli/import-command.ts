// `anydhcpctl import FILE`: another server's file in, ours out on standard output, and on standard error, line by line,
// the parts that it does not carry over.

import { DaemonError } from "../base/daemon-error.ts";
import { showOctets } from "../base/text.ts";
import { kindOf } from "../import/file-kind.ts";
import { importFile } from "../import/import.ts";
import { formatNotice, formatUnreadable, type Notice } from "../import/notice.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { readIncludedFile, readSourceText } from "./config-file.ts";
import { findKeaIssues } from "./kea-schema.ts";

const USAGE = `usage: anydhcpctl import [--json] file

The file is a dhcpd.conf or dhcpd.leases of ISC's, a configuration (JSON) or a lease
file (CSV) of Kea's, or a configuration or lease file of dnsmasq's. The converted file
goes to standard output. Anything that could not be converted, or has no effect here,
is listed on standard error (--json: a JSON object each line), and the exit status is
then 2.
`;

const MS_PER_SECOND = 1000;

/** Something was not carried over. */
const STATUS_LOST = 2;

/** Imports. Its exit status: 0, 1 if the file cannot be read at all, 2 if not all of it is carried over. */
export const IMPORT: Command = { usage: USAGE, run: importFileNamed };

async function importFileNamed(args: string[]): Promise<number> {
  const { values, positionals } = readArguments({ args, allowPositionals: true, options: { json: FLAG } });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new DaemonError("usage", "name one file");
  // Only ISC's files have host names where addresses may stand.
  const hasNames = (content: string): boolean => kindOf(content) === "isc-config" || kindOf(content) === "isc-leases";
  const { file, text, ...context } = await readSourceText(path, { readIncluded: readIncludedFile, hasNames });
  const now = Math.floor(Date.now() / MS_PER_SECOND);
  const imported = importFile(file, text, { ...context, findKeaIssues, now });
  if ("problem" in imported) {
    process.stderr.write(Buffer.from(formatUnreadable(imported), "latin1"));
    return 1;
  }
  process.stdout.write(Buffer.from(imported.text, "latin1"));
  for (const notice of imported.notices)
    process.stderr.write(values.json ? jsonOf(notice) : Buffer.from(formatNotice(notice), "latin1"));
  return imported.notices.some(({ kind }) => kind !== "changed") ? STATUS_LOST : 0;
}

/** A line of JSON. Files have octets, and so have the notices about them. */
function jsonOf(notice: Notice): string {
  const [file, subject, reason] = [notice.file, notice.subject, notice.reason].map((text) =>
    showOctets(Buffer.from(text, "latin1")),
  );
  return `${JSON.stringify({ ...notice, file, subject, reason })}\n`;
}
