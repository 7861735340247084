// A server's route, as a router sees it: BIRD on both, with the files of etc/anycast as they are. The route is there
// while clients should be sent to the server, goes before the server falls silent, and comes back by itself.

import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { etcdServer } from "../support/etcd.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually, type Program } from "../support/program.ts";
import { ANYCAST_ADDRESS, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const ANYDHCPCTL = path("bin/anydhcpctl");
/** Milliseconds in which a route has to go: less than the server still answers after that. */
const WITHDRAWN_MS = 2000;
const RESERVE_SECONDS = 10;
/** For sessions to come up. */
const ANNOUNCED_MS = 20_000;

describe.skipIf(!mayMakeNetworks)("the route to a server behind BIRD [U7]", { timeout: 60_000 }, () => {
  let scene: Scene;
  let daemon: Daemon;
  let announcer: Program;
  let birdc: string;

  /** Starts BIRD on server and router, the daemon, and what announces it. */
  async function start(context: TestContext, make: () => Promise<Daemon>): Promise<void> {
    const bird = await debianTool("bird2", "usr/sbin/bird");
    const client = await debianTool("bird2", "usr/sbin/birdc");
    if (bird === undefined || client === undefined) return context.skip("BIRD cannot be had from Debian");
    scene = await Scene.create();
    const startBird = async (namespace: Namespace, config: string): Promise<void> => {
      const [socket, pid] = [socketOf(namespace), `${scene.network.directory}/${namespace.name}.pid`];
      namespace.spawn([bird, "-f", "-c", path(`etc/anycast/${config}`), "-s", socket, "-P", pid]);
      await eventually(
        "BIRD answers",
        async () => (await namespace.run([client, "-s", socket, "show", "status"])).code === 0,
      );
    };
    birdc = `${client} -s ${socketOf(scene.server)}`;
    await startBird(scene.relay, "bird-router.conf");
    await startBird(scene.server, "bird.conf");
    daemon = await make();
    announcer = announce();
    await routed(true);
  }

  afterEach(() => scene?.network.dispose());

  const socketOf = (namespace: Namespace): string => `${scene.network.directory}/${namespace.name}.ctl`;

  function announce(): Program {
    return scene.server.spawn([path("etc/anycast/anydhcpd-announce"), "bird"], {
      ANYDHCPCTL,
      ANYDHCPD_CONTROL: daemon.controlSocket,
      BIRDC: birdc,
    });
  }

  /** Waits until the router's kernel has a route to the anycast address, or none. */
  async function routed(is: boolean): Promise<void> {
    const hasRoute = async (): Promise<boolean> => (await scene.relay.ip(`route show ${ANYCAST_ADDRESS}`)) !== "";
    const what = is ? "the router has the route" : "the router has no route";
    await eventually(what, async () => (await hasRoute()) === is, is ? ANNOUNCED_MS : WITHDRAWN_MS);
  }

  const control = async (command: string): Promise<number> =>
    (await scene.server.run([ANYDHCPCTL, command, "--control", daemon.controlSocket])).code;

  describe("with a lease file", () => {
    beforeEach(async (context) => {
      await start(context, () => {
        const config = sceneConfig({ global: `${LISTEN_ON_ANYCAST} drain-time 5;` });
        return Daemon.start(scene.network, scene.server, { config });
      });
    }, 60_000);

    it("goes when the server is drained, which still answers then, and comes back with undrain", async () => {
      expect(await control("drain")).toBe(0);
      await routed(false);
      expect(daemon.log).not.toContain("queries are no longer answered");
      await daemon.waitForLog("queries are no longer answered");
      expect(await control("undrain")).toBe(0);
      await routed(true);
    });

    it("goes when the server is told to stop, before it stops", async () => {
      daemon.program.signal("SIGTERM");
      await routed(false);
      expect(daemon.program.exit).toBeUndefined();
      expect(await daemon.program.ended).toEqual({ code: 0, signal: null });
    });

    it("goes when the server is killed, and comes back with the next one", async () => {
      await daemon.stop("SIGKILL");
      await routed(false);
      await daemon.start();
      await routed(true);
    });

    it("goes while the server hangs", async () => {
      daemon.program.signal("SIGSTOP");
      await routed(false);
      daemon.program.signal("SIGCONT");
      await routed(true);
    });

    it("goes while the anycast address is not there", async () => {
      await scene.server.ip(`addr del ${ANYCAST_ADDRESS}/32 dev lo`);
      await routed(false);
      await scene.server.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
      await routed(true);
    });

    it("does not come back because BIRD reads its configuration again", async () => {
      await control("drain");
      await routed(false);
      await scene.server.exec([...birdc.split(" "), "configure"]);
      await eventually("it is disabled again", async () => {
        const shown = await scene.server.exec([...birdc.split(" "), "show", "protocols"]);
        return /^anydhcpd +Static +\S+ +down/m.test(shown) && /^anydhcpd_fallback +Static +\S+ +down/m.test(shown);
      });
      await routed(false);
    });

    it("goes with the program that announces it", async () => {
      await announcer.stop("SIGTERM");
      await routed(false);
      announcer = announce();
      await routed(true);
    });
  });

  describe.skipIf(etcdServer === undefined)("with a store in etcd (skipped without Debian's etcd)", () => {
    let etcd: Program;

    beforeEach(async (context) => {
      await start(context, async () => {
        startEtcd();
        await scene.server.exec(["sh", "-c", "mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd"]);
        const cluster = `cluster { etcd "http://10.9.0.2:2379"; name "a"; reserve ${RESERVE_SECONDS}; }`;
        const config = sceneConfig({ global: `${LISTEN_ON_ANYCAST} ${cluster}` });
        return await Daemon.start(scene.network, scene.server, { config, sharesLeases: true });
      });
    }, 60_000);

    function startEtcd(): void {
      const url = "http://10.9.0.2:2379";
      const words = ["--data-dir", `${scene.network.directory}/etcd`, "--log-level", "error"];
      etcd = scene.relay.spawn([
        etcdServer ?? "",
        ...words,
        "--listen-client-urls",
        url,
        "--advertise-client-urls",
        url,
      ]);
    }

    const announced = async (): Promise<string> => {
      const shown = await scene.server.exec([...birdc.split(" "), "show", "route", "export", "uplink"]);
      return /\[(anydhcpd\w*) /.exec(shown)?.[1] ?? "";
    };

    it("is the second choice once the store is lost, goes before the reserve is spent, and comes back by itself", async () => {
      expect(await announced()).toBe("anydhcpd");
      const mark = daemon.mark;
      await etcd.stop("SIGKILL");
      await daemon.waitForLog('"health":"away"', mark);
      await eventually(
        "it is the second choice",
        async () => (await announced()) === "anydhcpd_fallback",
        WITHDRAWN_MS,
      );
      await eventually("it goes", async () => (await announced()) === "", RESERVE_SECONDS * 1000);
      await routed(false);
      startEtcd();
      await routed(true);
      await eventually("it is the first choice", async () => (await announced()) === "anydhcpd");
    });
  });
});
