// The lines of a dnsmasq.conf: `NAME` or `NAME=VALUE,VALUE...`, with comments behind `#` and texts between
// quotes; files that it names are read in place.

import type { FileReader } from "../config/language/include.ts";
import type { Draft } from "./draft.ts";
import type { Origin } from "./notice.ts";

/** One line that says something. */
export interface DnsmasqLine {
  readonly name: string;
  /** What stands behind `=`, as it is written. */
  readonly written: string;
  /** The parts of it, between commas, without quotes. */
  readonly values: readonly string[];
  readonly origin: Origin;
}

const FILES_MAX = 256;
/** A line without blanks around it. Blanks are matched in one place only: another one would be tried at each blank. */
const LINE = /^([a-z0-9-]+)\s*(?:=(.*))?$/i;
/** Words that stand alone in a line, of which files have one of the first. */
const FLAGS =
  /^(?:domain-needed|bogus-priv|filterwin2k|strict-order|no-resolv|no-poll|no-hosts|expand-hosts|bind-interfaces|bind-dynamic|dhcp-authoritative|dhcp-rapid-commit|log-dhcp|log-queries|enable-tftp|no-ping|read-ethers|localise-queries|stop-dns-rebind|no-negcache)$/;

/** Whether a text is such a file; `start` is where its first line begins. */
export function isDnsmasqConfig(text: string, start: number): boolean {
  const [line = ""] = /^[^\n]*/.exec(text.slice(start, start + 2048)) ?? [];
  if (/[;{}]\s*(?:#.*)?$/.test(line)) return false;
  const [, name = "", value] = LINE.exec(withoutComment(line).trim()) ?? [];
  return value === undefined ? FLAGS.test(name) : name !== "";
}

/** Reads the lines of a file and of the files that it names; reports unreadable files to `draft`. */
export function readDnsmasqLines(
  file: string,
  text: string,
  readFile: FileReader,
  draft: Draft,
): readonly DnsmasqLine[] {
  const lines: DnsmasqLine[] = [];
  const files = [file];
  const read = (path: string, content: string): void => {
    for (const [index, row] of content.split("\n").entries()) {
      const plain = withoutComment(row);
      if (plain.trim() === "") continue;
      const origin = { file: path, line: index + 1 };
      const lose = (reason: string): void => draft.tell(origin, "lost", plain.trim(), reason);
      const [, name, value = ""] = LINE.exec(plain.trim()) ?? [];
      const written = value.trim();
      if (name === undefined) lose("it is no line of dnsmasq's: NAME or NAME=VALUE was expected");
      else if (name !== "conf-file") lines.push({ name, written, values: partsOf(written), origin });
      else {
        const included = written.replace(/"/g, "");
        const isTooMuch = files.includes(included) || files.push(included) > FILES_MAX;
        const inner = isTooMuch ? { problem: "files include one another without an end" } : readFile(included);
        if ("problem" in inner) lose(inner.problem);
        else read(included, inner.text);
      }
    }
  };
  read(file, text);
  return lines;
}

/** A line up to a `#` that begins a comment: one at its start or behind a blank, outside quotes. */
function withoutComment(line: string): string {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (isQuoted && line[at] === "\\") at++;
    else if (line[at] === '"') isQuoted = !isQuoted;
    else if (line[at] === "#" && !isQuoted && (at === 0 || /\s/.test(line.charAt(at - 1)))) return line.slice(0, at);
  }
  return line;
}

/** What a letter behind a backslash stands for between quotes. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  b: "\b",
  r: "\r",
  e: "\x1b",
  '"': '"',
  "\\": "\\",
};

/** The parts between commas, outside quotes. Blanks around a part are left out, unless they are quoted. */
function partsOf(written: string): readonly string[] {
  if (written === "") return [];
  const parts: string[] = [];
  let [part, kept, isQuoted] = ["", 0, false];
  const end = (): void => {
    parts.push(part.slice(0, kept) + part.slice(kept).trimEnd());
    [part, kept] = ["", 0];
  };
  for (let at = 0; at < written.length; at++) {
    const character = written.charAt(at);
    const escaped = isQuoted && character === "\\" ? ESCAPES[written.charAt(at + 1)] : undefined;
    if (escaped !== undefined) at++;
    if (escaped !== undefined || (isQuoted && character !== '"')) {
      part += escaped ?? character;
      kept = part.length;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (character === ",") end();
    else if (part !== "" || !/\s/.test(character)) part += character;
  }
  end();
  // A quote without another one is a character like others.
  return isQuoted ? written.split(",").map((each) => each.trim()) : parts;
}
