// Classes: what makes a client a member, and in which order their parameters count.
//
// The nearest first: user-class, vendor-class, then class in the order of the text, each subclass in
// front of its class. The branches of an `if` are classes without a name here, although their
// parameters count where they stand. Like hosts, classes hold on every network: of the blocks around one only groups
// give it parameters.

import { formatHex } from "../../base/bytes.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { octetsWritten } from "../language/comparisons.ts";
import { octetsOf } from "../language/lexer.ts";
import type { Report } from "../language/source.ts";
import { didYouMean, nearestWord } from "../language/suggest.ts";
import type { ClassHeader, MatchParameter, SubclassHeader } from "../language/syntax.ts";
import type { ClassRule } from "../model/class-rule.ts";
import { type OctetEntry, OctetIndex } from "../model/octet-index.ts";
import { both, type Condition, either, type MatchKey, optionData, type Writing } from "../model/query-condition.ts";
import type { Level } from "./levels.ts";

/** All classes of a configuration. */
export interface ResolvedClasses {
  /** In the order in which their parameters count. */
  readonly rules: readonly ClassRule[];
  /** The level of each entry. */
  readonly levels: readonly Level[];
  /** Entries by class name. */
  readonly byName: ReadonlyMap<string, number>;
}

interface ClassDraft {
  readonly level: Level;
  readonly header: ClassHeader;
  /** By their data in hexadecimal. */
  readonly subclasses: Map<string, SubclassDraft>;
}

interface SubclassDraft {
  readonly level: Level;
  readonly header: SubclassHeader;
}

/** Resolves the classes of `levels`, which also has the levels of the subclasses and of the branches of every `if`. */
export function resolveClasses(levels: readonly Level[], report: Report): ResolvedClasses {
  const drafts = new Map<string, ClassDraft>();
  for (const level of levels) declare(level, drafts, report);
  for (const level of levels) attach(level, drafts, report);
  const ordered = [...drafts.values()].sort((a, b) => RANKS[a.header.form] - RANKS[b.header.form]);
  const entryLevels: Level[] = [];
  const byName = new Map<string, number>();
  const rules: ClassRule[] = [];
  for (const draft of ordered) {
    const rule = makeRule(draft, entryLevels, report);
    // A plain class comes last: a pool means it by the name.
    byName.set(draft.header.name, rule.entry);
    if (rule.condition !== undefined || rule.subclasses !== undefined) rules.push(rule);
  }
  for (const level of levels) {
    const { header } = level.block;
    if (header.kind !== "if") continue;
    const entry = entryLevels.push(level) - 1;
    rules.push({ name: "", entry, condition: header.condition, keys: [], subclasses: undefined });
  }
  return { rules, levels: entryLevels, byName };
}

const RANKS: Readonly<Record<ClassHeader["form"], number>> = { "user-class": 0, "vendor-class": 1, class: 2 };

function declare(level: Level, drafts: Map<string, ClassDraft>, report: Report): void {
  const { header, at, parent } = level.block;
  if (header.kind !== "class") return;
  const key = `${header.form} ${header.name}`;
  const other = drafts.get(key);
  if (other !== undefined) {
    const related = { at: other.level.block.at, message: "first declared here" };
    if (header.form === "class")
      report.error(at, `the class ${header.name} is declared twice`, { expected: "one class of a name", related });
    else report.warning(at, `the ${key} is declared twice: the last one counts`, { related });
    drafts.delete(key);
  }
  drafts.set(key, { level, header, subclasses: new Map() });
  let outer = parent;
  while (outer?.header.kind === "group") outer = outer.parent;
  if (outer !== undefined && outer.header.kind !== "global")
    report.warning(at, `the ${key} holds on every network, not only in the ${outer.header.kind} around it`, {
      expected: `${header.form} at the top level, or pools that allow its members`,
    });
}

function attach(level: Level, drafts: ReadonlyMap<string, ClassDraft>, report: Report): void {
  const { header } = level.block;
  if (header.kind !== "subclass") return;
  const draft = drafts.get(`class ${header.name}`);
  if (draft === undefined) {
    return reportUnknownClass(header.name, header.nameAt, classNames(drafts), report);
  }
  const key = formatHex(header.data);
  const other = draft.subclasses.get(key);
  if (other !== undefined)
    report.error(header.dataAt, `this subclass of ${header.name} is declared twice`, {
      expected: "other data, or everything in one of the two",
      related: { at: other.header.dataAt, message: "first declared here" },
    });
  draft.subclasses.set(key, { level, header });
}

function* classNames(drafts: ReadonlyMap<string, ClassDraft>): Generator<string> {
  for (const { header } of drafts.values()) if (header.form === "class") yield header.name;
}

