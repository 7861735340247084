// Limits of leases by hardware address, relay port and interface, on the wire and through a new start
// (docs/hostile-input.md, cases 20 and 23).

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { GIADDR, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { nextXid, RawClient } from "../support/wire-tools.ts";

const MACHINE = "02:00:00:00:00:0a";

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend: a limit of leases", (backend) => {
  let scene: Scene;
  let client: RawClient;
  let daemon: Daemon;

  beforeAll(async () => {
    scene = await Scene.create();
    client = await RawClient.start(scene.client, "eth0");
    const config = sceneConfig({
      global: "hardware-lease-limit 4; subnet 10.9.0.0 netmask 255.255.255.248 { }",
      lan: "interface-lease-limit 30;",
      routed: "relay-port-lease-limit 3;",
    });
    daemon = await Daemon.start(scene.network, scene.server, { backend, config });
  });
  afterAll(() => scene.network.dispose());

  const counter = async (name: string): Promise<number> => (await daemon.counters())[name] ?? 0;
  const warnings = (): readonly string[] => daemon.program.lines.filter((line) => line.includes('"lease-limit"'));

  it("holds for one hardware address, whatever identifiers it says, and is told once a burst [case 20, B5]", async () => {
    const options = (n: number) => ({ options: [[61, `00${n.toString(16).padStart(4, "0")}`] as const] });
    for (let n = 0; n < 4; n++) await client.lease(MACHINE, options(n));
    // Nine DHCPDISCOVERs in all: a kernel shield lets ten of a client pass.
    for (let n = 4; n < 9; n++) {
      const message = { type: "DISCOVER", chaddr: MACHINE, xid: nextXid(), ...options(n) };
      expect((await client.exchange({ message, expect: 0, waitMs: 20, lingerMs: 20 })).replies).toEqual([]);
    }
    expect(await counter("drop-hardware-limit")).toBe(5);
    expect(warnings()).toHaveLength(1);
    // The leases it has are its own.
    expect((await client.lease(MACHINE, options(2))).message.type).toBe("ACK");
  });

  it("holds for one port of a relay, and leaves the next port its leases [case 23, B5]", async () => {
    const relay = await RawClient.start(scene.relay, "up0");
    const frame = {
      destinationMac: await scene.mac("up0"),
      ...{ sourceMac: relay.mac, source: GIADDR, destination: UPLINK_ADDRESS, sourcePort: 67 },
    };
    const offers = async (port: number, n: number): Promise<number> => {
      const options = [[82, `01010${port}`] as const];
      const chaddr = `06:00:00:00:0${port}:0${n}`;
      const message = { type: "DISCOVER", chaddr, xid: nextXid(), giaddr: GIADDR, hops: 1, options };
      return (await relay.exchange({ message, frame, waitMs: 300 })).replies.length;
    };
    for (let n = 0; n < 6; n++) expect(await offers(7, n), `client ${n}`).toBe(n < 3 ? 1 : 0);
    expect(await offers(8, 0)).toBe(1);
    expect(await counter("drop-relay-port-limit")).toBe(3);
    expect(warnings().at(-1)).toContain('"circuitId"');
  });

  it("holds for one interface against ever other hardware addresses, known clients renew, and a new start counts what was leased [case 23]", async () => {
    const before = [...readLeases(daemon.leases).values()].filter(({ state }) => state === "active").length;
    const { acks } = await client.load({ clients: 90, first: 1000, rate: 500, waitMs: 1500 });
    expect(acks).toBe(30 - before);
    expect(await counter("drop-interface-limit")).toBeGreaterThanOrEqual(90 - acks);
    expect((await client.lease("02:00:00:00:03:e8")).message.type).toBe("ACK");
    // By hardware address and relay port a lease is counted from the start on, by interface from its renewal on.
    expect((await daemon.stop()).code).toBe(0);
    await daemon.start();
    const options = [[61, "000099"] as const];
    const message = { type: "DISCOVER", chaddr: MACHINE, xid: nextXid(), options };
    expect((await client.exchange({ message, expect: 0, waitMs: 20, lingerMs: 50 })).replies).toEqual([]);
    expect(await counter("drop-hardware-limit")).toBe(1);
  });
});
