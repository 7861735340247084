// Whether the server is ready for clients: its health, and taking it out of service and back.

import type { Clock, EpochSeconds, MonotonicSeconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import type { Serving } from "../engine/serving.ts";
import type { Logger } from "../log.ts";
import type { LeaseStore, StoreHealth } from "../store/store.ts";
import type { ClusterParts } from "./cluster-parts.ts";
import { Drain } from "./drain.ts";
import { type Health, type HealthFacts, judgeHealth } from "./health.ts";
import { subnetFigures } from "./lease-figures.ts";
import type { SelfExchange } from "./self-exchange.ts";

/** What it looks at. */
export interface ReadinessParts {
  readonly serving: Serving;
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The configuration that counts now: a reload replaces it. */
  readonly config: () => Config;
  readonly listeners: () => HealthFacts["listeners"];
  readonly selfExchange: SelfExchange;
  readonly isClockSet: () => boolean;
  readonly firewallSets: () => HealthFacts["firewallSets"];
  /** Where the store is shared. */
  readonly cluster?: ClusterParts;
}

/** The readiness of one server. */
export class Readiness {
  readonly selfExchange: SelfExchange;
  private readonly parts: ReadinessParts;
  private readonly drainage = new Drain();
  private drainBegan: EpochSeconds = 0;
  /** When the store was no longer ready; undefined while it is. */
  private storeLostAt: MonotonicSeconds | undefined;

  constructor(parts: ReadinessParts) {
    this.parts = parts;
    this.selfExchange = parts.selfExchange;
  }

  /** Whether queries are left unanswered, because the server is drained. */
  get isSilent(): boolean {
    return this.drainage.state === "silent";
  }

  /** Since when the server is being drained, or is drained; undefined while it serves. */
  get drained(): { readonly state: "draining" | "silent"; readonly since: EpochSeconds } | undefined {
    const { state } = this.drainage;
    return state === "serving" ? undefined : { state, since: this.drainBegan };
  }

  /** Takes note of the store's health: on every change, and now and then, since a wrong clock is no change of the store. */
  noteStore(health: StoreHealth = this.parts.store.health): void {
    this.storeLostAt = health === "ready" ? undefined : (this.storeLostAt ?? this.now());
  }

  /** Health says so at once; the server still answers for the configured time, and then falls silent. */
  drain(): void {
    const { log, config } = this.parts;
    const { drainSeconds } = config();
    this.noteDrain();
    log.warn({ event: "drain" }, `draining: unhealthy from now on, and silent in ${drainSeconds} seconds`);
    this.drainage.begin(drainSeconds, () => log.warn({ event: "drain" }, "drained: queries are no longer answered"));
  }

  /** Serves again, unless the server is about to stop. */
  undrain(): void {
    this.drainage.end();
    if (this.drainage.state === "serving") this.parts.log.info({ event: "drain" }, "serving again");
  }

  /** Drains for the last time; `then` is called when the server is silent and may be stopped. */
  drainToStop(then: () => void): void {
    const { log, config } = this.parts;
    const { drainSeconds } = config();
    this.noteDrain();
    if (drainSeconds > 0 && !this.isSilent)
      log.info({ event: "drain" }, `draining: unhealthy from now on, and stopped in at most ${drainSeconds} seconds`);
    this.drainage.beginLast(drainSeconds, then);
  }

  /** Whether clients should be sent here, and why not. Resolves in SELF_EXCHANGE_MS at most. */
  async health(): Promise<Health> {
    const { serving, store, config, listeners, isClockSet, firewallSets, cluster } = this.parts;
    const exchange = this.isSilent || listeners().length === 0 ? undefined : await this.selfExchange.run();
    const figures = subnetFigures(serving, this.now()).filter(({ size }) => size > 0);
    this.noteStore();
    return judgeHealth({
      drain: this.drainage.state,
      listeners: listeners(),
      ...(exchange !== undefined && { exchange }),
      store: store.health,
      storeAwaySeconds: this.storeLostAt === undefined ? 0 : this.now() - this.storeLostAt,
      reserveSeconds: config().cluster?.reserveSeconds ?? 0,
      isClockSet: isClockSet(),
      firewallSets: firewallSets(),
      ...(cluster !== undefined && {
        cluster: {
          areClocksGood: cluster.guard() < Number.POSITIVE_INFINITY,
          mayAllocate: cluster.mayAllocate?.() ?? true,
        },
      }),
      subnets: figures.length,
      full: figures.filter(({ free }) => free <= 0),
    });
  }

  private noteDrain(): void {
    if (this.drainage.state === "serving") this.drainBegan = this.parts.clock.wall();
  }

  private now(): MonotonicSeconds {
    return this.parts.clock.monotonic() / 1000;
  }
}
