// The contract between the server and the code that moves datagrams. The server never asks which
// backend it has: udp, bpf and the simulated one behave alike behind this.

import type { Interfaces } from "../base/interfaces.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { HELD_OCTETS_MAX, HELD_REPLIES_MAX } from "../base/limits/replies.ts";
import { REPLY_OCTETS_MAX } from "../base/limits/wire.ts";
import { type NeighbourRows, type NeighbourTable, ReplyRows } from "../native/rows.ts";
import type { Arrival } from "../wire/arrival.ts";

/** Replies on their way out: encoded octets in one arena, one row each. */
export class ReplyBatch {
  readonly arena = new Uint8Array(HELD_OCTETS_MAX + REPLY_OCTETS_MAX);
  readonly rows = new ReplyRows(HELD_REPLIES_MAX);
  /** The server's notes on each row, for its log once the row has left; the backend leaves them alone. */
  readonly notes: (object | undefined)[] = [];
  /** Rows in use. */
  count = 0;
  /** Octets of the arena in use; encodeReply writes here, `add` moves it on. */
  used = 0;

  /** Whether one more reply fits. */
  get hasRoom(): boolean {
    return this.count < HELD_REPLIES_MAX && this.used <= HELD_OCTETS_MAX;
  }

  /** Adds the `length` octets written at `used` as a row; returns its number. Fill the rest of it through `rows`. */
  add(length: number): number {
    const row = this.count++;
    this.rows.setPayload(row, this.used, length);
    this.used += (length + 7) & ~7;
    return row;
  }

  /** Empties the batch for its next use. */
  clear(): void {
    // Setting the length of an array is a call into V8's runtime.
    for (let row = 0; row < this.count; row++) this.notes[row] = undefined;
    this.count = 0;
    this.used = 0;
  }
}

/**
 * A backend's calls into the server; all come from the event loop, never from inside a call into the backend (except
 * `sent`).
 */
export interface BackendEvents {
  /**
   * `count` (1..RECEIVE_BATCH) datagrams have arrived, numbered 0 .. count-1 in `Datagrams.batch`, valid only until this
   * call returns. `received`: how many there were before the backend has judged them.
   */
  onBatch(count: number, received: number): void;
  /** Every datagram of a batch handed to `send` has left, or was given up (its `result` column says why). The batch is the server's again. */
  onSent(batch: ReplyBatch): void;
  /**
   * The backend judges sources and destinations by another picture of the interfaces from now on: the server takes
   * it over in this call.
   */
  onInterfaces(interfaces: Interfaces): void;
  /**
   * A datagram has come from an address of this host; its octets are valid until this returns. False if the server did
   * not send it to itself: the backend then drops it.
   */
  onSelf(octets: Uint8Array, offset: number, length: number, arrival: Arrival): boolean;
  /** Listeners were opened or closed for such a picture, or are wanted as before: see Backend.listeners. */
  onListeners(): void;
  /** The last listener is gone and none can come back by itself: the server ends with this error. */
  onFatal(error: Error): void;
}

/** One bound socket, for status and logs. */
export interface ListenerStatus {
  readonly description: string;
  readonly address: Ipv4;
  /** Name of the interface it serves; empty for one that is not tied to an interface. */
  readonly interface: string;
}

/** Another DHCP server: its replies were seen, or a client has chosen it. */
export interface ObservedServer {
  /** "0.0.0.0" while none of its replies was seen. */
  readonly source: string;
  /** Option 54, "0.0.0.0" if there was none. */
  readonly serverIdentifier: string;
  readonly interface: string;
  readonly offers: number;
  readonly acks: number;
  readonly naks: number;
  /** DHCPREQUESTs of clients that chose it. */
  readonly requests: number;
}

/** What the shield does on one interface. */
export interface ShieldStatus {
  readonly interface: string;
  /** Whether the driver runs it, or the kernel behind the driver; "none": it could not be attached. */
  readonly mode: "native" | "generic" | "none";
  /** DHCPDISCOVERs that it has let through. */
  readonly passed: number;
  /** Those that were above the rate of their hardware address, relay port, relay, or of clients without a lease. */
  readonly hardwareAddress: number;
  readonly relayPort: number;
  readonly relay: number;
  readonly newClient: number;
  /** Other messages to port 67, which it never drops. */
  readonly other: number;
}

/** The datagrams of a batch: see BackendEvents.onBatch. */
export interface ReceivedDatagrams {
  /** Has the octets of all of them. */
  readonly arena: Uint8Array;
  /** Where the octets of a datagram begin in `arena`; not in the order of the slots. */
  offsetOf(slot: number): number;
  /** Octets of a datagram. */
  lengthOf(slot: number): number;
  /** How a datagram came in; copy it to keep it. */
  arrivalOf(slot: number): Arrival;
}

