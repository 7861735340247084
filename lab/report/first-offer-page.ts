// The results of `npm run bench -- --first-offer` as people read them.

import type { Results } from "../results.ts";
import { describeConditions, titled } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatNumber, formatRange } from "./numbers.ts";

/** The whole of first-offer.md. */
export function firstOfferMarkdown(results: Results): string {
  return `# How long a new client waits for its first OFFER

${describeConditions(results)}

From DISCOVER to OFFER, median (least to most); each server with its defaults and conflict detection on, on links with
nobody at any free address. Times after a start count from the moment at which a server says that it serves.

${firstOfferTables(results, "##")}`;
}

/** A table for each situation, under a heading of that level. */
export function firstOfferTables({ firstOffers = [], servers }: Results, level: string): string {
  const situations = [...new Set(firstOffers.map(({ situation }) => situation))];
  const tables = situations.map((situation) => {
    const rows = firstOffers
      .filter((one) => one.situation === situation)
      .map(({ server: id, clients, milliseconds, p99, waited, unanswered }) => {
        const server = servers.find((one) => one.id === id);
        return [
          server === undefined ? id : titled({ title: server.title, version: server.version }),
          server?.conflictDetection ?? "",
          clients,
          formatRange(milliseconds),
          formatNumber(p99),
          waited,
          unanswered,
        ];
      });
    const columns = ["server", "conflict detection", "clients", "ms", "p99 ms", "over 100 ms", "unanswered"];
    return `${level} ${situation}\n\n${markdownTable(columns, rows)}\n`;
  });
  return tables.join("\n");
}
