// What goes wrong, and when: each kind of fault comes after a waiting time of its own, lasts a while, and is over before the
// run ends.

import { encodeMessage, MessageKind } from "./messages.ts";
import { ANYCAST, GIADDR, POOL, type ServingNode, shown, type World } from "./world.ts";

const SECOND = 1000;

/** Plans the faults of a run. */
export function planFaults(world: World): void {
  const { scenario } = world;
  repeat(world, scenario.outages, () => outage(world));
  repeat(world, scenario.cuts, () => cut(world));
  repeat(world, scenario.partitions, () => partition(world));
  repeat(world, scenario.crashes, () => crash(world));
  repeat(world, scenario.clockSteps, () => setClock(world));
  repeat(world, scenario.farSteps, () => setClockFar(world));
  repeat(world, scenario.watchFaults, () => disturbWatch(world));
  repeat(world, scenario.restores, () => restore(world));
  repeat(world, scenario.rollouts, () => rollOut(world));
  repeat(world, scenario.forgeries, () => forge(world));
}

/** Lets something happen again and again until the end is near. */
function repeat(world: World, mean: number, happen: () => void): void {
  if (mean === 0) return;
  const { loop, random, scenario } = world;
  const again = (): void => {
    if (loop.now > scenario.duration - scenario.calm) return;
    happen();
    loop.planFor(undefined, random.wait(mean), again);
  };
  loop.planFor(undefined, random.wait(mean), again);
}

/** Ends a fault after about `length` milliseconds, but before the run does. */
function endAfter(world: World, length: number, end: () => void): void {
  const { loop, random, scenario } = world;
  const left = scenario.duration - scenario.calm - loop.now;
  loop.planFor(undefined, Math.min(random.between(0.1, 1) * length, Math.max(left, 0)), end);
}

function outage(world: World): void {
  const { store, loop, scenario } = world;
  // The reserve of one outage is there again once every lease has been renewed.
  if (store.isDown || (scenario.mustNotRunOut && loop.now < store.isUpSince + scenario.leaseSeconds * SECOND)) return;
  store.isDown = true;
  world.trace?.("faults", "the store is away from all");
  endAfter(world, world.scenario.outageLength, () => {
    store.isDown = false;
    store.isUpSince = loop.now;
    world.trace?.("faults", "the store is there again");
  });
}

function cut(world: World): void {
  const { random, nodes, scenario } = world;
  const { link, name } = random.pick(nodes);
  if (link.isRequestCut || link.isAnswerCut || link.isSlow) return;
  const draw = random.next();
  link.isRequestCut = draw < 0.6;
  link.isAnswerCut = draw < 0.3 || (draw >= 0.6 && draw < 0.8);
  link.isSlow = draw >= 0.8;
  const what = link.isSlow ? "slow" : link.isAnswerCut ? (link.isRequestCut ? "away" : "heard no more") : "not reached";
  world.trace?.("faults", `the store is ${what} for ${name}`);
  endAfter(world, scenario.cutLength, () => {
    link.isRequestCut = false;
    link.isAnswerCut = false;
    link.isSlow = false;
    world.trace?.("faults", `the store is as before for ${name}`);
  });
}

function partition(world: World): void {
  const { random, nodes, scenario, network } = world;
  const relay = random.below(scenario.relays);
  const { index, name } = random.pick(nodes);
  network.setCut(relay, index, true);
  world.trace?.("faults", `nothing passes between relay ${relay} and ${name}`);
  endAfter(world, 60 * SECOND, () => network.setCut(relay, index, false));
}

function crash(world: World): void {
  const { random, nodes } = world;
  const node = random.pick(nodes);
  // Alone and with a wrong clock from the start, nobody could know better.
  if (!node.isUp || isFar(world, node)) return;
  node.crash();
  endAfter(world, random.pick([SECOND, 60 * SECOND]), () => node.start());
}

/** Somebody sets the clock of a node, within what the guard has room for. */
function setClock(world: World): void {
  const { random, nodes, scenario } = world;
  const node = random.pick(nodes);
  if (isFar(world, node)) return;
  node.setClock(random.between(-scenario.clockOffset, scenario.clockOffset));
  world.trace?.("faults", `the clock of ${node.name} is set to ${node.clockOffset.toFixed(3)} s ahead`);
}

function isFar({ scenario }: World, { clockOffset }: ServingNode): boolean {
  return Math.abs(clockOffset) > scenario.clockOffset;
}

/** A clock is wrong by an hour until somebody, or NTP, notices. */
function setClockFar(world: World): void {
  const { random, nodes } = world;
  const node = random.pick(nodes);
  const step = random.pick([-3600, 3600]);
  if (!node.isUp || nodes.some((other) => isFar(world, other))) return;
  node.setClock(node.clockOffset + step);
  world.trace?.("faults", `the clock of ${node.name} is set ${step < 0 ? "back" : "forward"} by an hour`);
  endAfter(world, 120 * SECOND, () => {
    node.setClock(node.clockOffset - step);
    world.trace?.("faults", `the clock of ${node.name} is right again`);
  });
}

function disturbWatch(world: World): void {
  const { random, nodes, store } = world;
  if (random.chance(0.3)) {
    store.compact();
    world.trace?.("faults", `the store forgets its history up to ${store.compacted}`);
  }
  random.pick(nodes).loseWatch();
}

/** The store's operators restore a backup: all that was written since is lost. */
function restore(world: World): void {
  const { store, random, judge } = world;
  const backup = Math.max(1, store.revision - random.below(60));
  judge.noteUndone(store.history.filter(({ revision }) => revision > backup).map(({ address }) => address));
  world.trace?.("faults", `the store is restored to revision ${backup} of ${store.revision}`);
  store.restore(backup);
}

/** Another configuration, first on one node and then on the next. */
function rollOut(world: World): void {
  const { nodes, loop, random } = world;
  const next = Math.max(...nodes.map(({ configuration }) => configuration)) + 1;
  let delay = 0;
  for (const node of nodes) {
    loop.planFor(undefined, delay, () => node.reload(next));
    delay += random.between(0, 20 * SECOND);
  }
}

/** Somebody who is not the client releases its lease. */
function forge(world: World): void {
  const { clients, random, network, scenario } = world;
  const victim = random.pick(clients);
  const address = victim.address === 0 ? POOL + random.below(scenario.addresses) : victim.address;
  // Who has no identifier is known by its card alone: nobody can tell who sends in its name.
  const isThief = victim.clientId.length === 0 || random.chance(0.5);
  const relay = random.below(scenario.relays);
  const message = {
    type: MessageKind.release,
    xid: random.below(0xffffffff),
    // Another card with the right identifier, or the right card with another identifier.
    chaddr: isThief ? Uint8Array.of(2, 0, 0xee, 0, 0, 1) : victim.chaddr,
    clientId: isThief ? victim.clientId : Uint8Array.of(1, 2, 3, 4),
    ciaddr: address,
    requested: 0,
    serverId: ANYCAST,
    giaddr: random.chance(0.5) ? GIADDR + relay : 0,
  };
  const isRelayed = message.giaddr !== 0;
  world.trace?.("faults", `a forged RELEASE of ${shown(address)}`);
  // Through the network's router nobody can send from another network's address.
  network.toServer(relay, encodeMessage(message), isRelayed ? message.giaddr : GIADDR + 99, isRelayed ? 67 : 68);
}
