// "Why did it not get .50?": what the server says of an address that a client asks for and is not given.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import { formatAddressExplanation, formatExplanation } from "../../../src/control/explain-text.ts";
import type { ExplainedQuery, Explanation } from "../../../src/server/explanation.ts";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CONFIG = `default-lease-time 600;
class "phones" { match if option vendor-class-identifier = "phone"; }
subnet 10.0.0.0 netmask 255.255.255.0 {
  option routers 10.0.0.254;
  ping-check off;
  pool { range 10.0.0.10 10.0.0.19; allow members of "phones"; }
  pool { range 10.0.0.50 10.0.0.59; }
}
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.11; }
host tv { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.0.20; }
`;
const ME = Uint8Array.of(2, 0, 0, 0, 0, 9);
const OTHER = "02:00:00:00:00:0a";

let world: SimulatedServer;

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());
beforeEach(async () => {
  world = await SimulatedServer.start(CONFIG, ["10.0.0.1/24"]);
});

function explain(requested: string, more: Partial<ExplainedQuery> = {}): Explanation {
  const query = { hardware: ME, type: "discover", requested: parseIpv4(requested), options: [], ...more } as const;
  const explanation = world.server.explainer.explain(query);
  if (explanation === undefined) throw new TypeError("the interface is there");
  return explanation;
}

/** Has a client decline an address that it was given. */
function decline(chaddr: string, requested: string): void {
  world.send({ type: 4, chaddr, requested, serverId: "10.0.0.1" });
  world.store.finish();
}

describe("the address that a client asks for", () => {
  it("is told with nothing where it gets it, and where it asks for none", () => {
    expect(explain("10.0.0.50").requested).toBeUndefined();
    const explanation = world.server.explainer.explain({ hardware: ME, type: "discover", options: [] });
    expect(explanation?.requested).toBeUndefined();
  });

  it.each([
    ["10.0.0.1", "it is this server's own address"],
    ["10.0.0.254", "it is a router of the subnet (option routers)"],
    ["10.0.0.99", "it is in no range and no fixed-address"],
    ["172.16.0.1", "no subnet of the configuration has it"],
    ["10.1.0.10", "it is in the network 10.1.0.0, and the client is in the network 10.0.0.0"],
    ["10.0.0.20", "it is the fixed-address of the host tv (test.conf:10:1)"],
    [
      "10.0.0.10",
      'its pool is not for the client: it is for members of "phones" (test.conf:6:37), which the client is not',
    ],
  ])("%s is not given because %s", (address, because) => {
    expect(explain(address)).toMatchObject({ reply: "DHCPOFFER", requested: { address, because } });
  });

  it("is told with its client where another one has it, is offered it, or has declined it", () => {
    const address = world.lease(OTHER);
    const ends = new Date((world.wallOffset + Math.floor(world.elapsedMs / 1000) + 600) * 1000).toISOString();
    const explanation = explain(address);
    const because = `${OTHER} has a lease of it until ${ends}`;
    expect(explanation.requested).toEqual({ address, because });
    expect(formatExplanation(explanation)).toContain(`\nrequested  ${address}: ${because}\n`);
    decline(OTHER, address);
    expect(explain(address).requested?.because).toMatch(/^it is abandoned until \d{4}-/);
    world.send({ type: 1, chaddr: "02:00:00:00:00:0b" });
    const offered = world.addresses.at(-1) ?? "";
    expect(explain(offered).requested?.because).toBe("it is offered to 02:00:00:00:00:0b");
  });

  it("is told with what comes first: the client's own lease, or its host's fixed-address", () => {
    const own = world.lease("02:00:00:00:00:09");
    const wanted = own === "10.0.0.55" ? "10.0.0.56" : "10.0.0.55";
    expect(explain(wanted).requested?.because).toBe(`the client has ${own} already, which comes first`);
    const tv = explain("10.0.0.55", { hardware: Uint8Array.of(2, 0, 0, 0, 0, 1) });
    expect(tv.requested?.because).toBe(
      "the host tv (test.conf:10:1) has the fixed-address 10.0.0.20, which comes first",
    );
  });

  it("is told with its client where the client that is asked about would renew it", () => {
    const address = world.lease(OTHER);
    const renewal = { type: "request", requested: undefined, ciaddr: ip(address) } as const;
    const explanation = explain(address, renewal);
    expect(explanation).toMatchObject({ reply: "DHCPNAK", reason: "nak-taken", requested: { address } });
    expect(explanation.requested?.because).toMatch(/^02:00:00:00:00:0a has a lease of it until /);
    expect(explain(address, { ...renewal, hardware: Uint8Array.of(2, 0, 0, 0, 0, 10) }).requested).toBeUndefined();
  });

  it("comes before the result, whose delivery is right below it, and the address that the client gets is named", () => {
    const address = world.lease(OTHER);
    const text = formatExplanation(explain(address));
    const labels = [...text.matchAll(/^(\S*) +/gm)].map(([, label]) => label);
    expect(labels.slice(labels.indexOf("pool"), labels.indexOf("option"))).toEqual([
      ...["pool", "pool", "requested", "result", ""],
    ]);
    const [, given] = /^result +DHCPOFFER of (\S+)/m.exec(text) ?? [];
    expect(given).not.toBe(address);
    expect(text).toMatch(new RegExp(`^pool .*: permitted, \\d+ free; ${given} is one of these$`, "m"));
  });

  it("is told for a client that asks to keep it, and is refused", () => {
    const address = world.lease(OTHER);
    const { reason, requested } = explain(address, { type: "request" });
    expect(reason).toMatch(/^(nak|drop)-/);
    expect(requested?.because).toMatch(/^02:00:00:00:00:0a has a lease of it until /);
    expect(explain("10.1.0.10", { type: "request" }).requested?.because).toContain("the network 10.1.0.0");
  });

  it("is told where a host without a lease answers for it", async () => {
    world = await SimulatedServer.start(CONFIG.replace("ping-check off", "ping-check on"), ["10.0.0.1/24"]);
    const { serving } = world.server as unknown as { serving: import("../../../src/engine/serving.ts").Serving };
    const slot = serving.table.slotOf(ip("10.0.0.50"));
    serving.checked.addBusy(serving.table.poolOf(slot), slot, world.elapsedMs / 1000 + 60);
    expect(explain("10.0.0.50")).toMatchObject({
      isChecked: true,
      requested: { because: "a host without a lease answers there: while it does, the client gets another one" },
    });
  });
});

