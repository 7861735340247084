// What a packet costs that is dropped, by the place where that happens: the kernel shield, the filters of packet sockets and
// UDP sockets, and the server. Sender and server share one processor. On a virtual cable the receiving kernel works within
// the sender's calls, so its time is the sender's, as the kernel counts it, and other programs do not disturb the figure.
// Before each flood the same frames go to an interface whose cable leads nowhere: that is the sender's own part. The server's
// time counts where frames reach it: elsewhere it only adds what a server does that has just started.

import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../src/cli/control-client.ts";
import { Status } from "../../src/control/messages.ts";
import { type FloodOrders, sendFlood } from "../network/flood.ts";
import { countsInterruptsApart } from "../network/machine.ts";
import { type Network, plainServiceFor } from "../network/network.ts";
import { CORES } from "../network/track.ts";
import { type DroppedPackets, RECEIVED_ONLY } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import { anydhcpd } from "../servers/anydhcpd.ts";
import { controlSocketOf, RunningServer } from "../servers/running-server.ts";
import { SHIELD_COUNTS_MS } from "./shield.ts";

/** Frames a second. */
const RATE = 50_000;
/** Of each flood; of a quick one. */
const SECONDS = 0.8;
const QUICK_SECONDS = 0.4;
/** Before it, of the same: code of the server is compiled, and the kernel's is in the processor's caches. */
const WARM_UP = { server: 0.6, kernel: 0.1 };
/** What a flood has caused is over by then. */
const SETTLE_MS = 100;
/**
 * A server that has just started works on for a while, to be fast later; it is over once it has used so little of so long,
 * twice in a row.
 */
const IDLE = { milliseconds: 500, processorSeconds: 0.005, looks: 40 };
/** So that next to none of the DHCPDISCOVERs passes: one that the server answers costs as much as hundreds that are dropped. */
const LOW_RATES = "shield { new-clients 1 burst 1; }";
/** Share of the frames that the place has to have dropped by its own counters, where it has any. */
const LEAST_DROPPED = 0.98;
/** More than a veth device takes at the other end of an interface with an XDP program of its own: the kernel's generic one remains. */
const GENERIC_MTU = 9000;

/** A place where frames are dropped. */
interface Place {
  readonly id: string;
  readonly title: string;
  /** What the frames are. */
  readonly frames: string;
  readonly kind: Extract<FloodOrders["kind"], string>;
  /** The backend of the server that runs; none if absent. */
  readonly backend?: "udp" | "bpf";
  /** How the kernel shield runs; without one if absent. */
  readonly shield?: "native" | "generic";
  /** Whether the server drops them. */
  readonly isServer?: true;
  /** How many frames the place has counted as dropped since the start; absent where nothing counts them. */
  dropped?(status: Status): number;
}

const FOREIGN = "frames of a protocol that the kernel does not have";
const DISCOVERS = "DHCPDISCOVERs of ever other clients, above their rate";
const REPLIES = "replies, sent to the server's port";
const REQUESTS = "DHCPREQUESTs that take another server's offer";

const byShield = ({ shield = [] }: Status): number =>
  shield.reduce((sum, { hardwareAddress, newClient }) => sum + hardwareAddress + newClient, 0);
const byCounter =
  (name: string) =>
  ({ counters }: Status): number =>
    counters[name] ?? 0;

/** The places, from the earliest to the last; the first is what receiving costs. */
const PLACES: readonly Place[] = [
  { id: RECEIVED_ONLY, title: "kernel: no protocol takes it", frames: FOREIGN, kind: "no-protocol" },
  {
    ...{ id: "xdp-passed", title: "the same, behind the XDP program in the driver (veth)", frames: FOREIGN },
    ...{ kind: "no-protocol", backend: "udp", shield: "native" },
  },
  {
    ...{ id: "xdp-native", title: "XDP program in the driver (veth): --shield xdp", frames: DISCOVERS },
    ...{ kind: "discover", backend: "udp", shield: "native", dropped: byShield },
  },
  {
    ...{ id: "xdp-generic", title: "XDP program behind the driver (generic): --shield xdp", frames: DISCOVERS },
    ...{ kind: "discover", backend: "udp", shield: "generic", dropped: byShield },
  },
  { id: "nobody", title: "kernel: no socket has port 67", frames: REPLIES, kind: "reply" },
  {
    ...{ id: "packet-filter", title: "packet socket's filter: --backend=bpf", frames: REPLIES },
    ...{ kind: "reply", backend: "bpf" },
  },
  {
    ...{ id: "udp-filter", title: "UDP socket's filter: --backend=udp", frames: REPLIES },
    ...{ kind: "reply", backend: "udp", dropped: byCounter("receive-lost") },
  },
  {
    ...{ id: "server-bpf", title: "server: --backend=bpf", frames: REQUESTS },
    ...{ kind: "other-server", isServer: true, backend: "bpf", dropped: byCounter("drop-other-server") },
  },
  {
    ...{ id: "server-udp", title: "server: --backend=udp", frames: REQUESTS },
    ...{ kind: "other-server", isServer: true, backend: "udp", dropped: byCounter("drop-other-server") },
  },
];

