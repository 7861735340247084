// An observer that looks on while a backend serves (--observe), and changes nothing.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { ObservedServer, WantedListeners } from "../backend.ts";
import type { ListenerPlan } from "../listen/listeners.ts";
import type { LocalView } from "../listen/local-view.ts";
import type { ReceiveBatch } from "../receive-batch.ts";

/** Subscribes to a backend's interfaces and batches. */
export interface Onlooker {
  /** Other servers that were seen. */
  readonly servers: readonly ObservedServer[];
  /** Counters since start, by name. */
  readonly counters: ReadonlyMap<string, number>;
  /** The backend judges by this view from now on, and will listen as planned. */
  onView(view: LocalView, plan: ListenerPlan, wanted: WantedListeners): void;
  /** The first `count` slots of `batch` have been filled and are not judged yet. */
  onBatch(batch: ReceiveBatch, count: number): void;
  /** The backend is open; resolves when looking on has begun too. Rejects with DaemonError. */
  open(): Promise<void>;
  /** A client on this interface has chosen another server. */
  noteOtherServer(serverIdentifier: Ipv4, ifindex: number): void;
  /** Looks on no more. */
  close(): Promise<void>;
}

/** The backend's facts about its own sockets. */
export interface ServingSockets {
  /** Datagrams that they have lost so far. */
  lost(): number;
  /** Whether one of them holds datagrams that were not read yet. */
  isWaiting(): boolean;
}
