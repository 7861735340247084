// `npm run bench:overload`: our server under a flood and on slow disks.

import { resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say, UsageError } from "../command.ts";
import { FLOOD_TIMES, OVERLOAD, RENEWALS } from "../plans/overload.ts";
import { SHIELD } from "../plans/shield.ts";
import { STARVATION, STARVING } from "../plans/starvation.ts";
import { overloadMarkdown } from "../report/overload-page.ts";
import { shieldMarkdown } from "../report/shield-page.ts";
import { starvationMarkdown } from "../report/starvation-page.ts";
import type { Results } from "../results.ts";
import { type Plan, Run } from "../run.ts";
import { SERVERS } from "../servers/list.ts";
import { isInstalled } from "../servers/running-server.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

const USAGE = `usage: npm run bench:overload -- [--backends udp,bpf] [--only flood,disk] [--seconds N] [--shield] [--rounds N]
                              [--starvation] [--discovers N] [--directory DIR] [--results DIR]

  --backends IDS   (default both)
  --only PARTS     of: flood, disk (default both)
  --shield         instead of these: floods of frames, from the link and from a relay's port, with the kernel shield and
                   without, and no flood
  --rounds N       of --shield (default 1)
  --starvation     instead of these: new clients without end in a network of 254 addresses, beside other servers
  --discovers N    of them (default 1000000)
  --seconds N      of the flood, and of each measurement on a slow disk (default 10 and 4)
  --directory DIR  where lease files are (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
`;

/** Our servers by the backend that a flag names. */
const BACKENDS: Readonly<Record<string, string>> = { udp: "anydhcpd", bpf: "anydhcpd-bpf" };

/** What is measured: its plans, other servers beside ours, where they are installed, and its page. */
const KINDS: Readonly<
  Record<
    "overload" | "shield" | "starvation",
    { readonly plans: readonly Plan[]; readonly others: readonly string[]; page(results: Results): string }
  >
> = {
  overload: { plans: OVERLOAD, others: [], page: overloadMarkdown },
  shield: { plans: [SHIELD], others: [], page: shieldMarkdown },
  starvation: { plans: [STARVATION], others: ["isc", "kea", "dnsmasq"], page: starvationMarkdown },
};

/** Measures what overload does. */
export const OVERLOAD_COMMAND: Command = { usage: USAGE, run: overload };

async function overload(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      backends: { type: "string", default: "udp,bpf" },
      only: { type: "string" },
      shield: { type: "boolean", default: false },
      rounds: { type: "string" },
      starvation: { type: "boolean", default: false },
      discovers: { type: "string" },
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
  const kind = values.starvation ? "starvation" : values.shield ? "shield" : "overload";
  const { plans, others, page } = KINDS[kind];
  const servers = SERVERS.filter(
    (server) => ids.includes(server.id) || (others.includes(server.id) && isInstalled(server)),
  );
  const settings = {
    floodSeconds: positiveNumber("seconds", values.seconds, 10),
    diskSeconds: positiveNumber("seconds", values.seconds, 4),
    floodTimes: FLOOD_TIMES,
    discovers: positiveNumber("discovers", values.discovers, STARVING.discovers),
    renewals: RENEWALS,
    ...(kind === "shield" && { rounds: positiveNumber("rounds", values.rounds, 1) }),
  };
  const results = await Run.all({
    kind,
    plans: kind === "overload" ? pick("only", values.only, plans, () => true) : plans,
    servers,
    settings,
    directory: resolve(values.directory),
    say,
  });
  writeResults(folder, results);
  say(`\n${page(results)}\nwritten to ${folder}`);
  return results.failures.length === 0 ? 0 : 1;
}