/** Reports the name of a class that there is not. */
export function reportUnknownClass(name: string, at: number, names: Iterable<string>, report: Report): void {
  const meant = report.isFull("error") ? undefined : nearestWord(name, names);
  report.error(at, `there is no class "${name}"`, {
    expected: meant === undefined ? "the name of a class" : didYouMean(`"${meant}"`),
  });
}

function makeRule(draft: ClassDraft, levels: Level[], report: Report): ClassRule {
  const { level, header } = draft;
  const subclasses = [...draft.subclasses.values()];
  const firstEntry = levels.length;
  for (const subclass of subclasses) levels.push(subclass.level);
  const entry = levels.push(level) - 1;
  const { name, form } = header;
  const matches = level.block.parameters.filter((parameter) => parameter.kind === "match");
  if (form !== "class") {
    const [match] = matches;
    if (match !== undefined)
      report.error(match.at, `match is not allowed in a ${form}: its name is what clients send`, {
        expected: "match in a class",
      });
    const code = form === "vendor-class" ? OptionCode.vendorClass : OptionCode.userClass;
    const data = optionData(code);
    const value = octetsOf(name);
    const isWhole: Condition = { kind: "equal", data, value };
    // Clients send a user class as RFC 3004 has it, or as it is.
    const condition = form === "vendor-class" ? isWhole : either(isWhole, { kind: "listed", data, value });
    return { name, entry, condition, keys: [], subclasses: undefined };
  }
  const spawn = level.block.parameters.find((parameter) => parameter.kind === "spawn")?.condition;
  const match = single(matches, "condition", report)?.condition;
  const condition = spawn === undefined ? match : both(match, spawn);
  const keys = single(matches, "keys", report)?.keys ?? [];
  checkMatch(draft, { matchesNobody: condition === undefined && matches.length === 0, keys }, report);
  const isIndexed = keys.length > 0;
  const writings = [...new Set(keys.map(({ written }) => written))];
  const entries = isIndexed ? indexEntries(subclasses, writings, firstEntry, report) : [];
  return {
    name,
    entry,
    condition,
    keys: keys.map(({ data, written }) => ({
      data,
      kind: writings.indexOf(written),
      base: isUnseparated(written) ? written.base : 0,
    })),
    subclasses: isIndexed ? new OctetIndex(entries) : undefined,
  };
}

/** Whether a text may be the written form of more than one row of octets. */
function isUnseparated(written: Writing | undefined): written is Writing {
  return written?.separator === "";
}

/** The octets that each subclass is found by, once for each way in which the class's data are written. `firstEntry` is the first subclass's. */
function indexEntries(
  subclasses: readonly SubclassDraft[],
  writings: readonly (Writing | undefined)[],
  firstEntry: number,
  report: Report,
): readonly OctetEntry<number>[] {
  return subclasses.flatMap(({ header: { data, dataAt } }, i) => {
    const found = writings.map((written) => (written === undefined ? data : octetsWritten(written, data)));
    const texts = found.filter((octets) => typeof octets === "string");
    if (texts.length === found.length)
      report.warning(dataAt, "no client can be in this subclass: binary-to-ascii never writes this", {
        expected: texts[0] ?? "",
      });
    return found.flatMap((octets, kind) => {
      if (typeof octets === "string") return [];
      return [{ kind, key: isUnseparated(writings[kind]) ? data : octets, value: firstEntry + i }];
    });
  });
}

/** The one `match` of a kind that a class may have. */
function single(
  matches: readonly MatchParameter[],
  kind: "condition" | "keys",
  report: Report,
): MatchParameter | undefined {
  const found = matches.filter((match) =>
    kind === "condition" ? match.condition !== undefined : match.keys.length > 0,
  );
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  for (const other of others)
    report.error(other.at, "the class has another match of this kind", {
      expected: kind === "condition" ? "one condition, its parts joined by and or or" : "one match for all subclasses",
      related: { at: first.at, message: "the first one" },
    });
  return first;
}

function checkMatch(
  draft: ClassDraft,
  { matchesNobody, keys }: { matchesNobody: boolean; keys: readonly MatchKey[] },
  report: Report,
): void {
  const { header, level, subclasses } = draft;
  const { at, isIncomplete } = level.block;
  if (isIncomplete) return;
  const [subclass] = subclasses.values();
  if (subclass !== undefined && keys.length === 0)
    report.error(
      subclass.level.block.at,
      `the class ${header.name} does not say what its subclasses are compared with`,
      {
        expected: "match DATA; in the class, like match hardware;",
        related: { at, message: "the class" },
      },
    );
  else if (matchesNobody)
    report.warning(at, `no client can be in the class ${header.name}`, { expected: "match if CONDITION; in it" });
  else if (keys.length > 0 && subclass === undefined)
    report.warning(at, `no client can be in the class ${header.name}: it has no subclasses`, {
      expected: `subclass "${header.name}" DATA;`,
    });
}
