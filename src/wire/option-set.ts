// Configured options, compiled once per configuration so that a reply only copies octets.

import { ReplyTemplates } from "./reply-template.ts";

/** A set of options that stays as it is, at most one value a code (1..254), values of any length. */
export class OptionSet {
  /** Codes present, in the order in which a reply sends them when nobody asked for an order. */
  readonly codes: Uint8Array;
  private readonly values: readonly Uint8Array[];
  /** code -> position in `values` + 1; 0 where absent. */
  private readonly positions = new Uint16Array(256);
  private wasUsed = false;
  private known: ReplyTemplates | undefined = undefined;

  /** Takes code/value pairs; of two pairs with one code the later wins. `order` sorts the codes (default: ascending). */
  constructor(
    entries: Iterable<readonly [number, Uint8Array]>,
    order: (a: number, b: number) => number = (a, b) => a - b,
  ) {
    const byCode = new Map(entries);
    const codes = [...byCode.keys()].sort(order);
    this.codes = Uint8Array.from(codes);
    this.values = codes.map((code) => byCode.get(code) ?? new Uint8Array(0));
    for (const [i, code] of codes.entries()) this.positions[code] = i + 1;
  }

  /** Replies that this set was sent in before; none at its first use, since some sets are made for one query. */
  get templates(): ReplyTemplates | undefined {
    if (this.known === undefined && this.wasUsed) this.known = new ReplyTemplates();
    this.wasUsed = true;
    return this.known;
  }

  /** The value of an option, or undefined where it is not configured. */
  get(code: number): Uint8Array | undefined {
    const position = this.positions[code] ?? 0;
    return position === 0 ? undefined : this.values[position - 1];
  }

  /** Whether an option is configured. */
  has(code: number): boolean {
    return (this.positions[code] ?? 0) !== 0;
  }
}

/** The set with nothing in it. */
export const NO_OPTIONS = new OptionSet([]);
