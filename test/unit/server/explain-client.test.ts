// A client that is asked about by its hardware address is the one that the leases remember: most clients say more of
// themselves in each message.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { formatExplanation } from "../../../src/control/explain-text.ts";
import type { ExplainedQuery, Explanation } from "../../../src/server/explanation.ts";
import { testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CONFIG = `default-lease-time 600; ping-check off;
class "phones" { match if option vendor-class-identifier = "phone"; }
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }
`;
const HARDWARE = "02:00:00:00:00:07";
const FIRST = [1, 2, 0, 0, 0, 0, 7];
const SECOND = [255, 1, 2, 3];
const PHONE = [...Buffer.from("phone")];

let world: SimulatedServer;

beforeAll(() => vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date"] }));
afterAll(() => vi.useRealTimers());
beforeEach(async () => {
  world = await SimulatedServer.start(CONFIG);
});

/** The address that a client with this identifier gets. */
function lease(clientId: readonly number[], vendorClass: readonly number[] = []): string {
  const options: [number, readonly number[]][] = [[61, clientId]];
  if (vendorClass.length > 0) options.push([60, vendorClass]);
  world.send({ type: 1, chaddr: HARDWARE, options });
  const requested = world.addresses.at(-1) ?? "";
  world.send({ type: 3, chaddr: HARDWARE, requested, serverId: "10.0.0.1", options });
  world.store.finish();
  return requested;
}

async function explain(query: Partial<ExplainedQuery> = {}): Promise<Explanation> {
  const before = world.server.status();
  const hardware = Uint8Array.of(2, 0, 0, 0, 0, 7);
  const explanation = await world.server.explainer.explainClient({ hardware, type: "discover", options: [], ...query });
  if (explanation === undefined) throw new TypeError("there is no such interface");
  expect(world.server.status(), "explaining changes nothing").toEqual(before);
  return explanation;
}

describe("a client that is named by its hardware address", () => {
  it("says of itself what its lease remembers, and the explanation says so", async () => {
    const address = lease(FIRST, PHONE);
    const explanation = await explain();
    expect(explanation).toMatchObject({ reason: "offer-current", address, classes: ["phones"] });
    const text = formatExplanation({ ...explanation, options: [], settings: [] });
    const because = `from its lease of ${address}`;
    expect(text).toContain(
      `assumed    client identifier 01:02:00:00:00:00:07: ${because}; --client-id names another\n`,
    );
    expect(text).toContain(`assumed    dhcp-class-identifier phone: ${because}; --option dhcp-class-identifier= names`);
    expect(await explain({ type: "request", ciaddr: ip(address) })).toMatchObject({ reply: "DHCPACK", address });
    expect(await explain({ type: "request", requested: ip(address) })).toMatchObject({ reply: "DHCPACK", address });
  });

  it("is the one of the newest lease that runs, or of the one that its message is about", async () => {
    const older = lease(FIRST);
    world.elapsedMs += 5000;
    const newer = lease(SECOND);
    expect(newer).not.toBe(older);
    expect(await explain()).toMatchObject({ address: newer });
    expect(await explain({ type: "request", ciaddr: ip(older) })).toMatchObject({
      reply: "DHCPACK",
      address: older,
    });
    const release = {
      type: 7,
      chaddr: HARDWARE,
      ciaddr: newer,
      serverId: "10.0.0.1",
      options: [[61, SECOND]] as const,
    };
    world.send(release, { remoteAddress: ip(newer) });
    world.store.finish();
    expect(await explain()).toMatchObject({ address: older });
  });

  it("is another one where its identifier is named, or where it is named as none", async () => {
    const address = lease(FIRST);
    for (const value of [Uint8Array.from(SECOND), new Uint8Array(0)]) {
      const explanation = await explain({ options: [{ code: 61, value }] });
      expect(explanation.reason).toBe("offer-new");
      expect(explanation.address).not.toBe(address);
      expect(explanation.assumed).toBeUndefined();
    }
  });

  it("keeps options that are named, and says nothing of what no lease tells", async () => {
    lease(FIRST, PHONE);
    const other = await explain({ options: [{ code: 60, value: Buffer.from("other") }] });
    expect([other.classes, other.assumed?.map(({ name }) => name)]).toEqual([[], ["dhcp-client-identifier"]]);
    expect((await explain({ hardware: Uint8Array.of(2, 0, 0, 0, 0, 9) })).assumed).toBeUndefined();
  });

  it("is asked by the first interface that is served, and the explanation says so where there are several", async () => {
    expect((await explain()).assumed).toBeUndefined();
    const config = `${CONFIG} subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.99; }`;
    world = await SimulatedServer.start(config, ["10.0.0.1/24"]);
    const lan1 = testInterface(3, "lan1", "10.1.0.1/24");
    world.server.onInterfaces(new Interfaces(2, [testInterface(2, "lan0", "10.0.0.1/24"), lan1]));
    const text = formatExplanation(await explain());
    expect(text).toContain("assumed    interface lan0: the first that is served; --via names another\n");
    expect((await explain({ via: "lan1" })).assumed).toBeUndefined();
    expect((await explain({ giaddr: ip("10.1.0.2") })).assumed).toBeUndefined();
  });
});
