// A map of a Kea configuration that knows which of its members the importer has read: it does not carry the others
// over. kea-schema.ts has checked the members: none is of a wrong kind.

import type { Notice, Position } from "./notice.ts";
import type { JsonMember, JsonNode } from "./relaxed-json.ts";

/** Reports a member that is not carried over, or is in another form: where, by which path, and why. */
export type Tell = (place: Position, kind: Notice["kind"], path: string, reason: string) => void;

/** Members that say nothing to clients or servers. */
const SILENT = ["comment", "user-context", "id"];

/** The path of a member or an item, `Dhcp4.subnet4[3].pools[0].pool`; the outermost map has an empty one. */
export function pathOf(outer: string, key: string | number): string {
  if (typeof key === "number") return `${outer}[${key}]`;
  return outer === "" ? key : `${outer}.${key}`;
}

/** One map of the file. */
export class KeaMap {
  readonly place: Position;
  /** The way to it: `Dhcp4.subnet4[0]`. */
  readonly path: string;
  private readonly members: ReadonlyMap<string, JsonMember>;
  private readonly seen = new Set<string>(SILENT);
  private readonly tell: Tell;

  constructor(node: JsonNode & { readonly kind: "map" }, path: string, tell: Tell) {
    this.place = node.place;
    this.path = path;
    this.members = new Map(node.members.map((member) => [member.name, member]));
    this.tell = tell;
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  /** Place of a member, or of the map where there is no such member. */
  placeOf(name: string): Position {
    return this.members.get(name)?.place ?? this.place;
  }

  /** A member's text; undefined if there is none. */
  text(name: string): string | undefined {
    const node = this.take(name);
    return node?.kind === "string" ? node.value : undefined;
  }

  /** A member's number. */
  number(name: string): number | undefined {
    const node = this.take(name);
    return node?.kind === "number" ? node.value : undefined;
  }

  /** A member's truth. */
  flag(name: string): boolean | undefined {
    const node = this.take(name);
    return node?.kind === "boolean" ? node.value : undefined;
  }

  /** A member that is a map. */
  map(name: string): KeaMap | undefined {
    const node = this.take(name);
    return node?.kind === "map" ? new KeaMap(node, pathOf(this.path, name), this.tell) : undefined;
  }

  /** The maps of a member that is a list of them. */
  maps(name: string): readonly KeaMap[] {
    return this.items(name).flatMap((item, i) =>
      item.kind === "map" ? [new KeaMap(item, pathOf(pathOf(this.path, name), i), this.tell)] : [],
    );
  }

  /** The texts of a member that is a list of them, or one text. */
  texts(name: string): readonly string[] {
    const one = this.text(name);
    return one === undefined ? this.items(name).flatMap((item) => (item.kind === "string" ? [item.value] : [])) : [one];
  }

  /** The texts of several members, together. */
  allTexts(...names: readonly string[]): readonly string[] {
    return names.flatMap((name) => this.texts(name));
  }

  /** Looks at members without using them: they are as they are here anyway. */
  pass(...names: readonly string[]): void {
    for (const name of names) this.seen.add(name);
  }

  /** The same for all members with such names. */
  passMatching(pattern: RegExp): void {
    for (const name of this.members.keys()) if (pattern.test(name)) this.seen.add(name);
  }

  /** Reports all members with such names that the importer has not read. */
  loseMatching(pattern: RegExp, reason: string): void {
    for (const name of this.members.keys()) if (pattern.test(name) && !this.seen.has(name)) this.lose(name, reason);
  }

  /** Reports a member, if it is there, as not carried over. */
  lose(name: string, reason: string): void {
    this.seen.add(name);
    if (this.has(name)) this.tell(this.placeOf(name), "lost", pathOf(this.path, name), reason);
  }

  /** Reports the whole map as not carried over. */
  loseAll(reason: string): void {
    this.tell(this.place, "lost", this.path, reason);
  }

  /** Reports what the import has done with a member, if it is there. */
  change(name: string, reason: string): void {
    this.seen.add(name);
    if (this.has(name)) this.tell(this.placeOf(name), "changed", pathOf(this.path, name), reason);
  }

  /** Reports what the import has done with the whole map. */
  changeAll(reason: string): void {
    this.tell(this.place, "changed", this.path, reason);
  }

  /** Reports all members that the importer has not read. */
  finish(reasons: Readonly<Record<string, string>>): void {
    for (const { name } of this.members.values()) {
      if (!this.seen.has(name)) this.lose(name, reasons[name] ?? "there is nothing like it here");
    }
  }

  private items(name: string): readonly JsonNode[] {
    const node = this.take(name);
    return node?.kind === "list" ? node.items : [];
  }

  private take(name: string): JsonNode | undefined {
    this.seen.add(name);
    return this.members.get(name)?.value;
  }
}
