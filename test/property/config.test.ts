// Whatever the text, loading a configuration returns: never an exception, never a Config beside an
// error, and every diagnostic has a place in the text. The lookups agree with plain searches.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv4, isInNetwork, maskOfLength } from "../../src/base/ipv4.ts";
import { DIAGNOSTICS_MAX } from "../../src/base/limits/config.ts";
import { formatDiagnostics, loadConfig, namesIn } from "../../src/config/load.ts";
import { poolsOf } from "../../src/lease/pools.ts";
import { configOf } from "../support/config-text.ts";

const GOOD = `# everything at once
option domain-name "example.org"; option domain-name-servers 10.0.0.53, ns.example.org;
default-lease-time 600; max-lease-time 7200; not authoritative; ping-check off; ping-timeout 2;
server-identifier 192.0.2.1; server-name "s"; filename "f\\"\\101"; next-server 10.0.0.2;
allow unknown-clients; deny bootp; use-host-decl-names on; listen on 192.0.2.53, 192.0.2.54;
shared-network "wire one" {
  option classless-static-routes 10.1/16 10.0.0.1, 0/0 10.0.0.1;
  subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1; range 10.0.0.10 10.0.0.20; range dynamic-bootp 10.0.0.30; }
  subnet 10.0.1.0 netmask 255.255.255.128 { option domain-search "a.example", "b.example"; range 10.0.1.5 10.0.1.9; }
}
class "phones" { match if substring(option vendor-class-identifier, 0, 3) = "ph" and not (option agent.circuit-id = 1:2 or
  exists option architecture) or suffix(hardware, 2) != 0a:0b; filename "x"; }
class "ports" { match pick-first-value(option agent.remote-id, option user-class); } subclass "ports" 1:2; subclass "ports" "x" { }
option space v; option v.a code 1 = array of { ip-address, integer 8 }; option v.a 10.0.0.1 2, 10.0.0.2 -3; vendor-option-space v;
option mine code 200 = unsigned integer 16; option mine 99; option w code 201 = encapsulate v;
if exists user-class and option v.a = 1:2 { filename "a"; } elsif known { deny booting; if hardware = 1:2 { option v.a = concat("ab",
  1:2, encode-int(3, 8)); } } else { next-server 10.0.0.4; } if binary-to-ascii(16, 8, ":", substring(hardware, 1, 2)) = "2:0" { ignore booting; }
set x = "y"; on commit { log(info, "x"); } ddns-update-style none; key y { algorithm hmac-sha256; secret "a2V5"; } zone x. { primary 10.0.0.5; key y; } log-facility local7;
class "spawned" { spawn with option agent.circuit-id; }
user-class "iPXE" { next-server 10.0.0.3; } vendor-class "v" { deny booting; }
subnet 10.0.2.0 netmask 255.255.255.0 { pool { allow members of "phones"; deny known-clients; range 10.0.2.1 10.0.2.9; } }
group {
  option vendor-encapsulated-options 1:2:ff;
  host printer { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.15, 10.0.1.7; option boot-size 0x10; }
  host phone { option dhcp-client-identifier "phone"; deny booting; }
}
`;

const HOST_NAMES = new Map([["ns.example.org", [0x0a000035]]]);

