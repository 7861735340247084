// Checks a Kea configuration against its schema: every wrong value is reported by path and place, and taken out, so
// that the rest can be carried over.

import { pathOf } from "./kea-map.ts";
import type { Position } from "./notice.ts";
import type { JsonMember, JsonNode } from "./relaxed-json.ts";

/** A schema's finding: the names and numbers that lead to a wrong value, and the expected one. */
export interface KeaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Finds the errors in a file, which is given as a parsed value. */
export type FindKeaIssues = (file: unknown) => readonly KeaIssue[];

/** A value that is wrong. */
export type OnWrong = (place: Position, path: string, reason: string) => void;

type JsonMap = JsonNode & { readonly kind: "map" };

/** The part of a file's map that is as it has to be; tells the rest to `onWrong`. Undefined if all of it is wrong. */
export function checkKeaFile(file: JsonMap, findIssues: FindKeaIssues, onWrong: OnWrong): JsonMap | undefined {
  const single = withoutDoubles(file, "", onWrong);
  const wrong = new Wrong();
  for (const { path, message } of findIssues(plain(single))) {
    const found = follow(single, path);
    onWrong(found.place, found.path, found.isMissing ? `${found.missing}: ${message}` : message);
    wrong.add(found.keys);
  }
  const right = wrong.takeFrom(single);
  return right?.kind === "map" ? right : undefined;
}

/** Where an issue of zod's leads to: a value, or the map that lacks it. */
function follow(
  root: JsonNode,
  keys: readonly PropertyKey[],
): {
  readonly place: Position;
  readonly path: string;
  readonly keys: readonly PropertyKey[];
  readonly isMissing: boolean;
  readonly missing: string;
} {
  let node = root;
  let { place } = root;
  let path = "";
  for (const [i, key] of keys.entries()) {
    const member = node.kind === "map" ? node.members.find(({ name }) => name === key) : undefined;
    const inner = member?.value ?? (node.kind === "list" && typeof key === "number" ? node.items[key] : undefined);
    if (inner === undefined) return { place, path, keys: keys.slice(0, i), isMissing: true, missing: String(key) };
    node = inner;
    place = member?.place ?? inner.place;
    path = pathOf(path, typeof key === "number" ? key : String(key));
  }
  return { place, path, keys, isMissing: false, missing: "" };
}

/** The ways to the wrong values, as a tree. */
class Wrong {
  private readonly inner = new Map<PropertyKey, Wrong>();
  private isAll = false;

  add(keys: readonly PropertyKey[]): void {
    const [first, ...rest] = keys;
    if (first === undefined) {
      this.isAll = true;
      return;
    }
    const inner = this.inner.get(first) ?? new Wrong();
    this.inner.set(first, inner);
    inner.add(rest);
  }

  /** A node without the wrong values in it; undefined if it is wrong itself. */
  takeFrom(whole: JsonNode): JsonNode | undefined {
    if (this.isAll) return undefined;
    if (this.inner.size === 0) return whole;
    if (whole.kind === "map") {
      const members = whole.members.flatMap((member) => {
        const value = this.rightOf(member.name, member.value);
        return value === undefined ? [] : [{ ...member, value }];
      });
      return { ...whole, members };
    }
    // An item keeps its place, so that paths still count it.
    if (whole.kind === "list")
      return {
        ...whole,
        items: whole.items.map((item, i) => this.rightOf(i, item) ?? { kind: "null", place: item.place }),
      };
    return whole;
  }

  private rightOf(key: PropertyKey, node: JsonNode): JsonNode | undefined {
    const wrong = this.inner.get(key);
    return wrong === undefined ? node : wrong.takeFrom(node);
  }
}

/** A node in which no map has two members of one name: the last one counts, as in Kea. */
function withoutDoubles<T extends JsonNode>(whole: T, path: string, onWrong: OnWrong): T;
function withoutDoubles(whole: JsonNode, path: string, onWrong: OnWrong): JsonNode {
  if (whole.kind === "list")
    return { ...whole, items: whole.items.map((item, i) => withoutDoubles(item, pathOf(path, i), onWrong)) };
  if (whole.kind !== "map") return whole;
  const members = new Map<string, JsonMember>();
  for (const member of whole.members) {
    const inner = pathOf(path, member.name);
    const before = members.get(member.name);
    if (before !== undefined) onWrong(before.place, inner, "it is written twice in this map, and the last one counts");
    members.set(member.name, { ...member, value: withoutDoubles(member.value, inner, onWrong) });
  }
  return { ...whole, members: [...members.values()] };
}

/** A node as the value that it is. */
function plain(node: JsonNode): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") {
    // A name like __proto__ must be a member like others.
    const map = Object.create(null) as Record<string, unknown>;
    for (const { name, value } of node.members) map[name] = plain(value);
    return map;
  }
  return node.kind === "null" ? null : node.value;
}
