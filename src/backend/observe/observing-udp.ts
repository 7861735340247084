// The udp backend with an observer beside it (--observe bpf). Serving is the udp backend's, untouched; the
// observer is shown each batch before it is judged, and each new picture of the interfaces. Packet
// sockets are opened where the bpf backend would have them. One that cannot be had ends the start, as
// a listener would; later it is said, and tried again when interfaces change.

import { DaemonError } from "../../base/daemon-error.ts";
import type { Interface } from "../../base/interface.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { RECEIVE_SLOT_OCTETS } from "../../base/limits.ts";
import type { BackendEvents, ObservedServer, WantedListeners } from "../backend.ts";
import { BurstNotices } from "../burst-notices.ts";
import { planFrames } from "../frames/frame-plan.ts";
import type { OpenFailure } from "../listen/listener-set.ts";
import type { ListenerPlan, PlannedListener } from "../listen/listeners.ts";
import { LocalView } from "../listen/local-view.ts";
import { readSetting } from "../setting-warnings.ts";
import type { SocketBackendOptions } from "../socket-backend.ts";
import { UdpBackend } from "../udp/udp.ts";
import { Observer } from "./observer.ts";

/** The udp backend, looked on at. */
export class ObservingUdpBackend extends UdpBackend {
  private readonly observer: Observer;
  private saidRefusals: ReadonlySet<string> = new Set();
  private isOpen = false;

  constructor(options: SocketBackendOptions) {
    super(options);
    this.observer = new Observer({
      helper: options.helper,
      bursts: new BurstNotices(options.now ?? (() => performance.now())),
      notice: options.notice,
      lost: () => this.sockets.lost(),
      isWaiting: () => [...this.sockets.all()].some((socket) => socket.statistics().receiveQueue > 0),
    });
  }

  override async open(events: BackendEvents): Promise<readonly Interface[]> {
    const interfaces = await super.open(events);
    for (const [plan, failure] of await this.observer.followed()) {
      if (failure.code === "no-address") continue;
      await this.close();
      throw new DaemonError("bind-failed", `cannot observe ${plan.interface}: ${failure.reason}: ${remedyOf(failure)}`);
    }
    this.isOpen = true;
    return interfaces;
  }

  override get counters(): ReadonlyMap<string, number> {
    return new Map([...super.counters, ...this.observer.counters()]);
  }

  /** See Backend.observed. */
  get observed(): readonly ObservedServer[] {
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

  /** See Backend.noteOtherServer. */
  noteOtherServer(serverIdentifier: Ipv4, ifindex: number): void {
    this.observer.noteChoice(serverIdentifier, ifindex);
  }

  override async close(): Promise<void> {
    await this.observer.close();
    await super.close();
  }

  protected override planOf(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan {
    const plan = super.planOf(interfaces, wanted);
    const picture = {
      interfaces,
      view: new LocalView(interfaces, plan.served, wanted.addresses, plan.answered),
      bound: new Set(plan.listeners.map(({ address }) => address)),
      read: this.options.readSetting ?? readSetting,
    };
    const frames = planFrames(interfaces, wanted).listeners.filter(({ kind }) => kind === "frames");
    void this.observer.follow(picture, frames).then((failed) => this.sayFailures(failed));
    return plan;
  }

  protected override receive(number: number, count: number): void {
    const { arena, rows } = this.received;
    for (let slot = 0; slot < count; slot++) {
      const start = slot * RECEIVE_SLOT_OCTETS;
      this.observer.hear(arena, start, rows.length(slot), rows.source(slot), rows.sourcePort(slot));
    }
    super.receive(number, count);
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
