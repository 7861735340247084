// `ignore-client-uids` turned on and off in a running network: clients keep the addresses that they have.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { TableLoader } from "../../../src/lease/table/table-loader.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";

const OFF = `
authoritative;
ping-check off;
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100; }
`;
const ON = `ignore-client-uids on;\n${OFF}`;
const CHADDR = "02:00:5e:00:53:03";
const DUID = [0xff, 0x5e, 0x00, 0x53, 0x46, 0, 2, 0, 0, 0x0a, 0xb1, 0x11, 0x22];
const ADDRESS = "192.0.2.100";
const RENEWAL = { from: ADDRESS, to: "192.0.2.1" };

function worldOf(text: string): EngineWorld {
  return new EngineWorld(text, [testInterface(2, "lan0", "192.0.2.1")]);
}

describe("ignore-client-uids", () => {
  it("turned on leaves a client with an identifier its lease, kept without it from now on [R1]", () => {
    const world = worldOf(OFF);
    expect(world.lease(CHADDR, { clientId: DUID })).toBe(ADDRESS);
    world.reload(ON);
    expect(world.send({ type: 1, chaddr: CHADDR })).toMatchObject({ reason: "offer-current", yiaddr: ADDRESS });
    world.now += 100;
    const renewal = { type: 3, chaddr: CHADDR, clientId: DUID, ciaddr: ADDRESS };
    expect(world.send(renewal, RENEWAL)).toMatchObject({ reason: "ack-renew", messageType: 5, yiaddr: ADDRESS });
    expect(world.table.record(world.table.slotOf(ip(ADDRESS))).clientId).toHaveLength(0);
    expect(world.send({ type: 1, chaddr: CHADDR, clientId: [1, 2, 3] })).toMatchObject({ yiaddr: ADDRESS });
  });

  it("reads leases with identifiers, from another server's file too, as those of their hardware [R1]", () => {
    const source = worldOf(OFF);
    source.lease(CHADDR, { clientId: DUID });
    const record = source.table.record(source.table.slotOf(ip(ADDRESS)));
    const world = worldOf(ON);
    const loader = new TableLoader(world.table);
    loader.load(record);
    loader.finish();
    const renewal = { type: 3, chaddr: CHADDR, clientId: DUID, ciaddr: ADDRESS };
    expect(world.send(renewal, RENEWAL)).toMatchObject({ reason: "ack-repeated", messageType: 5, yiaddr: ADDRESS });
    expect(world.send({ type: 1, chaddr: CHADDR })).toMatchObject({ yiaddr: ADDRESS });
    const other = { type: 3, chaddr: "02:00:5e:00:53:04", clientId: DUID, ciaddr: ADDRESS };
    expect(world.send(other, RENEWAL)).toMatchObject({ reason: "nak-taken" });
  });

  it("turned off leaves a client that names its address the lease, by its identifier from now on [R1]", () => {
    const world = worldOf(ON);
    expect(world.lease(CHADDR, { clientId: DUID })).toBe(ADDRESS);
    world.reload(OFF);
    const asks = { chaddr: CHADDR, clientId: DUID };
    expect(world.send({ type: 1, requested: ADDRESS, ...asks })).toMatchObject({
      reason: "offer-current",
      yiaddr: ADDRESS,
    });
    expect(world.send({ type: 3, requested: ADDRESS, ...asks })).toMatchObject({ reason: "ack-init-reboot" });
    world.now += 100;
    expect(world.send({ type: 3, ciaddr: ADDRESS, ...asks }, RENEWAL)).toMatchObject({
      reason: "ack-renew",
      yiaddr: ADDRESS,
    });
    expect([...world.table.record(world.table.slotOf(ip(ADDRESS))).clientId]).toEqual(DUID);
  });

  it("turned off is no way to another client's lease [R1]", () => {
    const world = worldOf(ON);
    world.lease(CHADDR, { clientId: DUID });
    world.reload(OFF);
    const stranger = { type: 3, chaddr: "02:00:5e:00:53:04", clientId: DUID, ciaddr: ADDRESS };
    expect(world.send(stranger, RENEWAL)).toMatchObject({ reason: "nak-taken" });
    expect(world.table.state(world.table.slotOf(ip(ADDRESS)))).toBe(BindingState.bound);
    // A lease with an identifier is nobody's by hardware alone (RFC 2131 section 4.2).
    world.send({ type: 3, chaddr: CHADDR, clientId: DUID, ciaddr: ADDRESS }, RENEWAL);
    expect(world.send({ type: 3, chaddr: CHADDR, ciaddr: ADDRESS }, RENEWAL)).toMatchObject({ reason: "nak-taken" });
  });

  it("turned on joins the two leases of a machine that boots in steps when it renews one [R1]", () => {
    const text = OFF.replace("192.0.2.100;", "192.0.2.100 192.0.2.101;");
    const world = worldOf(text);
    const first = world.lease(CHADDR, { clientId: [0, 1, 2] });
    const second = world.lease(CHADDR, { clientId: DUID });
    expect(second).not.toBe(first);
    world.reload(`ignore-client-uids on;\n${text}`);
    world.now += 100;
    const renewal = { type: 3, chaddr: CHADDR, clientId: DUID, ciaddr: second };
    expect(world.send(renewal, { ...RENEWAL, from: second })).toMatchObject({ reason: "ack-renew", yiaddr: second });
    expect(world.table.state(world.table.slotOf(ip(first)))).toBe(BindingState.released);
  });
});
