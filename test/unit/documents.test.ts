// README and manuals: what they tell a reader to type and to look at is there.

import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { loadConfig } from "../../src/config/load.ts";
import { CommandLineReader } from "../support/command-line.ts";
import { filesOf, ROOT, read } from "../support/tree.ts";

const reader = new CommandLineReader();
afterAll(() => reader.dispose());

const README = read("README.md");
const DOCUMENTS = ["README.md", ...filesOf("docs").filter((path) => path.endsWith(".md")), "CHANGELOG.md"];
const PAGES = filesOf("docs/man");
const SCRIPTS = Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts);

/** Commands in the shell blocks of a text, without comments, prompts and `sudo`. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks
    .join("\n")
    .split(/\n|&&|\|/)
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*/, "")
        .replace(/^\s*(?:[A-Z_]+=\S+\s+)*(?:sudo\s+)?/, "")
        .trim(),
    )
    .filter((line) => line !== "");
}

/** What is wrong with the command line of one of our programs, of npm, or with a file that it names; else nothing. */
function faultOf(command: string): string | undefined {
  const [program = "", ...args] = command.replace(/\s+[<>]+\s*\S+/g, "").split(/\s+/);
  const missing = args.find((word) => /^(?:bin|docs|etc|scripts|test)\//.test(word) && !existsSync(join(ROOT, word)));
  if (missing !== undefined) return `${missing} is not there`;
  if (program.includes("/") && !existsSync(join(ROOT, program))) return `${program} is not there`;
  if (program === "npm" && args[0] === "run" && !SCRIPTS.includes(args[1] ?? "")) return `no script ${args[1]}`;
  if (program.endsWith("anydhcpctl")) return faultOfControl(args);
  if (!program.endsWith("anydhcpd")) return undefined;
  const parsed = reader.read(args);
  return "error" in parsed ? parsed.error : undefined;
}

function faultOfControl([name = "", ...args]: string[]): string | undefined {
  const command = COMMANDS.get(name);
  if (command === undefined) return `no command ${name}`;
  const flag = args.find((word) => word.startsWith("-") && !command.usage.includes(word.split("=")[0] ?? ""));
  return flag && `${name} does not take ${flag}`;
}

/** The text of a file in one line, without a manual page's marks. */
function wordsOf(path: string): string {
  return read(path)
    .replace(/^\.(?:[A-Z][a-z] )?/gm, "")
    .replace(/\s+/g, " ");
}

/** Relative targets of a Markdown text's links, and paths in backticks whose first folder is ours. */
function pathsIn(path: string): string[] {
  const text = read(path).replace(/^```.*?^```$/gms, "");
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
  const quoted = [...text.matchAll(/`((?:bin|c|docs|etc|helper|lab|launcher|native|scripts|src|test)\/[\w./-]+)`/g)];
  const ignored = read(".gitignore").split("\n");
  return [
    ...links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => normalize(join(dirname(path), target))),
    ...quoted.map(([, target = ""]) => target).filter((target) => !ignored.includes(target) && !/NNNN/.test(target)),
  ];
}