const WORDS = GOOD.split(/(\s+|[{};,.:/"])/).filter((part) => part !== "");

const anyToken = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "{",
      "}",
      ";",
      '"',
      "\\",
      "//",
      "/*",
      "*/",
      "#",
      "\n",
      "class",
      "include",
      "0x40",
      "-1",
      "else",
      "execute",
      "lease",
      "failover",
      "switch",
      "~=",
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

/** Checks what must hold for any text. */
function checkAnyText(text: string): void {
  const { config, diagnostics, source } = loadConfig("f", text, { hostNames: HOST_NAMES });
  const hasError = diagnostics.some((diagnostic) => diagnostic.severity === "error");
  expect(config === undefined).toBe(hasError);
  expect(diagnostics.length).toBeLessThanOrEqual(3 * (DIAGNOSTICS_MAX + 1));
  const lines = text.split("\n");
  for (const { line, column, message } of diagnostics.flatMap((d) => (d.related ? [d, d.related] : [d]))) {
    expect(message).not.toBe("");
    expect(lines[line - 1]).toBeDefined();
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
  // Nothing that a terminal obeys gets through.
  expect(formatDiagnostics(diagnostics, source)).toMatch(/^[^\p{Cc}]*(?:[\n\t][^\p{Cc}]*)*$/u);
  for (const name of namesIn("f", text)) expect(name).toMatch(/^[\w.-]+$/);
  if (config !== undefined) poolsOf(config);
}

describe("loadConfig", () => {
  it("loads the good configuration that the others are made of", () => {
    const { diagnostics } = loadConfig("f", GOOD, { hostNames: HOST_NAMES });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("survives tokens in any order", () => {
    fc.assert(
      fc.property(fc.array(anyToken, { maxLength: 60 }), fc.constantFrom("", " "), (tokens, joint) => {
        checkAnyText(tokens.join(joint));
      }),
      { numRuns: 2000 },
    );
  });

  it("survives good configurations with pieces cut, moved and overwritten", () => {
    const edit = fc.record({
      at: fc.nat(GOOD.length),
      remove: fc.nat(12),
      insert: fc.oneof(fc.constant(""), anyToken),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let text = GOOD;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        checkAnyText(text);
      }),
      { numRuns: 2000 },
    );
  });

  it("survives every truncation of a good configuration", () => {
    for (let length = 0; length <= GOOD.length; length++) checkAnyText(GOOD.slice(0, length));
  });

  it("says the same about the same text", () => {
    expect(loadConfig("f", GOOD).diagnostics).toEqual(loadConfig("f", GOOD).diagnostics);
  });
});

/** Subnets that do not overlap: one a /16 at most, of any width below. */
const networks = fc
  .uniqueArray(fc.record({ second: fc.nat(255), prefixLength: fc.integer({ min: 16, max: 30 }) }), {
    selector: ({ second }) => second,
    minLength: 1,
    maxLength: 20,
  })
  .map((all) => all.map(({ second, prefixLength }) => ({ network: (10 << 24) + (second << 16), prefixLength })));

function subnetText({ network, prefixLength }: { network: number; prefixLength: number }, body: string): string {
  return `subnet ${formatIpv4(network)} netmask ${formatIpv4(maskOfLength(prefixLength))} { ${body} }\n`;
}

describe("the model", () => {
  it("finds the subnet that a plain search finds", () => {
    fc.assert(
      fc.property(networks, fc.array(fc.nat(0xffffff)), (all, lows) => {
        const config = configOf(all.map((network) => subnetText(network, "")).join(""));
        for (const low of lows) {
          const address = 0x0a000000 + low;
          const plain = config.subnets.find((s) => isInNetwork(address, s.network, s.mask));
          expect(config.findSubnet(address)).toBe(plain);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("gives every address of the ranges to one pool, and fixed addresses to a reserved one", () => {
    const hosts = fc.uniqueArray(fc.integer({ min: 1, max: 254 }), { maxLength: 20 });
    const ranges = fc.uniqueArray(fc.integer({ min: 1, max: 254 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(hosts, ranges, (fixed, ends) => {
        const sorted = ends.toSorted((a, b) => a - b);
        const pairs = sorted.flatMap((end, i) => (i % 2 === 1 ? [[sorted[i - 1] ?? 0, end] as const] : []));
        const text = subnetText(
          { network: 0x0a000000, prefixLength: 24 },
          pairs.map(([a, b]) => `range 10.0.0.${a} 10.0.0.${b};`).join(" ") +
            fixed
              .map((n) => `host h${n} { hardware ethernet 2:0:0:0:0:${n.toString(16)}; fixed-address 10.0.0.${n}; }`)
              .join(""),
        );
        const pools = poolsOf(configOf(text));
        for (let low = 0; low < 256; low++) {
          const address = 0x0a000000 + low;
          const holders = pools.filter((p) => p.ranges.some((r) => r.first <= address && address <= r.last));
          const isFixed = fixed.includes(low);
          const isRanged = pairs.some(([a, b]) => a <= low && low <= b);
          expect(holders.map((pool) => pool.reserved)).toEqual(isFixed ? [true] : isRanged ? [false] : []);
        }
      }),
      { numRuns: 200 },
    );
  });
});