/** Every place whose server takes part, in every round. */
export const DROPPED_PACKETS: Plan = {
  id: "drops",
  title: "dropped packets",
  tasks: (run) =>
    PLACES.filter(({ backend }) => backend === undefined || takesPart(run, backend)).map((place) => ({
      title: place.id,
      work: () => run.inNetwork({}, (network) => measurePlace(run, network, place)),
    })),
};

function takesPart({ servers }: Run, backend: "udp" | "bpf"): boolean {
  return servers.some(({ id }) => id === anydhcpd({ backend }).id);
}

async function measurePlace(run: Run, network: Network, place: Place): Promise<string> {
  if (countsInterruptsApart()) throw new Error("this kernel counts soft interrupts apart (CONFIG_IRQ_TIME_ACCOUNTING)");
  const { backend, shield } = place;
  await network.client.ip("link add sink0 type veth peer name sink1");
  await network.client.ip("link set sink0 up");
  if (shield === "generic") await network.client.ip(`link set eth0 mtu ${GENERIC_MTU}`);
  const shielded = shield === undefined ? {} : { flags: ["--shield=xdp"], statements: [LOW_RATES] };
  const server = anydhcpd({ ...(backend && { backend }), ...shielded });
  const running =
    backend &&
    (await RunningServer.start(server, network.server, plainServiceFor(server), { processors: CORES.server }));
  try {
    const orders = {
      kind: place.kind,
      interface: "eth0",
      seconds: secondsOf(run),
      rate: RATE,
      processor: CORES.server,
    };
    const reader = place.isServer === true ? running : undefined;
    await sendFlood(network.client, { ...orders, seconds: reader === undefined ? WARM_UP.kernel : WARM_UP.server });
    await settled(reader);
    const alone = await costOf({ ...orders, interface: "sink0" }, network, reader);
    const before = await countOf(place, running);
    const flood = await costOf(orders, network, reader);
    if (shield !== undefined) await sleep(SHIELD_COUNTS_MS);
    const dropped = (await countOf(place, running)) - before;
    if (place.dropped !== undefined && dropped < LEAST_DROPPED * flood.sent)
      throw new Error(`${dropped} of ${flood.sent} frames were dropped there`);
    keep(run, place, flood.nanoseconds - alone.nanoseconds);
    return `${Math.round(flood.nanoseconds - alone.nanoseconds)} ns a packet, sender ${Math.round(alone.nanoseconds)} ns`;
  } finally {
    await running?.stop();
  }
}

/** Resolves once the server has nothing to do; rejects where that does not come. */
async function settled(running: RunningServer | undefined): Promise<void> {
  if (running === undefined) return;
  let idle = 0;
  for (let look = 0; look < IDLE.looks; look++) {
    const before = running.processorSeconds;
    await sleep(IDLE.milliseconds);
    idle = running.processorSeconds - before < IDLE.processorSeconds ? idle + 1 : 0;
    if (idle === 2) return;
  }
  throw new Error("the server is not idle");
}

/** Sends a flood; resolves with processor time of the sender, and of a server that reads it, for one of its frames. */
async function costOf(
  orders: FloodOrders,
  { client }: Network,
  reader: RunningServer | undefined,
): Promise<{ readonly sent: number; readonly nanoseconds: number }> {
  const before = reader?.processorSeconds ?? 0;
  const { sent, processorSeconds } = await sendFlood(client, orders);
  await sleep(SETTLE_MS);
  const serverSeconds = (reader?.processorSeconds ?? 0) - before;
  return { sent, nanoseconds: (1e9 * (processorSeconds + serverSeconds)) / sent };
}

/** How many frames the place has dropped by its counter; throws where the shield is not run as it should. */
async function countOf({ shield, dropped }: Place, running: RunningServer | undefined): Promise<number> {
  if (running === undefined) return 0;
  const status = await ask(controlSocketOf(running), "status", Status);
  const mode = status.shield?.find((one) => one.interface === "lan0")?.mode;
  if (mode !== shield) throw new Error(`the kernel shield's mode is ${mode ?? "none"}, not ${shield ?? "none"}`);
  return dropped?.(status) ?? 0;
}

function keep(run: Run, { id, title, frames }: Place, nanoseconds: number): void {
  run.results.droppedPackets ??= { seconds: secondsOf(run), rate: RATE, places: [] } satisfies DroppedPackets;
  const { places } = run.results.droppedPackets;
  let place = places.find((one) => one.id === id);
  if (place === undefined) {
    place = { id, title, frames, nanoseconds: [] };
    places.push(place);
    places.sort((one, other) => orderOf(one.id) - orderOf(other.id));
  }
  place.nanoseconds.push(nanoseconds);
}

function orderOf(id: string): number {
  return PLACES.findIndex((place) => place.id === id);
}

function secondsOf({ options: { settings } }: Run): number {
  return settings.quick === true ? QUICK_SECONDS : SECONDS;
}
