// The results as people read them: Markdown tables and bar charts that need neither colour nor script.

import { ratioOf, spreadOf, totalOf, valuesOf } from "./build/js/lab/measurement.js";
import { figure, range } from "./build/js/lab/statistics.js";

/** The C program that does as much as a server for durability: what none is expected to pass. */
const LIMIT_OF = { ack: "baseline-echo-journal", later: "baseline-echo", never: "baseline-echo" };
const DURABILITY = { ack: "before the ACK", later: "later", never: "no" };

/** A server's title and version and, where it has not a million, its number of addresses. */
function titled({ title, version, addresses, cores }) {
  const name = version === undefined ? title : `${title} ${version}`;
  const few = typeof addresses === "number" ? `, ${addresses.toLocaleString("en")} addresses` : "";
  return `${name}${few}${cores === 2 ? ", both cores" : ""}`;
}

function conditions({ date, machine, settings, missing, failures = {} }) {
  const { cpu, cores, kernel, fileSystem, node } = machine;
  const lines = [
    `${date.slice(0, 10)}, ${cpu} (${cores} cores), Linux ${kernel}, lease files on ${fileSystem}, Node ${node}.`,
    settings === undefined
      ? ""
      : `W=${settings.window} exchanges outstanding for every server, server on one core, load on another, ${settings.rounds} interleaved rounds of ${settings.seconds} s. Median (least to most).`,
    missing.length === 0 ? "" : `Not installed here: ${missing.join(", ")}.`,
    ...Object.entries(failures).map(([what, why]) => `Left out at least once: ${what}: ${why.split("\n", 1)[0]}.`),
  ];
  return lines.filter((line) => line !== "").join("\n");
}

