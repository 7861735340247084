// Two servers with one anycast address, no common store, and a part of the range each: a relay's packets go to the one or
// the other.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { ANYCAST_ADDRESS, GIADDR, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";
import { type DhcpFrame, nextXid, RawClient, startRelay } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:0b";
/** Of lease files beside each other. */
const OWN_STATE = 'mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd && exec "$@"';
const WRAPPER = ["unshare", "--mount", "sh", "-c", OWN_STATE, "sh"];
const WAYS = ["10.9.0.1", "10.9.1.1"] as const;
/** The least that there is: for so long after its start a server promises nothing. */
const HOLD_SECONDS = 30;

describe.skipIf(!mayMakeNetworks)("two servers of a split", { timeout: 120_000 }, () => {
  let scene: Scene;
  let second: Namespace;
  let client: RawClient;
  let daemons: readonly Daemon[];

  beforeEach(async () => {
    scene = await Scene.create();
    const { network, relay } = scene;
    second = await network.namespace("second");
    await network.veth(second, "up0", relay, "up1");
    await second.ip("addr add 10.9.1.1/29 dev up0");
    await second.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await second.ip("route add 10.77.0.0/24 via 10.9.1.2");
    await relay.ip("addr add 10.9.1.2/29 dev up1");
    const start = (namespace: Namespace, name: string): Promise<Daemon> => {
      const split = `${LISTEN_ON_ANYCAST} split "${name}" hold ${HOLD_SECONDS}; drain-time 0;`;
      const config = sceneConfig({ global: split })
        .replace("range 192.168.77.100 192.168.77.199;", "")
        .replace(
          "range 10.77.0.100 10.77.0.199;",
          'range 10.77.0.100 10.77.0.149 of "a"; range 10.77.0.150 10.77.0.199 of "b";',
        );
      return Daemon.start(network, namespace, { config, name, wrapper: WRAPPER });
    };
    daemons = [await start(scene.server, "a"), await start(second, "b")];
    await startRelay(relay, { clientInterface: "down0", giaddr: GIADDR, server: ANYCAST_ADDRESS });
    client = await RawClient.start(scene.routed, "eth0");
  }, 60_000);

  afterEach(() => scene?.network.dispose());

  const routeTo = (server: 0 | 1): Promise<string> =>
    scene.relay.ip(`route replace ${ANYCAST_ADDRESS} via ${WAYS[server]}`);

  /** The answers to a client that renews without the relay. */
  async function renew(ciaddr: string): Promise<readonly DhcpFrame[]> {
    await client.hold(ciaddr, CHADDR);
    const destinationMac = /link\/ether (\S+)/.exec(await scene.relay.ip("link show dev down0"))?.[1] ?? "";
    const message = { type: "REQUEST", chaddr: CHADDR, xid: nextXid(), ciaddr };
    const frame = { destinationMac, source: ciaddr, destination: ANYCAST_ADDRESS };
    return (await client.exchange({ message, frame })).replies;
  }

  it("give addresses of their own part, and one lets the other's clients keep theirs for a while, though it is gone", async () => {
    const startedAt = performance.now();
    await routeTo(0);
    const own = (await client.lease("02:00:00:00:00:0a")).message.yiaddr;
    expect(Number(own.split(".")[3])).toBeLessThan(150);
    await routeTo(1);
    const { yiaddr } = (await client.lease(CHADDR)).message;
    expect(Number(yiaddr.split(".")[3])).toBeGreaterThanOrEqual(150);

    await daemons[1]?.stop("SIGKILL");
    await routeTo(0);
    expect(await renew(yiaddr)).toEqual([]);
    expect(daemons[0]?.log).toContain("drop-not-ours");
    await new Promise((resolve) => setTimeout(resolve, startedAt + HOLD_SECONDS * 1000 - performance.now()));
    await eventually("the other server stands in", async () => (await renew(yiaddr)).length === 1);
    const [ack] = await renew(yiaddr);
    expect(ack?.message).toMatchObject({ type: "ACK", yiaddr, serverId: ANYCAST_ADDRESS });
    expect(daemons[0]?.log).toContain("ack-for-other");
  });
});
