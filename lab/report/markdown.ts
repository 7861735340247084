// The comparison as Markdown: the page's tables and sentences without the plots. Pure.

import type { Comparison } from "../comparison.ts";
import { formatCount } from "./numbers.ts";
import { busyNote, noiseLead, QUICK_NOTE, verdictText } from "./page.ts";
import { behavioursTable, type Cell, contendersTable, loadTable, noiseTable, type Table } from "./tables.ts";

/** Renders everything that was found. */
export function renderMarkdown(comparison: Comparison): string {
  const { machine, noise } = comparison;
  const { node } = machine;
  const parts = [
    "# DHCP servers compared",
    `${comparison.startedAt}, ${comparison.rounds} rounds, ${formatCount(comparison.seconds)} s. ${machine.cpu}, ${machine.cores} processors, Linux ${machine.kernel}, Node.js ${node}, load average before ${machine.loadAverage.toFixed(2)}.`,
  ];
  const notes = [comparison.quick ? QUICK_NOTE : "", busyNote(machine)].filter((note) => note !== "");
  parts.push(...notes.map((note) => `**${note}**`));
  if (comparison.findings.length > 0) {
    const found = comparison.findings.map(
      ({ claim, verdict, figures }) => `- **${claim}** ${verdictText(verdict)}${figures}`,
    );
    parts.push("## In short", found.join("\n"));
  }
  const behaviours = behavioursTable(comparison);
  if (behaviours !== undefined) parts.push("## Behaviour on the wire", renderTable(behaviours));
  for (const scenario of comparison.loads) {
    parts.push(`## ${scenario.title}`, scenario.description, renderTable(loadTable(comparison, scenario)));
  }
  if (noise !== undefined) {
    parts.push("## Cost of unrelated traffic", noiseLead(noise));
    for (const kind of ["socket", "server"] as const) parts.push(renderTable(noiseTable(noise, kind)));
  }
  const method = comparison.method.map((sentence) => `- ${sentence}`).join("\n");
  parts.push("## How it was measured", method, "## Servers", renderTable(contendersTable(comparison)));
  return `${parts.join("\n\n")}\n`;
}

function renderTable(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = table.columns.map((_, index) => (table.numeric.includes(index) ? "---:" : "---"));
  const rows = table.rows.flatMap((cells, index) => {
    const group = table.groups?.[index];
    const heading = group === undefined ? [] : [line([`**${escapeCell(group)}**`, ...cells.slice(1).map(() => "")])];
    return [...heading, line(cells.map(cellText))];
  });
  return [line(table.columns.map(escapeCell)), line(rule), ...rows, "", table.caption].join("\n");
}

function cellText({ text, sign, note }: Cell): string {
  const first = [sign, text].filter((part) => part !== undefined && part !== "").join(" ");
  return escapeCell(first) + (note === undefined ? "" : `<br>${escapeCell(note)}`);
}

function escapeCell(text: string): string {
  return text.replace(/[\\|]/g, "\\$&").replace(/\n/g, " ");
}
