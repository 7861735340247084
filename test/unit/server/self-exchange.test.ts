// The exchange of a server with itself, over a backend that hears itself or does not.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SELF_EXCHANGE_MS } from "../../../src/base/limits/control.ts";
import type { Health } from "../../../src/server/health.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CONFIG = "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";

/** With the turns of the loop in which what has come by then is read. */
const OVER_MS = SELF_EXCHANGE_MS + 10;

let world: SimulatedServer;

async function start(config = CONFIG): Promise<void> {
  world = await SimulatedServer.start(config);
  world.backend.hearsItself = true;
}

beforeEach(async () => {
  vi.useFakeTimers();
  await start();
});
afterEach(() => vi.useRealTimers());

/** The state and the reason of the check, after so much time. */
async function exchange(ms = 0): Promise<readonly [string, string]> {
  const looked: Promise<Health> = world.server.readiness.health();
  await vi.advanceTimersByTimeAsync(ms);
  const check = (await looked).checks.find(({ name }) => name === "exchange");
  return [check?.state ?? "none", check?.reason ?? ""];
}

describe("the exchange of a server with itself", () => {
  it("goes out, comes in, is answered and comes back at every address, at once", async () => {
    expect(await exchange()).toEqual(["ok", "the server answers its own query at 10.0.0.1, 10.0.0.2"]);
    expect(world.backend.heard).toBe(4);
  });

  it("leaves nothing behind: no lease, no count of queries, no reply to anybody, no line in the log", async () => {
    const before = world.server.status();
    for (let i = 0; i < 3; i++) await exchange();
    expect(world.server.status()).toEqual(before);
    expect([...world.server.leases()]).toEqual([]);
    expect([world.backend.sent, world.warnings, world.store.commits]).toEqual([[], [], []]);
  });

  it("fails within its time where nothing comes in, and names the address", async () => {
    world.backend.deafAt.push("10.0.0.2");
    world.backend.hasLongQueue = false;
    const reason = "no socket there, or firewall rules that apply to the loopback interface too";
    expect(await exchange(OVER_MS)).toEqual([
      "failed",
      `the server does not answer its own query at 10.0.0.2: ${reason}`,
    ]);
    world.backend.deafAt.length = 0;
    expect((await exchange())[0]).toBe("ok");
  });

  it("is asked once more before it fails: one datagram may be lost", async () => {
    world.backend.deafAt.push("10.0.0.2");
    setTimeout(() => world.backend.deafAt.splice(0), 100);
    expect((await exchange(OVER_MS))[0]).toBe("ok");
  });

  it("only warns while more is waiting than the server can answer", async () => {
    world.backend.deafAt.push("10.0.0.1");
    world.backend.hasLongQueue = true;
    expect((await exchange(OVER_MS))[0]).toBe("warning");
  });

  it("is one for all who ask meanwhile", async () => {
    await Promise.all([exchange(), exchange(), exchange()]);
    expect(world.backend.heard).toBe(4);
  });

  it.each([
    ["clients of the subnet may not boot", `deny booting; ${CONFIG}`],
    ["there is no subnet", "listen on 192.0.2.53;"],
  ])("is good where %s: the query came in, and the configuration has no answer for it", async (_why, config) => {
    await start(config);
    expect((await exchange())[0]).toBe("ok");
  });

  it("passes the stages in memory where the host does not hear itself, and says so", async () => {
    world.backend.hearsItself = false;
    const [state, reason] = await exchange();
    expect([state, reason]).toEqual(["ok", expect.stringContaining("in memory")]);
  });

  it("takes no message that has not the token of the exchange under way", () => {
    const arrival = { ifindex: 1, localAddress: 0x0a000001, remoteAddress: 0x0a000001, remotePort: 67 };
    expect(world.server.onSelf(new Uint8Array(300), 0, 300, arrival)).toBe(false);
  });

  it("is not tried by a server that is drained", async () => {
    world.server.readiness.drain();
    expect((await exchange())[0]).toBe("none");
  });
});
