// Names of clients in a zone of BIND that three servers of a cluster update, each for all leases: they come once and go once,
// whichever server has given the lease, and the servers do not take each other for somebody else.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NAMES_LOOK_MS } from "../../src/base/limits/names.ts";
import { ClusterScene, clusterTools, ETCD_ADDRESS, type NodeName } from "../support/cluster-scene.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ask, type Resolver, startBind, startNamed } from "../support/resolvers.ts";

const CTL = fileURLToPath(new URL("../../bin/anydhcpctl", import.meta.url));
const KEY = { name: "dhcp", secret: "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNDU2Nzg5MA==" };
const DOMAIN = "lan.example";
const SERVERS: readonly NodeName[] = ["a", "b", "c"];
const GLOBAL = `drain-time 0; ddns-update-style standard; ddns-domainname "${DOMAIN}";
key ${KEY.name} { algorithm hmac-sha256; secret "${KEY.secret}"; }
zone ${DOMAIN}. { primary ${ETCD_ADDRESS}; key ${KEY.name}; }
zone 10.in-addr.arpa. { primary ${ETCD_ADDRESS}; key ${KEY.name}; }
`;
/** By then each server has looked at the leases of the others twice, and done what it found to do. */
const SETTLED_MS = 2 * NAMES_LOOK_MS + 500;

describe.skipIf(!mayMakeNetworks)("names of a cluster's clients", () => {
  let scene: ClusterScene | undefined;
  let bind: Resolver;

  beforeAll(async () => {
    const tools = await clusterTools();
    if (tools === undefined) return;
    scene = await ClusterScene.create(tools, GLOBAL);
    const { router, network } = scene;
    const zones = { [DOMAIN]: "", "10.in-addr.arpa": "" };
    bind = await startBind(router, join(network.directory, "bind"), zones, [KEY], ETCD_ADDRESS);
  }, 120_000);
  afterAll(() => scene?.dispose());
  beforeEach((context) => {
    if (scene === undefined) context.skip("etcd, dhcrelay or nft cannot be had from Debian");
  });

  function built(): ClusterScene {
    if (scene === undefined) throw new Error("there is no scene");
    return scene;
  }

  const answer = (name: string, type: string): Promise<string> => ask(built().router, bind.port, name, type);
  const full = (name: string): string => `${name}.${DOMAIN}`;
  const reverse = (address: string): string => `${address.split(".").reverse().join(".")}.in-addr.arpa`;

  function becomes(name: string, type: string, value: string): Promise<void> {
    return eventually(`${name} ${type} becomes ${value}`, async () => (await answer(name, type)) === value, 20_000);
  }

  /** A lease that the server has given. */
  async function leaseOf(server: NodeName, chaddr: string, name: string): Promise<string> {
    await built().sendTo(server);
    const options = [[12, Buffer.from(name, "latin1").toString("hex")]] as const;
    const client = built().sites[0]?.client;
    if (client === undefined) throw new Error("there is no client");
    return (await client.lease(chaddr, { options })).message.yiaddr;
  }

  /** By an operator: a client's DHCPRELEASE counts only when the lease is older than a late copy of a message may be. */
  async function releaseAt(server: NodeName, address: string): Promise<void> {
    const { namespace, daemon } = built().node(server);
    await namespace.exec([CTL, "release", address, "--control", daemon.controlSocket]);
  }

  /** They count the changes of the zones; BIND counts no update that leaves a zone as it was. */
  async function serials(): Promise<{ readonly forward: number; readonly reverse: number }> {
    const of = async (zone: string): Promise<number> => Number((await answer(zone, "SOA")).split(" ")[2]);
    return { forward: await of(DOMAIN), reverse: await of("10.in-addr.arpa") };
  }

  async function counted(counter: string): Promise<readonly number[]> {
    const all = SERVERS.map((name) => built().node(name).daemon.counters());
    return (await Promise.all(all)).map((counters) => counters[counter] ?? -1);
  }

  it.each([
    ["a", "b"],
    ["b", "c"],
    ["c", "a"],
  ] as const)(
    "come once with a lease of server %s, and go once when it is released at server %s",
    async (giver, taker) => {
      const [name, chaddr] = [`device-${giver}`, `02:00:00:00:02:0${giver}`];
      const before = await serials();
      const address = await leaseOf(giver, chaddr, name);
      await becomes(full(name), "A", address);
      await becomes(reverse(address), "PTR", `${full(name)}.`);
      const owner = await answer(full(name), "DHCID");
      await sleep(SETTLED_MS);
      expect(await answer(full(name), "A")).toBe(address);
      expect(await answer(full(name), "DHCID")).toBe(owner);
      const added = await serials();
      expect([added.forward - before.forward, added.reverse - before.reverse]).toEqual([1, 1]);

      await releaseAt(taker, address);
      await becomes(full(name), "ANY", "NXDOMAIN");
      await becomes(reverse(address), "ANY", "NXDOMAIN");
      await sleep(SETTLED_MS);
      expect([await answer(full(name), "ANY"), await answer(reverse(address), "ANY")]).toEqual([
        "NXDOMAIN",
        "NXDOMAIN",
      ]);
      // The address goes, then whose the name was.
      const gone = await serials();
      expect([gone.forward - added.forward, gone.reverse - added.reverse]).toEqual([2, 1]);
      expect(await counted("dns-update-conflicts")).toEqual([0, 0, 0]);
      expect(await counted("dns-update-failures")).toEqual([0, 0, 0]);
      expect(await counted("dns-updates-waiting")).toEqual([0, 0, 0]);
    },
    60_000,
  );

  it("stay the first client's where another server gives a lease to a second one of that name", async () => {
    const first = await leaseOf("a", "02:00:00:00:02:11", "printer");
    await becomes(full("printer"), "A", first);
    const second = await leaseOf("b", "02:00:00:00:02:12", "printer");
    await sleep(SETTLED_MS);
    expect(await answer(full("printer"), "A")).toBe(first);
    expect(await answer(reverse(second), "PTR")).toBe("NXDOMAIN");
    await releaseAt("c", first);
    await becomes(full("printer"), "A", second);
  }, 60_000);

  it("come by the other servers where the one that gave the lease is killed after its ACK", async () => {
    const { router, network } = built();
    const { daemon } = built().node("c");
    // So that no update of the one that is killed arrives.
    await bind.program.stop();
    const address = await leaseOf("c", "02:00:00:00:02:21", "orphan");
    await daemon.stop("SIGKILL");
    bind = { ...bind, program: await startNamed(router, join(network.directory, "bind")) };
    await becomes(full("orphan"), "A", address);
    await becomes(reverse(address), "PTR", `${full("orphan")}.`);
    expect((await built().node("a").daemon.counters())["dns-update-conflicts"]).toBe(0);
  }, 60_000);
});
