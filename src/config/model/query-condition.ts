// Conditions on a query, as data: the data to compare, and the value to compare them with. The readers are condition.ts
// and condition-data.ts; the engine evaluates them.

/** What makes a client a member of a class. */
export type Condition =
  | { readonly kind: "equal"; readonly data: QueryData; readonly value: Uint8Array }
  /**
   * The value is in the data: at their start, their end, or anywhere. If case is ignored, its letters are small ones.
   */
  | {
      readonly kind: "matches";
      readonly data: QueryData;
      readonly value: Uint8Array;
      readonly isStart: boolean;
      readonly isEnd: boolean;
      readonly ignoresCase: boolean;
    }
  /** The data are items, each behind its length in one octet (RFC 3004 section 4), and one is the value. */
  | { readonly kind: "listed"; readonly data: QueryData; readonly value: Uint8Array }
  /** The octets of the data, each as a number to that base and nothing between them, are the value, a text. */
  | { readonly kind: "written"; readonly data: QueryData; readonly base: number; readonly value: Uint8Array }
  | { readonly kind: "exists"; readonly data: QueryData }
  /** A host declaration is about the client, on any link. */
  | { readonly kind: "known" }
  | { readonly kind: "not"; readonly inner: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition };

/** Octets of a query, or a part of them. */
export interface QueryData {
  /**
   * `relay`: a sub-option of the relay agent's information; `inner`: an option inside the option
   * `carrier`; `hardware`: type and hardware address; `fqdn`: the name in option 81 as text, or the part of it that
   * `code` says (a FqdnPart); `packet`: the message itself, its fixed fields.
   */
  readonly kind: "option" | "relay" | "inner" | "hardware" | "fqdn" | "packet";
  readonly code: number;
  readonly carrier: number;
  /** Octets that are left out in front; ignored where `isSuffix`. */
  readonly from: number;
  /** Octets at most; Infinity for all. */
  readonly length: number;
  /** Whether the last `length` octets are meant, not the first. */
  readonly isSuffix: boolean;
}

/** Data that are an option, or its first `length` octets. */
export function optionData(code: number, length = Number.POSITIVE_INFINITY): QueryData {
  return { kind: "option", code, carrier: 0, from: 0, length, isSuffix: false };
}

/** Holds where the condition does not. */
export function not(inner: Condition): Condition {
  return { kind: "not", inner };
}

/** Holds where both conditions hold; undefined stands for a condition that always holds. */
export function both(left: Condition | undefined, right: Condition): Condition {
  return left === undefined ? right : { kind: "and", left, right };
}

/** Holds where one of two conditions holds; undefined stands for a condition that never holds. */
export function either(left: Condition | undefined, right: Condition): Condition {
  return left === undefined ? right : { kind: "or", left, right };
}

/** That none of the conditions holds; undefined if there are none. */
export function noneOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.reduce((none: Condition | undefined, condition) => both(none, not(condition)), undefined);
}

/** Parts of the name in option 81: its first label, what follows the first dot, or all of it. */
export const FqdnPart = { hostname: 1, domainname: 2, fqdn: 3 } as const;

/** Data of the query as one side of a comparison. */
export interface QueryOperand {
  readonly kind: "query";
  readonly data: QueryData;
  /** The option's format, so that a number on the other side can be read. */
  readonly format: string;
  readonly written: Writing | undefined;
  /** The case that its letters are changed to. */
  readonly cased: LetterCase | undefined;
  /** The data that stand in if the query has no such data. */
  readonly otherwise: Operand | undefined;
}

/** Octets that are the same for every client. */
export interface ConstantOperand {
  readonly kind: "constant";
  readonly at: number;
  readonly value: Uint8Array;
  readonly otherwise?: undefined;
}

/** One side of a comparison. */
export type Operand = QueryOperand | ConstantOperand;

/** `lcase` or `ucase`: letters of ASCII only. */
export type LetterCase = "lower" | "upper";

/** How octets are written as text: numbers in `base`, `separator` between them. */
export interface Writing {
  readonly base: number;
  readonly separator: string;
}

/** Data of a query that subclasses are compared with. */
export interface MatchKey {
  readonly data: QueryData;
  /** How the subclasses write it as text; undefined: they have its octets. */
  readonly written: Writing | undefined;
}
