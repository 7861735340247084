// The network between relays and nodes: anycast routing that may choose another node for each datagram, loss, duplicates
// up to twelve seconds late, reordering, and cuts between any relay and any node.

import type { Answer } from "./messages.ts";
import { type Believer, type Carrier, GIADDR, type World } from "./world.ts";

/** Longest time that a datagram is under way: the reclaim guard has room for it. */
const LONGEST_DELAY = 12_000;
const LONGEST_REORDERED = 4_000;

/** See the head of this file. */
export class Network implements Carrier {
  /** Nothing is carried any more. */
  isSilent = false;
  private readonly world: World;
  /** Cuts between a relay and a node, by `relay * nodes + node`. */
  private readonly cuts = new Set<number>();

  constructor(world: World) {
    this.world = world;
  }

  /** Nothing passes between a relay and a node any more, or again. */
  setCut(relay: number, node: number, isCut: boolean): void {
    const key = relay * this.world.scenario.nodes + node;
    if (isCut) this.cuts.add(key);
    else this.cuts.delete(key);
  }

  /** A datagram to the anycast address leaves a relay's network. */
  toServer(relay: number, bytes: Uint8Array, source: number, port: number): void {
    const { loop, random, scenario } = this.world;
    const flow = (bytes[33] ?? 0) + relay;
    this.carry(() => {
      const routed = this.world.nodes.filter(({ isRouted }) => isRouted);
      if (routed.length === 0) return;
      const usual = routed[flow % routed.length];
      const node = random.chance(scenario.flips) ? random.pick(routed) : usual;
      if (node === undefined || this.isCut(relay, node.index)) return;
      loop.actAs(undefined, () => node.receive(bytes, source, port));
    });
  }

  /** A reply leaves a node; which client it is for is written in it. */
  toClient(node: number, answer: Answer, destination: number): void {
    const client = this.world.clientOf(answer.hardware);
    // A broadcast in the node's own network reaches nobody behind a router.
    if (client === undefined || destination === 0xffffffff) return;
    const relay = answer.giaddr === 0 ? client.relay : answer.giaddr - GIADDR;
    if (this.isCut(relay, node)) return;
    this.carry(() => this.deliver(client, answer));
  }

  private deliver(client: Believer, answer: Answer): void {
    if (client.state !== "off" && client.state !== "mute") client.hear(answer);
  }

  private isCut(relay: number, node: number): boolean {
    return this.cuts.has(relay * this.world.scenario.nodes + node);
  }

  /** Has a datagram arrive once, twice or never. */
  private carry(arrive: () => void): void {
    const { loop, random, scenario } = this.world;
    if (this.isSilent || random.chance(scenario.loss)) return;
    const delay = random.chance(scenario.reorders) ? random.between(0, LONGEST_REORDERED) : random.between(0.1, 3);
    loop.planFor(undefined, delay, arrive);
    if (random.chance(scenario.duplicates)) loop.planFor(undefined, random.between(0, LONGEST_DELAY), arrive);
  }
}
