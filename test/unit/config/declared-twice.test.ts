// What is declared twice: read as one where the declarations agree, refused where they contradict each other.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { configOf, headsOf, hostNamed, subnetAt } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

const EMPTY = "subnet 192.0.2.0 netmask 255.255.255.0 { }";
const FULL = `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.50; option routers 192.0.2.1;
  pool { range 192.0.2.60 192.0.2.70; default-lease-time 60; max-lease-time 60; }
  host a { hardware ethernet 02:00:5e:00:53:01; fixed-address 192.0.2.5; } }`;

describe("a subnet declared twice", () => {
  it.each([
    ["first", `${EMPTY}\n${FULL}`],
    ["second", `${FULL}\n${EMPTY}`],
  ])("has everything of both where the %s is the empty one [C25]", (_, text) => {
    const config = configOf(text);
    expect(config.subnets).toHaveLength(1);
    expect(config.pools.map(({ ranges }) => ranges.map(({ first }) => formatIpv4(first)))).toEqual([
      ["192.0.2.10"],
      ["192.0.2.60"],
    ]);
    expect(subnetAt(config, "192.0.2.1").scope.options.has(3)).toBe(true);
    expect(hostNamed(config, "a").fixedAddresses).toEqual([ip("192.0.2.5")]);
    const { diagnostics } = loadConfig("dhcpd.conf", text);
    expect(diagnostics.filter(({ severity }) => severity === "warning")).toMatchObject([
      {
        message: "the subnet 192.0.2.0/24 is declared twice: the declarations are read as one",
        related: { line: 1, message: "first declared here" },
      },
    ]);
  });

  it("may say the same in both [C25]", () => {
    const text = `${FULL}\nsubnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; }`;
    expect(headsOf(text)).toEqual([expect.stringContaining("4:1 warning the subnet 192.0.2.0/24 is declared twice")]);
  });

  it.each([
    ["option routers 192.0.2.2;", "option routers"],
    ["default-lease-time 60;", "default-lease-time"],
  ])("that contradict each other are an error that names both places [C25]: %s", (statement, name) => {
    const text = `subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; default-lease-time 30; }
subnet 192.0.2.0 netmask 255.255.255.0 { ${statement} }`;
    const { diagnostics, config } = loadConfig("dhcpd.conf", text);
    expect(config).toBeUndefined();
    expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
      { message: `${name} is set otherwise in another declaration of this subnet`, line: 2, related: { line: 1 } },
    ]);
  });

  it("in a shared network and outside of it is an error that names both places [C25]", () => {
    const text = `${EMPTY}\nshared-network a { ${FULL} }`;
    const { diagnostics, config } = loadConfig("dhcpd.conf", text);
    expect(config).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { message: "the subnet 192.0.2.0/24 is declared twice", line: 2, related: { line: 1 } },
    ]);
  });
});

describe("a class declared twice", () => {
  it("has everything of both, as with ISC's [C24]", () => {
    const text = `class "a" { match hardware; }
class "a" { filename "x"; }
subclass "a" 1:02:00:5e:00:53:01;
subclass "a" 1:02:00:5e:00:53:01 { server-name "y"; }
${EMPTY}`;
    expect(headsOf(text)).toEqual([
      "2:1 warning the class a is declared twice: the declarations are read as one",
      "4:1 warning the subclass of a 01:02:00:5e:00:53:01 is declared twice: the declarations are read as one",
    ]);
    expect(configOf(text).classes.rules).toHaveLength(1);
  });
});

describe("many subclasses", () => {
  /** Elements that arrays' searches look at while a configuration with so many subclasses is loaded. */
  function looksAt(subclasses: number): number {
    const lines = Array.from(
      { length: subclasses },
      (_, i) =>
        `subclass "a" 1:2:0:0:${(i >> 16).toString(16)}:${((i >> 8) & 255).toString(16)}:${(i & 255).toString(16)};`,
    );
    const text = `class "a" { match hardware; }\n${lines.join("\n")}\n${EMPTY}`;
    let looks = 0;
    const restored = (["find", "some", "every", "filter", "findIndex"] as const).map((name) => {
      const original = Array.prototype[name] as (...args: unknown[]) => unknown;
      Object.defineProperty(Array.prototype, name, {
        configurable: true,
        writable: true,
        value(this: unknown[], callback: (...args: unknown[]) => unknown, ...rest: unknown[]) {
          const counted = (...args: unknown[]): unknown => {
            looks++;
            return callback(...args);
          };
          return original.call(this, counted, ...rest);
        },
      });
      return () =>
        Object.defineProperty(Array.prototype, name, { configurable: true, writable: true, value: original });
    });
    try {
      expect(loadConfig("dhcpd.conf", text).config?.classes.rules).toHaveLength(1);
    } finally {
      for (const restore of restored) restore();
    }
    return looks;
  }

  it("take work in proportion to their number [B11]", () => {
    const few = looksAt(500);
    expect(looksAt(2000)).toBeLessThan(5 * few + 1000);
  });
});
