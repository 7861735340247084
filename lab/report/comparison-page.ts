// The comparison as one HTML page that needs nothing else: style and plots are inside, and there is
// no script. Pure.

import type { BackgroundTraffic, Finding, Machine, MeasuredApart, Results } from "../results.ts";
import { latencyPlot, throughputPlot, trafficPlot } from "./figures.ts";
import { element, escapeMarkup } from "./markup.ts";
import { formatCount } from "./numbers.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { drawLegend, drawPlot, type Plot, patternDefinitions } from "./plots.ts";
import { behavioursTable, type Cell, dropsTable, loadTable, serversTable, type Table, trafficTable } from "./tables.ts";

/** Load average by processor above which the machine counts as busy. */
const BUSY_LOAD = 0.5;

/** The first sentence about a comparison that was cut short. */
export const QUICK_NOTE =
  "A quick run: fewer and shorter rounds than the five that a median should have. It shows that things work and the order of magnitude; it is no measurement to quote.";

/** The first sentence if other work kept the machine busy; nothing if it was idle. */
export function busyNote({ loadAverage = 0, cores }: Machine): string {
  if (loadAverage <= cores * BUSY_LOAD) return "";
  return `The machine was busy with something else: its load average was ${loadAverage.toFixed(2)} on ${cores} processors before the first measurement. The figures may say more about that than about the servers.`;
}

/** Renders the whole page. */
export function renderPage(results: Results): string {
  const sections = [
    ...behavioursSection(results),
    ...loadSections(results),
    ...trafficSection(results),
    ...dropsSection(results),
    methodSection(results),
  ];
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeMarkup(title)}</a></li>`);
  const body = [
    patternDefinitions(),
    "<main>",
    header(results),
    `<nav aria-label="Sections"><ul>${links.join("")}</ul></nav>`,
    findings(results.findings ?? []),
    ...sections.map(
      ({ id, title, content }) =>
        `<section aria-labelledby="${id}"><h2 id="${id}">${escapeMarkup(title)}</h2>${content}</section>`,
    ),
    "</main>",
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DHCP servers compared</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${body.join("\n")}
</body>
</html>
`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: string;
}

function header({ date, machine, settings: { quick, rounds = 1 } }: Results): string {
  const when = date.slice(0, 16).replace("T", " ");
  const lead = `Measured on ${when} UTC on one machine: ${machine.cpu}, ${machine.cores} processors, Linux ${machine.kernel}. ${rounds === 1 ? "One round" : `${rounds} rounds`}, the servers taking turns.`;
  const notes = [quick === true ? QUICK_NOTE : "", busyNote(machine)].filter((note) => note !== "");
  const paragraphs = notes.map((note) => `<p class="note">${escapeMarkup(note)}</p>`);
  return `<h1>DHCP servers compared</h1><p class="lead">${escapeMarkup(lead)}</p>${paragraphs.join("")}`;
}

function findings(found: readonly Finding[]): string {
  if (found.length === 0) return "";
  const items = found.map(
    ({ claim, verdict, figures }) =>
      `<li><strong>${escapeMarkup(claim)}</strong> ${escapeMarkup(verdictText(verdict) + figures)}</li>`,
  );
  return `<h2 id="findings">In short</h2><ul>${items.join("")}</ul>`;
}

function behavioursSection(results: Results): readonly Section[] {
  const table = behavioursTable(results);
  if (table === undefined) return [];
  const lead = paragraph("Each server got the same queries on the same network, and every packet was looked at.");
  return [{ id: "behaviours", title: "Behaviour on the wire", content: lead + renderTable(table) }];
}

function loadSections(results: Results): readonly Section[] {
  if (results.plans.length === 0) return [];
  const parts = results.plans.map((plan) => {
    const table = loadTable(results, plan);
    return (
      `<h3>${escapeMarkup(plan.title)}</h3>` +
      paragraph(plan.description ?? "") +
      (plan.measure !== "latency"
        ? figure(throughputPlot(results, plan), "Exchanges per second.")
        : figure(latencyPlot(results, plan), "Time of one exchange, as the client saw it.")) +
      renderTable(table)
    );
  });
  return [{ id: "load", title: "Speed and latency", content: parts.join("") }];
}

function trafficSection({ backgroundTraffic: traffic }: Results): readonly Section[] {
  if (traffic === undefined) return [];
  const plots = (["socket", "server"] as const)
    .map((kind) => ({ kind, plot: trafficPlot(traffic, kind) }))
    .filter(({ plot }) => plot.rows.length > 0)
    .map(
      ({ kind, plot }) =>
        `<h3>${kind === "socket" ? "Bare sockets" : "Whole servers"}</h3>` +
        figure(plot, kind === "socket" ? "One socket in a small C program, nothing behind it." : "Nobody asks them.") +
        renderTable(trafficTable(traffic, kind)),
    );
  return [
    {
      id: "noise",
      title: "Cost of unrelated traffic",
      content: paragraph(trafficLead(traffic)) + plots.join(""),
    },
  ];
}

/** What the figures about background traffic are of. */
export function trafficLead(traffic: BackgroundTraffic): string {
  return `Nobody asks for a lease. UDP datagrams of 64 octets come in by the served interface, for other ports of the machine or to be forwarded by it, for ${traffic.seconds} seconds at a time. The filter has ${traffic.filterInstructions} instructions.`;
}

