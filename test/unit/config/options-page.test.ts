// docs/man/dhcp-options.5 says what wire/options/option-registry.ts says: every option with its code and type,
// and for every type an example that each option of that type takes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { SETTABLE_OPTIONS } from "../../../src/wire/options/option-code.ts";
import { OTHER_NAMES } from "../../../src/wire/options/option-registry.ts";
import { complaintsOf } from "../../support/config-text.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/man/dhcp-options.5"), "utf8");
const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { }\n";

/** What the page calls each format of the registry. */
const TYPES: Readonly<Record<string, string>> = {
  I: "address",
  IA: "addresses",
  IIA: "address-pairs",
  CIA: "routes",
  f: "flag",
  t: "text",
  X: "data",
  l: "int32",
  L: "uint32",
  S: "uint16",
  SA: "uint16s",
  B: "uint8",
  BA: "uint8s",
  d: "domain",
  dA: "domains",
  D: "search-list",
  6: "address6",
  Z: "",
  fIa: "flag addresses",
  fto: "flag text",
  BBBd: "uint8 uint8 uint8 domain",
  SSSLIa: "uint16 uint16 uint16 uint32 addresses",
  BBB: "uint8 uint8 uint8",
  BX: "uint8 data",
  M: "servers",
  LxA: "enterprise-data",
  uA: "texts",
  BIIda: "uint8 address address domains",
  Bto: "uint8 text",
  iA: "address-lists",
  BBS: "uint8 uint8 uint16",
  BB6Ia: "uint8 uint8 address6 addresses",
};

const named = SETTABLE_OPTIONS.filter(({ name }) => !/^option-\d+$/.test(name));

/** A section of the page. */
function section(title: string): string {
  return PAGE.split(/^\.Sh /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
}

/** The literal displays of a part of the page, as a reader sees them. */
function examplesIn(part: string): string[] {
  return [...part.matchAll(/^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/gms)].map(([, text = ""]) =>
    text.replaceAll("\\e", "\\"),
  );
}

/** Examples by type. */
const examples = new Map(
  section("VALUE TYPES")
    .split(/^\.It Ar /m)
    .slice(1)
    .map((entry) => [entry.split("\n")[0] ?? "", examplesIn(entry)]),
);

describe("dhcp-options(5)", () => {
  it("lists every option with its code and type, and no other", () => {
    const listed = [...section("OPTIONS").matchAll(/^\.It (\d+ Ic .*)$/gm)].map(([, head]) => head);
    const expected = named.map(
      ({ code, name, format }) =>
        `${code} Ic ${name}${TYPES[format] === "" ? "" : ` Ar ${TYPES[format] ?? "a type without a name"}`}`,
    );
    expect(listed).toEqual(expected);
  });

  it("lists every other name", () => {
    const [, other = ""] = section("OPTIONS").split(/^\.Ss /m);
    const listed = [...other.matchAll(/^\.It Ic (\S+)\n\.Ic (\S+)$/gm)].map(([, alias, name]) => [alias, name]);
    expect(listed).toEqual([...OTHER_NAMES].map(([alias, code]) => [alias, named.find((o) => o.code === code)?.name]));
  });

  it.each(Object.values(TYPES).filter((type) => type !== ""))("has one example for the type %s", (type) => {
    expect(examples.get(type)).toHaveLength(1);
  });

  it.each(named)("has an example that option $name takes", ({ name, format }) => {
    const [example = ""] = examples.get(TYPES[format] ?? "") ?? [];
    const value = example.replace(/^option \S+ ?/, "");
    const { config, diagnostics } = loadConfig("dhcpd.conf", `option ${name} ${value || ";"} ${SUBNET}`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(config).toBeDefined();
  });

  it.each(examplesIn(PAGE))("has an example that loads without complaint: %s", (example) => {
    expect(complaintsOf(example.includes("subnet ") ? example : `${example}${SUBNET}`)).toBe("");
  });
});
