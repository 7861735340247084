// The open sockets of the udp backend: asks the helper for those that are planned, closes those
// that are not, and reports what could not be opened.
//
// Guarantees: a socket is filtered before its first datagram is looked at; closing comes before
// opening, so a wildcard can follow single addresses and the other way round; a descriptor that
// arrives after close() is closed.

import { closeSync } from "node:fs";
import { DaemonError } from "../base/daemon-error.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { RECEIVE_BUFFER_OCTETS, RECEIVE_SLOT_OCTETS } from "../base/limits.ts";
import type { Helper, ListenResult } from "../helper/helper.ts";
import { UdpSocket } from "../native.ts";
import type { ListenerStatus } from "./backend.ts";
import { prefilterProgram } from "./filter.ts";
import { diffListeners, type PlannedListener } from "./listeners.ts";
import type { ReceiveBatch } from "./receive-batch.ts";

/** Why a listener could not be opened. */
export type OpenFailure = Extract<ListenResult, { readonly fd: -1 }>;

/** What a ListenerSet works with. */
export interface ListenerSetParts {
  readonly helper: Helper;
  readonly received: ReceiveBatch;
  /** Listener `number` has filled the first `count` slots. */
  onReadable(number: number, count: number): void;
  /** A listener has failed for a reason of its own and is closed. */
  onLost(plan: PlannedListener, errno: number): void;
}

interface Listener {
  readonly number: number;
  readonly socket: UdpSocket;
  plan: PlannedListener;
}

/** What one apply() has done. */
export interface AppliedPlan {
  readonly opened: readonly PlannedListener[];
  readonly closed: readonly PlannedListener[];
  readonly failed: ReadonlyMap<PlannedListener, OpenFailure>;
}

/** The sockets that are open now, one an address. */
export class ListenerSet {
  private readonly parts: ListenerSetParts;
  private readonly listeners = new Map<Ipv4, Listener>();
  private nextNumber = 0;
  private lostByClosed = 0;
  private isClosed = false;

  constructor(parts: ListenerSetParts) {
    this.parts = parts;
  }

  /** How many are open. */
  get size(): number {
    return this.listeners.size;
  }

  /** One of the sockets, the oldest; each can send from any address of ours. */
  get anySocket(): UdpSocket | undefined {
    for (const listener of this.listeners.values()) return listener.socket;
    return undefined;
  }

  /** Closes and opens what the plan asks for. One call at a time. */
  async apply(planned: readonly PlannedListener[]): Promise<AppliedPlan> {
    const diff = diffListeners(this.listeners.keys(), planned);
    const closed = diff.close.flatMap((address) => this.closeOne(address) ?? []);
    for (const plan of diff.keep) {
      const listener = this.listeners.get(plan.address);
      if (listener !== undefined) listener.plan = plan;
    }
    const opened: PlannedListener[] = [];
    const failed = new Map<PlannedListener, OpenFailure>();
    for (const plan of diff.open) {
      const failure = await this.openOne(plan);
      if (failure === undefined) opened.push(plan);
      else failed.set(plan, failure);
    }
    return { opened, closed, failed };
  }

  /** See Backend.listeners. */
  status(): readonly ListenerStatus[] {
    return [...this.listeners.values()].map(({ plan }) => ({
      description: plan.description,
      address: plan.address,
      interface: plan.interface,
    }));
  }

  /** Datagrams that the sockets have lost so far. */
  lost(): number {
    let lost = this.lostByClosed;
    for (const { socket } of this.listeners.values()) lost += socket.statistics().lost;
    return lost;
  }

  /** Closes everything. */
  close(): void {
    this.isClosed = true;
    for (const address of [...this.listeners.keys()]) this.closeOne(address);
  }

  private async openOne(plan: PlannedListener): Promise<OpenFailure | undefined> {
    const result = await this.parts.helper.listen({
      kind: "udp",
      address: plan.address,
      freebind: plan.freebind,
      receiveBufferOctets: RECEIVE_BUFFER_OCTETS,
    });
    if ("code" in result) return result;
    if (this.isClosed) {
      closeSync(result.fd);
      return undefined;
    }
    const number = this.nextNumber++;
    const { received, onReadable } = this.parts;
    try {
      const socket = new UdpSocket(
        result.fd,
        received.arena,
        RECEIVE_SLOT_OCTETS,
        received.columns,
        (count) => onReadable(number, count),
        (errno) => this.lose(number, errno),
      );
      this.listeners.set(plan.address, { number, socket, plan });
      socket.attachFilter(prefilterProgram());
    } catch (error) {
      this.closeOne(plan.address);
      const reason = error instanceof Error ? error.message : String(error);
      return { fd: -1, code: "failed", reason };
    }
    return undefined;
  }

  private closeOne(address: Ipv4): PlannedListener | undefined {
    const listener = this.listeners.get(address);
    if (listener === undefined) return undefined;
    this.lostByClosed += listener.socket.statistics().lost;
    listener.socket.close();
    this.listeners.delete(address);
    return listener.plan;
  }

  private lose(number: number, errno: number): void {
    for (const listener of this.listeners.values()) {
      if (listener.number !== number) continue;
      this.closeOne(listener.plan.address);
      this.parts.onLost(listener.plan, errno);
      return;
    }
  }
}

/** The error for a listener without which the daemon is not started. `portHolders`: "pid name;pid name". */
export function listenError(plan: PlannedListener, failure: OpenFailure, portHolders: string): DaemonError {
  const thing = `${formatIpv4(plan.address)} port 67`;
  switch (failure.code) {
    case "in-use":
      return new DaemonError(
        "bind-in-use",
        `cannot listen on ${thing}: the port is taken ${takenBy(portHolders)}: stop that server first`,
      );
    case "helper-gone":
      return new DaemonError("helper-gone", `cannot listen on ${thing}: ${failure.reason}: start bin/anydhcpd as root`);
    case "no-permission":
      return new DaemonError("bind-failed", `cannot listen on ${thing}: ${failure.reason}: start bin/anydhcpd as root`);
    default:
      return new DaemonError("bind-failed", `cannot listen on ${thing}: ${failure.reason}`);
  }
}

function takenBy(portHolders: string): string {
  const holders = portHolders
    .split(";")
    .map((entry) => /^\s*([0-9]+)\s+(.+?)\s*$/.exec(entry))
    .flatMap((match) => (match === null ? [] : [`pid ${match[1]} (${match[2]})`]));
  return holders.length > 0 ? `by ${holders.join(", ")}` : "by another process (ss -ulnp 'sport = :67' shows it)";
}
