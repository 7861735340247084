// `anydhcpctl compare`: runs the servers that are installed beside each other in throwaway network
// namespaces, and writes what was seen as a page, as Markdown and as JSON.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DaemonError } from "../base/daemon-error.ts";
import { compare, PARTS, type Part } from "../compare/compare.ts";
import { Lab } from "../compare/lab.ts";
import { renderMarkdown } from "../compare/markdown.ts";
import { renderPage } from "../compare/page.ts";
import { PEERS } from "../compare/peers/all.ts";
import type { Peer } from "../compare/peers/peer.ts";
import { type Command, readArguments } from "./command.ts";

const USAGE = `usage: anydhcpctl compare [--quick] [--rounds n] [--only id,...] [--parts part,...]
                          [--output directory] [--directory directory]

  --quick       two short rounds, under three minutes: shows that it works, and the
                order of magnitude
  --rounds n    rounds of what is measured (default 5)
  --only ids    of: ${PEERS.map(({ id }) => id).join("\n                ")}
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

async function compareServers(args: string[]): Promise<number> {
  const { values } = readArguments({
    args,
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
  if (!Number.isInteger(rounds) || rounds < 1) throw new DaemonError("usage", "--rounds takes a number of at least 1");
  const peers = choosePeers(values.only?.split(",") ?? USUAL);
  const obstacle = Lab.obstacle();
  if (obstacle !== undefined) {
    throw new DaemonError(
      "no-namespaces",
      `no network namespaces can be made here (${obstacle}): run it as root, or where users may make namespaces`,
    );
  }
  const comparison = await compare({
    peers,
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
  if (part === undefined) throw new DaemonError("usage", `--parts: there is no "${word}"`);
  return part;
}

function choosePeers(ids: readonly string[]): readonly Peer[] {
  const unknown = ids.find((id) => !PEERS.some((peer) => peer.id === id));
  if (unknown !== undefined) throw new DaemonError("usage", `--only: there is no "${unknown}"`);
  return PEERS.filter(({ id }) => ids.includes(id));
}
