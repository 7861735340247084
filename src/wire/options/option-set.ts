// Configured options, compiled once per configuration so that a reply only copies octets.

import { getUint32, NO_OCTETS } from "../../base/bytes.ts";
import type { Seconds } from "../../base/time.ts";
import { ReplyTemplates } from "../encode/reply-template.ts";
import { hasDefaultRoute } from "./classless-routes.ts";
import { OptionCode } from "./option-code.ts";

/** Which of the options a reply carries. */
export interface Sending {
  /** Only what the client asks for, and what a reply must have; else everything, what it asks for first. */
  readonly requestedOnly: boolean;
  /** Codes that are sent although the client does not ask for them. */
  readonly always: readonly number[];
}

const EVERYTHING: Sending = { requestedOnly: false, always: [] };

/** A set of options that stays as it is, at most one value a code (1..254), values of any length. */
export class OptionSet {
  /** Codes present, in the order in which a reply sends them if the client asked for none. */
  readonly codes: Uint8Array;
  /** Sending.requestedOnly. */
  readonly requestedOnly: boolean;
  /** Sending.always. */
  readonly always: Uint8Array;
  /** T1 (option 58); -1 where none is configured. */
  readonly renewalSeconds: Seconds;
  /** T2 (option 59); -1 where none is configured. */
  readonly rebindingSeconds: Seconds;
  private readonly values: readonly Uint8Array[];
  /** code -> position in `values` + 1; 0 where absent. */
  private readonly positions = new Uint16Array(256);
  /** Codes of the classless routes (121, 249) that have a default route. */
  private readonly defaultRoutes: Uint8Array;
  private wasUsed = false;
  private known: ReplyTemplates | undefined = undefined;

  /** Takes code/value pairs; of two pairs with one code the later wins. `order` sorts the codes (default: ascending). */
  constructor(
    entries: Iterable<readonly [number, Uint8Array]>,
    order: (a: number, b: number) => number = (a, b) => a - b,
    sending: Sending = EVERYTHING,
  ) {
    const byCode = new Map(entries);
    const codes = [...byCode.keys()].sort(order);
    this.codes = Uint8Array.from(codes);
    this.values = codes.map((code) => byCode.get(code) ?? NO_OCTETS);
    for (const [i, code] of codes.entries()) this.positions[code] = i + 1;
    this.requestedOnly = sending.requestedOnly;
    this.always = sending.always.length === 0 ? NO_OCTETS : Uint8Array.from(sending.always);
    this.renewalSeconds = secondsOf(byCode.get(OptionCode.renewalTime));
    this.rebindingSeconds = secondsOf(byCode.get(OptionCode.rebindingTime));
    this.defaultRoutes = Uint8Array.from(
      [OptionCode.classlessRoutes, OptionCode.microsoftRoutes].filter((code) =>
        hasDefaultRoute(byCode.get(code) ?? NO_OCTETS),
      ),
    );
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

  /** Whether the classless routes of that code (121 or 249) have a default route. */
  hasDefaultRoute(code: number): boolean {
    return this.defaultRoutes.includes(code);
  }
}

function secondsOf(value: Uint8Array | undefined): number {
  return value?.length === 4 ? getUint32(value, 0) : -1;
}

/** The set with nothing in it. */
export const NO_OPTIONS = new OptionSet([]);
