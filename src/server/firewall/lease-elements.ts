// The elements of leases: which changes bring the firewall's sets in line with a lease, and their results.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { SetCondition } from "../../base/set-condition.ts";
import type { Clock } from "../../base/time.ts";
import type { Serving } from "../../engine/serving.ts";
import { type ChangeBatch, ElementAction, type ListedElement, NEVER_ENDS, SetResult } from "../../firewall/protocol.ts";
import { BindingState } from "../../lease/lease.ts";
import { hardwareBefore, isGivenToAnother } from "../../lease/table/change-under-way.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { Counters } from "../counters.ts";
import type { HeldCommit } from "../held-commit.ts";
import type { ChangeSender } from "./change-sender.ts";
import type { ElementMirror } from "./element-mirror.ts";
import type { SetState, SetStates } from "./set-states.ts";

/** What it is made of. */
export interface LeaseElementParts {
  readonly serving: Serving;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly sender: ChangeSender;
  /** A set holds a reply back, of which `note` is what its batch has for the log. */
  readonly onHeldBack: (note: object, set: string) => void;
}

const { put, remove } = ElementAction;

const FAILED: Readonly<Record<number, string>> = {
  [SetResult.missing]: "firewall-missing",
  [SetResult.full]: "firewall-full",
  [SetResult.failed]: "firewall-failed",
  [SetResult.unsuitable]: "firewall-unsuitable",
  [SetResult.unanswered]: "firewall-unanswered",
};

const LACKING: Readonly<Record<SetCondition, string>> = {
  ok: "firewall-failed",
  missing: "firewall-missing",
  full: "firewall-full",
  failed: "firewall-failed",
  unsuitable: "firewall-unsuitable",
  unreachable: "firewall-unreachable",
};

/** See the head of this file. */
export class LeaseElements {
  states: SetStates;
  mirror: ElementMirror;
  private readonly parts: LeaseElementParts;
  /** Leases whose ACK is held back, and the set that holds it because it did not take the element. */
  private readonly refused = new Map<LeaseSlot, SetState>();

  constructor(parts: LeaseElementParts, states: SetStates, mirror: ElementMirror) {
    this.parts = parts;
    this.states = states;
    this.mirror = mirror;
    parts.sender.onUnsent = (batch) => this.takeResults(batch, undefined);
  }

  /** Begins anew for another table: nothing is known to be in a set. */
  replace(states: SetStates, mirror: ElementMirror): void {
    this.states = states;
    this.mirror = mirror;
    this.refused.clear();
    this.parts.sender.epoch += 1;
  }

  /** Brings the sets in line with a lease. `isAcked`: its client waits. False if as many changes are under way as may be. */
  sync(slot: LeaseSlot, isAcked: boolean): boolean {
    const { mirror, states } = this;
    if (mirror.isOfUse(slot) && !this.endUse(slot)) return false;
    mirror.noteUse(slot);
    const wanted = mirror.wanted(slot);
    if (((mirror.told[slot] ?? 0) & states.withHardware) !== 0) this.takeOutFormer(slot);
    const told = mirror.told[slot] ?? 0;
    if ((wanted | told) === 0) return true;
    const usable = wanted & states.usable;
    if (isAcked && usable !== wanted) this.countLacking(slot, wanted & ~usable);
    const isSameEnd = (usable & states.timed) === 0 || mirror.until[slot] === mirror.endOf(slot);
    const puts = usable & (isSameEnd ? ~told : ~told | states.timed);
    const removals = told & ~wanted;
    if ((puts | removals) === 0) return true;
    mirror.readHardware(slot);
    const hasRoom = this.change(slot, removals, remove) && this.change(slot, puts, put);
    if (!hasRoom && isAcked) this.countUnsent(slot, puts);
    return hasRoom;
  }

  /** The change under way of a lease gives its address to another client: it leaves the sets that are for that. */
  takeOutChanged(slot: LeaseSlot): void {
    const { mirror } = this;
    const { table } = this.parts.serving;
    if (table.state(slot) !== BindingState.bound) return;
    const changed = mirror.changed(slot);
    if (changed === 0 || !isGivenToAnother(table, slot)) return;
    mirror.readHardware(slot, hardwareBefore(table, slot));
    this.change(slot, changed, remove);
  }

  /** Takes an element out of the set at a position; false if as many changes are under way as may be. */
  removeElement(position: number, { address, hardwareHigh, hardwareLow }: ListedElement): boolean {
    return this.parts.sender.add(remove, position, NO_LEASE, address, hardwareHigh, hardwareLow, 0);
  }

  /** The addresses whose elements a set should have by the leases. */
  addressesIn(state: SetState): ReadonlySet<Ipv4> {
    const { told } = this.mirror;
    const addresses = new Set<Ipv4>();
    for (let slot = 0; slot < told.length; slot++)
      if (((told[slot] ?? 0) & state.bit) !== 0) addresses.add(this.mirror.addressOf(slot));
    return addresses;
  }

