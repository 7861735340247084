// The next step for an address: it follows from the names in the DNS and the wanted ones.

import { addForward, addReverse, type DnsName, removeForward, removeReverse } from "./rules.ts";

/** What of an address is in the DNS, as far as this server has put it there: its name, and the name that it leads to. */
export interface Known {
  readonly forward?: DnsName | undefined;
  readonly reverse?: DnsName | undefined;
}

const RUN = { addForward, addReverse, removeForward, removeReverse } as const;

/** One update, with the facts to repeat it. */
export interface Step {
  readonly kind: keyof typeof RUN;
  readonly dns: DnsName;
  /** That is changed; the zone is found by it. */
  readonly owner: string;
}

/** In the order in which they are to be done. */
export function stepsOf({ forward, reverse }: Known, want: DnsName | undefined): Step[] {
  const steps: Step[] = [];
  const isForward = forward !== undefined && isSame(forward, want);
  const isReverse = reverse !== undefined && isSame(reverse, want);
  if (forward !== undefined && !isForward) steps.push({ kind: "removeForward", dns: forward, owner: forward.name });
  // Another name at the same address replaces it.
  if (reverse !== undefined && reverse.reverseName !== want?.reverseName)
    steps.push({ kind: "removeReverse", dns: reverse, owner: reverse.reverseName });
  if (want !== undefined && !isForward) steps.push({ kind: "addForward", dns: want, owner: want.name });
  if (want !== undefined && !isReverse) steps.push({ kind: "addReverse", dns: want, owner: want.reverseName });
  return steps;
}

/** The rule of a step. */
export function ruleOf({ kind }: Step): (typeof RUN)[keyof typeof RUN] {
  return RUN[kind];
}

/** The known state of the DNS after a step. */
export function afterStep(known: Known, { kind, dns }: Step): Known {
  switch (kind) {
    case "addForward":
      return { ...known, forward: dns };
    case "addReverse":
      return { ...known, reverse: dns };
    case "removeForward":
      return { reverse: known.reverse };
    case "removeReverse":
      return { forward: known.forward };
  }
}

/** The lifetime alone is no reason for an update. */
export function isSame(have: DnsName, want: DnsName | undefined): boolean {
  return (
    have.name === want?.name && have.reverseName === want.reverseName && Buffer.compare(have.dhcid, want.dhcid) === 0
  );
}
