// `pool` blocks: their ranges, their subnet, what holds in them, and who is meant.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import type { Config, Pool } from "../../../src/config/model/model.ts";
import { configOf, headsOf, hostNamed, subnetAt } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

function describePool(pool: Pool): string {
  const ranges = pool.ranges.map(({ first, last }) => `${formatIpv4(first)}-${formatIpv4(last)}`);
  return `subnet ${pool.subnet}: ${ranges.join(" ")}`;
}

function poolWith(config: Config, address: string): Pool {
  const pool = config.pools.find(({ ranges }) => ranges.some(({ first }) => formatIpv4(first) === address));
  if (pool === undefined) throw new TypeError(`no range starts at ${address}`);
  return pool;
}

describe("pool", () => {
  it("has ranges of its own beside those of its subnet", () => {
    const config = configOf(`subnet 10.0.0.0 netmask 255.255.255.0 {
      pool { range 10.0.0.50 10.0.0.59; range 10.0.0.30 10.0.0.39; }
      range 10.0.0.100 10.0.0.109;
      pool { range 10.0.0.10; }
      host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.55; }
    }`);
    expect(config.pools.map(describePool)).toEqual([
      "subnet 0: 10.0.0.100-10.0.0.109",
      "subnet 0: 10.0.0.30-10.0.0.39 10.0.0.50-10.0.0.54 10.0.0.56-10.0.0.59",
      "subnet 0: 10.0.0.10-10.0.0.10",
    ]);
    expect(config.pools.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it("in a shared network has ranges of any of its subnets, in whatever order they stand", () => {
    const config = configOf(`shared-network x {
      pool { default-lease-time 99; range 10.0.1.10 10.0.1.19; range 10.0.0.10 10.0.0.19; }
      subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1; default-lease-time 98; }
      subnet 10.0.1.0 netmask 255.255.255.128 { option routers 10.0.1.1; }
    }`);
    expect(config.pools.map(describePool)).toEqual(["subnet 0: 10.0.1.10-10.0.1.19", "subnet 1: 10.0.0.10-10.0.0.19"]);
    expect(config.pools.map(({ scope }) => scope.defaultLeaseSeconds)).toEqual([99, 99]);
    expect(config.pools.map(({ scope }) => [...(scope.options.get(3) ?? [])].join("."))).toEqual([
      "10.0.1.1",
      "10.0.0.1",
    ]);
  });

  it("stands between the subnet and the host", () => {
    const config = configOf(`max-lease-time 50000; default-lease-time 1; ping-timeout 9;
    group { default-lease-time 2; filename "group";
      subnet 10.0.0.0 netmask 255.255.255.0 { default-lease-time 3; filename "subnet"; server-name "subnet";
        group { default-lease-time 4; filename "inner";
          pool { default-lease-time 5; range 10.0.0.10; } } } }
    host a { hardware ethernet 2:0:0:0:0:1; default-lease-time 6; }`);
    const pool = poolWith(config, "10.0.0.10");
    const text = (octets: Uint8Array): string => String.fromCharCode(...octets);
    expect(pool.scope).toMatchObject({ defaultLeaseSeconds: 5, pingTimeoutSeconds: 9 });
    expect([pool.scope.fileName, pool.scope.serverName].map(text)).toEqual(["inner", "subnet"]);
    expect(config.scopeOf(pool, undefined)).toBe(pool.scope);
    const ofHost = config.scopeOf(pool, hostNamed(config, "a"));
    expect(ofHost).toMatchObject({ defaultLeaseSeconds: 6, pingTimeoutSeconds: 9 });
    expect(text(ofHost.fileName)).toBe("inner");
    expect(config.scopeOf(pool, hostNamed(config, "a"))).toBe(ofHost);
    expect(config.subnets[0]?.scope.defaultLeaseSeconds).toBe(3);
  });

  it("keeps the scopes of a host in a pool and in its subnet apart", () => {
    const config = configOf(`subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.10; max-lease-time 70000; } }
    subnet 10.0.1.0 netmask 255.255.255.0 { pool { range 10.0.1.10; max-lease-time 80000; } }
    host a { hardware ethernet 2:0:0:0:0:1; filename "a"; } host b { hardware ethernet 2:0:0:0:0:2; filename "b"; }`);
    const seen = ["a", "b"].flatMap((name) =>
      [...config.pools, ...config.subnets].map((place) => {
        const scope = config.scopeOf(place, hostNamed(config, name));
        return `${String.fromCharCode(...scope.fileName)} ${scope.maxLeaseSeconds}`;
      }),
    );
    expect(seen).toEqual(["a 70000", "a 80000", "a 86400", "a 86400", "b 70000", "b 80000", "b 86400", "b 86400"]);
  });

  it.each([
    ["allow known-clients;", [{ isAllowed: true, clients: "known", entry: -1 }]],
    [
      "deny unknown-clients; ALLOW All Clients;",
      [
        { isAllowed: false, clients: "unknown", entry: -1 },
        { isAllowed: true, clients: "all", entry: -1 },
      ],
    ],
    ["", []],
  ])("takes %j as who is meant", (text, permits) => {
    const config = configOf(`subnet 10.0.0.0 netmask 255.255.255.0 { pool { ${text} range 10.0.0.1; } }`);
    expect(config.pools[0]?.permits).toMatchObject(permits);
    expect(config.pools[0]?.permits).toHaveLength(permits.length);
  });

  it("is for unknown clients if it says so, whatever holds around it", () => {
    const config = configOf(`deny unknown-clients;
      subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.1; pool { allow unknown-clients; range 10.0.0.2; } }`);
    expect(config.pools.map(({ scope }) => scope.allowUnknownClients)).toEqual([false, true]);
  });

  it("takes ISC's words for clients that authenticate, of which there are none, with a warning [C24]", () => {
    const text = `subnet 10.0.0.0 netmask 255.255.255.0 {
      pool { allow authenticated clients; range 10.0.0.1; }
      pool { deny unauthenticated clients; range 10.0.0.2; }
    }`;
    expect(
      configOf(text).pools.map(({ permits }) => permits.map(({ isAllowed, clients }) => [isAllowed, clients])),
    ).toEqual([[[true, "none"]], [[false, "all"]]]);
    expect(headsOf(text)).toEqual([
      "2:20 warning messages are not authenticated here (RFC 3118): this means no client",
      "3:19 warning messages are not authenticated here (RFC 3118): this means all clients",
    ]);
  });

  it("does not close at a date, and says so [C24]", () => {
    const text = "subnet 10.0.0.0 netmask 255.255.255.0 { pool { deny after 4 2026/11/26 10:00:00; range 10.0.0.1; } }";
    expect(headsOf(text)).toEqual(["1:53 error pools do not open or close at a date"]);
  });

  it("sets what else may be allowed or denied as any block does", () => {
    const config = configOf(
      `subnet 10.0.0.0 netmask 255.255.255.0 { pool { deny booting; allow dynamic-bootp; range 10.0.0.1; } }`,
    );
    expect(config.pools[0]?.scope).toMatchObject({ allowBooting: false, allowDynamicBootp: true });
    expect(config.subnets[0]?.scope).toMatchObject({ allowBooting: true, allowDynamicBootp: false });
  });

  it("has no ranges that overlap those of another", () => {
    expect(
      headsOf(`subnet 10.0.0.0 netmask 255.255.255.0 {
  pool { range 10.0.0.1 10.0.0.9; }
  pool { range 10.0.0.5 10.0.0.12; }
}`),
    ).toEqual(["3:16 error this range overlaps another: 10.0.0.5 to 10.0.0.9 are in both"]);
  });
});

describe("a host inside a pool", () => {
  const CONFIG = `subnet 192.0.2.0 netmask 255.255.255.0 {
    option routers 192.0.2.1;
    pool {
      range 192.0.2.10 192.0.2.50;
      option log-servers 192.0.2.7;
      group { filename "grouped"; host a { hardware ethernet 02:00:5e:00:53:01; fixed-address 192.0.2.60; } }
      host b { hardware ethernet 02:00:5e:00:53:02; fixed-address 192.0.2.61; option log-servers 192.0.2.8; }
    } }`;

  it("counts, with the values of the blocks around it and its own in front [C23]", () => {
    const config = configOf(CONFIG);
    const subnet = subnetAt(config, "192.0.2.60");
    const [a, b] = ["a", "b"].map((name) => config.scopeOf(subnet, hostNamed(config, name)));
    expect(config.reserved).toEqual([ip("192.0.2.60"), ip("192.0.2.61")]);
    expect([...(a?.options.get(7) ?? [])]).toEqual([192, 0, 2, 7]);
    expect([...(a?.options.get(3) ?? [])]).toEqual([192, 0, 2, 1]);
    expect(Buffer.from(a?.fileName ?? []).toString()).toBe("grouped");
    expect([...(b?.options.get(7) ?? [])]).toEqual([192, 0, 2, 8]);
  });

  it("does not give the pool's values to hosts outside of it [C23]", () => {
    const config = configOf(`${CONFIG} host c { hardware ethernet 02:00:5e:00:53:03; fixed-address 192.0.2.62; }`);
    const scope = config.scopeOf(subnetAt(config, "192.0.2.62"), hostNamed(config, "c"));
    expect(scope.options.has(7)).toBe(false);
  });
});
