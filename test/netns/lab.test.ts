// Labs and the peers in them, on the real kernel: what is made can be used and goes away again, and
// every server gives clients a lease.

import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Lab, type LabNamespace } from "../../lab/network/lab.ts";
import { runLoad } from "../../lab/network/load.ts";
import { SERVERS } from "../../lab/servers/list.ts";
import { isInstalled, RunningServer, versionOf } from "../../lab/servers/running-server.ts";
import type { Service } from "../../lab/servers/service.ts";
import { availableServer } from "../support/installed-servers.ts";
import { eventually } from "../support/program.ts";

const SERVICE: Service = {
  interfaces: ["lan0"],
  addresses: [],
  subnets: [
    {
      network: "192.168.77.0",
      prefixLength: 24,
      interface: "lan0",
      ranges: [{ first: "192.168.77.100", last: "192.168.77.199" }],
      routers: ["192.168.77.1"],
    },
  ],
  leaseSeconds: 3600,
  conflictCheck: false,
};

const obstacle = Lab.obstacle();

async function link(lab: Lab): Promise<{ server: LabNamespace; client: LabNamespace }> {
  const server = await lab.namespace("server");
  const client = await lab.namespace("client");
  await lab.veth(server, "lan0", client, "eth0");
  await server.ip("addr add 192.168.77.1/24 dev lan0");
  return { server, client };
}

describe.skipIf(obstacle !== undefined)(`a lab ${obstacle ?? ""}`, () => {
  it("ends its programs and removes its folder when it is disposed of", async () => {
    const lab = await Lab.create();
    const { server } = await link(lab);
    const program = await server.spawn(["sleep", "1000"]);
    expect(existsSync(`/proc/${program.pid}`)).toBe(true);
    await lab.dispose();
    await eventually("the program has ended", () => !existsSync(`/proc/${program.pid}`));
    expect(existsSync(lab.directory)).toBe(false);
    expect((await program.ended).signal).toBe("SIGKILL");
  });

  it("tells a program's output and how it ended", async () => {
    await using lab = await Lab.create();
    const { server } = await link(lab);
    const program = await server.spawn(["sh", "-c", "echo hello; exec sleep 1000"]);
    expect((await program.waitFor(/h(.)llo/))[1]).toBe("e");
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });
    await expect(program.waitFor(/never/)).rejects.toThrow(/sh ended \(SIGTERM\):\nhello/);
  });

  // Clusters need an etcd that is installed, and have tests of their own. A database is run only where it is installed
  // with all that its server needs.
  const isTried = (server: (typeof SERVERS)[0]): boolean =>
    server.isBaseline !== true &&
    server.package !== "etcd-server" &&
    (!server.id.startsWith("kea-pgsql") || isInstalled(server));
  for (const listed of SERVERS.filter(isTried)) {
    const known = listed.onOwnNetwork ?? listed;
    it(`has ${known.title} (${listed.id}) give a client a lease`, async (context) => {
      const peer = await availableServer(known);
      if (peer === undefined) return context.skip(`${known.package} cannot be had from Debian`);
      await using lab = await Lab.create();
      const { server, client } = await link(lab);
      const running = await RunningServer.start(peer, server, SERVICE);
      // Kea's replies by UDP to clients without an address go by ARP for that address, which nobody answers.
      const asked = listed.hearsOwnNetwork === false ? { relay: "192.168.77.2" } : { interface: "eth0" };
      if ("relay" in asked) await client.ip("addr add 192.168.77.2/24 dev eth0");
      const orders = { server: "192.168.77.1", ...asked, clients: 3, window: 1, once: true, finish: true };
      const [report] = await runLoad(client, { ...orders, range: "192.168.77.100-192.168.77.199", seconds: 20 });
      expect(report, running.program.output).toMatchObject({ exchanges: 3, invalidReplies: 0 });
      expect(versionOf(peer)).toMatch(/^\d/);
      expect(running.residentOctets).toBeGreaterThan(100_000);
      expect(running.processorSeconds).toBeGreaterThan(0);
      expect(existsSync(running.directory)).toBe(true);
      const end = await running.stop();
      expect(end.signal).not.toBe("SIGKILL");
      expect(running.processorSeconds).toBe(0);
    });
  }
});
