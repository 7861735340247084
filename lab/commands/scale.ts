// `npm run bench:scale`: our server with a million leases, or ten.

import { resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say } from "../command.ts";
import { SCALE } from "../plans/scale.ts";
import { scaleMarkdown } from "../report/scale-page.ts";
import { Run } from "../run.ts";
import { SERVERS } from "../servers/list.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

const USAGE = `usage: npm run bench:scale -- [--leases N] [--rounds N] [--only PART,PART,...]
                              [--directory DIR] [--results DIR]

  --leases N       of the parts start, journal, compaction and expiry (default 1000000)
  --rounds N       starts that are measured (default 5)
  --only PARTS     of: start (memory and first OFFER), journal (the same with the file as it is just
                   before a compaction), compaction, expiry, fill, table, huge (10,000,000 leases;
                   needs 4 GB of disk and is left out unless named)
  --directory DIR  where lease files are (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
`;

/** Measures what many leases cost. */
export const SCALE_COMMAND: Command = { usage: USAGE, run: scale };

async function scale(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      leases: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      directory: { type: "string", default: "/var/tmp" },
      results: { type: "string" },
    },
  });
  const folder = resultsFolder("results", values.results, flagsOf(words));
  const plans = pick("only", values.only, SCALE, ({ id }) => id !== "huge");
  const settings = {
    leases: positiveNumber("leases", values.leases, 1_000_000),
    rounds: positiveNumber("rounds", values.rounds, 5),
  };
  const servers = SERVERS.filter(({ id }) => id === "anydhcpd");
  const directory = resolve(values.directory);
  const results = await Run.all({ kind: "scale", plans, servers, settings, directory, say });
  writeResults(folder, results);
  say(`\n${scaleMarkdown(results)}\nwritten to ${folder}`);
  return results.failures.length === 0 ? 0 : 1;
}