  /** Takes what became of a batch; without results nothing is known of it. */
  takeResults(batch: ChangeBatch, results: Uint8Array | undefined): void {
    const { counters, sender } = this.parts;
    for (let i = 0; i < batch.count; i++) {
      const result = results?.[i] ?? SetResult.unanswered;
      const action = batch.action(i);
      if (result === SetResult.ok) counters.count(action === put ? "firewall-put" : "firewall-removed");
      else counters.count(FAILED[result] ?? "firewall-failed");
      const state = this.states.at(batch.set(i));
      if (state === undefined) continue;
      if (result !== SetResult.ok || state.condition === "full") this.states.note(state, result);
      if (result === SetResult.ok || batch.epoch !== sender.epoch) continue;
      const slot = batch.slots[i] ?? NO_LEASE;
      if (slot === NO_LEASE || action !== put) continue;
      this.note(slot, state, false);
      this.mirror.until[slot] = 0;
      if (state.set.holdsAck) this.refused.set(slot, state);
    }
  }

  /** Takes the replies out of a commit that a set holds back. `isLate`: it is not known what became of its elements. */
  dropHeldBack(held: HeldCommit, isLate: boolean): void {
    const { counters, onHeldBack } = this.parts;
    const { holding } = this.states;
    if (isLate) counters.count("firewall-late", held.replies.count);
    if (holding === 0 || (!isLate && this.refused.size === 0)) return;
    const dropped = held.dropReplies((change, note) => {
      const slot = held.changes.slots[change] ?? NO_LEASE;
      const state = this.refused.get(slot) ?? (isLate ? this.holdingOf(this.mirror.wanted(slot)) : undefined);
      if (state === undefined) return false;
      this.refused.delete(slot);
      if (note !== undefined) onHeldBack(note, state.set.name);
      return true;
    });
    if (dropped === 0) return;
    counters.count("firewall-held-back", dropped);
    counters.count("drop-firewall", dropped);
  }

  /** Whether an ACK that repeats an earlier one may leave; else the sets are asked once more to take the element. */
  mayRepeat(slot: LeaseSlot): boolean {
    const { mirror, states } = this;
    const lacking = mirror.wanted(slot) & states.holding & ~(mirror.told[slot] ?? 0);
    if (lacking === 0) return true;
    this.sync(slot, true);
    this.refused.delete(slot);
    this.parts.sender.flushSoon();
    return false;
  }

  private change(slot: LeaseSlot, bits: number, action: number): boolean {
    const { mirror, states } = this;
    const { sender, serving, clock } = this.parts;
    if (bits === 0) return true;
    const isPut = action === put;
    const end = isPut ? mirror.endOf(slot) : 0;
    const seconds = end >= NEVER_ENDS ? NEVER_ENDS : Math.max(1, end - Math.floor(clock.wall()));
    const address = serving.table.addressOf(slot);
    const { hardwareHigh, hardwareLow } = mirror;
    for (const state of states.all) {
      if ((bits & state.bit) === 0 || state.position < 0) continue;
      if (!sender.add(action, state.position, slot, address, hardwareHigh, hardwareLow, seconds)) return false;
      this.note(slot, state, isPut);
    }
    if (isPut && (bits & states.timed) !== 0) mirror.until[slot] = end;
    return true;
  }

  /** Takes a slot out that a host without a lease had, where that is over. False if as many changes are under way as may be. */
  private endUse(slot: LeaseSlot): boolean {
    const { mirror } = this;
    const over = (mirror.told[slot] ?? 0) & ~mirror.wanted(slot);
    if (over === 0) return true;
    mirror.readHardware(slot);
    return this.change(slot, over, remove);
  }

  /** Notes whether a set has a lease's element. */
  private note(slot: LeaseSlot, state: SetState, hasElement: boolean): void {
    const { told } = this.mirror;
    const bits = told[slot] ?? 0;
    if (((bits & state.bit) !== 0) === hasElement) return;
    told[slot] = bits ^ state.bit;
    state.elements += hasElement ? 1 : -1;
  }

  /** Elements that have a hardware address leave with it when it is another one now. */
  private takeOutFormer(slot: LeaseSlot): void {
    const { mirror, states } = this;
    const { table } = this.parts.serving;
    if (!table.isPending(slot)) return;
    mirror.readHardware(slot);
    const { hardwareHigh, hardwareLow } = mirror;
    mirror.readHardware(slot, hardwareBefore(table, slot));
    if (mirror.hardwareHigh === hardwareHigh && mirror.hardwareLow === hardwareLow) return;
    this.change(slot, (mirror.told[slot] ?? 0) & states.withHardware, remove);
  }

  private countLacking(slot: LeaseSlot, bits: number): void {
    for (const state of this.states.all) {
      if ((bits & state.bit) === 0) continue;
      this.parts.counters.count(LACKING[state.condition]);
      if (state.set.holdsAck) this.refused.set(slot, state);
    }
  }

  /** The first of the sets that holds ACKs back. */
  private holdingOf(bits: number): SetState | undefined {
    return this.states.all.find((state) => (bits & state.bit) !== 0 && state.set.holdsAck);
  }

  private countUnsent(slot: LeaseSlot, bits: number): void {
    this.parts.counters.count("firewall-unanswered");
    const holding = this.holdingOf(bits);
    if (holding !== undefined) this.refused.set(slot, holding);
    for (const state of this.states.all) state.isToCompare = true;
  }
}