/** Datagrams in and out. */
export interface Datagrams {
  /** What has come. Each query reads it, so it is of one class in the server and in its rehearsal, which backends are not. */
  readonly batch: ReceivedDatagrams;
  /**
   * Opens the listeners; resolves when all that can be served are open. `events.onInterfaces` is called before the first of
   * them is. Rejects with DaemonError.
   */
  open(events: BackendEvents): Promise<void>;
  /** The configuration has changed: which interfaces and addresses to serve is asked anew of `wanted`. */
  reconfigure(wanted: WantedListeners): Promise<void>;
  /**
   * Takes over the batch until `onSent`, which may come before this returns. Never queues behind a
   * previous batch for more than the helper's deadline. Rows whose delivery is `neighbour` are sent
   * after their entry is in place, or broadcast where it cannot be (the row's destination and
   * delivery then say so).
   *
   * The server fills destination, port, source, ifindex (the arrival's, for every delivery),
   * delivery and, for `neighbour`, the hardware address; the backend decides how the kernel is to treat it, sets
   * `ifindex` to 0 where the routing table is to choose, and leaves errno or 0 in `result`.
   */
  send(batch: ReplyBatch): void;
  close(): Promise<void>;
}

/** Finding out whether a host has an address. */
export interface Probes {
  /** Sends an ICMP echo request; the answer comes by `onEcho`. False if there is no echo socket. */
  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean;
  /** Called for each echo reply: source address, identifier, sequence. */
  onEcho: (source: Ipv4, identifier: number, sequence: number) => void;
  /** The kernel's neighbour table, as far as it can be read. */
  neighbours(): NeighbourTable;
  /**
   * Makes the kernel stop asking by ARP for silent addresses, and drop the datagrams that it holds back for them: the
   * first `count` rows, without hardware addresses. False where the helper lacks the privilege: the kernel then asks
   * three times, a second apart.
   */
  stopAsking(rows: NeighbourRows, count: number): boolean;
}

/** What the backend knows and does when more queries come in than the server can answer. */
export interface Pressure {
  /** Whether at least BEHIND_QUEUE_OCTETS wait to be received by some listener, or half of its room is full. */
  isQueueLong(): boolean;
  /**
   * Lets `share` of SHED_WHOLE DISCOVERs through, by chance, and drops the others: in the kernel, before they cost a
   * wake-up (udp; they count as `receive-lost`), or before anything is computed over them (bpf; `frame-shed`).
   */
  shed(share: number): void;
}

/** Whether the sockets hear and send. */
export interface SelfTalk {
  /**
   * Sends a message to port 67 of each address of this host that is to be listened at, from that address. Returns the
   * addresses with the errno of each, 0 where the kernel took it; it comes back by BackendEvents.onSelf. Undefined where
   * nothing that this host sends to itself comes back.
   */
  sendToSelf(message: Uint8Array): ReadonlyMap<Ipv4, number> | undefined;
}

/** A backend. */
export interface Backend extends Datagrams, Probes, Pressure, SelfTalk {
  /** What `status` calls it: "udp" or "bpf". */
  readonly name: string;
  readonly listeners: readonly ListenerStatus[];
  /** Counters since start, by name (metric labels): what was dropped or failed below the server. */
  readonly counters: ReadonlyMap<string, number>;
  /** Other servers, if an observer looks out for them (--observe). */
  readonly observed?: readonly ObservedServer[] | undefined;
  /** What the kernel shield does on each interface, where there is one (--shield). */
  readonly shield?: readonly ShieldStatus[] | undefined;
  /** Takes note that a client on this interface has chosen another server. */
  noteOtherServer?(serverIdentifier: Ipv4, ifindex: number): void;
}

/** Which listeners the command line and the configuration ask for. */
export interface WantedListeners {
  /** Interface names given on the command line; empty: every one whose address lies in a configured subnet. */
  readonly interfaces: readonly string[];
  /** `-uADDRESS` and `listen on ADDRESS;`. */
  readonly addresses: readonly Ipv4[];
  /** `-u` without address: one wildcard listener and nothing beside it. */
  readonly wildcard: boolean;
  /** Interfaces by which alone some relays are heard (`relays interface NAME;`). */
  readonly relayInterfaces?: readonly string[];
  /** The configured subnets, "192.168.1.0/24", for messages. */
  readonly networks: readonly string[];
  /** Whether an address of ours makes its interface worth serving directly (it lies in a configured subnet). */
  isServed(address: Ipv4): boolean;
}
