import { describe, expect, it } from "vitest";
import { changeOfFixed, requireClusterStart } from "../../../src/cli/cluster.ts";
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

describe("what a reload cannot change", () => {
  const alone = configOf("subnet 192.0.2.0 netmask 255.255.255.0 { }");

  it("is the cluster, which is the same wherever it stands in the file", () => {
    expect(changeOfFixed(config(""), config("\n\n"))).toBe(undefined);
    expect(changeOfFixed(alone, alone)).toBe(undefined);
    expect(changeOfFixed(config(""), config("", "b"))).toBe("cluster block");
    expect(changeOfFixed(config(""), alone)).toBe("cluster block");
    expect(changeOfFixed(alone, config(""))).toBe("cluster block");
  });

  it("is where metrics are asked for", () => {
    const metrics = configOf("metrics 127.0.0.1:9567; subnet 192.0.2.0 netmask 255.255.255.0 { }");
    expect(changeOfFixed(metrics, metrics)).toBe(undefined);
    expect(changeOfFixed(alone, metrics)).toBe("metrics statement");
  });
});
