// Assertions state what we believe about our own code. No octet from the network may reach one.

/** A broken belief about our own state: a bug, never a reaction to input. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws InvariantError unless `condition` holds. */
export function assert(condition: boolean, belief: string): asserts condition {
  if (!condition) throw new InvariantError(belief);
}
