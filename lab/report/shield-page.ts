// What `npm run bench:overload -- --shield` has found, as people read it.

import { FLOOD_SECONDS, RENEWING } from "../plans/shield.ts";
import type { Results, ShieldFlood } from "../results.ts";
import { describeMachineOf } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatNumber } from "./numbers.ts";

const FLOODS: readonly (readonly [ShieldFlood["from"], string])[] = [
  ["none", "No flood"],
  ["link", "A flood of hosts on the server's own link"],
  ["relay-port", "A flood of one port of a relay, on the link by which the renewals come"],
];

/** The whole of shield.md. */
export function shieldMarkdown(results: Results): string {
  const { shieldFloods = [] } = results;
  const headings = [
    "server",
    "DHCPDISCOVERs a second",
    "dropped by the shield",
    "renewals served",
    "sent again",
    "renewal p50 / p99 ms",
    "server's processor time, s",
  ];
  const parts = FLOODS.flatMap(([from, title]) => {
    const rows = shieldFloods
      .filter((flood) => flood.from === from)
      .toSorted((one, other) => placeOf(one) - placeOf(other))
      .map(({ backend, isShielded, framesPerSecond, dropped, renewals, processorSeconds }) => [
        `${backend}${isShielded ? ", `--shield xdp`" : ""}`,
        formatNumber(framesPerSecond),
        dropped === undefined ? "" : `${formatNumber(100 * dropped)} %`,
        `${formatNumber(100 * renewals.success)} % of ${renewals.started}`,
        renewals.retransmissions,
        `${formatNumber(renewals.times.p50 / 1000)} / ${formatNumber(renewals.times.p99 / 1000)}`,
        processorSeconds.toFixed(1),
      ]);
    return rows.length === 0 ? [] : [`## ${title}\n\n${markdownTable(headings, rows)}`];
  });
  return `# Floods, and the kernel shield

${describeMachineOf(results)}
Each DHCPDISCOVER has another hardware address; they come as frames for ${FLOOD_SECONDS} s, as fast as one core makes them, beside ${RENEWING.clients}
clients that renew through a relay, ${RENEWING.rate} a second, and ask again after ${RENEWING.timeoutMs} ms, doubling, ${RENEWING.tries} times in all. The server
has one core, the senders and what the kernel does for a frame before a socket has it another. A line is a run; the
processor time is that of all renewals.

${parts.join("\n\n")}
`;
}

/** Where a run stands: by backend, without the shield first. */
function placeOf({ backend, isShielded }: ShieldFlood): number {
  return (backend === "udp" ? 0 : 2) + (isShielded ? 1 : 0);
}
