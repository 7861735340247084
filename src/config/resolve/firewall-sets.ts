// The firewall sets of a configuration: each once, even if several blocks name it.

import { FIREWALL_SETS_MAX } from "../../base/limits/firewall.ts";
import type { Report } from "../language/source.ts";
import type { FirewallSetParameter } from "../language/syntax.ts";
import type { FirewallSet } from "../model/firewall-set.ts";
import type { BlockKind } from "../model/settings.ts";
import type { Level } from "./levels.ts";

/** Blocks that stand for clients: a free address is in none of them. */
const OF_CLIENTS: readonly BlockKind[] = ["class", "subclass", "host", "if"];

/** The sets in the order of the text. Reports contradictions, and statements that the launcher would not find. */
export function resolveFirewallSets(levels: readonly Level[], report: Report): readonly FirewallSet[] {
  const found = new Map<string, FirewallSetParameter>();
  for (const { block } of levels) {
    for (const parameter of block.parameters) {
      if (parameter.kind !== "firewall-set") continue;
      checkPlace(parameter, block.header.kind, report);
      const first = found.get(parameter.set.name);
      if (first === undefined) found.set(parameter.set.name, parameter);
      else checkSame(first, parameter, report);
    }
  }
  const sets = [...found.values()];
  const tooMany = sets[FIREWALL_SETS_MAX];
  if (tooMany !== undefined)
    report.error(tooMany.at, "there are too many firewall sets", { expected: `at most ${FIREWALL_SETS_MAX}` });
  return sets.map(({ set }) => set);
}

function checkPlace({ set, at }: FirewallSetParameter, kind: BlockKind, report: Report): void {
  const { source } = report;
  if (source.place(at).file !== source.file)
    report.error(at, "firewall-set stands in an included file", { expected: `the statement in ${source.file} itself` });
  if (set.addresses === "abandoned" && OF_CLIENTS.includes(kind))
    report.error(at, "an abandoned address has no client", {
      expected: "firewall-set with addresses abandoned in a subnet, a pool, or around them",
    });
}

function checkSame(first: FirewallSetParameter, other: FirewallSetParameter, report: Report): void {
  if (first.set.addresses === other.set.addresses && first.set.holdsAck === other.set.holdsAck) return;
  report.error(other.at, `the set ${other.set.name} has other settings elsewhere`, {
    expected: "the same addresses and hold-ack wherever the set is named",
    related: { at: first.at, message: "first named here" },
  });
}
