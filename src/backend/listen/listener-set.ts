// The open sockets of a backend: asks the helper for those that are planned, closes those that are
// not, and reports what could not be opened.
//
// Guarantees: closing comes before opening, so a wildcard can follow single addresses and the other way round; a descriptor that
// arrives after close() is closed.

import { closeSync } from "node:fs";
import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { BEHIND_QUEUE_OCTETS } from "../../base/limits/overload.ts";
import type { Helper, ListenRequest, ListenResult } from "../../helper/helper.ts";
import type { ListenerStatus } from "../backend.ts";
import { diffListeners, type PlannedListener } from "./listeners.ts";

/** Why a listener could not be opened. */
export type OpenFailure = Extract<ListenResult, { readonly fd: -1 }>;

/** What all kinds of sockets have. */
export interface ListenerSocket {
  statistics(): { readonly lost: number; readonly receiveQueue: number; readonly receiveBuffer: number };
  close(): void;
}

/** The parts that a ListenerSet works with. */
export interface ListenerSetParts<Socket extends ListenerSocket> {
  readonly helper: Helper;
  /** What to ask the helper for. */
  request(plan: PlannedListener): ListenRequest;
  /** Makes the socket from the descriptor and owns that from then on; its error says why it failed. */
  wrap(fd: number, plan: PlannedListener, onError: (errno: number) => void): Socket;
  /** A listener has failed for a reason of its own and is closed. */
  onLost(plan: PlannedListener, errno: number): void;
}

interface Listener<Socket> {
  readonly number: number;
  readonly socket: Socket;
  plan: PlannedListener;
}

/** What one apply() has done. */
export interface AppliedPlan {
  readonly opened: readonly PlannedListener[];
  readonly closed: readonly PlannedListener[];
  readonly failed: ReadonlyMap<PlannedListener, OpenFailure>;
}

/** The sockets that are open now, by the keys of their plans. */
export class ListenerSet<Socket extends ListenerSocket> {
  private readonly parts: ListenerSetParts<Socket>;
  private readonly listeners = new Map<number, Listener<Socket>>();
  private nextNumber = 0;
  private lostByClosed = 0;
  private isClosed = false;

  constructor(parts: ListenerSetParts<Socket>) {
    this.parts = parts;
  }

  /** How many are open, without those that only hold a port. */
  get size(): number {
    let size = 0;
    for (const { plan } of this.listeners.values()) if (plan.kind !== "port") size++;
    return size;
  }

  /** The socket with this key. */
  socketOf(key: number): Socket | undefined {
    return this.listeners.get(key)?.socket;
  }

  /** All of the sockets. */
  *all(): Generator<Socket> {
    for (const { socket } of this.listeners.values()) yield socket;
  }

  /** One of the sockets, the oldest. */
  get anySocket(): Socket | undefined {
    for (const listener of this.listeners.values()) return listener.socket;
    return undefined;
  }

  /** Closes and opens what the plan asks for. One call at a time. */
  async apply(planned: readonly PlannedListener[]): Promise<AppliedPlan> {
    const diff = diffListeners(this.listeners.keys(), planned);
    const closed = diff.close.flatMap((key) => this.closeOne(key) ?? []);
    for (const plan of diff.keep) {
      const listener = this.listeners.get(plan.key);
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
    for (const listener of this.listeners.values()) lost += lostBy(listener);
    return lost;
  }

  /** See Backend.isQueueLong. */
  isQueueLong(): boolean {
    for (const { socket, plan } of this.listeners.values()) {
      if (plan.kind === "port") continue;
      const { receiveQueue, receiveBuffer } = socket.statistics();
      if (receiveQueue >= Math.min(BEHIND_QUEUE_OCTETS, receiveBuffer / 2)) return true;
    }
    return false;
  }

  /** Closes everything. */
  close(): void {
    this.isClosed = true;
    for (const key of [...this.listeners.keys()]) this.closeOne(key);
  }

  private async openOne(plan: PlannedListener): Promise<OpenFailure | undefined> {
    const result = await this.parts.helper.listen(this.parts.request(plan));
    if ("code" in result) return result;
    if (this.isClosed) {
      closeSync(result.fd);
      return undefined;
    }
    const number = this.nextNumber++;
    try {
      const socket = this.parts.wrap(result.fd, plan, (errno) => this.lose(number, errno));
      this.listeners.set(plan.key, { number, socket, plan });
    } catch (error) {
      return { fd: -1, code: "failed", reason: textOf(error) };
    }
    return undefined;
  }

  private closeOne(key: number): PlannedListener | undefined {
    const listener = this.listeners.get(key);
    if (listener === undefined) return undefined;
    this.lostByClosed += lostBy(listener);
    listener.socket.close();
    this.listeners.delete(key);
    return listener.plan;
  }

  private lose(number: number, errno: number): void {
    for (const listener of this.listeners.values()) {
      if (listener.number !== number) continue;
      this.closeOne(listener.plan.key);
      this.parts.onLost(listener.plan, errno);
      return;
    }
  }
}

/** A socket that only holds a port loses everything, on purpose. */
function lostBy({ plan, socket }: Listener<ListenerSocket>): number {
  return plan.kind === "port" ? 0 : socket.statistics().lost;
}

/** The error for a listener without which the daemon is not started. `portHolders`: "pid name;pid name". */
export function listenError(plan: PlannedListener, failure: OpenFailure, portHolders: string): DaemonError {
  const thing = plan.kind === "frames" ? plan.description : `${formatIpv4(plan.address)} port 67`;
  switch (failure.code) {
    case "in-use":
      return new DaemonError(
        "bind-in-use",
        `cannot listen on ${thing}: the port is taken ${takenBy(portHolders)}: stop that server first`,
      );
    case "helper-gone":
      return new DaemonError("helper-gone", `cannot listen on ${thing}: ${failure.reason}: start bin/anydhcpd as root`);
    case "no-permission":
      return new DaemonError("bind-failed", `cannot listen on ${thing}: ${failure.reason}: ${remedyOf(plan)}`);
    default:
      return new DaemonError("bind-failed", `cannot listen on ${thing}: ${failure.reason}`);
  }
}

function remedyOf(plan: PlannedListener): string {
  return plan.kind === "frames"
    ? "the helper needs CAP_NET_RAW for it: start bin/anydhcpd as root, or use --backend=udp"
    : "start bin/anydhcpd as root";
}

function takenBy(portHolders: string): string {
  const holders = portHolders
    .split(";")
    .map((entry) => /^\s*([0-9]+)\s+(.+?)\s*$/.exec(entry))
    .flatMap((match) => (match === null ? [] : [`pid ${match[1]} (${match[2]})`]));
  return holders.length > 0 ? `by ${holders.join(", ")}` : "by another process (ss -ulnp 'sport = :67' shows it)";
}
