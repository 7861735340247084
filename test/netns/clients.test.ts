// The clients people use, unmodified: a lease, a renewal by unicast to the server identifier, a
// release, and the same address when the client comes back.

import { describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually, type Program } from "../support/program.ts";
import { CLIENTS } from "../support/real-clients.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { Capture } from "../support/wire-tools.ts";

/** The shortest lease that all of them take; they renew at half of it. */
const LEASE_SECONDS = 20;
const RENEW_DEADLINE_MS = 25_000;

/** The address a client says it has got. */
async function bound(program: Program): Promise<string> {
  const line = await program.waitForLine((text) => /^event (BOUND|REBOOT|bound) /.test(text), { timeoutMs: 30_000 });
  return line.split(" ")[2] ?? "";
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  describe.concurrent.each(Object.entries(CLIENTS))("%s", (name, makeClient) => {
    it("gets a lease, renews it by unicast, releases it, and gets the same address again", async (context) => {
      await using scene = await Scene.create();
      const client = await makeClient(scene.network, scene.client);
      if (client === undefined) return context.skip(`${name} cannot be had from Debian`);
      const global = `default-lease-time ${LEASE_SECONDS}; max-lease-time ${LEASE_SECONDS};`;
      const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig({ global }) });
      const capture = await Capture.start(scene.server, "lan0");
      const hardware = /link\/ether (\S+)/.exec(await scene.client.ip("link show dev eth0"))?.[1] ?? "";

      const first = client.start();
      const address = await bound(first);
      expect(address).toMatch(/^192\.168\.77\.1\d\d$/);
      await eventually(`${address} is on eth0`, async () => {
        return (await scene.client.ip("-4 address show dev eth0")).includes(`${address}/24`);
      });
      expect(readLeases(daemon.leases).get(address)).toMatchObject({ hardware, state: "active" });

      const renewal = await capture.waitFor(
        "a renewal",
        ({ message }) => message.type === "REQUEST" && message.ciaddr === address,
        0,
        RENEW_DEADLINE_MS,
      );
      expect(renewal).toMatchObject({
        source: address,
        destination: LAN_ADDRESS,
        destinationMac: await scene.mac("lan0"),
      });
      const renewed = await capture.waitFor(
        "the DHCPACK of the renewal",
        ({ message }) => message.type === "ACK" && message.xid === renewal.message.xid && message.ciaddr === address,
      );
      expect(renewed).toMatchObject({ source: LAN_ADDRESS, destination: address, destinationMac: hardware });
      expect(renewed.message.serverId).toBe(LAN_ADDRESS);

      await client.release(first);
      await capture.waitFor("a DHCPRELEASE", ({ message }) => message.type === "RELEASE" && message.ciaddr === address);
      await eventually("the lease is given back", () => readLeases(daemon.leases).get(address)?.state !== "active");

      const second = client.start();
      expect(await bound(second)).toBe(address);
      await second.stop();
      expect((await daemon.stop()).code).toBe(0);
    });
  });
});
