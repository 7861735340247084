// The results as people read them: Markdown tables and a bar chart that needs neither colour nor script.

import { figure, range } from "../dist/compare/statistics.js";

/** A server's title, version and, where it has not a million, number of addresses. */
function titled({ title, version, addresses }) {
  const name = version === undefined ? title : `${title} ${version}`;
  return typeof addresses === "number" ? `${name}, ${addresses.toLocaleString("en")} addresses` : name;
}

function conditions({ date, machine, settings, missing }) {
  const { cpu, cores, kernel, fileSystem, node } = machine;
  const lines = [
    `${date.slice(0, 10)}, ${cpu} (${cores} cores), Linux ${kernel}, lease files on ${fileSystem}, Node ${node}.`,
    settings === undefined
      ? ""
      : `Relayed clients, W=${settings.window} exchanges outstanding, server on one core, load on another, ${settings.rounds} interleaved rounds of ${settings.seconds} s. Median (least to most).`,
    missing.length === 0 ? "" : `Not measured here: ${missing.join(", ")}.`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

/** A Markdown table of these headings and rows of cells. */
export function table(headings, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Share of the limit of the same durability, of the medians. */
function shareOfLimit(server, servers, mode) {
  const limit = servers.find(({ isLimit, durable }) => isLimit && durable === server.durable);
  if (limit === undefined || limit.dora.perSecond === null) return "-";
  return `${figure((100 * server[mode].perSecond.median) / limit[mode].perSecond.median)} %`;
}

/** The whole of bench.md. */
export function benchMarkdown(results) {
  const { servers } = results;
  const part = (mode) =>
    table(
      [
        "server",
        "durable",
        "rounds",
        "per second",
        "of C's",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU us each",
        "sent again",
        "lies",
      ],
      servers.map((server) => {
        const { perSecond, p50, p99, p999, processorMicroseconds, retransmissions, lies } = server[mode];
        return [
          titled(server),
          server.durable ? "yes" : "no",
          server.rounds,
          range(perSecond),
          shareOfLimit(server, servers, mode),
          figure(p50.median),
          range(p99),
          figure(p999.median),
          range(processorMicroseconds),
          retransmissions,
          lies,
        ];
      }),
    );
  return `# Exchanges per second

${conditions(results)}

"Durable": the lease is on disk before the ACK leaves. "Of C's": share of the C echo of the same durability in the
same run. CPU time is that of all the server's processes. "Sent again": queries without reply within a second.
"Lies": replies with a wrong source, server identifier, hardware address, xid, type, address or option. Each client comes
once for a lease and once to renew it, later than servers answer without storing. There are a million addresses
unless said otherwise: what searches its leases one by one does not cope with so many.

## New leases: DISCOVER, OFFER, REQUEST, ACK

${part("dora")}

## Renewals: REQUEST, ACK

${part("renew")}
`;
}

/** The whole of first-offer.md. */
export function firstOfferMarkdown(results) {
  const rows = results.servers.flatMap((server) =>
    server.firstOffers.map(({ pause, clients, milliseconds, p99, waited, unanswered }) => [
      titled(server),
      server.conflictDetection,
      pause,
      clients,
      range(milliseconds),
      figure(p99),
      waited,
      unanswered,
    ]),
  );
  return `# How long a new client waits for its first OFFER

${conditions(results)}

From DISCOVER to OFFER, on the server's own network (not relayed), each server with its defaults; clients come one
after another, each so long after the ACK of the one before. Median (least to most).

${table(["server", "conflict detection", "pause s", "clients", "ms", "p99 ms", "over 100 ms", "unanswered"], rows)}
`;
}

const ROW = 30;
const LEFT = 280;
const WIDTH = 560;

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** New leases per second as bars: full ones are durable, hatched ones are not; the line spans least to most. */
export function benchSvg(results) {
  const { servers } = results;
  const most = Math.max(...servers.map(({ dora }) => dora.perSecond.max), 1);
  const x = (value) => LEFT + (value / most) * WIDTH;
  const bars = servers.map((server, index) => {
    const { median, min, max } = server.dora.perSecond;
    const top = 70 + index * ROW;
    const middle = top + ROW / 2 - 4;
    const fill = server.durable ? "#444" : "url(#hatched)";
    return [
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escaped(titled(server))}</text>`,
      `<rect x="${LEFT}" y="${top}" width="${(x(median) - LEFT).toFixed(1)}" height="${ROW - 8}" fill="${fill}" stroke="#222"/>`,
      `<path d="M${x(min).toFixed(1)} ${middle}H${x(max).toFixed(1)}M${x(min).toFixed(1)} ${middle - 4}v8M${x(max).toFixed(1)} ${middle - 4}v8" stroke="#fff" stroke-width="3"/>`,
      `<path d="M${x(min).toFixed(1)} ${middle}H${x(max).toFixed(1)}M${x(min).toFixed(1)} ${middle - 4}v8M${x(max).toFixed(1)} ${middle - 4}v8" stroke="#000"/>`,
      `<text x="${(x(max) + 8).toFixed(1)}" y="${middle + 4}">${figure(median)}</text>`,
    ].join("\n");
  });
  const height = 70 + servers.length * ROW + 40;
  const { machine, settings, date } = results;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 100} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>New leases per second</title>
<defs><pattern id="hatched" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#fff"/><path d="M0 0v7" stroke="#444" stroke-width="4"/></pattern></defs>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="17">New leases per second (DISCOVER to ACK), relayed, W=${settings.window}</text>
<text x="16" y="48">full: on disk before the ACK; hatched: not; line: least to most of ${settings.rounds} rounds</text>
${bars.join("\n")}
<text x="16" y="${height - 14}" fill="#333">${escaped(`${date.slice(0, 10)}, ${machine.cpu}, Linux ${machine.kernel}, ${machine.fileSystem}`)}</text>
</svg>
`;
}
