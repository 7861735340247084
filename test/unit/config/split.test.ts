import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { ip } from "../../support/message-builder.ts";

const RANGES = 'range 10.0.0.10 10.0.0.19 of "a"; range 10.0.0.20 10.0.0.29 of "b";';

function load(head: string, ranges = RANGES) {
  return loadConfig("test.conf", `${head}\nsubnet 10.0.0.0 netmask 255.255.255.0 { ${ranges} }`);
}

/** Severity and message of each complaint. */
function complaints(head: string, ranges = RANGES): string[] {
  return load(head, ranges).diagnostics.map(({ severity, message }) => `${severity} ${message}`);
}

describe("a split", () => {
  it("gives each server its own ranges, of the same text but for the name", () => {
    for (const [name, others] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const { config, diagnostics } = load(`split "${name}";`);
      expect(diagnostics).toEqual([]);
      expect(config?.split).toEqual({ name, holdSeconds: 3600, standsInFor: others });
      const own = ip(name === "a" ? "10.0.0.10" : "10.0.0.20");
      expect(config?.pools.flatMap(({ ranges }) => ranges.map(({ first }) => first))).toEqual([own]);
      expect(config?.findOtherRange(own)).toBeUndefined();
      expect(config?.findOtherRange(ip(name === "a" ? "10.0.0.29" : "10.0.0.19"))).toMatchObject({ server: others });
      expect(config?.drainSeconds).toBe(5);
    }
    expect(load('split "a" hold 60;').config?.split?.holdSeconds).toBe(60);
  });

  it("has one server that stands in for each: the next one by name", () => {
    const three = `${RANGES} range 10.0.0.30 of "c";`;
    const standsInFor = ["a", "b", "c"].map((name) => load(`split "${name}";`, three).config?.split?.standsInFor);
    expect(standsInFor).toEqual(["c", "a", "b"]);
    expect(load('split "a";', 'range 10.0.0.10 of "a";').config?.split?.standsInFor).toBe("");
  });

  it("is no part of a configuration without it", () => {
    expect(load("", "range 10.0.0.10;").config).toMatchObject({ split: undefined });
  });

  it.each([
    ["", RANGES, 'error the range is the server "a"\'s, and this server has no name'],
    ['split "a";', "range 10.0.0.10;", "error this range does not say whose it is"],
    ['split "a"; split "b";', RANGES, "error there is a second split"],
    ['split "c";', RANGES, 'warning no range is of "c": this server gives new clients reserved addresses only'],
    ['split "a b";', RANGES, 'error "a b" cannot be the name of a server'],
    ['split "a" hold 29;', RANGES, "error 29 is out of range"],
    [
      'split "a";',
      `${RANGES} range 10.0.0.19 10.0.0.22 of "c";`,
      "error this range overlaps another: 10.0.0.19 is in both",
    ],
  ])("complains: %s %s", (head, ranges, complaint) => {
    expect(complaints(head, ranges)).toContain(complaint);
  });

  it("cannot be one with a cluster", () => {
    const cluster = 'listen on 192.0.2.53; cluster { etcd "http://10.0.0.1:2379"; name "a"; }';
    expect(complaints(`split "a"; ${cluster}`)).toContain(
      "error servers of a cluster share all ranges and cannot split them",
    );
  });
});
