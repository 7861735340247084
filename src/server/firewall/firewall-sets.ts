// Keeps the firewall's sets in step with the leases. The changes of a commit are sent while the store writes it, and
// its replies wait for the kernel's answer too (ack-gate.ts). The elements that the sets should have follow from the
// lease table alone, so that going through it finds every missed change (set-comparison.ts).

import { FIREWALL_FOLLOW_MS, FIREWALL_START_MS } from "../../base/limits/firewall.ts";
import type { Clock, MonotonicMilliseconds } from "../../base/time.ts";
import { Change } from "../../engine/decision.ts";
import type { Exchange } from "../../engine/exchange.ts";
import type { Serving } from "../../engine/serving.ts";
import type { FirewallClient, FirewallEvents } from "../../firewall/client.ts";
import type { ChangeBatch, ListedElement, SetLook, SetResult } from "../../firewall/protocol.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { Logger } from "../../log.ts";
import type { Counters } from "../counters.ts";
import type { HeldCommit } from "../held-commit.ts";
import { AckGate } from "./ack-gate.ts";
import { ChangeSender } from "./change-sender.ts";
import { ElementMirror } from "./element-mirror.ts";
import { LeaseElements } from "./lease-elements.ts";
import { type RetiredSet, SetComparison } from "./set-comparison.ts";
import { type FirewallSetStatus, type SetState, SetStates } from "./set-states.ts";

/** What it is made of. */
export interface FirewallParts {
  readonly client: FirewallClient;
  readonly serving: Serving;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Logger;
  /** See LeaseElementParts. */
  readonly onHeldBack: (note: object, set: string) => void;
}

/** See the head of this file. */
export class FirewallSets implements FirewallEvents {
  private readonly parts: FirewallParts;
  private readonly gate: AckGate;
  private readonly sender: ChangeSender;
  private readonly elements: LeaseElements;
  private readonly comparison: SetComparison;
  /** The sets of the process by position. */
  private readonly names: string[] = [];
  private started: (() => void) | undefined;
  private isChangedByOthers = false;
  private followedAt: MonotonicMilliseconds = 0;

  constructor(parts: FirewallParts) {
    const { client, serving, clock, log, counters, onHeldBack } = parts;
    this.parts = parts;
    this.gate = new AckGate(clock);
    this.sender = new ChangeSender(client);
    const states = new SetStates(serving.config.firewallSets, log, clock);
    const elements = new LeaseElements(
      { serving, counters, clock, onHeldBack, sender: this.sender },
      states,
      new ElementMirror(serving, clock),
    );
    this.elements = elements;
    this.comparison = new SetComparison({
      ...{ client, clock, elements },
      slots: () => serving.table.size,
      onMissed: (state, count) => this.tellMissed(state, count),
      flush: () => this.sender.flush(),
    });
    client.events = this;
  }

  /** The sets, for the status. */
  get status(): readonly FirewallSetStatus[] {
    return this.elements.states.status;
  }

  /** Names of the sets that are to have a slot's element now. */
  setsOf(slot: LeaseSlot): readonly string[] {
    const wanted = slot === NO_LEASE ? 0 : this.elements.mirror.wanted(slot);
    return this.elements.states.all.flatMap(({ set, bit }) => ((wanted & bit) === 0 ? [] : [set.name]));
  }

  /** Finds out which sets there are. Resolves in FIREWALL_START_MS at most, also after a failure. */
  async start(): Promise<void> {
    if (!this.parts.client.present) return this.onGone("is not there (a line above says why)");
    await this.learnNames();
  }

