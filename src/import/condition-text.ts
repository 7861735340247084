// Conditions of dhcpd.conf as text, put together so that those which always or never hold disappear.

/** Holds for every client. */
export const ALWAYS = "(known or not known)";

/** Holds for no client. */
export const NEVER = "(known and not known)";

/** Holds where one of two conditions does. */
export function either(left: string, right: string): string {
  if (left === ALWAYS || right === ALWAYS) return ALWAYS;
  if (left === NEVER) return right;
  return right === NEVER ? left : `${left} or ${right}`;
}

/** Holds where both conditions do; an `or` in them stands between parentheses. */
export function both(left: string, right: string): string {
  if (left === NEVER || right === NEVER) return NEVER;
  if (left === ALWAYS) return right;
  return right === ALWAYS ? left : `${left} and ${right}`;
}

/** Holds where a condition without `and` and `or` of its own does not. */
export function negation(inner: string): string {
  if (inner === ALWAYS) return NEVER;
  return inner === NEVER ? ALWAYS : `not ${inner}`;
}

/** A condition that can stand beside any others. */
export function enclosed(inner: string): string {
  return inner === ALWAYS || inner === NEVER ? inner : `(${inner})`;
}
