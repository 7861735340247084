// The comparison as Markdown: the page's tables and sentences without the plots. Pure.

import type { Results } from "../results.ts";
import { busyNote, DROPS_TITLE, dropsLead, QUICK_NOTE, trafficLead, verdictText } from "./comparison-page.ts";
import { escapeCell, markdownTable } from "./markdown-table.ts";
import { formatCount } from "./numbers.ts";
import { behavioursTable, type Cell, dropsTable, loadTable, serversTable, type Table, trafficTable } from "./tables.ts";

/** Renders everything that was found. */
export function renderMarkdown(results: Results): string {
  const { machine, settings, backgroundTraffic, droppedPackets, findings = [], method = [], seconds = 0 } = results;
  const { loadAverage = 0 } = machine;
  const parts = [
    "# DHCP servers compared",
    `${results.date}, ${settings.rounds ?? 1} rounds, ${formatCount(seconds)} s. ${machine.cpu}, ${machine.cores} processors, Linux ${machine.kernel}, Node.js ${machine.node}, load average before ${loadAverage.toFixed(2)}.`,
  ];
  const notes = [settings.quick === true ? QUICK_NOTE : "", busyNote(machine)].filter((note) => note !== "");
  parts.push(...notes.map((note) => `**${note}**`));
  if (findings.length > 0) {
    const found = findings.map(({ claim, verdict, figures }) => `- **${claim}** ${verdictText(verdict)}${figures}`);
    parts.push("## In short", found.join("\n"));
  }
  const behaviours = behavioursTable(results);
  if (behaviours !== undefined) parts.push("## Behaviour on the wire", renderTable(behaviours));
  for (const plan of results.plans) {
    parts.push(`## ${plan.title}`, plan.description ?? "", renderTable(loadTable(results, plan)));
  }
  if (backgroundTraffic !== undefined) {
    parts.push("## Cost of unrelated traffic", trafficLead(backgroundTraffic));
    for (const kind of ["socket", "server"] as const) parts.push(renderTable(trafficTable(backgroundTraffic, kind)));
  }
  if (droppedPackets !== undefined) {
    parts.push(`## ${DROPS_TITLE}`, ...dropsLead(results), renderTable(dropsTable(droppedPackets)));
  }
  const sentences = method.map((sentence) => `- ${sentence}`).join("\n");
  parts.push("## How it was measured", sentences, "## Servers", renderTable(serversTable(results)));
  return `${parts.join("\n\n")}\n`;
}

function renderTable({ columns, rows, groups, numeric, caption }: Table): string {
  const lines = rows.flatMap((cells, index) => {
    const group = groups?.[index];
    const heading = group === undefined ? [] : [[`**${escapeCell(group)}**`, ...cells.slice(1).map(() => "")]];
    return [...heading, cells.map(cellText)];
  });
  return [markdownTable(columns, lines, numeric), "", caption].join("\n");
}

function cellText({ text, sign, note }: Cell): string {
  const first = [sign, text].filter((part) => part !== undefined && part !== "").join(" ");
  return escapeCell(first) + (note === undefined ? "" : `<br>${escapeCell(note)}`);
}