describe("README", () => {
  it("shows commands whose programs, scripts, flags and files there are", () => {
    const commands = commandsIn(README);
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.map((command) => [command, faultOf(command)]).filter(([, fault]) => fault !== undefined)).toEqual(
      [],
    );
  });

  it("counts the lines of the example configuration right [U20, U25]", () => {
    const said = Number(/`etc\/dhcpd\.conf` is a start for one network, with (\d+) lines\s/.exec(README)?.[1]);
    const lines = read("etc/dhcpd.conf").split("\n");
    expect(lines.filter((line) => !/^\s*(?:#|$)/.test(line))).toHaveLength(said);
  });

  it("tells how to configure before firewalls, anycast, raw frames and comparisons [U20]", () => {
    const heads = [...README.matchAll(/^## (.*)$/gm)].map(([, head = ""]) => head);
    const inOrder = ["Set it up", "Firewall rules", "Anycast behind relays", "Raw frames instead", "How it differs"];
    expect(heads.filter((head) => inOrder.includes(head))).toEqual(inOrder);
  });

  it("names an example with two networks and several hosts [U20]", () => {
    const [, path = ""] = /`(etc\/examples\/[\w-]+\.conf)` has two networks and several hosts/.exec(README) ?? [];
    const { config } = loadConfig(path, read(path));
    expect(config?.subnets).toHaveLength(2);
    expect(config?.hosts.length).toBeGreaterThan(2);
  });

  it("says how long the tests take, and when and of what its figures were measured [U20]", () => {
    expect(README).toMatch(/npm test .*about \d+ minutes/);
    const [, date = "no date", figures = ""] =
      /\((\d{4}-\d\d-\d\d), commit [0-9a-f]{7,}; \[all figures\]\((.*?)\)\)/.exec(README) ?? [];
    expect(read(figures)).toContain(`\n${date}, `);
  });

  it("looks troubles up by messages that the programs write [U20]", () => {
    const [, table = ""] = /\*\*Something does not work\?\*\*\n\n(.*?)\n\n/s.exec(README) ?? [];
    const messages = [...table.matchAll(/^\| [^|`]*`([^`]*)`/gm)].map(([, message = ""]) => message);
    expect(messages.length).toBeGreaterThan(2);
    const sources = filesOf("src").map(read).join("\n");
    const parts = messages.flatMap((message) => message.split(": "));
    expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
  });

  it("makes the users by the commands that the launcher and the unit name [U15]", () => {
    const flags = /useradd (.*) _anydhcpd\n/.exec(README)?.[1] ?? "";
    const unit = [..."_anydhcpd _anydhcpd-helper".split(" ")].map((user) => `#   useradd ${flags} ${user}\n`);
    for (const line of unit) expect(read("etc/systemd/anydhcpd.service")).toContain(line);
    const launcher = read("launcher/identity.c").replace(/"\s+"/g, "");
    expect(launcher.split(`to add the user: useradd ${flags} `)).toHaveLength(3);
  });

  it("says from when on a first OFFER is immediate [U20, U25]", () => {
    expect(README).toMatch(/New clients get a checked OFFER at once\..{0,150}\bafter a start\b/s);
  });

  it("names every manual page, and where it is [U20]", () => {
    for (const page of PAGES) {
      const [, name = "", section = ""] = /([\w.-]+)\.(\d)$/.exec(page) ?? [];
      expect(README).toContain(`\`${name}(${section})\``);
    }
    expect(README).toContain("`man -l docs/man/");
  });
});

describe("documents", () => {
  it.each(DOCUMENTS)("%s leads to files that are there", (document) => {
    expect(pathsIn(document).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(PAGES)("%s refers to pages that are there, and not to itself [U6, U22]", (page) => {
    const theirs = [...read(page).matchAll(/^\.Xr ([\w.-]+) (\d)/gm)].map(([, name, section]) => `${name}.${section}`);
    const ours = theirs.filter((name) => /dhcp(?:d|ctl|-options)/.test(name));
    expect(ours.length).toBeGreaterThan(0);
    for (const name of ours) expect(PAGES).toContain(`docs/man/${name}`);
    expect(theirs).not.toContain(page.split("/").at(-1));
  });
});

/** Turns of phrase that stopped readers. */
const RIDDLES = [
  "With no allow everybody that no deny means",
  "in front of these count",
  "that a pool is no longer for",
  "but those for pf tables",
  "or anywhere else, serves PXE",
  "one of them the load's",
  "answers without thinking",
  "before anybody wants them",
  "`sudo` is for the start only",
  "What comes of it",
  "if that is what you mean",
  "looks on at the wire",
  "look on at the wire",
  "harms nobody",
  "lease times told and stored agree",
];

it.each(RIDDLES)("no page, help or message says: %s [U24]", (phrase) => {
  const texts = [...DOCUMENTS, ...PAGES, ...filesOf("etc"), ...filesOf("src"), ...filesOf("helper")];
  const holders = texts.filter((path) => wordsOf(path).includes(phrase));
  expect(holders).toEqual([]);
});

describe("ARCHITECTURE", () => {
  it("walks one DISCOVER by at most fifteen stations, each a function that there is, none of them twice", () => {
    const rows = [...read("docs/ARCHITECTURE.md").matchAll(/^\| (\d+) \| `([^`]+)` \| `(\w+)` \|/gm)];
    const stations = rows.map(([, number = "", path = "", name = ""]) => ({ number: Number(number), path, name }));
    expect(stations.map(({ number }) => number)).toEqual(Array.from({ length: stations.length }, (_, i) => i + 1));
    expect(stations.length).toBeGreaterThan(10);
    expect(stations.length).toBeLessThanOrEqual(15);
    expect(new Set(stations.map(({ path }) => path)).size).toBe(stations.length);
    for (const { path, name } of stations) {
      const definition = new RegExp(`^(?:export function |  (?:private )?|\\w+ \\w+::)${name}\\((?:.*\\{)?$`, "m");
      expect(read(path), `${name} in ${path}`).toMatch(definition);
    }
  });
});
