// Kea's client classes: what makes clients members, and the values for members. A client is a member by the
// class's test, or because its reservation names the class.

import { addTo } from "../base/lists.ts";
import { ALWAYS, both, either, enclosed, NEVER } from "./condition-text.ts";
import { DHCP_SPACE, type KeaDefinitions } from "./kea-definitions.ts";
import type { KeaMap } from "./kea-map.ts";
import { type NeverSent, NOTHING_UNSENT, optionIn, writeOptionData } from "./kea-options.ts";
import { type Translated, translateTest } from "./kea-test.ts";
import { OUTER_TIMERS, type Timers, writeTimers } from "./kea-timers.ts";
import { headerOf, lifetimesOf, type Statement } from "./kea-values.ts";
import type { Position } from "./notice.ts";
import { quote } from "./written.ts";

/** Classes that Kea has by itself. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ["KNOWN", "known"],
  ["UNKNOWN", "not known"],
  ["ALL", ALWAYS],
]);
const PERMITS: ReadonlyMap<string, string> = new Map([
  ["KNOWN", "allow known-clients;"],
  ["UNKNOWN", "allow unknown-clients;"],
  ["ALL", "allow all clients;"],
]);
const VENDOR_PREFIX = "VENDOR_CLASS_";
/** Members of this one are not answered. */
const DROP = "DROP";
/**
 * Comparisons that one condition may have, less some for the conditions it is joined with
 * (config/language/condition.ts).
 */
const RESERVED_MAX = 900;

const LIFETIMES = ["valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"];

interface KeaClass {
  readonly name: string;
  readonly place: Position;
  readonly members: Translated;
  readonly options: readonly Statement[];
  readonly values: readonly Statement[];
  /** Whether it counts only where a network, subnet or pool asks for it. */
  readonly isAskedFor: boolean;
}

/** Classes of which a client has to be in one, as a map of the file names them. */
export interface Guard {
  readonly map: KeaMap;
  readonly member: string;
  readonly names: readonly string[];
}

/** The guard of a map; undefined if it is for all. */
export function guardOf(map: KeaMap): Guard | undefined {
  const names = map.allTexts("client-class", "client-classes");
  const member = map.has("client-class") ? "client-class" : "client-classes";
  return names.length === 0 ? undefined : { map, member, names };
}

/** The classes of one configuration. */
export class KeaClasses {
  private readonly definitions: KeaDefinitions;
  /** Options that the top level withholds from all clients. */
  private neverSent: NeverSent = NOTHING_UNSENT;
  /** The times of the top level. */
  private timers = OUTER_TIMERS;
  private readonly classes = new Map<string, KeaClass>();
  /** By class, the conditions for the hosts that are put into it. */
  private readonly reserved = new Map<string, string[]>();
  /** Classes that pools name: their conditions, and where the name stands. */
  private readonly named = new Map<string, { readonly condition: string; readonly place: Position }>();

  constructor(definitions: KeaDefinitions) {
    this.definitions = definitions;
  }

  /** Puts a host into classes; before the classes are taken. */
  reserve(names: readonly string[], condition: string): void {
    for (const name of names) addTo(this.reserved, name, condition);
  }

  /** Takes the list of classes, in the order of the file. */
  takeAll(maps: readonly KeaMap[], neverSent: NeverSent, timers: Timers): void {
    this.neverSent = neverSent;
    this.timers = timers;
    for (const map of maps) this.take(map);
    // A host's class need not be declared; of such ones only this does something by itself.
    const dropped = this.reservedMembers(DROP);
    const [first] = maps;
    if (dropped !== undefined && !this.classes.has(DROP)) {
      const place = first?.place ?? { file: "", line: 1, column: 1 };
      const values = [{ text: "deny booting;", place }];
      this.classes.set(DROP, { name: DROP, place, members: dropped, options: [], values, isAskedFor: false });
    }
  }

  /** The condition for being a member; undefined if there is none. */
  readonly conditionOf = (name: string): string | undefined => {
    const members = this.membersOf(name);
    return "condition" in members ? members.condition : undefined;
  };

  /** The statements by which a pool, named by `what`, is for clients only that each guard lets in. */
  permits(guards: readonly Guard[], what: string, place: Position): readonly Statement[] {
    const [first, ...more] = guards;
    if (first === undefined) return [];
    const known = guards.map((guard) => this.knownOf(guard, what));
    const closed = [{ text: "deny all clients;", place }];
    if (known.some((names) => names.length === 0)) return closed;
    if (more.length === 0) {
      const allowed = (known[0] ?? []).flatMap((name) => this.permit(name, place) ?? []);
      return allowed.length === 0 ? closed : allowed.map((text) => ({ text, place }));
    }
    const condition = known
      .map((names) => enclosed(names.map((name) => this.conditionOf(name) ?? NEVER).reduce(either)))
      .reduce(both);
    if (condition === ALWAYS) return [];
    if (condition === NEVER) return closed;
    const name = known.map((names) => names.join(" or ")).join(" and ");
    this.named.set(name, { condition, place });
    return [{ text: `allow members of ${quote(name)};`, place }];
  }

  /**
   * The options of a class that counts only where it is asked for, but for those that are set there: these come first in
   * Kea. Undefined if there is no condition for it. `isAdditional`: by a list in which a class without a test is for
   * everybody.
   */
  branch(name: string, isAdditional: boolean, set: ReadonlySet<string>): readonly Statement[] | undefined {
    const condition = this.conditionOf(name) ?? (isAdditional ? ALWAYS : undefined);
    const found = this.classes.get(name);
    if (condition === undefined || found === undefined) return undefined;
    const options = found.options.filter(({ text }) => !set.has(optionIn(text)));
    return branchOf(condition, options, found.place);
  }

