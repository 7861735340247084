// The benchmark's own programs tell the truth: the generator counts the exchanges that a server made and the
// lies that it told, and nothing else. How fast anything is, is not asked here.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";

const LOAD = fileURLToPath(new URL("../../bench/load", import.meta.url));
const LYING_SERVER = fileURLToPath(new URL("../support/lying-server.py", import.meta.url));
const SERVER_ADDRESS = "10.9.0.1";
const OTHER_ADDRESS = "10.9.0.9";
const RELAY_ADDRESS = "10.77.0.1";

const CONFIG = `authoritative;
ping-check false;
subnet 10.9.0.0 netmask 255.255.255.0 { }
subnet 10.77.0.0 netmask 255.255.0.0 { range 10.77.1.0 10.77.9.250; option routers ${RELAY_ADDRESS}; }
`;

/** What the generator says at its end. */
interface Result {
  readonly exchanges: number;
  readonly retransmissions: number;
  readonly lies: number;
  readonly naks: number;
  readonly liesBy: Readonly<Record<string, number>>;
}

let network: Network;
let server: Namespace;
let relay: Namespace;

async function generate(...settings: readonly string[]): Promise<Result> {
  const ends = ["--server", SERVER_ADDRESS, "--source", RELAY_ADDRESS];
  const output = await relay.exec([`${network.directory}/generate`, ...ends, "--seconds", "15", ...settings]);
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
}

async function start(program: string, ...argv: readonly string[]): Promise<void> {
  await server.spawn([program, ...argv]).waitForLine((line) => line === "ready");
}

describe.skipIf(!mayMakeNetworks)("the load generator", () => {
  beforeEach(async () => {
    network = await Network.create();
    server = await network.namespace("server");
    relay = await network.namespace("relay");
    await network.veth(server, "up0", relay, "up0");
    await server.ip(`addr add ${SERVER_ADDRESS}/24 dev up0`);
    await server.ip(`addr add ${OTHER_ADDRESS}/24 dev up0`);
    await relay.ip("addr add 10.9.0.2/24 dev up0");
    await relay.ip(`addr add ${RELAY_ADDRESS}/32 dev lo`);
    await server.ip("route add 10.77.0.0/16 via 10.9.0.2");
    execFileSync("make", ["-s", "-C", LOAD, `OUT=${network.directory}`]);
  });
  afterEach(() => network.dispose());

  it("gets a lease for each exchange that it counts, and no lies, from our server", async () => {
    const daemon = await Daemon.start(network, server, { config: CONFIG, args: ["up0"] });

    const result = await generate("--exchanges", "300", "--window", "16", "--clients", "1000");

    expect(result).toMatchObject({ lies: 0, naks: 0 });
    expect(result.exchanges).toBeGreaterThanOrEqual(300);
    expect(readLeases(daemon.leases).size).toBeGreaterThanOrEqual(result.exchanges);
  });

  it("renews the leases that it got", async () => {
    const daemon = await Daemon.start(network, server, { config: CONFIG, args: ["up0"] });

    const result = await generate("--mode", "renew", "--exchanges", "300", "--window", "16", "--clients", "100");

    expect(result).toMatchObject({ lies: 0, naks: 0 });
    expect(result.exchanges).toBeGreaterThanOrEqual(300);
    expect(readLeases(daemon.leases).size).toBe(100);
  });

  it("takes the echo for an honest server", async () => {
    await start(`${network.directory}/echo`, SERVER_ADDRESS, "10.77.1.0", `${network.directory}/journal`);

    const result = await generate("--exchanges", "300", "--window", "16", "--clients", "1000");

    expect(result).toMatchObject({ lies: 0, naks: 0 });
    expect(result.exchanges).toBeGreaterThanOrEqual(300);
  });

  it("counts each lie by its kind and asks again", async () => {
    const lies = ["xid", "yiaddr", "taken", "leaseTime", "chaddr", "serverIdentifier", "source"];
    await start("python3", LYING_SERVER, SERVER_ADDRESS, OTHER_ADDRESS, ...lies);

    const result = await generate("--exchanges", "4", "--window", "1", "--retransmit", "0.3");

    expect(result.liesBy).toEqual({
      shape: 0,
      xid: 1,
      chaddr: 1,
      source: 1,
      serverIdentifier: 1,
      yiaddr: 2,
      leaseTime: 1,
    });
    expect(result).toMatchObject({ exchanges: 4, lies: 7, naks: 0, retransmissions: 7 });
  });
});
