// The rules that keep the layers apart, checked on the source itself: direction of imports, no
// promises in the core, no protocol in C, one loader of the addon, no leftovers.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

/** Which folders (or single files) of src each folder may import from, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ["base"],
  config: ["base", "wire"],
  lease: ["base", "wire", "config"],
  engine: ["base", "wire", "config", "lease"],
  import: ["base", "wire", "config", "lease"],
  native: ["base"],
  "log.ts": ["log-sink.ts", "journal-stream.ts"],
  "journal-stream.ts": [],
  "log-sink.ts": ["base"],
  backend: ["base", "wire", "native", "helper"],
  helper: ["base", "native"],
  firewall: ["base", "native"],
  store: ["base", "wire", "lease", "native"],
  leasequery: ["base", "wire", "engine", "helper", "log.ts"],
  control: ["base", "wire", "lease", "native", "log.ts"],
  http: ["base", "log.ts"],
  metrics: ["base", "http", "log.ts"],
  names: ["base", "wire", "config", "lease", "engine", "log.ts"],
  script: ["base", "wire", "lease", "native", "log.ts"],
  page: ["base", "wire", "control", "http", "log.ts"],
  server: [
    "base",
    "wire",
    "config",
    "lease",
    "engine",
    "backend",
    "helper",
    "firewall",
    "leasequery",
    "store",
    "native",
    "log.ts",
  ],
  cli: [
    "base",
    "wire",
    "config",
    "lease",
    "engine",
    "import",
    "backend",
    "helper",
    "firewall",
    "leasequery",
    "store",
    "control",
    "http",
    "metrics",
    "names",
    "script",
    "page",
    "server",
    "native",
    "log.ts",
    "journal-stream.ts",
  ],
};

/**
 * What the laboratory may take from src: the filter that it measures, what writes lease files and fills lease tables, what
 * takes a snapshot of an etcd, and the client of the control socket. Nothing that reads or writes packets: it judges those.
 */
const LAB_MAY_IMPORT = new RegExp(
  `^src/(${[
    "backend/filter/filter",
    "cli/control-client",
    "control/health-messages",
    "control/messages",
    "lease/allocate",
    "lease/table/table",
    "server/overload/loop-delay",
    "store/etcd/[a-z]+",
    "store/journal/journal-format",
    "wire/client-identity",
  ].join("|")})\\.ts$`,
);

const CORE = ["base", "wire", "config", "lease", "engine", "import"];
const C_FOLDERS = ["c", "firewall", "helper", "launcher", "script", "shield"];

function filesBelow(folder: string, endings: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })) {
    const path = relative(ROOT, join(entry.parentPath, entry.name));
    if (/(^|\/)(build|node_modules)\//.test(path)) continue;
    if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found.sort();
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gms)].map((match) => match[1] ?? "");
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

const sources = filesBelow("src", [".ts"]);

/** Folders and files that see octets of clients. */
const CLIENT_SIDE = /^src\/(?:wire|engine|lease|leasequery|backend|script|server|native|helper|base)\//;

/** Where there are regular expressions all the same, and what they are about. */
const NOT_OF_CLIENTS: Readonly<Record<string, string>> = {
  "src/backend/listen/listener-set.ts": "a file below /proc",
  "src/backend/startup-warnings.ts": "files below /proc",
  "src/base/ipv4.ts": "an address of a configuration or a command line",
  "src/base/ipv6.ts": "an address of a configuration",
  "src/base/text.ts": "one character at a time",
  "src/lease/file/lease-file-start.ts": "the first octets of a file, as many as it says",
  "src/wire/options/domain-name.ts": "a name of a configuration",
  "src/wire/options/option-format.ts": "a format of the option registry",
};

