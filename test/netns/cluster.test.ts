// Two servers with one anycast address that share their leases in etcd: a relay's packets go to the one or the other.

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { etcdServer } from "../support/etcd.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually, type Program } from "../support/program.ts";
import { ANYCAST_ADDRESS, GIADDR, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, type DhcpFrame, nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:0b";
/** The relay's addresses on the way to each server, where etcd listens too, and the servers' own. */
const WAYS = [
  { relay: "10.9.0.2", server: "10.9.0.1" },
  { relay: "10.9.1.2", server: "10.9.1.1" },
] as const;
/** What a server remembers of its cluster is below here, so each has a directory of its own. */
const OWN_STATE = 'mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd && exec "$@"';
const WRAPPER = ["unshare", "--mount", "sh", "-c", OWN_STATE, "sh"];
/** Repetitions within two seconds are answered from what this server has confirmed. */
const NO_REPETITION_MS = 2500;

describe.skipIf(!mayMakeNetworks || etcdServer === undefined)(
  "two servers of a cluster (skipped without Debian's etcd)",
  () => {
    let scene: Scene;
    let second: Namespace;
    let etcd: Program;
    let client: RawClient;
    const daemons: Daemon[] = [];

    beforeEach(async () => {
      scene = await Scene.create();
      const { network, relay } = scene;
      second = await network.namespace("second");
      await network.veth(second, "up0", relay, "up1");
      await second.ip("addr add 10.9.1.1/29 dev up0");
      await second.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
      await second.ip("route add 10.77.0.0/24 via 10.9.1.2");
      await relay.ip("addr add 10.9.1.2/29 dev up1");
      startEtcd();
      for (const [i, namespace] of [scene.server, second].entries()) {
        const name = "ab"[i] ?? "";
        const block = `cluster { etcd "http://${WAYS[i]?.relay}:2379"; name "${name}"; }`;
        const config = sceneConfig({ global: `${LISTEN_ON_ANYCAST} ${block}` });
        daemons.push(await Daemon.start(network, namespace, { config, name, sharesLeases: true, wrapper: WRAPPER }));
      }
      await startRelay(relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
      client = await RawClient.start(scene.routed, "eth0");
    }, 60_000);

    afterEach(async () => {
      daemons.length = 0;
      await scene?.network.dispose();
    });

    function startEtcd(): void {
      etcd = scene.relay.spawn([
        ...[
          etcdServer ?? "",
          "--data-dir",
          join(scene.network.directory, "etcd"),
          "--log-level",
          "error",
          "--logger",
          "zap",
        ],
        ...["--listen-client-urls", "http://0.0.0.0:2379", "--advertise-client-urls", "http://10.9.0.2:2379"],
      ]);
    }

    /** Has the relay's packets go to a server. */
    async function routeTo(server: 0 | 1): Promise<void> {
      await scene.relay.ip(`route replace ${ANYCAST_ADDRESS} via ${WAYS[server].server}`);
    }

    const discover = (chaddr: string): Promise<DhcpFrame> => client.ask({ type: "DISCOVER", chaddr, xid: nextXid() });

    const request = (chaddr: string, address: string): Promise<DhcpFrame> =>
      client.ask({
        ...{ type: "REQUEST", chaddr, xid: nextXid() },
        options: [
          [50, addressHex(address)],
          [54, addressHex(ANYCAST_ADDRESS)],
        ],
      });

    /** The answers to a client that renews without the relay. */
    async function renew(ciaddr: string): Promise<readonly DhcpFrame[]> {
      await client.hold(ciaddr, CHADDR);
      const destinationMac = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
      const message = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr };
      const frame = { destinationMac, source: ciaddr, destination: ANYCAST_ADDRESS };
      return (await client.exchange({ message, frame })).replies;
    }

    it("acknowledge what the other one has offered, and renew what the other one has given", async () => {
      await routeTo(0);
      const offer = await discover(CHADDR);
      await routeTo(1);
      const ack = await request(CHADDR, offer.message.yiaddr);
      expect(ack.message).toMatchObject({ type: "ACK", yiaddr: offer.message.yiaddr, serverId: ANYCAST_ADDRESS });
      expect(daemons[1]?.log).toContain("ack-selecting");

      await routeTo(0);
      const renewed = await renew(ack.message.yiaddr);
      expect(renewed.map(({ message }) => [message.type, message.yiaddr])).toEqual([["ACK", ack.message.yiaddr]]);
      expect(daemons[0]?.log).toContain("ack-renew");

      // Another client is given another address, by whichever server.
      const other = await client.lease("02:00:00:00:00:0c");
      expect(other.message.yiaddr).not.toBe(ack.message.yiaddr);
    });

    it("renew from the reserve while etcd is away, answer no new client, and go on when it is back", async () => {
      await routeTo(0);
      const { yiaddr } = (await client.lease(CHADDR)).message;
      const from = daemons[0]?.mark ?? 0;
      await etcd.stop("SIGKILL");
      await daemons[0]?.waitForLog('"health":"away"', from);
      await new Promise((resolve) => setTimeout(resolve, NO_REPETITION_MS));
      const renewed = await renew(yiaddr);
      expect(renewed.map(({ message }) => [message.type, message.yiaddr])).toEqual([["ACK", yiaddr]]);
      expect(daemons[0]?.log).toContain("ack-from-reserve");
      const silent = await client.exchange({
        message: { type: "DISCOVER", chaddr: "02:00:00:00:00:0d", xid: nextXid() },
      });
      expect(silent.replies).toEqual([]);

      const back = daemons[0]?.mark ?? 0;
      startEtcd();
      await daemons[0]?.waitForLog('"health":"ready"', back, 20_000);
      await eventually("a new client has a lease", async () => {
        const { replies } = await client.exchange({
          message: { type: "DISCOVER", chaddr: "02:00:00:00:00:0e", xid: nextXid() },
        });
        return replies.length === 1;
      });
    });
  },
);