  private learnNames(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FIREWALL_START_MS);
      this.started = () => {
        clearTimeout(timer);
        resolve();
      };
      this.parts.client.look(0);
    });
  }

  /** Another configuration is in force, and the table was rebuilt for it. */
  reconfigure(): void {
    const { serving, log, clock } = this.parts;
    this.sender.flush();
    this.comparison.reset();
    const states = new SetStates(serving.config.firewallSets, log, clock, this.elements.states);
    const retired = this.retiredBy(states);
    this.elements.replace(states, new ElementMirror(serving, clock));
    this.comparison.retire(retired, states.all);
    this.place();
    this.comparison.start();
  }

  /**
   * Elements of leases are missing in a set. If a ruleset was loaded anew, its operator knows why; else another program
   * has removed them.
   */
  private tellMissed({ set: { name }, isMadeAnew }: SetState, count: number): void {
    const { log } = this.parts;
    const leases = count === 1 ? "1 lease" : `${count} leases`;
    const bindings = { event: "firewall", set: name, elements: count };
    if (isMadeAnew) {
      log.info(bindings, `the firewall set ${name} was made anew: the server puts in the elements of ${leases} again`);
      return;
    }
    const what = count === 1 ? "the element of" : "the elements of";
    const text = `the firewall set ${name} has lost ${what} ${leases}: the server puts them in again. Find out what has taken them out (nft monitor)`;
    log.warn(bindings, text);
  }

  /** The sets of leases that a new configuration names no more. */
  private retiredBy({ all }: SetStates): readonly RetiredSet[] {
    const { elements, parts } = this;
    const isNamed = (name: string): boolean => all.some(({ set }) => set.name === name);
    return elements.states.all.flatMap((state) => {
      const { set, position } = state;
      if (position < 0 || isNamed(set.name)) return [];
      const addresses = elements.addressesIn(state);
      const text = `the firewall set ${set.name} is not in the configuration any more: the elements of leases are taken out of it`;
      parts.log.info({ event: "firewall", set: set.name, elements: addresses.size }, text);
      return addresses.size === 0 ? [] : [{ name: set.name, position, addresses }];
    });
  }

  /** Looks after the sets: once a second. */
  look(): void {
    const { client, clock, serving } = this.parts;
    const { states } = this.elements;
    states.follow();
    for (const slot of this.elements.mirror.followUse()) this.follow(slot);
    for (const { position } of states.all) if (position >= 0) client.look(position);
    if (this.isChangedByOthers && this.comparison.isDue) {
      this.isChangedByOthers = false;
      for (const state of states.all) state.isToCompare = true;
    }
    if (states.all.some(({ isToCompare, bit }) => isToCompare && (states.usable & bit) !== 0)) this.comparison.start();
    const now = clock.monotonic();
    if (serving.cluster === undefined || now < this.followedAt + FIREWALL_FOLLOW_MS) return;
    this.followedAt = now;
    this.comparison.follow();
  }

  /** A decision has been applied to the lease table. */
  noteApplied({ decision }: Exchange): void {
    const { change, slot, scope } = decision;
    if (change === Change.bind && scope !== undefined) this.elements.mirror.classify(slot, scope);
    // A lease that was over and not yet seen to be.
    else if (change === Change.offer) this.follow(slot);
  }

  /** The changes of a commit are given to the store now. */
  begin(held: HeldCommit): void {
    const { changes } = held;
    const before = this.sender.sent;
    for (let i = 0; i < changes.count; i++) {
      const slot = changes.slots[i] ?? NO_LEASE;
      this.elements.takeOutChanged(slot);
      this.elements.sync(slot, true);
    }
    this.sender.flush();
    held.elementsSent = this.sender.sent > before ? this.sender.sent : 0;
  }

  /** A lease has changed without a reply: it has expired, or its change did not become durable. */
  follow(slot: LeaseSlot): void {
    this.elements.sync(slot, false);
    this.sender.flushSoon();
  }

  /** Calls `leave` when the replies of a commit may leave; those that a set holds back are taken out. */
  pass(held: HeldCommit, leave: (held: HeldCommit) => void): void {
    this.gate.pass(held, this.elements.states.holding !== 0, (passed, isLate) => {
      this.elements.dropHeldBack(passed, isLate);
      leave(passed);
    });
  }

  /** Whether a set holds back an ACK that repeats an earlier one, which no commit goes with. */
  refuses({ decision }: Exchange): boolean {
    return decision.reason === "ack-repeated" && !this.elements.mayRepeat(decision.slot);
  }

  close(): void {
    this.sender.stop();
    this.comparison.reset();
    this.parts.client.close();
  }

  onChanged(batch: ChangeBatch, results: Uint8Array | undefined): void {
    this.sender.answered += 1;
    this.elements.takeResults(batch, results);
    this.gate.open(this.sender.answered);
  }

  onLook(position: number, look: SetLook): void {
    if (this.started !== undefined) this.learnName(position, look);
    this.isChangedByOthers ||= look.isChanged;
    const { states } = this.elements;
    const state = states.at(position);
    if (state === undefined || !states.take(state, look)) return;
    state.isToCompare = true;
    this.comparison.start();
  }

  onListed(position: number, elements: readonly ListedElement[], isLast: boolean, result: SetResult): void {
    this.comparison.take(position, elements, isLast, result);
  }

  onRestart(): void {
    const { counters, log } = this.parts;
    counters.count("firewall-restarted");
    const text = "the firewall process has ended and was started again: the firewall sets are compared with the leases";
    log.error({ event: "firewall" }, text);
    this.comparison.reset();
    for (const state of this.elements.states.all) state.isToCompare = true;
    this.comparison.start();
  }

  onGone(reason: string): void {
    this.comparison.reset();
    this.elements.states.lose(reason);
  }

  private learnName(position: number, { name, sets }: SetLook): void {
    this.names[position] = name;
    if (this.names.length < sets) return void this.parts.client.look(this.names.length);
    this.place();
    this.started?.();
    this.started = undefined;
  }

  private place(): void {
    const { states } = this.elements;
    for (const state of states.all) {
      state.position = this.names.indexOf(state.set.name);
      if (state.position < 0) states.miss(state);
    }
    states.follow();
  }
}
