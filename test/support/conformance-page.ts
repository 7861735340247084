// Makes docs/conformance.md of the clauses and of the results of the tests that name them. Pure: a test that does not
// run at present (network namespaces without root, say) keeps its result on the page.

import { type Clause, clauseId, type Rfc } from "../conformance/clauses/clause.ts";

/** What a test came to; "not run" until some run has had it. */
export type Verdict = "passes" | "fails" | "not run";

/** A test that names clauses. */
export interface Proof {
  /** Its file below test/. */
  readonly file: string;
  readonly title: string;
  readonly ids: readonly string[];
  readonly verdict: Verdict;
}

const MARK = /\[(\d+ [^\]]+)\]/g;
/** Tests that the page names for one clause; the rest is counted. */
const NAMED_MAX = 3;

/** The clause identifiers that a test's title names: "[2131 4.1-2, 4.1-3]" and "[2131 4.1-2, 1542 3.1-1]" are two each. */
export function idsIn(title: string): string[] {
  const ids: string[] = [];
  for (const match of title.matchAll(MARK)) {
    let rfc = "";
    for (const part of (match[1] ?? "").split(",")) {
      const words = part.trim().split(" ");
      if (words.length > 1) rfc = words[0] ?? "";
      ids.push(`${rfc} ${words.at(-1)}`);
    }
  }
  return ids;
}

/** A title without the identifiers. */
export function plainTitle(title: string): string {
  return title.replace(MARK, "").replace(/\s+/g, " ").trim();
}

/** Titles of a test file's source that name clauses; written plainly, not made up at run time. */
export function titlesIn(source: string): string[] {
  const titles = [...source.matchAll(/\bit(?:\.\w+)*\(\s*"((?:[^"\\\n]|\\.)*)"/g)].map((match) => match[1] ?? "");
  return titles.filter((title) => idsIn(title).length > 0);
}

/** Mistakes in clauses and tests themselves: an identifier that is given twice, or named by a test and not listed. */
export function mistakesIn(rfcs: readonly Rfc[], proofs: readonly Proof[]): string[] {
  const mistakes: string[] = [];
  const known = new Set<string>();
  for (const rfc of rfcs) {
    for (const clause of rfc.clauses) {
      const id = clauseId(rfc, clause);
      if (known.has(id)) mistakes.push(`clause ${id} is listed twice`);
      known.add(id);
    }
  }
  const unknown = proofs.flatMap(({ file, ids }) => ids.filter((id) => !known.has(id)).map((id) => ({ file, id })));
  for (const { file, id } of unknown)
    mistakes.push(`test/${file} names clause ${id}, which test/conformance/clauses does not list`);
  return [...new Set(mistakes)];
}

/** The page. `before` is the page as it is. */
export function conformancePage(rfcs: readonly Rfc[], proofs: readonly Proof[], before: string): string {
  const byId = new Map<string, Proof[]>();
  for (const proof of proofs) for (const id of new Set(proof.ids)) byId.set(id, [...(byId.get(id) ?? []), proof]);
  const remembered = rememberedIn(before);
  const ordered = [...rfcs].sort((a, b) => a.number - b.number);
  const rows = ordered.map((rfc) => rfc.clauses.map((clause) => rowOf(rfc, clause, byId, remembered)));
  const summary = ordered.map((rfc, i) => {
    const states = (rows[i] ?? []).map(({ state }) => state);
    const count = (state: State): number => states.filter((one) => one === state).length;
    const counts = [states.length, count("proven"), count("differs"), count("no test"), count("fails")];
    return `| [RFC ${rfc.number}](#rfc-${rfc.number}) | ${escapeCell(rfc.title)} | ${counts.join(" | ")} |`;
  });
  const parts = ordered.map((rfc, i) => {
    const lines = (rows[i] ?? []).map(({ line }) => line);
    return [`## RFC ${rfc.number}`, "", `${rfc.title}.`, "", TABLE_HEAD, ...lines, ""].join("\n");
  });
  return [HEAD, SUMMARY_HEAD, ...summary, "", ...parts].join("\n");
}

type State = "proven" | "differs" | "no test" | "fails";

function rowOf(
  rfc: Rfc,
  clause: Clause,
  byId: ReadonlyMap<string, readonly Proof[]>,
  remembered: ReadonlyMap<string, Verdict>,
): { state: State; line: string } {
  const id = clauseId(rfc, clause);
  const found = (byId.get(id) ?? []).map((proof) => {
    const name = `${proof.file.replace(/\.test\.ts$/, "")}: ${escapeCell(plainTitle(proof.title))}`;
    return { name, verdict: proof.verdict === "not run" ? (remembered.get(name) ?? "not run") : proof.verdict };
  });
  const tests = new Map<string, Verdict>();
  // One name may stand for several cases: the worst of them counts.
  for (const { name, verdict } of found) tests.set(name, worse(tests.get(name) ?? "passes", verdict));
  // What fails is named before all else.
  const named = [...tests].sort((a, b) => rank(b[1]) - rank(a[1]) || (a[0] < b[0] ? -1 : 1));
  const shown = named.slice(0, NAMED_MAX).map(([name, verdict]) => `${verdict}: ${name}`);
  if (named.length > NAMED_MAX) shown.push(`and ${named.length - NAMED_MAX} more`);
  const worst = named[0]?.[1];
  const state = stateOf(clause, worst);
  const reason = clause.differs === undefined ? [] : [`*Differs:* ${escapeCell(clause.differs)}`];
  const cells = [clause.id, clause.level, escapeCell(clause.text), RESULTS[state], [...reason, ...shown].join("<br>")];
  return { state, line: `| ${cells.join(" | ")} |` };
}

function stateOf(clause: Clause, worst: Verdict | undefined): State {
  if (worst === "fails") return "fails";
  if (clause.differs !== undefined) return "differs";
  return worst === "passes" ? "proven" : "no test";
}

function rank(verdict: Verdict): number {
  return ["passes", "not run", "fails"].indexOf(verdict);
}

function worse(a: Verdict, b: Verdict): Verdict {
  return rank(a) > rank(b) ? a : b;
}

/** The results that a page tells, by the test's name. */
function rememberedIn(page: string): Map<string, Verdict> {
  const remembered = new Map<string, Verdict>();
  for (const match of page.matchAll(/(?:\| |<br>)(passes|fails): (.*?)(?=<br>| \|)/g)) {
    remembered.set(match[2] ?? "", match[1] as Verdict);
  }
  return remembered;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "/").replaceAll("<", "&lt;");
}

const RESULTS: Readonly<Record<State, string>> = {
  proven: "holds",
  differs: "differs",
  "no test": "**no test**",
  fails: "**fails**",
};

const SUMMARY_HEAD = "| RFC | title | clauses | hold | differ | no test | fail |\n|---|---|---|---|---|---|---|";
const TABLE_HEAD = "| clause | level | what it demands | result | by |\n|---|---|---|---|---|";

const HEAD = `# Conformance

What the RFCs demand of a DHCP server, and the tests that prove it. The test run writes this page: do not
edit it. The clauses are data in \`test/conformance/clauses\`, in our words and by the RFC's section; tests
name them in their titles (docs/CONTRIBUTING.md tells how). "says" is a demand in plain prose, "table"
an entry of a table, both without a keyword. "differs" is a deliberate difference or a feature that is not
there, with its reason; the test named beside it, if any, proves what happens instead. Clauses that bind
only clients or relays are not listed.
`;
