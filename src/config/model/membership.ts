// The combinations of classes that clients are in. Each combination is one object, found step by step
// without allocation, so that its scopes and pools are worked out once.

import type { Scope } from "./scope.ts";

/**
 * Combinations that are kept: subclasses by the thousand make as many, and a client that makes values up makes more.
 */
const KEPT_MEMBERSHIPS_MAX = 16_384;

/** Scopes that are kept in all combinations. */
const KEPT_SCOPES_MAX = 65_536;

/** One combination of classes and subclasses. */
export class Membership {
  /** No two combinations of a configuration have the same, also after one was forgotten. */
  readonly id: number;
  /** Classes and subclasses by their entry, the nearest first: its parameters override those behind it. */
  readonly entries: readonly number[];
  /** Scopes kept for it, by a key that their user chooses. */
  readonly scopes = new Map<number, Scope>();
  /** By entry: this combination and one more class. */
  readonly next = new Map<number, Membership>();

  constructor(id: number, entries: readonly number[]) {
    this.id = id;
    this.entries = entries;
  }
}

/** All combinations of one configuration. */
export class Memberships {
  /** In no class. */
  readonly none = new Membership(0, []);
  private made = 0;
  private kept = 0;
  private scopes = 0;

  /** The combination `from` with one more class, which counts less than the others. */
  join(from: Membership, entry: number): Membership {
    const known = from.next.get(entry);
    if (known !== undefined) return known;
    if (this.kept >= KEPT_MEMBERSHIPS_MAX) this.forget();
    this.made++;
    this.kept++;
    const joined = new Membership(this.made, [...from.entries, entry]);
    from.next.set(entry, joined);
    return joined;
  }

  /** Keeps a scope with a combination. */
  keepScope(membership: Membership, key: number, scope: Scope): void {
    if (this.scopes >= KEPT_SCOPES_MAX) this.forget();
    this.scopes++;
    membership.scopes.set(key, scope);
  }

  private forget(): void {
    this.none.next.clear();
    this.none.scopes.clear();
    this.kept = 0;
    this.scopes = 0;
  }
}