  /** The statements of all classes, once every pool has named those that it needs. */
  write(): readonly Statement[] {
    const statements: Statement[] = [];
    for (const [name, { condition, place }] of this.named) {
      if (!this.classes.has(name)) statements.push(...classOf(name, condition, [], place));
    }
    for (const { name, members, values, place } of this.classes.values()) {
      if ("problem" in members || (values.length === 0 && !this.named.has(name))) continue;
      statements.push(...classOf(name, members.condition, values, place));
    }
    // Of several classes Kea takes the first one's option; here the last branch of a block counts.
    for (const { members, options, place, isAskedFor } of [...this.classes.values()].reverse()) {
      if ("condition" in members && !isAskedFor) statements.push(...branchOf(members.condition, options, place));
    }
    return statements;
  }

  private take(map: KeaMap): void {
    const name = map.text("name") ?? "";
    const definitions = this.definitions.inner();
    definitions.define(map);
    const test = map.text("test") ?? "";
    const members = test === "" ? this.membersOf(name) : this.joined(name, this.translate(test, definitions), map);
    const isAskedFor = (map.flag("only-if-required") ?? map.flag("only-in-additional-list")) === true;
    const header = headerOf(map);
    const data = writeOptionData(map, definitions, this.conditionOf, this.neverSent);
    const options = isAskedFor ? [...header, ...data] : [...data, ...this.timersOf(map)];
    const values = isAskedFor ? [] : [...header, ...lifetimesOf(map, false, OUTER_TIMERS)];
    if (isAskedFor)
      for (const lifetime of LIFETIMES) map.lose(lifetime, "Kea takes no lease time from a class that is asked for");
    if (name === DROP) values.push({ text: "deny booting;", place: map.place });
    if ("problem" in members && !(isAskedFor && test === ""))
      map.lose(test === "" ? "name" : "test", `the class ${name} is left out: ${members.problem}`);
    this.classes.set(name, { name, place: map.place, members, options, values, isAskedFor });
    map.finish({ "template-test": "classes for each value are made by spawn with, which has no values of its own" });
  }

  /** The times of a class's own lease time: behind those that a network sets. */
  private timersOf(map: KeaMap): readonly Statement[] {
    const times = writeTimers(map, this.timers);
    if (times.length > 0)
      map.change(
        "valid-lifetime",
        "in networks with times to renew and rebind of their own, these are not of this lease time",
      );
    return times;
  }

  private translate(test: string, definitions: KeaDefinitions): Translated {
    return translateTest(
      test,
      (option) => definitions.codeOf(DHCP_SPACE, option),
      (other) => this.membersOf(other),
    );
  }

  /** Members by a test together with hosts that are put into the class. */
  private joined(name: string, tested: Translated, map: KeaMap): Translated {
    const reserved = this.reservedMembers(name);
    if (reserved === undefined) return tested;
    if ("condition" in tested && "condition" in reserved)
      return { condition: either(tested.condition, reserved.condition) };
    const problem = "problem" in tested ? tested.problem : "problem" in reserved ? reserved.problem : "";
    map.lose("test", `the class ${name} lacks some of its members: ${problem}`);
    return "condition" in tested ? tested : reserved;
  }

  private reservedMembers(name: string): Translated | undefined {
    const conditions = this.reserved.get(name);
    if (conditions === undefined) return undefined;
    if (conditions.length > RESERVED_MAX)
      return { problem: `more than ${RESERVED_MAX} hosts are put into it: write subclass statements` };
    return { condition: conditions.join(" or ") };
  }

  private membersOf(name: string): Translated {
    const known = this.classes.get(name)?.members ?? this.reservedMembers(name);
    if (known !== undefined) return known;
    const condition = BUILT_IN.get(name);
    if (condition !== undefined) return { condition };
    if (name.startsWith(VENDOR_PREFIX))
      return { condition: `option vendor-class-identifier = ${quote(name.slice(VENDOR_PREFIX.length))}` };
    return { problem: "it has no test, and no host is put into it" };
  }

  /** The classes of a guard that there is a condition for; tells of the others. */
  private knownOf({ map, member, names }: Guard, what: string): readonly string[] {
    const known = names.filter((name) => this.conditionOf(name) !== undefined);
    const lost = names.filter((name) => !known.includes(name)).join(", ");
    if (lost === "") return known;
    const effect = known.length > 0 ? "its members get none of" : "nobody gets an address of";
    map.lose(member, `there is no condition for the class ${lost}: ${effect} ${what}`);
    return known;
  }

  /** The statement that lets members of a class in; undefined if the class can have no members. */
  private permit(name: string, place: Position): string | undefined {
    const permit = PERMITS.get(name);
    if (permit !== undefined) return permit;
    const condition = this.conditionOf(name) ?? NEVER;
    if (condition === ALWAYS) return "allow all clients;";
    if (condition === NEVER) return undefined;
    this.named.set(name, { condition, place });
    return `allow members of ${quote(name)};`;
  }
}

function classOf(name: string, condition: string, values: readonly Statement[], place: Position): readonly Statement[] {
  return blockOf(`class ${quote(name)}`, [{ text: `match if ${condition};`, place }, ...values], place);
}

function branchOf(condition: string, options: readonly Statement[], place: Position): readonly Statement[] {
  if (options.length === 0 || condition === NEVER) return [];
  return blockOf(`if ${condition}`, options, place);
}

function blockOf(head: string, inner: readonly Statement[], place: Position): readonly Statement[] {
  return [
    { text: `${head} {`, place },
    ...inner.map((each) => ({ text: `\t${each.text}`, place: each.place })),
    { text: "}", place },
  ];
}
