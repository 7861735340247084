// Plays the scenarios against one server and notes what it did. Silence is told by a fence: a second
// client's DISCOVER behind each message, which every server answers at once.

import { GIADDR, Scene, UPLINK_ADDRESS } from "../support/scene.ts";
import { type DhcpFrame, type Exchange, encodeMessage, nextXid, RawClient } from "../support/wire-tools.ts";
import { AddressNames, type Observation, observe } from "./observation.ts";
import type { Scenario, Seen, Step } from "./scenarios.ts";
import { LAN_FENCE, RELAY_FENCE, type Server } from "./servers.ts";

/** How long replies may come after the fence's: a reply that waits for a lease to be stored is overtaken. */
const LINGER_MS = 250;
/** How long the fence may take. */
const FENCE_MS = 10_000;

/** What one server did, by scenario and step, in the order of the scenarios. */
export type Record = ReadonlyMap<string, Observation>;

/** One message, as it is about to be sent. */
export interface SentQuery {
  readonly octets: Uint8Array;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** The server's interface that it comes by. */
  readonly via: string;
}

/** Looks at each message before it is sent, and at what came of it. */
export interface Watcher {
  before(query: SentQuery): Promise<void>;
  after(step: Step, replies: readonly DhcpFrame[]): void;
}

/** The key of a step in a record. */
export function keyOf(scenario: Scenario, step: Step): string {
  return `${scenario.name}: ${step.name}`;
}

/** Starts the server in a scene of its own and plays all scenarios; undefined where the server cannot be had. */
export async function record(server: Server, scenarios: readonly Scenario[]): Promise<Record | undefined> {
  await using scene = await Scene.create();
  if (!(await server.start(scene))) return undefined;
  // The scene is there until all is played.
  return await playAll(scene, scenarios);
}

/** Plays all scenarios with the server of a scene. */
export async function playAll(scene: Scene, scenarios: readonly Scenario[], watcher?: Watcher): Promise<Record> {
  const table = new Table(
    scene,
    await RawClient.start(scene.client, "eth0"),
    await RawClient.start(scene.relay, "up0"),
    watcher,
  );
  const observations = new Map<string, Observation>();
  for (const [number, scenario] of scenarios.entries()) {
    for (const [step, observation] of await table.play(scenario, number)) {
      if (step.silent !== true) observations.set(keyOf(scenario, step), observation);
    }
  }
  return observations;
}

/** The two places that messages are sent from. */
class Table {
  readonly #scene: Scene;
  readonly #lan: RawClient;
  readonly #relay: RawClient;
  readonly #watcher: Watcher | undefined;

  constructor(scene: Scene, lan: RawClient, relay: RawClient, watcher: Watcher | undefined) {
    this.#watcher = watcher;
    this.#scene = scene;
    this.#lan = lan;
    this.#relay = relay;
  }

  async play(scenario: Scenario, number: number): Promise<readonly (readonly [Step, Observation])[]> {
    const names = new AddressNames();
    const observations: (readonly [Step, Observation])[] = [];
    const hardware = (which: number): string => `02:00:00:00:${number.toString(16).padStart(2, "0")}:0${which}`;
    let seen: Seen = {
      yiaddr: "0.0.0.0",
      firstYiaddr: "0.0.0.0",
      serverId: "0.0.0.0",
      client: hardware(1),
      other: hardware(2),
      replies: [],
    };
    for (const step of scenario.steps) {
      const replies = await this.#send(step, seen);
      observations.push([step, observe(replies, names)]);
      seen = afterReplies(seen, replies);
    }
    return observations;
  }

  async #send(step: Step, seen: Seen): Promise<readonly DhcpFrame[]> {
    const message = { xid: nextXid(), ...step.message(seen) };
    const client = step.from === "lan" ? this.#lan : this.#relay;
    if (step.holds !== undefined) await client.hold(step.holds(seen), message.chaddr ?? client.mac);
    const frame = await this.#frame(step, seen);
    const octets = encodeMessage(message);
    await this.#watcher?.before({
      octets,
      from: frame?.source ?? "0.0.0.0",
      to: frame?.destination ?? "255.255.255.255",
      port: frame?.sourcePort ?? 68,
      via: step.from === "lan" ? "lan0" : "up0",
    });
    const { replies } = await client.exchange({
      message,
      raw: Buffer.from(octets).toString("hex"),
      ...(frame === undefined ? {} : { frame }),
      fence: await this.#fence(step),
      waitMs: FENCE_MS,
      lingerMs: LINGER_MS,
    });
    this.#watcher?.after(step, replies);
    return replies;
  }

  async #frame(step: Step, seen: Seen): Promise<Exchange["frame"]> {
    const frame = step.frame?.(seen);
    if (step.from === "relay") return { ...(await this.#fromRelay()), ...frame };
    const isUnicast = frame?.destination !== undefined;
    return isUnicast ? { ...frame, destinationMac: await this.#scene.mac("lan0") } : frame;
  }

  async #fence(step: Step): Promise<NonNullable<Exchange["fence"]>> {
    if (step.from === "lan") return { message: { type: "DISCOVER", chaddr: LAN_FENCE, xid: nextXid() } };
    const message = { type: "DISCOVER", chaddr: RELAY_FENCE, xid: nextXid(), giaddr: GIADDR, hops: 1 };
    return { message, frame: { ...(await this.#fromRelay()), sourceMac: this.#relay.mac } };
  }

  async #fromRelay(): Promise<NonNullable<Exchange["frame"]>> {
    return {
      sourceMac: this.#relay.mac,
      destinationMac: await this.#scene.mac("up0"),
      source: GIADDR,
      destination: UPLINK_ADDRESS,
      sourcePort: 67,
    };
  }
}

function afterReplies(seen: Seen, replies: readonly DhcpFrame[]): Seen {
  const [reply] = replies;
  if (reply === undefined) return { ...seen, replies };
  const { yiaddr, serverId } = reply.message;
  return {
    ...seen,
    replies,
    ...(yiaddr === "0.0.0.0"
      ? {}
      : { yiaddr, firstYiaddr: seen.firstYiaddr === "0.0.0.0" ? yiaddr : seen.firstYiaddr }),
    ...(serverId === "" ? {} : { serverId }),
  };
}
