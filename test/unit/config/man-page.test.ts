// docs/man/dhcpd.conf.5: every statement has an entry, every entry an example, and every example loads.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import { STATEMENT_WORDS } from "../../../src/config/language/recovery.ts";
import { formatDiagnostics, loadConfig } from "../../../src/config/load.ts";
import { SETTING_LIST } from "../../../src/config/model/settings.ts";
import { clusterOverview, settingsOverview } from "../../support/settings-overview.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/man/dhcpd.conf.5"), "utf8");

/** The literal displays of a part of the page, as a reader sees them. */
function examplesIn(part: string): string[] {
  return [...part.matchAll(/^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/gms)].map(([, text = ""]) =>
    text.replaceAll("\\&", "").replaceAll("\\-", "-").replaceAll("\\e", "\\"),
  );
}

/** Entries of the outermost lists: what they are about, with the text up to the next. */
function entries(): string[] {
  const outer = PAGE.replace(/^\.Ss Overview of the settings\n.*?^\.El\n/ms, "").replace(
    /^\.Bl -(?:tag -width Ds|enum) -compact.*?^\.El$/gms,
    "",
  );
  return outer.split(/^\.It /m).slice(1);
}

/** The same entries with the lists in them, each up to its example. */
function entriesWithLists(): string[] {
  return [...PAGE.matchAll(/^\.It (Ic .*?)^\.Bd /gms)].map(([, text = ""]) => text);
}

const FILES: Readonly<Record<string, string>> = {
  "ranges.conf": "range 192.0.2.100 192.0.2.199;",
  "cluster.secret": "0123456789abcdef",
  "etcd-ca.pem": "-----BEGIN CERTIFICATE-----",
};

const readFile: FileReader = (path) => {
  const text = FILES[path];
  return text === undefined ? { problem: "no such file" } : { text };
};

describe("dhcpd.conf(5)", () => {
  it.each(STATEMENT_WORDS)("has an entry for %s", (word) => {
    const heads = entries().map((entry) => entry.split("\n")[0] ?? "");
    expect(heads.some((head) => new RegExp(`\\bIc ${word}(?: |$)`).test(head))).toBe(true);
  });

  it("has every setting in its overview, with its default and where it may stand", () => {
    const [, rows = ""] = /^\.Ss Overview of the settings\n.*?^\.Bl [^\n]*\n(.*?)^\.El$/ms.exec(PAGE) ?? [];
    expect(rows).toBe(settingsOverview());
  });

  it("has every setting of the cluster block in its entry, with its bounds and default", () => {
    const [entry = ""] = entriesWithLists().filter((text) => text.startsWith("Ic cluster "));
    const [, rows = ""] = /^\.Bl -tag -width Ds -compact\n(.*?)^\.El$/ms.exec(entry) ?? [];
    expect(rows).toBe(clusterOverview());
  });

  it("gives in the entry of each number the default that holds", () => {
    for (const [, { name, kind, byDefault }] of SETTING_LIST) {
      if ((kind !== "lease-time" && kind !== "seconds") || byDefault === Number.POSITIVE_INFINITY) continue;
      const entry = entries().find((text) => text.startsWith(`Ic ${name} `));
      expect(entry, name).toContain(`The default is ${byDefault}`);
    }
  });

  it.each(entries().map((entry) => [entry.split("\n")[0] ?? "", entry]))("has an example for %s", (head, entry) => {
    const word = /^Ic ([a-z0-9-]+)/.exec(head)?.[1] ?? "";
    const examples = examplesIn(entry);
    expect(examples.some((example) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(example))).toBe(true);
  });

  it.each(examplesIn(PAGE))("has an example that loads without complaint: %s", (example) => {
    const text = example.includes("subnet ") ? example : `${example}subnet 192.0.2.0 netmask 255.255.255.0 { }\n`;
    const { config, diagnostics, source } = loadConfig("dhcpd.conf", text, { readFile });
    expect(formatDiagnostics(diagnostics, source)).toBe("");
    expect(config).toBeDefined();
  });
});
