// From `split "NAME"` and the servers that ranges name to the model: which ranges are this server's, and for which of the
// others it stands in.

import type { Report } from "../language/source.ts";
import type { Block, RangeParameter } from "../language/syntax.ts";
import type { Split } from "../model/model.ts";

/** This server's part in a split; undefined if the configuration has none. `ranges`: all ranges of the text. */
export function resolveSplit(root: Block, ranges: readonly RangeParameter[], report: Report): Split | undefined {
  const [statement, other] = root.parameters.filter((parameter) => parameter.kind === "split");
  if (statement === undefined) {
    const named = ranges.find(({ server }) => server !== "");
    if (named !== undefined)
      report.error(named.at, `the range is the server "${named.server}"'s, and this server has no name`, {
        expected: 'split "NAME"; at the top level, with the name of this server',
      });
    return undefined;
  }
  const { name, holdSeconds, at } = statement;
  const related = { at, message: "the split" };
  if (other !== undefined)
    report.error(other.at, "there is a second split", { expected: "one name of this server", related });
  const cluster = root.parameters.find(({ kind }) => kind === "cluster");
  if (cluster !== undefined)
    report.error(at, "servers of a cluster share all ranges and cannot split them", {
      expected: "either split or cluster",
      related: { at: cluster.at, message: "the cluster" },
    });
  for (const range of ranges) {
    if (range.server === "")
      report.error(range.at, "this range does not say whose it is", {
        expected: `of "${name}", or of another server, behind the addresses`,
        related,
      });
  }
  const names = [...new Set([name, ...ranges.map(({ server }) => server)])].filter((server) => server !== "").sort();
  if (ranges.length > 0 && !ranges.some(({ server }) => server === name))
    report.warning(at, `no range is of "${name}": this server gives new clients reserved addresses only`);
  // One server stands in for each: two that do not know of one another would promise more than the owner keeps.
  const before = names.at(names.indexOf(name) - 1) ?? "";
  return { name, holdSeconds, standsInFor: before === name ? "" : before };
}
