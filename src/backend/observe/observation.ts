// An observer beside a backend that serves (--observe bpf): shown each batch before it is judged, and each new picture
// of the interfaces. Packet sockets are opened where the bpf backend would have them. One that cannot be opened ends
// the start, as a listener would; later the log says so, and the next change of interfaces tries again.

import { DaemonError } from "../../base/daemon-error.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { RECEIVE_SLOT_OCTETS } from "../../base/limits/backend.ts";
import type { ObservedServer, WantedListeners } from "../backend.ts";
import { BurstNotices } from "../burst-notices.ts";
import { planFrames } from "../frames/frame-plan.ts";
import type { OpenFailure } from "../listen/listener-set.ts";
import type { ListenerPlan, PlannedListener } from "../listen/listeners.ts";
import type { LocalView } from "../listen/local-view.ts";
import type { ReceiveBatch } from "../receive-batch.ts";
import { readSetting } from "../setting-warnings.ts";
import type { SocketBackendOptions } from "../socket-backend.ts";
import { Observer } from "./observer.ts";
import type { Onlooker, ServingSockets } from "./onlooker.ts";

/** See the head of this file. */
export class Observation implements Onlooker {
  private readonly options: SocketBackendOptions;
  private readonly observer: Observer;
  private saidRefusals: ReadonlySet<string> = new Set();
  private isOpen = false;

  constructor(options: SocketBackendOptions, serving: ServingSockets) {
    this.options = options;
    this.observer = new Observer({
      helper: options.helper,
      bursts: new BurstNotices(options.now ?? (() => performance.now())),
      notice: options.notice,
      lost: () => serving.lost(),
      isWaiting: () => serving.isWaiting(),
    });
  }

  async open(): Promise<void> {
    for (const [plan, failure] of await this.observer.followed()) {
      if (failure.code === "no-address") continue;
      throw new DaemonError("bind-failed", `cannot observe ${plan.interface}: ${failure.reason}: ${remedyOf(failure)}`);
    }
    this.isOpen = true;
  }

  get counters(): ReadonlyMap<string, number> {
    return this.observer.counters();
  }

  get servers(): readonly ObservedServer[] {
    return this.observer.servers().map(({ source, serverIdentifier, ifindex, offers, acks, naks, requests }) => ({
      source: formatIpv4(source),
      serverIdentifier: formatIpv4(serverIdentifier),
      interface: this.observer.nameOf(ifindex),
      offers,
      acks,
      naks,
      requests,
    }));
  }

  noteOtherServer(serverIdentifier: Ipv4, ifindex: number): void {
    this.observer.noteChoice(serverIdentifier, ifindex);
  }

  onView({ interfaces }: LocalView, plan: ListenerPlan, wanted: WantedListeners): void {
    const picture = {
      interfaces,
      bound: new Set(plan.listeners.map(({ address }) => address)),
      read: this.options.readSetting ?? readSetting,
    };
    const frames = planFrames(interfaces.list, wanted).listeners.filter(({ kind }) => kind === "frames");
    void this.observer.follow(picture, frames).then((failed) => this.sayFailures(failed));
  }

  onBatch({ arena, rows }: ReceiveBatch, count: number): void {
    for (let slot = 0; slot < count; slot++) {
      const start = slot * RECEIVE_SLOT_OCTETS;
      this.observer.hear(arena, start, rows.length(slot), rows.source(slot), rows.sourcePort(slot));
    }
  }

  close(): Promise<void> {
    return this.observer.close();
  }

  private sayFailures(failed: ReadonlyMap<PlannedListener, OpenFailure>): void {
    const said = new Set<string>();
    for (const [plan, failure] of failed) {
      const text = `cannot observe ${plan.interface}: ${failure.reason}`;
      said.add(text);
      if (this.isOpen && !this.saidRefusals.has(text)) this.options.notice("warn", text);
    }
    this.saidRefusals = said;
  }
}

function remedyOf({ code }: OpenFailure): string {
  return code === "no-permission"
    ? "the helper needs CAP_NET_RAW for it: start bin/anydhcpd as root, or without --observe"
    : "start without --observe";
}
