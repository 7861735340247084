// What `npm run bench:overload -- --starvation` has found, as people read it.

import { BESIDE, STARVING } from "../plans/starvation.ts";
import type { Results } from "../results.ts";
import { describeMachineOf } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatNumber } from "./numbers.ts";

/** The whole of starvation.md. */
export function starvationMarkdown(results: Results): string {
  const { starvations = [] } = results;
  const mebibytes = (octets: number): string => (octets / 2 ** 20).toFixed(1);
  const headings = [
    "server",
    "DISCOVERs",
    "memory before / half / after, MiB",
    "octets stored",
    "new clients served",
    "p50 / most ms",
    "renewals served",
  ];
  const rows = starvations.map(
    ({ server, discovers, residentOctets, storedOctets, served, milliseconds, renewals }) => [
      server,
      discovers,
      [residentOctets.before, residentOctets.half, residentOctets.after].map(mebibytes).join(" / "),
      storedOctets,
      `${formatNumber(100 * served)} %`,
      `${formatNumber(milliseconds.p50)} / ${formatNumber(milliseconds.max)}`,
      `${formatNumber(100 * renewals)} %`,
    ],
  );
  return `# New clients without end in a network of 254 addresses

${describeMachineOf(results)}
Relayed clients; server on one core, all load on another. One run each.

Each DISCOVER has another hardware address, and nobody takes an OFFER. First ${BESIDE.perSecond} a second for ${BESIDE.seconds} s beside ${BESIDE.known}
clients that renew, ${BESIDE.renewalsPerSecond} a second; then the same beside ${BESIDE.fresh} new ones that want a lease; clients ask again after a
second, four times in all. Then ${STARVING.perSecond} a second for the memory and the files.

${markdownTable(headings, rows)}
`;
}
