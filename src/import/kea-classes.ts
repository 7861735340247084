// Kea's client classes: what makes clients members, and what members are told.

import type { KeaMap } from "./kea-map.ts";
import type { KeaOptions, Statement } from "./kea-options.ts";
import { type Translated, translateTest } from "./kea-test.ts";
import { headerOf, lifetimesOf } from "./kea-values.ts";
import { quote } from "./written.ts";

/** Classes that Kea has by itself. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ["KNOWN", "known"],
  ["UNKNOWN", "not known"],
  ["ALL", "(known or not known)"],
]);
const PERMITS: ReadonlyMap<string, string> = new Map([
  ["KNOWN", "allow known-clients;"],
  ["UNKNOWN", "allow unknown-clients;"],
  ["ALL", "allow all clients;"],
]);
const VENDOR_PREFIX = "VENDOR_CLASS_";
/** Members of this one are not answered. */
const DROP = "DROP";

interface KeaClass {
  readonly name: string;
  readonly line: number;
  readonly members: Translated;
  readonly options: readonly Statement[];
  readonly values: readonly Statement[];
  readonly isAskedFor: boolean;
}

/** The classes of one configuration. */
export class KeaClasses {
  private readonly options: KeaOptions;
  private readonly classes = new Map<string, KeaClass>();
  /** Classes that pools name. */
  private readonly named = new Set<string>();

  constructor(options: KeaOptions) {
    this.options = options;
  }

  /** Takes one map of `client-classes`; in the order of the file. */
  take(map: KeaMap): void {
    const name = map.text("name") ?? "";
    const test = map.text("test");
    const hasTest = test !== undefined && test !== "";
    const members = hasTest
      ? translateTest(
          test,
          (option) => this.options.codeOf(option),
          (other) => this.membersOf(other),
        )
      : this.membersOf(name);
    const isAskedFor = (map.flag("only-if-required") ?? map.flag("only-in-additional-list")) === true;
    const options = this.options.write(map, (other) => this.conditionOf(other));
    const values = [...headerOf(map), ...lifetimesOf(map, false)];
    if (name === DROP) values.push({ text: "deny booting;", line: map.line });
    if ("problem" in members) map.lose(hasTest ? "test" : "name", `the class ${name} is left out: ${members.problem}`);
    this.classes.set(name, { name, line: map.line, members, options, values, isAskedFor });
    map.finish({ "template-test": "classes for each value are made by spawn with, which has no values of its own" });
  }

  /** The condition for being a member; undefined if there is none. */
  conditionOf(name: string): string | undefined {
    const members = this.membersOf(name);
    return "condition" in members ? members.condition : undefined;
  }

  /** The statement by which a pool is for members of a class only; `map` is the pool's. */
  permit(name: string, map: KeaMap): Statement {
    const member = map.has("client-class") ? "client-class" : "client-classes";
    const line = map.lineOf(member);
    const permit = PERMITS.get(name);
    if (permit !== undefined) return { text: permit, line };
    if (this.conditionOf(name) === undefined) {
      map.lose(member, `there is no condition for the class ${name}: nobody gets an address here`);
      return { text: "deny all clients;", line };
    }
    this.named.add(name);
    return { text: `allow members of ${quote(name)};`, line };
  }

  /** The options of a class that counts only where it is asked for; undefined if there is no condition for it. */
  branch(name: string): readonly Statement[] | undefined {
    const condition = this.conditionOf(name);
    const found = this.classes.get(name);
    if (condition === undefined || found === undefined) return undefined;
    return branchOf(condition, found.options, found.line);
  }

  /** The statements of all classes, once every pool has named those that it needs. */
  write(): readonly Statement[] {
    const statements: Statement[] = [];
    for (const name of this.named) {
      if (!this.classes.has(name)) statements.push(...classOf(name, this.conditionOf(name) ?? "", [], 1));
    }
    for (const { name, members, values, line } of this.classes.values()) {
      if ("problem" in members || (values.length === 0 && !this.named.has(name))) continue;
      statements.push(...classOf(name, members.condition, values, line));
    }
    // Of several classes Kea takes the first one's option; here the last branch of a block counts.
    for (const { members, options, line, isAskedFor } of [...this.classes.values()].reverse()) {
      if ("condition" in members && !isAskedFor) statements.push(...branchOf(members.condition, options, line));
    }
    return statements;
  }

  private membersOf(name: string): Translated {
    const known = this.classes.get(name)?.members;
    if (known !== undefined) return known;
    const condition = BUILT_IN.get(name);
    if (condition !== undefined) return { condition };
    if (name.startsWith(VENDOR_PREFIX))
      return { condition: `option vendor-class-identifier = ${quote(name.slice(VENDOR_PREFIX.length))}` };
    return { problem: "it has no test, and no host is put into a class by name" };
  }
}

function classOf(name: string, condition: string, values: readonly Statement[], line: number): readonly Statement[] {
  const inner = values.map(({ text, line: valueLine }) => ({ text: `\t${text}`, line: valueLine }));
  const head = [
    { text: `class ${quote(name)} {`, line },
    { text: `\tmatch if ${condition};`, line },
  ];
  return [...head, ...inner, { text: "}", line }];
}

function branchOf(condition: string, options: readonly Statement[], line: number): readonly Statement[] {
  if (options.length === 0) return [];
  const inner = options.map(({ text, line: optionLine }) => ({ text: `\t${text}`, line: optionLine }));
  return [{ text: `if ${condition} {`, line }, ...inner, { text: "}", line }];
}
