// A flood of DHCPDISCOVER frames, each of another hardware address, as fast as the sender makes them, beside clients that
// renew their leases through a relay: of hosts on the server's own link, and of one port of that relay. What happens to the
// renewals with the kernel shield and without; and without a flood.

import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../src/cli/control-client.ts";
import { Status } from "../../src/control/messages.ts";
import { type FloodingPort, type FloodReport, sendFlood } from "../network/flood.ts";
import { runLoad } from "../network/load.ts";
import { ADDRESSES, type Network, ordersOf, plainServiceFor } from "../network/network.ts";
import { CORES } from "../network/track.ts";
import type { ShieldFlood } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import { anydhcpd } from "../servers/anydhcpd.ts";
import type { ListedServer } from "../servers/list.ts";
import { controlSocketOf, RunningServer } from "../servers/running-server.ts";
import { renewalsOf } from "./overload.ts";

/** Clients that renew, so many a second, each once; asked again after half a second, a second and two. */
export const RENEWING = { clients: 18_000, rate: 3000, timeoutMs: 500, tries: 4 };
export const FLOOD_SECONDS = 5;
/** From the first renewal on. */
const FLOOD_AFTER_MS = 500;
/** The daemon reads the shield's counters once a second. */
export const SHIELD_COUNTS_MS = 1100;

/** What is measured of each server: without a flood, and under each without the shield and with it. */
const SITUATIONS: readonly (readonly [ShieldFlood["from"], boolean])[] = [
  ["none", false],
  ["link", false],
  ["link", true],
  ["relay-port", false],
  ["relay-port", true],
];

/** Each of our servers in each situation. */
export const SHIELD: Plan = {
  id: "shield",
  title: "floods of frames",
  tasks: (run) =>
    run.servers.flatMap((server) =>
      SITUATIONS.map(([from, isShielded]) => ({
        title: `${server.id}, from ${from}, ${isShielded ? "kernel shield" : "no shield"}`,
        work: () => run.inNetwork({}, (network) => measure(run, network, server, from, isShielded)),
      })),
    ),
};

async function measure(
  run: Run,
  network: Network,
  { id }: ListedServer,
  from: ShieldFlood["from"],
  isShielded: boolean,
): Promise<string> {
  const backend = id === "anydhcpd-bpf" ? "bpf" : "udp";
  const flags = isShielded ? ["--shield=xdp"] : [];
  const server = anydhcpd({ backend, flags });
  const place = { processors: CORES.server };
  const running = await RunningServer.start(server, network.server, plainServiceFor(server), place);
  try {
    let flooding: Promise<FloodReport | undefined> = Promise.resolve(undefined);
    let before = 0;
    const onMeasuring = (): void => {
      before = running.processorSeconds;
      if (from !== "none") flooding = flood(network, from);
    };
    const orders = {
      ...ordersOf("relayed"),
      ...RENEWING,
      phases: ["renew"] as const,
      once: true,
      finish: true,
      seconds: 30,
    };
    const [report] = await runLoad(network.relay, orders, { processors: CORES.load, onMeasuring });
    const flooded = await flooding;
    const processorSeconds = running.processorSeconds - before;
    if (report === undefined) throw new Error("the load generator has told nothing");
    const found: ShieldFlood = {
      ...{ backend, from, isShielded, processorSeconds },
      framesPerSecond: flooded === undefined ? 0 : flooded.sent / flooded.seconds,
      ...(isShielded && flooded && { dropped: (await droppedBy(running, from)) / flooded.sent }),
      renewals: renewalsOf(report),
    };
    run.results.shieldFloods = [...(run.results.shieldFloods ?? []), found];
    const { success, retransmissions, times } = found.renewals;
    return `${Math.round(found.framesPerSecond)} DHCPDISCOVERs a second; ${(100 * success).toFixed(2)} % of renewals, ${retransmissions} asked again, p99 ${Math.round(times.p99 / 1000)} ms; server ${processorSeconds.toFixed(1)} s of processor time`;
  } finally {
    await running.stop();
  }
}

/** DHCPDISCOVERs that the shield has dropped for the limit that a flood is over. */
async function droppedBy(running: RunningServer, from: ShieldFlood["from"]): Promise<number> {
  await sleep(SHIELD_COUNTS_MS);
  const { shield = [] } = await ask(controlSocketOf(running), "status", Status);
  return shield.reduce((sum, { newClient, relayPort }) => sum + (from === "link" ? newClient : relayPort), 0);
}

/** Sends a flood: by hosts on the server's own link, or by one port of the relay. */
async function flood(network: Network, from: ShieldFlood["from"]): Promise<FloodReport> {
  const orders = { seconds: FLOOD_SECONDS, rate: 0, processor: CORES.load };
  const port = from === "link" ? undefined : await relayPort(network);
  await sleep(FLOOD_AFTER_MS);
  return port === undefined
    ? sendFlood(network.client, { ...orders, interface: "eth0", kind: "discover" })
    : sendFlood(network.relay, { ...orders, interface: "up0", kind: port });
}

/** No program has its giaddr: offers end at the relay's host. */
async function relayPort({ server }: Network): Promise<FloodingPort> {
  const hardware = await server.hardwareOf("up0");
  return { hardware, source: ADDRESSES.relay, server: ADDRESSES.upPrimary, giaddr: ADDRESSES.secondGiaddr };
}
