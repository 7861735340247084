// `npm run bench:overload`: our server under a flood and on slow disks.

import { resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say, UsageError } from "../command.ts";
import { FLOOD_TIMES, OVERLOAD, RENEWALS } from "../plans/overload.ts";
import { overloadMarkdown } from "../report/overload-page.ts";
import { Run } from "../run.ts";
import { SERVERS } from "../servers/list.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

const USAGE = `usage: npm run bench:overload -- [--backends udp,bpf] [--only flood,disk] [--seconds N]
                              [--directory DIR] [--results DIR]

  --backends IDS   (default both)
  --only PARTS     of: flood, disk (default both)
  --seconds N      of the flood, and of each measurement on a slow disk (default 10 and 4)
  --directory DIR  where lease files are (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
`;

/** Our servers by the backend that a flag names. */
const BACKENDS: Readonly<Record<string, string>> = { udp: "anydhcpd", bpf: "anydhcpd-bpf" };

/** Measures what overload does. */
export const OVERLOAD_COMMAND: Command = { usage: USAGE, run: overload };

async function overload(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      backends: { type: "string", default: "udp,bpf" },
      only: { type: "string" },
      seconds: { type: "string" },
      directory: { type: "string", default: "/var/tmp" },
      results: { type: "string" },
    },
  });
  const folder = resultsFolder("results", values.results, flagsOf(words));
  const ids = values.backends.split(",").map((word) => {
    const id = BACKENDS[word];
    if (id === undefined) throw new UsageError(`--backends: there is no "${word}"; there are udp, bpf`);
    return id;
  });
  const servers = SERVERS.filter(({ id }) => ids.includes(id));
  const plans = pick("only", values.only, OVERLOAD, () => true);
  const settings = {
    floodSeconds: positiveNumber("seconds", values.seconds, 10),
    diskSeconds: positiveNumber("seconds", values.seconds, 4),
    floodTimes: FLOOD_TIMES,
    renewals: RENEWALS,
  };
  const directory = resolve(values.directory);
  const results = await Run.all({ kind: "overload", plans, servers, settings, directory, say });
  writeResults(folder, results);
  say(`\n${overloadMarkdown(results)}\nwritten to ${folder}`);
  return results.failures.length === 0 ? 0 : 1;
}
