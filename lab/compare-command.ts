// `npm run compare`: runs the servers that are installed beside each other in throwaway network
// namespaces, and writes what was seen as a page, as Markdown and as JSON.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, pick, readWords, UsageError } from "./command.ts";
import { compare, PARTS, type Part } from "./compare.ts";
import { renderMarkdown } from "./report/markdown.ts";
import { renderPage } from "./report/page.ts";
import { SERVERS } from "./servers/all.ts";

const USAGE = `usage: npm run compare -- [--quick] [--rounds n] [--only id,...] [--parts part,...]
                          [--output directory] [--directory directory]

  --quick       two short rounds, under three minutes: shows that it works, and the
                order of magnitude
  --rounds n    rounds of what is measured (default 5)
  --only ids    of: ${SERVERS.map(({ id }) => id).join("\n                ")}
  --parts parts of: ${PARTS.join(", ")} (default: all)
  --output dir  where comparison.html, .md and .json go (default: here)
  --directory dir
                where servers keep their leases meanwhile: the disk to be measured
                (default /var/tmp)
`;

/** Those that take part unless others are named: one way of running each server, and both of ours. */
const USUAL = ["anydhcpd-udp", "anydhcpd-bpf", "isc-dhcp-server", "kea-1-raw", "kea-1-udp", "dnsmasq", "udhcpd"];
const ROUNDS = 5;
const QUICK_ROUNDS = 2;

/** Compares. */
export const COMPARE: Command = { usage: USAGE, run: compareServers };

async function compareServers(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      only: { type: "string" },
      parts: { type: "string", default: PARTS.join(",") },
      output: { type: "string", default: "." },
      directory: { type: "string", default: "/var/tmp" },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError("--rounds takes a number of at least 1");
  const servers = pick("only", values.only, SERVERS, ({ id }) => USUAL.includes(id));
  const comparison = await compare({
    servers,
    parts: values.parts.split(",").map(partOf),
    rounds,
    quick: values.quick,
    say: (line) => process.stderr.write(`${line}\n`),
    directory: resolve(values.directory),
  });
  mkdirSync(values.output, { recursive: true });
  const write = (ending: string, text: string): void => {
    const path = join(values.output, `comparison.${ending}`);
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  };
  write("json", `${JSON.stringify(comparison, null, 1)}\n`);
  write("md", renderMarkdown(comparison));
  write("html", renderPage(comparison));
  return 0;
}

function partOf(word: string): Part {
  const part = PARTS.find((candidate) => candidate === word);
  if (part === undefined) throw new UsageError(`--parts: there is no "${word}"`);
  return part;
}