/** A Markdown table of these headings and rows of cells. */
export function table(headings, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

const percent = (spread) => (spread === null ? "-" : `${figure(spread.median * 100)} %`);
const milliseconds = (spread) =>
  spread && { median: spread.median / 1000, min: spread.min / 1000, max: spread.max / 1000 };

/** Who was measured at all, under this name. */
function measured({ servers, rounds }, name) {
  return servers.filter(({ id }) => rounds.some((round) => round[id]?.[name]?.perSecond !== undefined));
}

function loadTable(results, name) {
  const { rounds } = results;
  const rows = measured(results, name).map((server) => {
    const of = (figureName) => ({ server: server.id, measurement: name, figure: figureName });
    const spread = (figureName) => spreadOf(rounds, of(figureName));
    const limit = { ...of("perSecond"), server: LIMIT_OF[server.durability] };
    return [
      titled(server),
      DURABILITY[server.durability],
      valuesOf(rounds, of("perSecond")).length,
      range(spread("perSecond")),
      percent(ratioOf(rounds, of("perSecond"), limit)),
      figure(milliseconds(spread("p50"))?.median),
      range(milliseconds(spread("p99"))),
      figure(milliseconds(spread("p999"))?.median),
      range(spread("processorMicroseconds")),
      figure(spread("userMicroseconds")?.median),
      figure(spread("octetsPerExchange")?.median),
      figure(spread("syncsPer1000")?.median),
      figure(spread("generatorBusy")?.median),
      totalOf(rounds, server.id, name, "retransmissions"),
      totalOf(rounds, server.id, name, "lost"),
      totalOf(rounds, server.id, name, "lies"),
    ];
  });
  return table(
    [
      "server",
      "on disk",
      "rounds",
      "per second",
      "of C's",
      "p50 ms",
      "p99 ms",
      "p99.9 ms",
      "CPU us each",
      "of it user",
      "octets written each",
      "syncs per 1,000",
      "load's core",
      "sent again",
      "lost",
      "lies",
    ],
    rows,
  );
}

/** A storm is told by when it is over. */
function stormTable(results, name) {
  const { rounds } = results;
  const rows = measured(results, name).map((server) => {
    const spread = (figureName) => spreadOf(rounds, { server: server.id, measurement: name, figure: figureName });
    const all = rounds.map((round) => round[server.id]?.[name]).filter((one) => one !== undefined);
    return [
      titled(server),
      DURABILITY[server.durability],
      all.length,
      range(spread("exchanges")),
      figure(spread("seconds")?.median),
      range(milliseconds(spread("p50"))),
      range(milliseconds(spread("p99"))),
      figure(spread("processorMicroseconds")?.median),
      totalOf(rounds, server.id, name, "retransmissions"),
      totalOf(rounds, server.id, name, "lost"),
      totalOf(rounds, server.id, name, "lies"),
    ];
  });
  return table(
    [
      "server",
      "on disk",
      "rounds",
      "got a lease",
      "s to the last",
      "p50 ms",
      "p99 ms",
      "CPU us each",
      "sent again",
      "lost",
      "lies",
    ],
    rows,
  );
}

function halfLoadTable(results) {
  const { rounds } = results;
  const rows = measured(results, "half-load").map((server) => {
    const spread = (figureName) =>
      spreadOf(rounds, { server: server.id, measurement: "half-load", figure: figureName });
    const p99 = { server: server.id, measurement: "half-load", figure: "p99" };
    return [
      titled(server),
      figure(spread("rate")?.median),
      range(milliseconds(spread("p50"))),
      range(milliseconds(spread("p99"))),
      figure(milliseconds(spread("p999"))?.median),
      range(ratioOf(rounds, p99, { ...p99, server: LIMIT_OF[server.durability] })),
      totalOf(rounds, server.id, "half-load", "lost"),
    ];
  });
  return table(["server", "a second", "p50 ms", "p99 ms", "p99.9 ms", "p99 to C's", "lost"], rows);
}

function verdictTable({ verdicts }) {
  const rows = verdicts.map(({ claim, ratio, holds }) => [
    claim.text,
    `${claim.better === "more" ? "at least" : "at most"} ${claim.limit}${claim.aim === undefined ? "" : ` (aim: ${claim.aim})`}`,
    range(ratio),
    holds === null ? "not measured" : holds ? "yes" : "no",
  ]);
  return table(["ratio", "wanted", "measured", "holds"], rows);
}

/** The whole of bench.md. */
export function benchMarkdown(results) {
  const parts = results.modes.flatMap(({ id, title, names }) =>
    names.map((name) => {
      const what = name.endsWith("renew") ? "Renewals" : name.endsWith("dora") ? "New leases" : "Load";
      return `## ${what}: ${title}\n\n${id === "storm" ? stormTable(results, name) : loadTable(results, name)}`;
    }),
  );
  const half =
    measured(results, "half-load").length === 0 ? [] : [`## Latency at half load\n\n${halfLoadTable(results)}`];
  return `# Exchanges per second

${conditions(results)}

Each client comes once for a lease (DISCOVER, OFFER, REQUEST, ACK) and once to renew it, later than servers answer
without storing; ISC dhcpd is told to store early renewals as well. There are a million addresses unless said otherwise:
what searches its leases one by one does not cope with so many. "On disk": when the lease is, as the server comes;
"dont-use-fsync" is ours told not to wait for the disk: it writes each lease all the same. "Of C's": to the C echo that stores as
much, in the same round. CPU time is that of all the server's processes. "Octets written each": written to
files, its log and compactions among them. Syncs are counted in a run of their own. "Load's core": share of a processor that the generator used; near 1, it was the limit.
"Sent again": queries without reply within a second. "Lies": replies with a wrong source, server identifier, hardware
address, xid, type, address or option.

## What is to be reached

Ratios within a round; the middle one counts.

${verdictTable(results)}

${[...parts, ...half].join("\n\n")}
`;
}

/** What a comparison with a baseline has shown. */
export function comparisonMarkdown({ date, machine, version }, { changes, missing }, tolerance) {
  const rows = changes.map(({ name, then, now, worseBy, isRegression }) => [
    name,
    figure(then),
    range(now),
    `${figure(Math.abs(worseBy) * 100)} % ${worseBy > 0 ? "worse" : "better"}`,
    isRegression ? "REGRESSION" : "",
  ]);
  const count = changes.filter(({ isRegression }) => isRegression).length;
  return `
# Against the baseline of ${date.slice(0, 10)}: ${version}, ${machine}

${table(["ratio", "then", "now", "change", ""], rows)}
${missing.length === 0 ? "" : `\nNot measured now: ${missing.join("; ")}.\n`}
${count === 0 ? "No ratio is" : `${count} ${count === 1 ? "ratio is" : "ratios are"}`} worse by more than ${figure(tolerance * 100)} %.`;
}

/** The whole of first-offer.md. */
export function firstOfferMarkdown(results) {
  const situations = [...new Set(results.servers.flatMap(({ firstOffers }) => firstOffers.map(({ title }) => title)))];
  const tables = situations.map((situation) => {
    const rows = results.servers.flatMap((server) =>
      server.firstOffers
        .filter(({ title }) => title === situation)
        .map(({ clients, milliseconds: spread, p99, waited, unanswered }) => [
          titled(server),
          server.conflictDetection,
          clients,
          range(spread),
          figure(p99),
          waited,
          unanswered,
        ]),
    );
    const columns = ["server", "conflict detection", "clients", "ms", "p99 ms", "over 100 ms", "unanswered"];
    return `## ${situation}\n\n${table(columns, rows)}\n`;
  });
  return `# How long a new client waits for its first OFFER

${conditions(results)}

From DISCOVER to OFFER, median (least to most); each server with its defaults and conflict detection on, on links with
nobody at any free address. Times after a start count from the moment at which a server says that it serves.

${tables.join("\n")}`;
}

const ROW = 30;
const LEFT = 330;
const WIDTH = 560;

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** A measurement's exchanges per second as bars: full ones are durable, hatched ones are not; the line spans least to most. */
export function barsSvg(results, name, title) {
  const { machine, settings, date, rounds } = results;
  const servers = measured(results, name);
  const spreads = servers.map(({ id }) => spreadOf(rounds, { server: id, measurement: name, figure: "perSecond" }));
  const most = Math.max(...spreads.map(({ max }) => max), 1);
  const x = (value) => LEFT + (value / most) * WIDTH;
  const bars = servers.map((server, index) => {
    const { median, min, max } = spreads[index];
    const top = 70 + index * ROW;
    const middle = top + ROW / 2 - 4;
    const fill = server.durability === "ack" ? "#444" : "url(#hatched)";
    return [
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escaped(titled(server))}</text>`,
      `<rect x="${LEFT}" y="${top}" width="${(x(median) - LEFT).toFixed(1)}" height="${ROW - 8}" fill="${fill}" stroke="#222"/>`,
      `<path d="M${x(min).toFixed(1)} ${middle}H${x(max).toFixed(1)}M${x(min).toFixed(1)} ${middle - 4}v8M${x(max).toFixed(1)} ${middle - 4}v8" stroke="#fff" stroke-width="3"/>`,
      `<path d="M${x(min).toFixed(1)} ${middle}H${x(max).toFixed(1)}M${x(min).toFixed(1)} ${middle - 4}v8M${x(max).toFixed(1)} ${middle - 4}v8" stroke="#000"/>`,
      `<text x="${(x(max) + 8).toFixed(1)}" y="${middle + 4}">${figure(median)}</text>`,
    ].join("\n");
  });
  const height = 70 + servers.length * ROW + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 100} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>${escaped(title)}</title>
<defs><pattern id="hatched" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#fff"/><path d="M0 0v7" stroke="#444" stroke-width="4"/></pattern></defs>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="17">${escaped(title)}, W=${settings.window}</text>
<text x="16" y="48">full: on disk before the ACK; hatched: not; line: least to most of ${settings.rounds} rounds</text>
${bars.join("\n")}
<text x="16" y="${height - 14}" fill="#333">${escaped(`${date.slice(0, 10)}, ${machine.cpu}, Linux ${machine.kernel}, ${machine.fileSystem}`)}</text>
</svg>
`;
}
