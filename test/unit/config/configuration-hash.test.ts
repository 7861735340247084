import { describe, expect, it } from "vitest";
import { configurationHash } from "../../../src/config/model/configuration-hash.ts";
import { configOf } from "../../support/config-text.ts";

const hashOf = (text: string): string => configurationHash(configOf(text));

const HOST = "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }";
const BASE = `
option domain-name "example.org";
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; range 10.0.0.120 10.0.0.130; }
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.99; }
${HOST}
host b { hardware ethernet 2:0:0:0:0:2; fixed-address 10.1.0.5, 10.0.0.6; }
`;

const replaced = (from: string, to: string): string => {
  expect(BASE).toContain(from);
  return BASE.replace(from, to);
};

describe("the hash of a configuration", () => {
  it("has sixteen hexadecimal digits", () => {
    expect(hashOf(BASE)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ["subnets", `${BASE.split("\n").toReversed().join("\n")}`],
    [
      "ranges",
      replaced(
        "range 10.0.0.10 10.0.0.99; range 10.0.0.120 10.0.0.130;",
        "range 10.0.0.120 10.0.0.130; range 10.0.0.10 10.0.0.99;",
      ),
    ],
  ])("is the same for another order of %s", (_, text) => {
    expect(hashOf(text)).toBe(hashOf(BASE));
  });

  it.each([
    ["options", replaced('"example.org"', '"example.net"')],
    ["lease times", `default-lease-time 60; ${BASE}`],
    ["names of hosts", replaced("host a", "host other")],
    ["hosts without an address", `${BASE} host c { hardware ethernet 2:0:0:0:0:3; }`],
    ["the cluster", `listen on 192.0.2.1; cluster { etcd "http://x"; name "a"; } ${BASE}`],
  ])("does not depend on %s", (_, text) => {
    expect(hashOf(text)).toBe(hashOf(BASE));
  });

  it.each([
    ["a range", replaced("10.0.0.99", "10.0.0.98")],
    ["a subnet", replaced("10.1.0.0 netmask 255.255.255.0", "10.1.0.0 netmask 255.255.254.0")],
    ["a new subnet", `${BASE} subnet 10.2.0.0 netmask 255.255.255.0 { }`],
    ["a reservation", replaced("fixed-address 10.0.0.5", "fixed-address 10.0.0.7")],
    ["whose it is", replaced("2:0:0:0:0:1", "2:0:0:0:0:9")],
    ["the order of a host's addresses", replaced("10.1.0.5, 10.0.0.6", "10.0.0.6, 10.1.0.5")],
    ["what identifies clients", replaced("255.255.255.0 {", "255.255.255.0 { ignore-client-uids on;")],
    ["addresses for BOOTP clients", replaced("range 10.0.0.120", "range dynamic-bootp 10.0.0.120")],
    ["unknown clients", `deny unknown-clients; ${BASE}`],
  ])("differs with %s", (_, text) => {
    expect(hashOf(text)).not.toBe(hashOf(BASE));
  });

  it("counts hosts without an address where a pool tells known clients from others", () => {
    const pool = (more: string): string =>
      `subnet 10.0.0.0 netmask 255.255.255.0 { pool { allow known-clients; range 10.0.0.10 10.0.0.99; } } ${more}`;
    expect(hashOf(pool("host c { hardware ethernet 2:0:0:0:0:3; }"))).not.toBe(hashOf(pool("")));
  });

  it("counts the members of classes that a pool is for, in whichever order it names them", () => {
    const pool = (permits: string, suffix = "a"): string => `
      class "x" { match if option user-class = "${suffix}"; } class "y" { match if option user-class = "b"; }
      subnet 10.0.0.0 netmask 255.255.255.0 { pool { ${permits} range 10.0.0.10 10.0.0.99; } }`;
    const [x, y] = ['allow members of "x";', 'allow members of "y";'];
    expect(hashOf(pool(`${x} ${y}`))).toBe(hashOf(pool(`${y} ${x}`)));
    expect(hashOf(pool(x))).not.toBe(hashOf(pool(y)));
    expect(hashOf(pool(x))).not.toBe(hashOf(pool(x, "c")));
    expect(hashOf(pool(x))).not.toBe(hashOf(pool(x.replace("allow", "deny"))));
  });

  it("depends on the order of the pools of a subnet and of the subnets of a shared network, which are tried in turn", () => {
    const [one, other] = ["pool { range 10.0.0.10 10.0.0.19; }", "pool { range 10.0.0.20 10.0.0.29; }"];
    const subnet = (pools: string): string => `subnet 10.0.0.0 netmask 255.255.255.0 { ${pools} }`;
    expect(hashOf(subnet(one + other))).not.toBe(hashOf(subnet(other + one)));
    const [a, b] = [subnet(one), subnet(one).replaceAll("10.0.0", "10.1.0")];
    const shared = (subnets: string): string => `shared-network x { ${subnets} }`;
    expect(hashOf(shared(a + b))).not.toBe(hashOf(shared(b + a)));
    expect(hashOf(shared(a + b))).not.toBe(hashOf(a + b));
  });
});
