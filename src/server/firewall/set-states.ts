// The state of each firewall set: whether it can be changed, how many elements it has, and what the log has said of it.

import { FIREWALL_REST_MS } from "../../base/limits/firewall.ts";
import type { SetCondition } from "../../base/set-condition.ts";
import type { Clock, MonotonicMilliseconds } from "../../base/time.ts";
import type { FirewallAddresses, FirewallSet } from "../../config/model/firewall-set.ts";
import { SetKey, type SetLook, SetResult } from "../../firewall/protocol.ts";
import type { Logger } from "../../log.ts";

/** What `status` tells of a set. */
export interface FirewallSetStatus {
  readonly name: string;
  readonly addresses: FirewallAddresses;
  readonly condition: SetCondition;
  /** Elements of leases, as far as the daemon knows. */
  readonly elements: number;
}

/** By SetResult. */
const CONDITIONS: readonly SetCondition[] = ["ok", "missing", "full", "failed", "unsuitable", "unreachable"];

/** What a set's condition means, and what to do. */
const TEXTS: Readonly<Record<SetCondition, string>> = {
  ok: "takes elements now: it is compared with the leases",
  missing: "does not exist: create it (nft add set); the server looks for it every second",
  unsuitable:
    "has elements of another kind: its type has to be ipv4_addr, ipv4_addr . ether_addr or ether_addr . ipv4_addr, without the flags interval and constant",
  full: "is full: give it a larger size",
  failed: "takes no changes: the kernel refuses them",
  unreachable: "cannot be changed: restart the server",
};

/** One set of the configuration. */
export class SetState {
  readonly set: FirewallSet;
  /** Its bit in masks. */
  readonly bit: number;
  /** Its position at the process; -1: the process does not know it. */
  position = -1;
  condition: SetCondition = "ok";
  /** SetKey. */
  key: number = SetKey.address;
  hasTimeout = false;
  handle = 0n;
  elements = 0;
  /** A full set is left alone until then. */
  restsUntil: MonotonicMilliseconds = 0;
  /** Whether it is to be compared with the leases. */
  isToCompare = true;
  /** Whether it was made anew since it was last compared, and so has none of the elements that the one before it had. */
  isMadeAnew = false;

  constructor(set: FirewallSet, index: number) {
    this.set = set;
    this.bit = 1 << index;
  }
}

/** All sets of a configuration. */
export class SetStates {
  readonly all: readonly SetState[];
  /**
   * Bits of the sets that take changes now, of sets whose elements end by themselves, and of sets that hold ACKs back.
   */
  usable = 0;
  timed = 0;
  holding = 0;
  /** Bits of the sets whose elements have a hardware address. */
  withHardware = 0;
  private readonly log: Logger;
  private readonly clock: Clock;

  /** `before`: the states under the configuration before this one. */
  constructor(sets: readonly FirewallSet[], log: Logger, clock: Clock, before?: SetStates) {
    this.log = log;
    this.clock = clock;
    this.all = sets.map((set, index) => {
      const state = new SetState(set, index);
      const known = before?.all.find((other) => other.set.name === set.name);
      if (known === undefined) return state;
      const { position, condition, key, hasTimeout, handle } = known;
      return Object.assign(state, { position, condition, key, hasTimeout, handle });
    });
    this.follow();
  }

  /** The state of the set at a position of the process. */
  at(position: number): SetState | undefined {
    return this.all.find((state) => state.position === position);
  }

  /** Takes what the process says of a set; whether the set has to be compared with the leases because of it. */
  take(state: SetState, look: SetLook): boolean {
    const isNew = look.handle !== state.handle;
    // A missing set has no handle: when the set is back, its former handle shows whether it was made anew.
    if (look.result === SetResult.ok) {
      state.isMadeAnew ||= isNew && state.handle !== 0n;
      state.handle = look.handle;
    } else {
      this.change(state, CONDITIONS[look.result] ?? "failed");
      return false;
    }
    state.key = look.key;
    state.hasTimeout = look.hasTimeout;
    const wasUsable = state.condition === "ok" || state.condition === "full";
    if (!wasUsable) this.change(state, "ok");
    else this.follow();
    return isNew || !wasUsable;
  }

  /** A change of an element came to this. */
  note(state: SetState, result: number): void {
    if (result === SetResult.ok) {
      if (state.condition === "full" && state.restsUntil <= this.clock.monotonic()) this.change(state, "ok");
      return;
    }
    if (result === SetResult.full) state.restsUntil = this.clock.monotonic() + FIREWALL_REST_MS;
    // What failed once may have been about one element; whether the set is in order is seen at the next look.
    if (result !== SetResult.failed && result !== SetResult.unanswered)
      this.change(state, CONDITIONS[result] ?? "failed");
    else state.isToCompare = true;
    this.follow();
  }

  /** Logs for each set that it gets no more changes, and why. */
  lose(reason: string): void {
    this.log.error(
      { event: "firewall" },
      `the firewall process ${reason}: the firewall sets are not changed from now on: restart the server`,
    );
    for (const state of this.all) this.change(state, "unreachable");
  }

  /** The process does not know a set: it was not started for it. */
  miss(state: SetState): void {
    this.change(state, "unreachable");
  }

  /** Full sets are tried again when they have rested. */
  follow(): void {
    const now = this.clock.monotonic();
    const mask = (holds: (state: SetState) => boolean): number =>
      this.all.reduce((bits, state) => (holds(state) ? bits | state.bit : bits), 0);
    this.usable = mask(
      ({ position, condition, restsUntil }) =>
        position >= 0 && (condition === "ok" || (condition === "full" && restsUntil <= now)),
    );
    this.timed = mask(({ hasTimeout }) => hasTimeout);
    this.holding = mask(({ set }) => set.holdsAck);
    this.withHardware = mask(({ key }) => key !== SetKey.address);
  }

  get status(): readonly FirewallSetStatus[] {
    return this.all.map(({ set, condition, elements }) => ({
      name: set.name,
      addresses: set.addresses,
      condition,
      elements,
    }));
  }

  private change(state: SetState, condition: SetCondition): void {
    const before = state.condition;
    state.condition = condition;
    if (condition === "ok") state.isToCompare = true;
    this.follow();
    if (before === condition) return;
    const held = state.set.holdsAck ? "are held back" : "leave all the same";
    const acks = condition === "ok" ? "" : `; ACKs of its clients ${held}`;
    const text = `the firewall set ${state.set.name} ${TEXTS[condition]}${acks}`;
    this.log[condition === "ok" ? "info" : "error"]({ event: "firewall", set: state.set.name, condition }, text);
  }
}
