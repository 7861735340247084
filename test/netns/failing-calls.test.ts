// The whole server on a file system of which one call after the other fails: what each client was told of is in the
// lease file, the server goes on by itself, and what the next start serves is the same.

import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon, readLeases } from "../support/daemon.ts";
import { CallOrders, compileFailingCalls, type Fault } from "../support/failing-calls.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const SERVER = "172.20.0.1";
const CONFIG = `authoritative;
ping-check false;
default-lease-time 3600;
subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.16.0 172.20.79.255; }
`;

/** Clients while which one call fails, the first of them, then the second, and so on: ANYDHCPD_FAILING_CLIENTS=50 for more. */
const CLIENTS = Number(process.env["ANYDHCPD_FAILING_CLIENTS"] ?? 2);
const STORING = ["write", "fdatasync", "fsync", "ftruncate"] as const;
/** Longer than the store waits at most before it tries the file again (JOURNAL_RETRY_MS_MAX). */
const RECOVERY_MS = 45_000;
/** What befalls a call, and the least number of runs in which it must strike. */
const FAULTS: readonly (readonly [Fault, number])[] = [
  [{ calls: STORING, effect: "EIO" }, CLIENTS],
  [{ calls: STORING, effect: "ENOSPC" }, CLIENTS],
  [{ calls: STORING, effect: "EINTR" }, CLIENTS],
  [{ calls: ["fdatasync"], effect: "EIO", isDone: true }, 2],
  [{ calls: ["write"], effect: "short", strikes: 2, next: "ENOSPC" }, 2],
];

let scene: Scene;
let client: RawClient;
let orders: CallOrders;
let daemon: Daemon;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.server.ip(`addr replace ${SERVER}/16 dev lan0`);
  client = await RawClient.start(scene.client, "eth0");
  // The daemon's user may read what is beside the configuration file.
  const directory = join(scene.network.directory, "anydhcpd", "etc");
  mkdirSync(directory, { recursive: true });
  const [library, file] = [join(directory, "failing-calls.so"), join(directory, "orders")];
  compileFailingCalls(library);
  chmodSync(library, 0o755);
  orders = CallOrders.create(file);
  chmodSync(file, 0o644);
  const wrapper = ["env", `LD_PRELOAD=${library}`, `FAILING_CALLS=${file}`, "FAILING_CALLS_NAME=dhcpd.leases"];
  daemon = new Daemon(scene.network, scene.server, { config: CONFIG, args: ["lan0"], wrapper });
});
afterEach(async () => {
  orders[Symbol.dispose]();
  await scene.network.dispose();
});

/** INIT-REBOOT (RFC 2131 4.3.2): the type of the answer. */
async function reboot(chaddr: string, address: string): Promise<string> {
  const message = { type: "REQUEST", chaddr, xid: nextXid(), options: [[50, addressHex(address)]] } as const;
  return (await client.ask(message)).message.type;
}

describe.skipIf(!mayMakeNetworks)("a server each of whose calls to store a lease fails in turn", () => {
  it.each(FAULTS)(
    "acknowledges what is stored alone, goes on by itself, and starts with the same leases: $calls $effect",
    async (fault, least) => {
      await daemon.start();
      const granted = new Map<string, string>();
      let strikes = 0;
      for (let number = 1, quiet = 0; quiet < 2; number++) {
        const mark = daemon.mark;
        orders.begin(fault, number);
        const load = { clients: CLIENTS, first: number * CLIENTS, rate: 500, waitMs: 5000, idleMs: 400 };
        const told = (await client.load(load)).granted;
        const recorded = readLeases(daemon.leases);
        for (const { address, chaddr } of told) {
          expect(recorded.get(address), `call ${number}`).toMatchObject({ hardware: chaddr, state: "active" });
          expect(granted.get(address) ?? chaddr).toBe(chaddr);
          granted.set(address, chaddr);
        }
        const isStruck = daemon.program.lines.slice(mark).some((line) => line.startsWith("struck "));
        quiet = isStruck ? 0 : quiet + 1;
        strikes += isStruck ? 1 : 0;
        orders.heal();
        // Well again, it serves again, without a restart.
        await eventually(
          "a newcomer is served",
          async () => {
            const chaddr = `02:00:00:00:ff:${number.toString(16).padStart(2, "0")}`;
            const { replies } = await client.exchange({
              message: { type: "DISCOVER", chaddr, xid: nextXid() },
              waitMs: 500,
            });
            const offer = replies[0]?.message;
            if (offer === undefined) return false;
            const options = [
              [50, addressHex(offer.yiaddr)],
              [54, addressHex(SERVER)],
            ] as const;
            const asked = await client.exchange({
              message: { type: "REQUEST", chaddr, xid: nextXid(), options },
              waitMs: 500,
            });
            return asked.replies[0]?.message.type === "ACK";
          },
          RECOVERY_MS,
        );
      }
      expect(strikes).toBeGreaterThanOrEqual(least);
      await daemon.stop("SIGKILL");
      await daemon.start();
      for (const [address, chaddr] of granted) expect(await reboot(chaddr, address), address).toBe("ACK");
      expect((await daemon.stop()).code).toBe(0);
      process.stdout.write(`${strikes} strikes, ${granted.size} leases\n`);
    },
    120_000 + CLIENTS * 60_000,
  );
});
