// The hosts, groups, classes and subclasses that OMAPI's clients have declared in ISC's lease file, to a piece of
// dhcpd.conf. The import leaves leases alone: this server reads them as they are.

import { tokenize } from "../config/language/lexer.ts";
import { Report, Source } from "../config/language/source.ts";
import type { LoadContext } from "../config/load.ts";
import { Draft } from "./draft.ts";
import { LineCounter } from "./line-counter.ts";
import { excerpt, type Imported, type Origin, sortNotices } from "./notice.ts";
import { repair } from "./repair.ts";
import { type Extent, findExtents } from "./statement-extents.ts";

const BEGINNING =
  /^(?:lease\s+[0-9.]+\s*\{|authoring-byte-order\b|server-duid\b|failover\s+peer\s+"[^"]*"\s+state\b|(?:host|group|class|subclass)\b[^{;]*\{\s*dynamic\s*;)/;
const HEADER = /^#[^\n]*\n#[^\n]*dhcpd\.leases/;

/** Whether a text is such a file; `start` is where its first statement begins. */
export function isIscLeaseFile(text: string, start: number): boolean {
  return HEADER.test(text.slice(0, 512)) || BEGINNING.test(text.slice(start, start + 2048));
}

/** A declaration; of several with one head the last one counts. */
interface Declaration {
  readonly word: string;
  readonly head: string;
  readonly origin: Origin;
  /** The group that a host is in. */
  readonly group: string;
  readonly statements: readonly string[];
}

/** Imports the text of `file`, which has one octet a character. Never throws. */
export function importIscLeases(file: string, text: string, context: LoadContext): Imported {
  const draft = new Draft();
  const declared = new Map<string, Declaration>();
  let leases = 0;
  const lines = new LineCounter(text);
  for (const extent of findExtents(tokenize(new Report(new Source(file, text))))) {
    const origin = { file, line: lines.lineOf(extent.start) };
    const head = text.slice(extent.start, extent.headEnd).trim().replace(/\s+/g, " ");
    const word = head.split(" ")[0]?.toLowerCase() ?? "";
    if (word === "lease") leases++;
    if (/^(?:host|group|class|subclass)$/.test(word)) take(declared, readDeclaration(word, head, origin, extent, text));
    else if (!/^(?:lease|authoring-byte-order|server-duid|failover)$/.test(word))
      draft.tell(origin, "lost", excerpt(head), "it is nothing that a lease file has");
  }
  write(draft, [...declared.values()]);
  // Hosts lie in networks that the rest of the configuration has: one for all stands in while this is checked.
  draft.add("subnet 0.0.0.0 netmask 0.0.0.0 { }", { file, line: 1 });
  repair(draft, context, "commented out");
  const made = draft.text.slice(0, draft.text.lastIndexOf("subnet 0.0.0.0"));
  if (leases > 0) {
    const [what, which] = leases === 1 ? ["1 lease", "it stays"] : [`${leases} leases`, "they stay"];
    const reason = `${which} in this file, which the daemon reads as it is: anydhcpd -l FILE`;
    draft.tell({ file, line: 1 }, "changed", what, reason);
  }
  const title = `# Declarations of ${excerpt(file)}, a lease file of ISC's dhcpd: include this in the configuration.`;
  return { text: `${title}\n\n${made.trimEnd()}\n`, notices: sortNotices(draft.notices) };
}

function take(declared: Map<string, Declaration>, declaration: Declaration | { readonly deleted: string }): void {
  const key = "deleted" in declaration ? declaration.deleted : declaration.head;
  declared.delete(key);
  if (!("deleted" in declaration)) declared.set(key, declaration);
}

function readDeclaration(
  word: string,
  head: string,
  origin: Origin,
  extent: Extent,
  text: string,
): Declaration | { readonly deleted: string } {
  const statements: string[] = [];
  let group = "";
  for (const inner of extent.inner) {
    const statement = text.slice(inner.start, inner.end).trim();
    if (/^deleted\s*;/i.test(statement)) return { deleted: head };
    const [, name] = /^group\s+"?([^";\s]+)"?\s*;/i.exec(statement) ?? [];
    if (name !== undefined) group = name;
    else if (!/^dynamic\s*;/i.test(statement)) statements.push(rewritten(statement));
  }
  return { word, head, origin, group, statements };
}

/** A statement of a declaration, as it stands in a configuration. */
function rewritten(statement: string): string {
  const [, uid] = /^uid\s+(.*)$/is.exec(statement) ?? [];
  if (uid !== undefined) return `option dhcp-client-identifier ${uid}`;
  const [, name = "", rest = ""] = /^supersede\s+([\w.-]+)(.*)$/is.exec(statement) ?? [];
  if (name === "" || !rest.endsWith(";")) return statement;
  const value = rest.slice(0, -1).trim().replace(/^=/, "").trim();
  const [, own] = /^server\.(.*)$/i.exec(name) ?? [];
  if (own === undefined)
    return `option ${name} ${/^["0-9a-f]/i.test(value) && isOctetsOrText(value) ? "= " : ""}${value};`;
  return `${own} ${plainValue(own, value)};`;
}

function isOctetsOrText(value: string): boolean {
  return /^"(?:[^"\\]|\\.)*"$|^[0-9a-f]{1,2}(?::[0-9a-f]{1,2})+$/is.test(value);
}

/** A value of a statement: OMAPI writes addresses and numbers as octets. */
function plainValue(name: string, value: string): string {
  if (!/^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){3}$/i.test(value)) return value;
  const octets = value.split(":").map((digits) => Number.parseInt(digits, 16));
  if (/-time$/i.test(name)) return `${octets.reduce((sum, octet) => sum * 256 + octet, 0)}`;
  return /^(?:next-server|server-identifier)$/i.test(name) ? octets.join(".") : value;
}

/** Writes classes first, then groups with their hosts, then the other hosts. */
function write(draft: Draft, all: readonly Declaration[]): void {
  const put = ({ head, origin, statements }: Declaration, indent: string): void =>
    draft.addBlock(head, statements, origin, indent);
  const groups = new Map<string, Declaration>();
  for (const declaration of all) {
    if (declaration.word === "group") groups.set(declaration.head.replace(/^group\s+"?|"$/gi, ""), declaration);
  }
  for (const word of ["class", "subclass"]) for (const each of all) if (each.word === word) put(each, "");
  const hosts = all.filter(({ word }) => word === "host");
  for (const [name, { origin, statements }] of groups) {
    draft.add(`group ${name} {`, origin);
    for (const statement of statements) draft.add(`\t${statement}`, origin);
    for (const host of hosts) if (host.group === name) put(host, "\t");
    draft.add("}", origin);
  }
  for (const host of hosts) {
    if (groups.has(host.group)) continue;
    put(host, "");
    if (host.group !== "")
      draft.tell(
        host.origin,
        "lost",
        excerpt(`group "${host.group}"`),
        "the file has no such group: its values may stand in the configuration",
      );
  }
}
