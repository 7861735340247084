// What a client was told is on disk: main is killed under load again and again, and each address
// that a client saw acknowledged is in the lease file, and is its own after the restart.

import { copyFileSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

/** `npm run crash -- --cycles 1000` for more. */
const KILLS = Number(process.env["ANYDHCPD_CRASH_CYCLES"] ?? 100);
/** Servers that are killed side by side, each in a network of its own, of both backends in turn. */
const LANES = 4;
/** Clients of one round; those of the third round before come again, so that half of the records are outdated soon and a start writes a new file. */
const CLIENTS = 120;
const GROUPS = 3;
const CONFIG = `authoritative;
ping-check false;
subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.16.0 172.20.79.255; }
`;

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip("addr replace 172.20.0.1/16 dev lan0");
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

/** INIT-REBOOT (RFC 2131 4.3.2): "I had this address": the answer's type, or "" for silence. */
async function reboot(client: RawClient, chaddr: string, address: string): Promise<string> {
  const options = [[50, addressHex(address)]] as const;
  const message = { type: "REQUEST", chaddr, xid: nextXid(), options };
  const { replies } = await client.exchange({ message, waitMs: 1_500, lingerMs: 20 });
  expect(replies.length).toBeLessThanOrEqual(1);
  return replies[0]?.message.type ?? "";
}

/** Octets of the file before its last batch, and of the whole of it. */
function lastBatch(file: string): { start: number; end: number } {
  const text = readFileSync(file, "latin1");
  const trailers = [...text.matchAll(/^#= .*\n/gm)];
  const previous = trailers.at(-2);
  expect(previous).toBeDefined();
  return { start: (previous?.index ?? 0) + (previous?.[0].length ?? 0), end: text.length };
}

/** What the kills of one server have shown. */
interface Shown {
  kills: number;
  acks: number;
  leases: number;
  rewrites: number;
}

/**
 * Kills a server of its own again and again: while clients get leases, or, each fifth time, while it starts and reads its
 * file, or writes it anew. After each kill the file has what clients saw acknowledged, and no address is two clients'.
 */
async function killAgainAndAgain(backend: string, kills: number, lane: number): Promise<Shown> {
  await using lanes = await Scene.create();
  await lanes.server.ip("addr replace 172.20.0.1/16 dev lan0");
  const clients = await RawClient.start(lanes.client, "eth0");
  const daemon = new Daemon(lanes.network, lanes.server, { backend, config: CONFIG, args: ["lan0"] });
  const granted = new Map<string, string>();
  const shown = { kills: 0, acks: 0, leases: 0, rewrites: 0 };
  for (; shown.kills < kills; shown.kills++) {
    const place = shown.kills * 97 + lane * 41;
    if (shown.kills % 5 === 4) {
      daemon.launch();
      await new Promise((resolve) => setTimeout(resolve, place % 700));
      await daemon.stop("SIGKILL");
    } else {
      await daemon.start();
      const from = clients.program.lines.length;
      const first = (shown.kills % GROUPS) * CLIENTS;
      let isOver = false;
      const load = clients.load({ clients: CLIENTS, first, rate: 2000, waitMs: 5_000, idleMs: 300 }).finally(() => {
        isOver = true;
      });
      // Somewhere in the middle, each time at another place.
      const served = 1 + (place % 100);
      await eventually("some are served", () => isOver || clients.granted(from).length >= served);
      shown.rewrites += (await daemon.counters())["store-rewrites"] ?? 0;
      await daemon.stop("SIGKILL");
      const { granted: seen } = await load;
      shown.acks += seen.length;
      for (const { address, chaddr } of seen) {
        expect(granted.get(address) ?? chaddr, "an address is two clients'").toBe(chaddr);
        granted.set(address, chaddr);
      }
    }
    const recorded = readLeases(daemon.leases);
    for (const [address, hardware] of granted) {
      expect(recorded.get(address), `kill ${shown.kills}`).toMatchObject({ hardware, state: "active" });
    }
  }
  await daemon.start();
  const sample = [...granted].filter((_, index) => index % Math.ceil(granted.size / 25) === 0);
  for (const [address, chaddr] of sample) expect(await reboot(clients, chaddr, address)).toBe("ACK");
  expect((await daemon.stop()).code).toBe(0);
  expect(new Set(granted.values()).size).toBe(granted.size);
  shown.leases = granted.size;
  return shown;
}

describe.skipIf(!mayMakeNetworks)("a server that is killed", () => {
  it(
    `has lost no lease that a client saw acknowledged, and given none twice, after ${KILLS} kills`,
    async () => {
      const lanes = Array.from({ length: LANES }, (_, lane) => {
        const kills = Math.floor((KILLS + lane) / LANES);
        return killAgainAndAgain(backends[lane % backends.length] ?? "udp", kills, lane);
      });
      const shown = await Promise.all(lanes);
      const sum = (field: keyof Shown): number => shown.reduce((all, each) => all + each[field], 0);
      const [acks, leases, rewrites] = [sum("acks"), sum("leases"), sum("rewrites")];
      process.stdout.write(`${sum("kills")} kills, ${acks} DHCPACKs of ${leases} leases, ${rewrites} rewrites seen\n`);
      expect(sum("kills")).toBe(KILLS);
      expect(acks).toBeGreaterThan(KILLS * 20);
      if (KILLS >= 100) expect(rewrites).toBeGreaterThan(0);
    },
    60_000 + KILLS * 5_000,
  );
});

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  const make = (): Daemon => new Daemon(scene.network, scene.server, { backend, config: CONFIG, args: ["lan0"] });

  it("starts from a file that is cut anywhere in its last batch, with all leases before it", async () => {
    const daemon = make();
    await daemon.start();
    const first = (await client.lease("02:00:00:00:00:11")).message.yiaddr;
    const last = (await client.lease("02:00:00:00:00:12")).message.yiaddr;
    expect((await daemon.stop()).code).toBe(0);
    const whole = join(scene.network.directory, "whole.leases");
    copyFileSync(daemon.leaseFile, whole);
    const { start, end } = lastBatch(whole);
    // The store's own tests cut at every octet; each of these is a start of the whole daemon.
    const cuts = [start, start + 1, start + 10, Math.floor((start + end) / 2), end - 30, end - 2, end - 1, end];
    for (const cut of cuts) {
      copyFileSync(whole, daemon.leaseFile);
      truncateSync(daemon.leaseFile, cut);
      await daemon.start();
      expect(await reboot(client, "02:00:00:00:00:11", first), `cut at ${cut}`).toBe("ACK");
      // What was cut off is unknown: RFC 2131 4.3.2 says to be silent about it.
      expect(["ACK", ""], `cut at ${cut}`).toContain(await reboot(client, "02:00:00:00:00:12", last));
      if (cut === end) expect(await reboot(client, "02:00:00:00:00:12", last)).toBe("ACK");
      expect((await client.lease("02:00:00:00:00:13")).message.type).toBe("ACK");
      expect((await daemon.stop()).code).toBe(0);
    }
  });

  it("writes a lease file that dhcp-lease-list and dhcpd-pools read", async (context) => {
    const list = await debianTool("isc-dhcp-server", "usr/sbin/dhcp-lease-list");
    const pools = await debianTool("dhcpd-pools", "usr/bin/dhcpd-pools");
    if (list === undefined || pools === undefined)
      return context.skip("isc-dhcp-server or dhcpd-pools cannot be had from Debian");
    const daemon = make();
    await daemon.start();
    const { granted } = await client.load({ clients: 20, rate: 500 });
    expect(granted).toHaveLength(20);
    const listed = await scene.server.exec([list, "--lease", daemon.leaseFile, "--parsable"]);
    for (const { address, chaddr } of granted) {
      expect(listed).toMatch(new RegExp(`MAC ${chaddr} IP ${address.replaceAll(".", "\\.")} `));
    }
    const counted = await scene.server.exec([pools, "-c", daemon.configFile, "-l", daemon.leaseFile, "-f", "j"]);
    expect(JSON.parse(counted).subnets[0]).toMatchObject({ used: 20 });
    expect((await daemon.stop()).code).toBe(0);
  });
});