describe("the firewall sets of a client", () => {
  it("are those of its blocks that have leased addresses, where it gets an address", async () => {
    const text = CONFIG.replace(
      "ping-check off;",
      "ping-check off; firewall-set nft inet dhcp guests; firewall-set nft inet dhcp gone { addresses abandoned; }",
    );
    world = await SimulatedServer.start(text, ["10.0.0.1/24"]);
    const explanation = explain("10.0.0.50");
    expect(explanation.firewallSets).toEqual(["inet dhcp guests"]);
    expect(formatExplanation(explanation)).toContain("\nsets       inet dhcp guests\n");
    expect(explain("10.0.0.50", { type: "release" }).firewallSets).toBeUndefined();
  });

  it("are told as none where the configuration has some and the client gets its address without", async () => {
    const text = `default-lease-time 600; ping-check off;
      subnet 10.0.0.0 netmask 255.255.255.0 {
        pool { range 10.0.0.10 10.0.0.99; firewall-set nft inet dhcp guests; }
      }
      host tv { hardware ethernet 02:00:00:00:00:09; fixed-address 10.0.0.150; }`;
    world = await SimulatedServer.start(text, ["10.0.0.1/24"]);
    const explanation = explain("10.0.0.150");
    expect(explanation.firewallSets).toEqual([]);
    expect(formatExplanation(explanation)).toContain("\nsets       none\n");
    const address = ip(world.lease("02:00:00:00:00:09"));
    expect(world.server.explainer.explainAddress(address).firewallSets).toEqual([]);
    expect(formatAddressExplanation({ address: "10.0.0.150", hosts: [], firewallSets: [] })).toContain(
      "\nsets       none\n",
    );
    expect(world.server.explainer.explainAddress(ip("10.0.0.20")).firewallSets).toBeUndefined();
  });

  it("are not mentioned where the configuration has none", () => {
    expect(explain("10.0.0.50").firewallSets).toBeUndefined();
    expect(formatExplanation(explain("10.0.0.50"))).not.toContain("\nsets ");
    expect(world.server.explainer.explainAddress(ip(world.lease(OTHER))).firewallSets).toBeUndefined();
  });
});