function dropsSection(results: Results): readonly Section[] {
  const { droppedPackets } = results;
  if (droppedPackets === undefined) return [];
  const content = dropsLead(results).map(paragraph).join("") + renderTable(dropsTable(droppedPackets));
  return [{ id: "drops", title: DROPS_TITLE, content }];
}

/** The heading of the part about dropped packets. */
export const DROPS_TITLE = "What a dropped packet costs";

/** How dropped packets were measured and, if that was apart from all else, when and where. */
export function dropsLead({ droppedPackets, apart }: Results): readonly string[] {
  if (droppedPackets === undefined) return [];
  const { rate, seconds } = droppedPackets;
  const how = `Frames come in by the served interface, ${formatCount(rate)} a second in groups of 16, each of another hardware address, for ${seconds} seconds at a time. Sender and server share one processor. On a virtual cable the receiving kernel works within the sender's calls, so its time is in the sender's; taken from it is the sender's time for the same frames into a cable that leads nowhere. What remains is the cable, the kernel and, where frames reach it, the server. The server's counters show that the packets were dropped where the table says, but for the packet socket's filter, which nothing counts.`;
  const xdp =
    "The XDP program is the kernel shield: it reads a DHCPDISCOVER and looks its client up. A veth interface runs it in its driver; the generic way behind the driver is what interfaces have whose drivers run none. The second line is what a frame costs that it leaves after a few instructions: the rest of that is veth's work for an XDP program. A packet socket's filter keeps a packet from that socket; the packet goes on to the UDP socket that holds the port there, whose filter drops it.";
  return apart?.drops === undefined ? [how, xdp] : [apartText(apart.drops), how, xdp];
}

function apartText({ date, commit, machine, rounds }: MeasuredApart): string {
  const { cpu, cores, kernel, node, loadAverage = 0 } = machine;
  const version = commit === undefined ? "" : `, anydhcpd ${commit}`;
  return `Measured apart from the rest: ${date.slice(0, 10)}${version}, ${rounds} rounds. ${cpu}, ${cores} processors, Linux ${kernel}, Node.js ${node}, load average before ${loadAverage.toFixed(2)}.`;
}

function methodSection(results: Results): Section {
  const { machine, method = [], seconds = 0 } = results;
  const { memoryMegabytes = Number.NaN, loadAverage = Number.NaN } = machine;
  const { node } = machine;
  const facts: readonly (readonly [string, string])[] = [
    ["Processor", `${machine.cpu}, ${machine.cores} in all`],
    ["Memory", `${formatCount(memoryMegabytes)} MB`],
    ["Kernel", machine.kernel],
    ["File system of the lease files", machine.fileSystem],
    ["Node.js", node],
    ["Load average before", loadAverage.toFixed(2)],
    ["Took", `${formatCount(seconds)} s`],
  ];
  const list = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeMarkup(value)}</dd>`).join("");
  const sentences = method.map((sentence) => `<li>${escapeMarkup(sentence)}</li>`).join("");
  const content = `<ul>${sentences}</ul><h3>Machine</h3><dl>${list}</dl><h3>Servers</h3>${renderTable(serversTable(results))}`;
  return { id: "method", title: "How it was measured", content };
}

function figure(plot: Plot, caption: string): string {
  return element("figure", {}, `<figcaption>${escapeMarkup(caption)}${drawLegend(plot)}</figcaption>${drawPlot(plot)}`);
}

function paragraph(text: string): string {
  return `<p>${escapeMarkup(text)}</p>`;
}

/** A table that a phone shows as a list; the roles keep it a table for users of screen readers. */
function renderTable(table: Table): string {
  const name = (column: number): string => (table.numeric.includes(column) ? ' class="number"' : "");
  const head = table.columns.map(
    (title, i) => `<th scope="col" role="columnheader"${name(i)}>${escapeMarkup(title)}</th>`,
  );
  const rows = table.rows.map((cells, index) => {
    const group = table.groups?.[index];
    const groupRow =
      group === undefined
        ? ""
        : `<tr role="row" class="group"><th scope="rowgroup" role="rowheader" colspan="${table.columns.length}">${escapeMarkup(group)}</th></tr>`;
    const [first, ...rest] = cells;
    const heading = `<th scope="row" role="rowheader">${cellContent(first)}</th>`;
    const others = rest.map((cell, i) => {
      const label = escapeMarkup(table.columns[i + 1] ?? "");
      return `<td role="cell" data-label="${label}"${name(i + 1)}><span>${cellContent(cell)}</span></td>`;
    });
    return `${groupRow}<tr role="row">${heading}${others.join("")}</tr>`;
  });
  const style = table.matrix === true ? "stacked matrix" : "stacked";
  return `<table role="table" class="${style}"><caption>${escapeMarkup(table.caption)}</caption><thead role="rowgroup"><tr role="row">${head.join("")}</tr></thead><tbody role="rowgroup">${rows.join("")}</tbody></table>`;
}

function cellContent(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const sign = cell.sign === undefined || cell.sign === "" ? "" : `<span class="sign">${cell.sign}</span> `;
  const note = cell.note === undefined ? "" : ` <span class="how">${escapeMarkup(cell.note)}</span>`;
  return sign + escapeMarkup(cell.text) + note;
}

/** The verdict as a sentence; nothing where there is none to give. */
export function verdictText(verdict: Finding["verdict"]): string {
  if (verdict === "untold") return "Cannot be told on this machine. ";
  return verdict === "observed" ? "" : `${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}. `;
}
