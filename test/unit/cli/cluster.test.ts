import { describe, expect, it } from "vitest";
import { isSameCluster, requireClusterStart } from "../../../src/cli/cluster.ts";
import { configOf } from "../../support/config-text.ts";

const config = (more: string, name = "a") =>
  configOf(`${more}listen on 192.0.2.53; subnet 192.0.2.0 netmask 255.255.255.0 { }
cluster { etcd "http://192.0.2.1"; name "${name}"; }`);

describe("a start", () => {
  it("with a lease file of its own is refused in a cluster", () => {
    expect(() => requireClusterStart(config(""), "/x")).toThrow(
      "-l /x is for a server that keeps its leases in a file, and the cluster at dhcpd.conf:2:1 keeps them in etcd: " +
        "leave out -l, or the cluster",
    );
  });

  it("without a cluster has any lease file", () => {
    expect(() => requireClusterStart(configOf("subnet 192.0.2.0 netmask 255.255.255.0 { }"), "/x")).not.toThrow();
  });
});

describe("a cluster", () => {
  it("is the same wherever it stands in the file", () => {
    expect(isSameCluster(config("").cluster, config("\n\n").cluster)).toBe(true);
    expect(isSameCluster(undefined, undefined)).toBe(true);
  });

  it("is another one if a setting differs, or if there is none", () => {
    expect(isSameCluster(config("").cluster, config("", "b").cluster)).toBe(false);
    expect(isSameCluster(config("").cluster, undefined)).toBe(false);
    expect(isSameCluster(undefined, config("").cluster)).toBe(false);
  });
});
