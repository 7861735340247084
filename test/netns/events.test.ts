// What happens to leases, as `anydhcpctl events` tells it of a daemon with real clients.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LeaseEventLine } from "../../src/control/messages.ts";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import type { Program } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const ANYDHCPCTL = new URL("../../bin/anydhcpctl", import.meta.url).pathname;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const D = "02:00:00:00:00:0d";

let scene: Scene;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  scene = await Scene.create();
  const config = sceneConfig({ lan: "default-lease-time 5; max-lease-time 5;" });
  daemon = await Daemon.start(scene.network, scene.server, { config, backend: "udp" });
  client = await RawClient.start(scene.client, "eth0");
});
afterAll(() => scene?.network.dispose());
beforeEach((context) => {
  if (!mayMakeNetworks) context.skip("needs root, or root of a user namespace");
});

function follow(...args: string[]): Program {
  return scene.server.spawn([ANYDHCPCTL, "events", "--control", daemon.controlSocket, ...args]);
}

const linesOf = (program: Program): LeaseEventLine[] =>
  program.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

/** Its lines behind the first `current`, as short as can be. */
function eventsOf(program: Program): unknown[] {
  return linesOf(program)
    .filter((line) => "at" in line)
    .map(({ event, lease }) => [event, lease.address, lease.hardware]);
}

describe("anydhcpctl events", () => {
  it("tells in order what becomes of leases, and goes on where its reader has stopped", async () => {
    const reader = follow();
    await reader.waitForLine((line) => line.includes('"current"'));
    const { yiaddr: first } = (await client.lease(A, { options: [[12, "6c6170746f70"]] })).message;
    // A request that comes again within two seconds changes nothing.
    await sleep(2100);
    await client.ask({ type: "REQUEST", chaddr: A, xid: nextXid(), options: [[50, addressHex(first)]] });
    const server = [54, addressHex(LAN_ADDRESS)] as const;
    const decline = { type: "DECLINE", chaddr: A, xid: nextXid(), options: [[50, addressHex(first)], server] as const };
    await client.exchange({ message: decline, expect: 0, waitMs: 100 });
    const { yiaddr: second } = (await client.lease(B)).message;
    const release = { type: "RELEASE", chaddr: B, xid: nextXid(), ciaddr: second, options: [server] as const };
    await client.exchange({ message: release, frame: { source: second }, expect: 0, waitMs: 100 });
    const { yiaddr: third } = (await client.lease(C)).message;
    await reader.waitForLine((line) => line.includes('"expired"'));
    expect(linesOf(reader).slice(0, 2)).toEqual([
      { event: "snapshot", because: "start" },
      { event: "current", token: expect.stringMatching(/^[a-z0-9]+-0$/) },
    ]);
    expect(eventsOf(reader)).toEqual([
      ["added", first, A],
      ["renewed", first, A],
      ["declined", first, A],
      ["added", second, B],
      ["released", second, B],
      ["added", third, C],
      ["expired", third, C],
    ]);
    expect(linesOf(reader)[2]).toMatchObject({
      ...{ event: "added", at: expect.stringMatching(/^20.*Z$/) },
      lease: { state: "bound", hostName: "laptop", subnet: "192.168.77.0/24", interface: "lan0" },
    });
    await reader.kill();
    const token = lastToken(reader);
    const quiet = follow("--resume", token);
    await quiet.waitForLine((line) => line === `nothing has happened since ${token}: waiting for the next event`);
    await quiet.kill();
    expect(await scene.server.run([ANYDHCPCTL, "events", "--resume", "now"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"now" is no token'),
    });
    const { yiaddr: fourth } = (await client.lease(D)).message;
    const again = follow("--resume", token);
    await again.waitForLine((line) => line.includes('"added"'));
    expect(linesOf(again)).toHaveLength(1);
    expect(eventsOf(again)).toEqual([["added", fourth, D]]);
  }, 30_000);

  it.each(["head -n 1", "grep -m1 snapshot", "head -n 2"])(
    "ends without a word when nobody reads any more, though nothing happens: %s",
    async (reading) => {
      const command = `"$0" events --control "$1" | ${reading}; echo over`;
      const reader = scene.server.spawn(["sh", "-c", command, ANYDHCPCTL, daemon.controlSocket]);
      await reader.waitForLine((line) => line === "over");
      expect(await reader.ended).toEqual({ code: 0, signal: null });
      expect(reader.lines[0]).toContain('"snapshot"');
      expect(reader.lines).toHaveLength(reading.endsWith("2") ? 3 : 2);
    },
  );

  it("ends with the daemon, and tells all leases again to a reader of its next run", async () => {
    const reader = follow();
    await reader.waitForLine((line) => line.includes('"current"'));
    await daemon.stop();
    expect((await reader.ended).code).toBe(1);
    expect(reader.lines.at(-1)).toBe("the daemon has ended; begin again with --resume and the last token");
    await daemon.start();
    const again = follow("--resume", lastToken(reader));
    await again.waitForLine((line) => line.includes('"current"'));
    const [snapshot, ...leases] = linesOf(again);
    expect(snapshot).toEqual({ event: "snapshot", because: "restart" });
    expect(leases.slice(0, -1).map((line) => "lease" in line && line.lease.hardware)).toEqual(
      expect.arrayContaining([B, C, D]),
    );
  });
});

function lastToken(program: Program): string {
  const last = linesOf(program).at(-1);
  return last !== undefined && "token" in last ? last.token : "";
}
