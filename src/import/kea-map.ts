// A map of a Kea configuration that knows which of its members were looked at: the others are what is
// not carried over.

import type { JsonMember, JsonNode } from "./relaxed-json.ts";

/** Says that a member is not carried over, and why. */
export type Complain = (line: number, subject: string, reason: string) => void;

/** Members that say nothing to clients or servers. */
const SILENT = ["comment", "user-context", "id"];

/** One map of the file. */
export class KeaMap {
  readonly line: number;
  private readonly members: ReadonlyMap<string, JsonMember>;
  private readonly seen = new Set<string>(SILENT);
  private readonly complain: Complain;

  constructor(node: JsonNode & { readonly kind: "map" }, complain: Complain) {
    this.line = node.line;
    this.members = new Map(node.members.map((member) => [member.name, member]));
    this.complain = complain;
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  /** Line of a member, or of the map where there is no such member. */
  lineOf(name: string): number {
    return this.members.get(name)?.line ?? this.line;
  }

  /** A member's text; undefined if there is none. */
  text(name: string): string | undefined {
    const node = this.take(name);
    if (node === undefined || node.kind === "null") return undefined;
    if (node.kind === "string") return node.value;
    return this.wrong(name, "a text between quotes");
  }

  /** A member's number. */
  number(name: string): number | undefined {
    const node = this.take(name);
    if (node === undefined || node.kind === "null") return undefined;
    if (node.kind === "number" && node.value >= 0 && Number.isInteger(node.value)) return node.value;
    return this.wrong(name, "a number");
  }

  /** A member's truth. */
  flag(name: string): boolean | undefined {
    const node = this.take(name);
    if (node === undefined || node.kind === "null") return undefined;
    return node.kind === "boolean" ? node.value : this.wrong(name, "true or false");
  }

  /** A member that is a map. */
  map(name: string): KeaMap | undefined {
    const node = this.take(name);
    if (node === undefined) return undefined;
    return node.kind === "map" ? new KeaMap(node, this.complain) : this.wrong(name, "a map");
  }

  /** The maps of a member that is a list of them. */
  maps(name: string): readonly KeaMap[] {
    return this.items(name).flatMap((item) => {
      if (item.kind === "map") return [new KeaMap(item, this.complain)];
      this.complain(item.line, `"${name}"`, "a map was expected here");
      return [];
    });
  }

  /** The texts of a member that is a list of them, or one text. */
  texts(name: string): readonly string[] {
    const node = this.members.get(name)?.value;
    if (node?.kind === "string") return [this.text(name) ?? ""];
    return this.items(name).flatMap((item) => (item.kind === "string" ? [item.value] : []));
  }

  /** Looks at members without using them: they are as they are here anyway. */
  pass(...names: readonly string[]): void {
    for (const name of names) this.seen.add(name);
  }

  /** The same for all members with such names. */
  passMatching(pattern: RegExp): void {
    for (const name of this.members.keys()) if (pattern.test(name)) this.seen.add(name);
  }

  /** Reports all members with such names that nobody looked at. */
  loseMatching(pattern: RegExp, reason: string): void {
    for (const name of this.members.keys()) if (pattern.test(name) && !this.seen.has(name)) this.lose(name, reason);
  }

  /** Reports a member as not carried over. */
  lose(name: string, reason: string): void {
    this.seen.add(name);
    if (this.has(name)) this.complain(this.lineOf(name), `"${name}"`, reason);
  }

  /** Reports all members that nobody looked at. */
  finish(reasons: Readonly<Record<string, string>>): void {
    for (const { name } of this.members.values()) {
      if (!this.seen.has(name)) this.lose(name, reasons[name] ?? "there is nothing like it here");
    }
  }

  private items(name: string): readonly JsonNode[] {
    const node = this.take(name);
    if (node === undefined || node.kind === "null") return [];
    return node.kind === "list" ? node.items : (this.wrong(name, "a list") ?? []);
  }

  private take(name: string): JsonNode | undefined {
    this.seen.add(name);
    return this.members.get(name)?.value;
  }

  private wrong(name: string, expected: string): undefined {
    this.complain(this.lineOf(name), `"${name}"`, `${expected} was expected here`);
  }
}
