// The kernel's neighbour table, which the unicast of an OFFER borrows for a moment: it never fills,
// nothing is left in it whichever process dies, what somebody else has put there is respected, and
// without the helper replies are broadcast.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHECKS_UNDER_WAY_MAX, PROBES_ON_LINK_MAX } from "../../src/base/limits/checks.ts";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene } from "../support/scene.ts";
import { Capture, nextXid, RawClient } from "../support/wire-tools.ts";

const CHADDR = "02:00:00:00:00:07";
/** More than the kernel's table holds at a time (1024 by default). */
const MANY_CLIENTS = 3000;
const MANY_RATE = 1000;
/** Pings under way leave an incomplete entry each; so many may be at a time: those that clients wait for, and those ahead. */
const PINGS_MAX = PROBES_ON_LINK_MAX + CHECKS_UNDER_WAY_MAX;
const BATCH = 64;
const CONFIG = `authoritative;
ping-check false;
subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.16.0 172.20.47.255; }
`;

let scene: Scene;
let client: RawClient;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip("addr replace 172.20.0.1/16 dev lan0");
  client = await RawClient.start(scene.client, "eth0");
});
afterEach(() => scene.network.dispose());

const start = (config = CONFIG): Promise<Daemon> =>
  Daemon.start(scene.network, scene.server, { config, args: ["lan0"] });

const discover = (chaddr = CHADDR): { type: string; chaddr: string; xid: number } => ({
  type: "DISCOVER",
  chaddr,
  xid: nextXid(),
});

/** Entries of the server's neighbour table on lan0, whatever their state. */
async function entries(): Promise<readonly string[]> {
  const text = await scene.server.ip("neighbour show dev lan0 nud all");
  return text.split("\n").filter((line) => line.startsWith("172.20."));
}

/** The helper's process id. */
function helperId(): number {
  const helpers = scene.server.processesNamed("anydhcpd-helper");
  expect(helpers).toHaveLength(1);
  return helpers[0] ?? -1;
}

/** What the daemon has counted, as it writes it to its log. */
async function countersOf(daemon: Daemon): Promise<string> {
  const mark = daemon.mark;
  process.kill(daemon.pid, "SIGUSR1");
  return await daemon.waitForLog('"counters"', mark);
}

