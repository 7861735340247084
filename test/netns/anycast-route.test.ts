// A server's route, as a router sees it: BIRD on both, with the files of etc/anycast as they are. The route is there
// while clients should be sent to the server, goes before the server falls silent, and comes back by itself.

import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks, type Namespace } from "../support/network.ts";
import { eventually, type Program } from "../support/program.ts";
import { ANYCAST_ADDRESS, LISTEN_ON_ANYCAST, Scene, sceneConfig } from "../support/scene.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const ANYDHCPCTL = path("bin/anydhcpctl");
/** Milliseconds in which a route has to go: less than the server still answers after that. */
const WITHDRAWN_MS = 2000;
/** For sessions to come up. */
const ANNOUNCED_MS = 20_000;

describe.skipIf(!mayMakeNetworks)("the route to a server behind BIRD", () => {
  let scene: Scene;
  let daemon: Daemon;
  let announcer: Program;
  let birdc: string;

  beforeEach(async (context) => {
    const bird = await debianTool("bird2", "usr/sbin/bird");
    const client = await debianTool("bird2", "usr/sbin/birdc");
    if (bird === undefined || client === undefined) return context.skip("BIRD cannot be had from Debian");
    scene = await Scene.create();
    const start = async (namespace: Namespace, config: string): Promise<void> => {
      const [socket, pid] = [socketOf(namespace), `${scene.network.directory}/${namespace.name}.pid`];
      namespace.spawn([bird, "-f", "-c", path(`etc/anycast/${config}`), "-s", socket, "-P", pid]);
      await eventually(
        "BIRD answers",
        async () => (await namespace.run([client, "-s", socket, "show", "status"])).code === 0,
      );
    };
    birdc = `${client} -s ${socketOf(scene.server)}`;
    await start(scene.relay, "bird-router.conf");
    await start(scene.server, "bird.conf");
    const config = sceneConfig({ global: `${LISTEN_ON_ANYCAST} drain-time 5;` });
    daemon = await Daemon.start(scene.network, scene.server, { config });
    announcer = announce();
    await routed(true);
  }, 60_000);
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
