// What another configuration would do to the leases that there are: it is what becomes of them when it is in force.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EFFECTS_MS_PER_TURN } from "../../../src/base/limits/server.ts";
import { describeEffects } from "../../../src/cli/reload-text.ts";
import type { ReloadEffects } from "../../../src/server/reload-effects.ts";
import { configOf } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CLIENTS = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"];

beforeAll(() => vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date"] }));
afterAll(() => vi.useRealTimers());

function config({ range = "10.0.0.10 10.0.0.99", subnet = "", more = "" } = {}): string {
  return `default-lease-time 600; ping-check off;
option tftp-server-name "boot";
subnet 10.0.0.0 netmask 255.255.255.0 { range ${range}; option routers 10.0.0.1; ${subnet} }
${more}`;
}

async function effects(after: string, before = config()): Promise<{ effects: ReloadEffects; addresses: string[] }> {
  const world = await SimulatedServer.start(before, ["10.0.0.1/24"]);
  const addresses = CLIENTS.map((chaddr) => world.lease(chaddr));
  const status = world.server.status();
  const found = await world.server.operations.effectsOf(configOf(after));
  expect(world.server.status()).toEqual(status);
  return { effects: found, addresses };
}

describe("what a reload would do", () => {
  it("is nothing where the new configuration says the same", async () => {
    expect((await effects(config())).effects).toEqual({
      ...{ leases: 4, affected: 0, otherAddress: { count: 0, first: [] }, noAddress: { count: 0, first: [] } },
      relaysChanged: 0,
      firewallSets: [],
      options: [],
    });
  });

  it("names clients whose addresses are in no range any more, and those that fall out of all pools", async () => {
    const moved = await effects(config({ range: "10.0.0.200 10.0.0.210" }));
    expect(moved.effects).toMatchObject({ affected: 4, otherAddress: { count: 4 }, noAddress: { count: 0 } });
    expect(moved.effects.otherAddress.first.toSorted()).toEqual(moved.addresses.toSorted());
    const denied = await effects(config({ subnet: "deny unknown-clients;" }));
    expect(denied.effects).toMatchObject({ affected: 4, otherAddress: { count: 0 }, noAddress: { count: 4 } });
    const gone = await effects("subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10; }");
    expect(gone.effects.noAddress.count).toBe(4);
  });

  it("names a client that was to get another address and gets none any more, and not one that keeps its own", async () => {
    const world = await SimulatedServer.start(config(), ["10.0.0.1/24"]);
    const address = world.lease(CLIENTS[0] ?? "");
    const host = `host two { hardware ethernet ${CLIENTS[1]}; fixed-address ${address}; }`;
    await world.reload(config({ more: host }));
    const effectsOf = async (text: string): Promise<ReloadEffects> => world.server.operations.effectsOf(configOf(text));
    expect(await effectsOf("subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10; }")).toMatchObject({
      ...{ affected: 1, noAddress: { count: 1, first: [address] }, otherAddress: { count: 0 } },
    });
    expect(await effectsOf(config({ range: "10.0.0.220 10.0.0.230", more: host }))).toMatchObject({ affected: 0 });
    expect(await effectsOf(config())).toMatchObject({ leases: 1, affected: 0 });
  });

  it("counts a client that a new host moves, and not one that a host keeps where it is", async () => {
    const host = (address: string): string => `host one { hardware ethernet ${CLIENTS[0]}; fixed-address ${address}; }`;
    expect((await effects(config({ more: host("10.0.0.150") }))).effects).toMatchObject({
      ...{ affected: 1, otherAddress: { count: 1 } },
    });
    const { addresses } = await effects(config());
    expect((await effects(config({ more: host(addresses[0] ?? "") }))).effects.affected).toBe(0);
  });

  it("counts clients that are denied any service as without an address", async () => {
    const host = (more: string): string =>
      `host one { hardware ethernet ${CLIENTS[0]}; fixed-address 10.0.0.150; ${more} }`;
    expect((await effects(config({ subnet: "deny booting;" }))).effects).toMatchObject({
      ...{ affected: 4, otherAddress: { count: 0 }, noAddress: { count: 4 } },
    });
    expect((await effects(config({ more: host("deny booting;") }))).effects).toMatchObject({
      ...{ affected: 1, otherAddress: { count: 0 }, noAddress: { count: 1 } },
    });
    const moved = config({ range: "10.0.0.200 10.0.0.210", subnet: "deny booting;" });
    expect((await effects(moved)).effects).toMatchObject({ otherAddress: { count: 0 }, noAddress: { count: 4 } });
  });

  it("counts clients behind relays where nobody may relay any more, and those on our own link not", async () => {
    const routed = (relays: string): string =>
      config({ more: `subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.99; ${relays} }` });
    const world = await SimulatedServer.start(routed(""), ["10.0.0.1/24"]);
    world.lease("02:00:00:00:00:01");
    const relay = { remoteAddress: ip("10.9.0.1"), remotePort: 67 };
    const query = { chaddr: "02:00:00:00:00:02", giaddr: "10.9.0.1" };
    world.send({ type: 1, ...query }, relay);
    const requested = world.addresses.at(-1) ?? "";
    expect(requested).toMatch(/^10\.9\.0\./);
    world.send({ type: 3, ...query, requested, serverId: "10.0.0.1" }, relay);
    world.store.finish();
    const effectsOf = (text: string): Promise<ReloadEffects> => world.server.operations.effectsOf(configOf(text));
    expect(await effectsOf(routed("relays none;"))).toMatchObject({
      ...{ leases: 2, affected: 1, noAddress: { count: 1, first: [requested] } },
    });
    expect(await effectsOf(`relays none; ${routed("")}`)).toMatchObject({ affected: 1, noAddress: { count: 1 } });
    expect(await effectsOf(routed("relays 10.9.0.1;"))).toMatchObject({ affected: 0, relaysChanged: 1 });
    expect(await effectsOf(routed(""))).toMatchObject({ affected: 0, relaysChanged: 0 });
    expect(describeEffects(await effectsOf(routed("relays 10.9.0.1;")))).toEqual([
      "relays has changed for 1 client behind relays: see that it names their relays; those that it does not name are heard no more",
      "0 of 2 clients with a lease are affected",
    ]);
  });

  it("counts by option the clients that lose it, get another value, or get it newly", async () => {
    const after = config({ subnet: "option domain-name-servers 10.0.0.2;" })
      .replace('option tftp-server-name "boot";', "")
      .replace("option routers 10.0.0.1", "option routers 10.0.0.254");
    expect((await effects(after)).effects).toEqual({
      ...{ leases: 4, affected: 4, otherAddress: { count: 0, first: [] }, noAddress: { count: 0, first: [] } },
      relaysChanged: 0,
      firewallSets: [],
      options: [
        { code: 3, name: "routers", lost: 0, changed: 4, added: 0 },
        { code: 6, name: "domain-name-servers", lost: 0, changed: 0, added: 4 },
        { code: 66, name: "tftp-server-name", lost: 4, changed: 0, added: 0 },
      ],
    });
  });

  it("names clients that leave a firewall set, as one does whose address is reserved where the set is a pool's", async () => {
    const pool = "pool { range 10.0.0.10 10.0.0.99; firewall-set nft inet dhcp guests; }";
    const network = (blocks: string): string => `default-lease-time 600; ping-check off;
      subnet 10.0.0.0 netmask 255.255.255.0 { ${blocks} firewall-set nft inet dhcp gone { addresses abandoned; } }`;
    const host = (address = ""): string => `host one { hardware ethernet ${CLIENTS[0]}; fixed-address ${address}; }`;
    const { addresses } = await effects(network(pool), network(pool));
    const [first = ""] = addresses;
    const one = { name: "inet dhcp guests", left: { count: 1, first: [first] }, entered: { count: 0, first: [] } };
    const stays = await effects(network(pool) + host(first), network(pool));
    expect(stays.effects).toMatchObject({ affected: 1, firewallSets: [one], otherAddress: { count: 0 } });
    expect(describeEffects(stays.effects)).toContain(`1 client leaves the firewall set inet dhcp guests: ${first}`);
    const moves = await effects(network(pool) + host("10.0.0.150"), network(pool));
    expect(moves.effects).toMatchObject({ affected: 1, firewallSets: [one], otherAddress: { count: 1 } });
    const all = await effects(network("range 10.0.0.10 10.0.0.99;"), network(pool));
    expect(all.effects).toMatchObject({ affected: 4, firewallSets: [{ left: { count: 4 } }] });
    const back = await effects(network(pool), network("range 10.0.0.10 10.0.0.99;"));
    expect(back.effects).toMatchObject({ affected: 0, firewallSets: [{ left: { count: 0 }, entered: { count: 4 } }] });
    expect(describeEffects(back.effects)[0]).toMatch(/^4 clients enter the firewall set inet dhcp guests: 10\.0\.0\./);
  });

  it("is nothing to the set of the shipped example where a guest's address is reserved", async () => {
    const shipped = readFileSync(new URL("../../../etc/examples/guest-firewall.conf", import.meta.url), "utf8");
    const example = shipped.replaceAll("192.168.2.", "10.0.0.");
    const world = await SimulatedServer.start(`ping-check off; ${example}`, ["10.0.0.1/24"]);
    const address = world.lease(CLIENTS[0] ?? "");
    const host = `host one { hardware ethernet ${CLIENTS[0]}; fixed-address ${address}; }`;
    const found = await world.server.operations.effectsOf(configOf(`ping-check off; ${example} ${host}`));
    expect(found).toMatchObject({ leases: 1, affected: 0, firewallSets: [] });
    const moved = host.replace(address, "10.0.0.9");
    const other = await world.server.operations.effectsOf(configOf(`ping-check off; ${example} ${moved}`));
    expect(other).toMatchObject({ otherAddress: { count: 1 }, firewallSets: [] });
  });

  it("is found out in turns of the event loop, each of a short time", async () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += EFFECTS_MS_PER_TURN));
    const turns = vi.spyOn(globalThis, "setImmediate");
    const found = await effects(config());
    expect(found.effects.leases).toBe(CLIENTS.length);
    expect(turns.mock.calls.length).toBeGreaterThanOrEqual(CLIENTS.length);
    vi.restoreAllMocks();
  });

  it("goes by the classes that what is kept of a client tells", async () => {
    const classed = config({
      more: `class "one" { match if hardware = 01:${CLIENTS[0]}; option tftp-server-name "other"; }`,
    });
    expect((await effects(classed)).effects).toMatchObject({
      affected: 1,
      options: [{ code: 66, lost: 0, changed: 1, added: 0 }],
    });
  });
});