/** A regular expression, or what makes one or takes one in text that it is given. */
const REGULAR_EXPRESSION =
  /(?:^|[=(,:!&|?[{;]|\breturn|=>)\s*\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*(?=\s*[.,;)\]}:]|\s*$)|\bRegExp\b|\.(?:match|matchAll|search)\(/m;

describe("the source tree", () => {
  it("imports only in the allowed direction", () => {
    const wrong: string[] = [];
    for (const path of sources) {
      const allowed = MAY_IMPORT[layerOf(path)];
      if (allowed === undefined) {
        wrong.push(`${path}: a layer without a rule`);
        continue;
      }
      for (const imported of importsOf(path)) {
        if (!imported.startsWith(".")) continue;
        const target = layerOf(relative(ROOT, resolve(ROOT, path, "..", imported)));
        if (target !== layerOf(path) && !allowed.includes(target)) wrong.push(`${path} imports ${imported}`);
      }
    }
    expect(sources.length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });

  it("has no laboratory in the product, and a laboratory that judges replies by code of its own", () => {
    const inLab = (path: string, name: string): boolean =>
      relative(ROOT, resolve(ROOT, path, "..", name)).startsWith("lab");
    const inSources = sources.flatMap((path) => importsOf(path).filter((name) => inLab(path, name)));
    expect(inSources).toEqual([]);
    const laboratory = filesBelow("lab", [".ts"]);
    expect(laboratory.length).toBeGreaterThan(20);
    const taken = laboratory.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith(".") && !inLab(path, name))
        .map((name) => relative(ROOT, resolve(ROOT, path, "..", name)))
        .filter((target) => !LAB_MAY_IMPORT.test(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(taken).toEqual([]);
    const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(files).toEqual([
      "bin",
      "c",
      "dist",
      "etc",
      "docs",
      "firewall",
      "helper",
      "launcher",
      "native",
      "!native/build",
      "script",
      "scripts",
      "shield",
      "src",
    ]);
  });

  it("keeps Node and pino out of the core", () => {
    const wrong = sources
      .filter((path) => CORE.includes(layerOf(path)))
      .flatMap((path) =>
        importsOf(path)
          .filter((name) => !name.startsWith("."))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it("has no promise in the core", () => {
    const wrong = sources.filter(
      (path) => CORE.includes(layerOf(path)) && /\b(async|await|Promise)\b/.test(withoutComments(path)),
    );
    expect(wrong).toEqual([]);
  });

  it("loads pino and the addon in one place each", () => {
    const importers = (name: string): string[] => sources.filter((path) => importsOf(path).includes(name));
    expect(importers("pino")).toEqual(["src/log.ts"]);
    expect(sources.filter((path) => withoutComments(path).includes(".node"))).toEqual(["src/native/addon.ts"]);
  });

  it("has column numbers in src/native/columns.ts alone, which only its own folder reads", () => {
    const columns = "src/native/columns.ts";
    const readers = sources.filter((path) =>
      importsOf(path).some((name) => relative(ROOT, resolve(ROOT, path, "..", name)) === columns),
    );
    expect(readers).toEqual(["src/native/addon.ts", "src/native/rows.ts"]);
    const knowing = sources.filter((path) =>
      /\b(Receive|Reply|Neighbour|Entry)Column\b|_COLUMNS\b/.test(withoutComments(path)),
    );
    expect(knowing).toEqual([...readers, columns].sort());
    // What is numbered by hand would be read from the array itself.
    const indexing = sources.filter((path) => /\bcolumns\[/.test(withoutComments(path)));
    expect(indexing).toEqual(["src/native/rows.ts"]);
  });

  it("has no regular expression where octets of clients are read: none takes longer than its text is long", () => {
    for (const text of ["x = /a+b/;", "x.replace(/a/g, y)", "new RegExp(a)", "a.match(b)", "return /a\\/b/.test(c);"])
      expect(text).toMatch(REGULAR_EXPRESSION);
    for (const text of ["a = b / c / d;", "// a/b/c", 'a = "/b/";', "(a) / 2 / (b)"])
      expect(text).not.toMatch(REGULAR_EXPRESSION);
    const found = sources.filter((path) => CLIENT_SIDE.test(path) && REGULAR_EXPRESSION.test(withoutComments(path)));
    expect(found).toEqual(Object.keys(NOT_OF_CLIENTS));
  });

  it("ends the process in one place", () => {
    const enders = sources.filter((path) => /process\.exit\(/.test(withoutComments(path)));
    expect(enders).toEqual(["src/cli/daemon.ts"]);
  });

  it("has no DHCP in C or C++, but for the fields that a frame is checked by", () => {
    const native = filesBelow("native", [".cc", ".h"]);
    expect(native.length).toBeGreaterThan(5);
    const wrong = [...native, ...C_FOLDERS.flatMap((folder) => filesBelow(folder, [".c", ".h"]))].filter((path) =>
      /0x63825363|chaddr|giaddr|yiaddr|ciaddr|\bDISCOVER\b|option 5\d/.test(readFileSync(join(ROOT, path), "utf8")),
    );
    // The boundary that a frame passes: whose address it gives to whom.
    // And the notes of a program that the build has written.
    expect(wrong).toEqual(["helper/check.c", "shield/program.h"]);
  });

  it("has no leftovers", () => {
    const mark = new RegExp(
      `\\b(${["TO", "FIX", "X", "HA"].map((head, i) => head + ["DO", "ME", "XX", "CK"][i]).join("|")})\\b`,
    );
    const all = [
      ...sources,
      ...filesBelow("native", [".cc", ".h"]),
      ...C_FOLDERS.flatMap((folder) => filesBelow(folder, [".c", ".h"])),
      ...filesBelow("lab", [".ts", ".mjs", ".c", ".h"]),
      ...filesBelow("test", [".ts", ".py"]),
    ];
    expect(all.filter((path) => mark.test(readFileSync(join(ROOT, path), "utf8")))).toEqual([]);
  });
});

function withoutComments(path: string): string {
  return readFileSync(join(ROOT, path), "utf8").replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
}