// The udp backend alone needs neighbour entries.
describe.skipIf(!mayMakeNetworks)("the neighbour table", () => {
  it(`lets ${MANY_CLIENTS} direct clients be offered by unicast, and is empty afterwards`, async () => {
    const daemon = await start();
    const capture = await Capture.start(scene.server, "lan0");
    const result = await client.load({
      clients: MANY_CLIENTS,
      rate: MANY_RATE,
      window: 16,
      request: false,
      waitMs: 60_000,
    });
    expect(result, await countersOf(daemon)).toMatchObject({
      offers: MANY_CLIENTS,
      distinct: MANY_CLIENTS,
      unicastOffers: MANY_CLIENTS,
    });
    expect(capture.arp().filter(({ target }) => target.startsWith("172.20."))).toEqual([]);
    await eventually("no entry is left", async () => (await entries()).length === 0);
    expect((await daemon.stop()).code).toBe(0);
    expect(await entries()).toEqual([]);
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("is empty after main's %s under load", async (signal) => {
    const daemon = await start();
    const capture = await Capture.start(scene.client, "eth0");
    const load = client.load({ clients: 2000, rate: MANY_RATE, request: false, waitMs: 3_000 });
    await capture.waitFor("an OFFER", ({ message }) => message.type === "OFFER");
    await daemon.stop(signal);
    await eventually("the helper is gone", () => scene.server.processes().length === 0);
    expect(await entries()).toEqual([]);
    expect((await load).offers).toBeGreaterThan(0);
  });

  it("has no permanent entry after the helper's SIGKILL under load", async () => {
    const daemon = await start();
    const helper = helperId();
    const capture = await Capture.start(scene.client, "eth0");
    const load = client.load({ clients: 2000, rate: MANY_RATE, request: false, waitMs: 5_000 });
    await capture.waitFor("an OFFER", ({ message }) => message.type === "OFFER");
    process.kill(helper, "SIGKILL");
    const result = await load;
    expect((await entries()).filter((line) => /PERMANENT|NOARP/.test(line))).toEqual([]);
    // The rest came by broadcast.
    expect(result.offers, await countersOf(daemon)).toBe(2000);
    expect(result.unicastOffers).toBeLessThan(2000);
  });

  it("may lose the helper: replies are broadcast, one warning says so, everything else goes on", async () => {
    const daemon = await start();
    const helper = helperId();
    expect((await client.ask(discover())).destinationMac).toBe(CHADDR);
    const mark = daemon.mark;
    process.kill(helper, "SIGKILL");
    await daemon.waitForLog("helper", mark);
    for (let times = 0; times < 3; times++) {
      const offer = await client.ask(discover());
      expect(offer).toMatchObject({ destination: "255.255.255.255", source: "172.20.0.1", message: { type: "OFFER" } });
    }
    expect((await client.lease(CHADDR)).message.type).toBe("ACK");
    const warnings = daemon.program.lines.slice(mark).filter((line) => /"level":[45]0/.test(line));
    expect(warnings.filter((line) => line.includes("broadcast"))).toHaveLength(1);
    expect((await daemon.stop()).code).toBe(0);
  });

  it("ends with status 1 some time after its helper [B7]", async () => {
    const daemon = await start();
    const mark = daemon.mark;
    process.kill(helperId(), "SIGKILL");
    await daemon.waitForLog("the helper has ended", mark);
    expect(daemon.program.lines.slice(mark).join("\n")).toContain("the daemon ends in 10 seconds with status 1");
    expect(await daemon.program.ended).toEqual({ code: 1, signal: null });
  });

  it("ends with status 1 at once when a listener is wanted that only the helper could open [B7]", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, {
      config: `${CONFIG}subnet 172.21.0.0 netmask 255.255.0.0 { range 172.21.16.0 172.21.16.255; }\n`,
    });
    process.kill(helperId(), "SIGKILL");
    const mark = daemon.mark;
    await scene.server.ip("link add extra0 type veth peer name extra1");
    await scene.server.ip("addr add 172.21.0.1/16 dev extra0");
    await scene.server.ip("link set extra1 up");
    await scene.server.ip("link set extra0 up");
    expect(await daemon.program.ended).toEqual({ code: 1, signal: null });
    expect(daemon.program.lines.slice(mark).join("\n")).toMatch(
      /cannot listen on 172\.21\.0\.1.*: the helper, .* is gone/,
    );
  });

  it("may wait for a helper that does not answer: after a moment the reply is broadcast", async () => {
    const daemon = await start();
    const helper = helperId();
    process.kill(helper, "SIGSTOP");
    try {
      const offer = await client.ask(discover());
      expect(offer).toMatchObject({ destination: "255.255.255.255", message: { type: "OFFER" } });
    } finally {
      process.kill(helper, "SIGCONT");
    }
    await eventually("unicast works again", async () => (await client.ask(discover())).destinationMac === CHADDR);
    expect((await daemon.stop()).code).toBe(0);
    expect(await entries()).toEqual([]);
  });

  it.each(["reachable", "stale", "permanent", "noarp"])(
    "does not misdirect an OFFER by a wrong %s entry",
    async (state) => {
      await start();
      const { yiaddr } = (await client.ask(discover())).message;
      await scene.server.ip(`neighbour replace ${yiaddr} lladdr 02:00:00:00:00:66 dev lan0 nud ${state}`);
      const offer = await client.ask(discover());
      expect(offer.message).toMatchObject({ type: "OFFER", yiaddr });
      expect([CHADDR, "ff:ff:ff:ff:ff:ff"]).toContain(offer.destinationMac);
      if (state === "permanent" || state === "noarp") {
        // Somebody has put it there on purpose.
        expect((await entries()).join()).toContain("02:00:00:00:00:66");
      }
    },
  );

  it(`has at most ${PINGS_MAX} pings under way`, async () => {
    await start(CONFIG.replace("ping-check false", "ping-check true"));
    const capture = await Capture.start(scene.server, "lan0");
    const load = client.load({ clients: 600, rate: 3000, request: false, waitMs: 2_500 });
    let most = 0;
    let isOver = false;
    const over = load.finally(() => {
      isOver = true;
    });
    while (!isOver) most = Math.max(most, (await entries()).filter((line) => line.includes("INCOMPLETE")).length);
    const { offers } = await over;
    expect(most).toBeGreaterThan(0);
    // A batch of addresses whose check is over may be on its way out of the table.
    expect(most).toBeLessThanOrEqual(PINGS_MAX + BATCH);
    expect(offers).toBeGreaterThan(0);
    expect(capture.arp().length).toBeGreaterThan(0);
  });
});
