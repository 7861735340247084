// How our server compares with the server of another working tree in the same rounds: what a change has cost or saved.

import type { Results } from "../results.ts";
import { markdownTable } from "./markdown-table.ts";
import { type Figure, ratioOf } from "./measurements.ts";
import { formatRange } from "./numbers.ts";

/** What stands before the id of a server that is started from the other tree. */
export const OTHER_TREE = "other-";

/** The figures of the report, and their names. */
const FIGURES: readonly (readonly [Figure, string])[] = [
  ["perSecond", "a second"],
  ["p50", "median latency"],
  ["p99", "p99 latency"],
  ["processorMicroseconds", "processor time"],
];

/** A table of ratios, this tree's figure to the other's: the median of the rounds, the least and the most. */
export function besideMarkdown({ rounds, servers }: Results): string {
  const rows: (readonly string[])[] = [];
  for (const { id } of servers) {
    const names = new Set(rounds.flatMap((round) => Object.keys(round[id] ?? {})));
    for (const measurement of names) {
      const ratios = FIGURES.map(([figure]) =>
        ratioOf(rounds, { server: id, measurement, figure }, { server: `${OTHER_TREE}${id}`, measurement, figure }),
      );
      if (ratios.some((ratio) => ratio !== null)) rows.push([id, measurement, ...ratios.map(formatRange)]);
    }
  }
  return markdownTable(["this tree / other tree", "load", ...FIGURES.map(([, name]) => name)], rows, [2, 3, 4, 5]);
}
