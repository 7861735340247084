import { describe, expect, it } from "vitest";
import { readLaunch } from "../../../src/cli/launch.ts";
import { etcdSettings, makeStore, orderKey } from "../../../src/cli/open-store.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { configurationHash } from "../../../src/config/model/configuration-hash.ts";
import type { Logger } from "../../../src/log.ts";

const PEM = "-----BEGIN CERTIFICATE-----\n";
const FILES: Readonly<Record<string, string>> = {
  secret: "0123456789abcdef\n",
  other: "0123456789abcdeg\n",
  "ca.pem": PEM,
  password: "pässword\n",
};
const LAUNCH = readLaunch("leases /nowhere/dhcpd.leases");
const LOG = { warn: () => undefined } as unknown as Logger;

function configOf(block: string) {
  const text = `max-lease-time 7200; listen on 192.0.2.53; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.9; } ${block}`;
  const { config } = loadConfig("dhcpd.conf", text, {
    readFile: (path) => ({ text: Buffer.from(FILES[path] ?? "").toString("latin1") }),
  });
  if (config === undefined) throw new TypeError("bad test configuration");
  return config;
}

function clusterOf(more: string) {
  const config = configOf(`cluster { etcd "https://e1", "https://e2:4001"; name "a"; ${more} }`);
  if (config.cluster === undefined) throw new TypeError("no cluster");
  return { config, cluster: config.cluster };
}

describe("the settings of an etcd store", () => {
  it("are those of the cluster block, with what follows from the configuration", () => {
    const { config, cluster } = clusterOf(
      `prefix "site"; reserve 900; guard 80; clock-skew 20; secret-file "secret"; ca-file "ca.pem"; user "u"; password-file "password";`,
    );
    expect(etcdSettings(config, cluster, "/var/lib/anydhcpd/dhcpd.leases.cluster")).toEqual({
      endpoints: ["https://e1:2379", "https://e2:4001"],
      prefix: "site",
      name: "a",
      reserve: 900,
      guard: 80,
      clockSkew: 20,
      leaseMax: 7200,
      secret: new TextEncoder().encode("0123456789abcdef"),
      configurationHash: configurationHash(config),
      tls: { authority: new TextEncoder().encode(PEM), certificate: undefined, key: undefined },
      login: { user: "u", password: "pässword" },
      stateFile: "/var/lib/anydhcpd/dhcpd.leases.cluster",
    });
  });
});

describe("the order of addresses", () => {
  it("depends on the cluster's secret alone", () => {
    const key = (more: string): string => Buffer.from(orderKey(clusterOf(more).cluster)).toString("hex");
    expect(key('secret-file "secret";')).toMatch(/^[0-9a-f]{32}$/);
    expect(key('secret-file "secret"; reserve 30;')).toBe(key('secret-file "secret";'));
    expect(key('secret-file "secret";')).not.toBe(key('secret-file "other";'));
  });

  it("has no key without a secret", () => {
    expect(orderKey(undefined)).toEqual(new Uint8Array(16));
    expect(orderKey(clusterOf("").cluster)).toEqual(new Uint8Array(16));
  });
});

describe("the store of a configuration", () => {
  it("is the lease file, which follows dont-use-fsync", async () => {
    const { store, follow } = await makeStore(LAUNCH, configOf(""), LOG);
    expect([store.isShared, store.isSynchronous]).toEqual([false, true]);
    follow(configOf("dont-use-fsync on;"));
    expect(store.isSynchronous).toBe(false);
  });

  it("is etcd where there is a cluster", async () => {
    const { store, cluster } = await makeStore(LAUNCH, clusterOf("clock-skew 20;").config, LOG);
    expect([store.isShared, store.health]).toEqual([true, "loading"]);
    expect(cluster).toMatchObject({ name: "a", reserveSeconds: 600, clockSkewSeconds: 20 });
    // Nothing is known of the other servers yet.
    expect([cluster?.guard(), cluster?.mayAllocate?.()]).toEqual([Number.POSITIVE_INFINITY, false]);
  });
});
