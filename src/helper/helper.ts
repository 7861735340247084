// The privileged helper, as the rest of the daemon sees it. Loss of the helper is a state, not an
// exception.

import type { Ipv4 } from "../base/ipv4.ts";
import type { LatencyHistogram } from "../base/latency.ts";
import type { NeighbourRows, ReplyRows } from "../native/rows.ts";

/** Sockets the helper can open for us. */
export type ListenRequest =
  /** UDP on port 67, bound to `address` (0.0.0.0: wildcard); bound with IP_FREEBIND where `freebind`. */
  | { readonly kind: "udp"; readonly address: Ipv4; readonly freebind: boolean; readonly receiveBufferOctets: number }
  /** TCP on port 67, bound like UDP and not listening yet. */
  | { readonly kind: "tcp"; readonly address: Ipv4; readonly freebind: boolean }
  /** Frames of one Ethernet interface, behind the frame filter. Refused unless started with --backend=bpf. */
  | { readonly kind: "packet"; readonly ifindex: number; readonly receiveBufferOctets: number }
  /** The same for looking on, with servers' replies. Refused unless started with --observe. */
  | { readonly kind: "observe"; readonly ifindex: number; readonly receiveBufferOctets: number }
  /** ICMP for echo requests and replies. */
  | { readonly kind: "icmp" };

/** The answer to a ListenRequest. `reason` is lower-case text for the log. */
export type ListenResult =
  | { readonly fd: number }
  | {
      readonly fd: -1;
      readonly code: "refused" | "in-use" | "no-address" | "no-permission" | "helper-gone" | "failed";
      readonly reason: string;
    };

/** Result of one neighbour request. */
export const NeighbourResult = { ok: 0, refused: 1, full: 2, failed: 3, unanswered: 4 } as const;

/** The helper, as the backends use it. */
export interface Helper {
  /** False when there is none (no privilege to keep) or it is gone: neighbour replies are broadcast. */
  readonly present: boolean;
  listen(request: ListenRequest): Promise<ListenResult>;
  /**
   * Sets `count` (1..HELPER_BATCH) neighbour entries and calls `done(results)` (one NeighbourResult
   * each, valid during the call) when the helper has answered or HELPER_DEADLINE_MS have passed.
   */
  setNeighbours(entries: NeighbourRows, count: number, done: (results: Uint8Array) => void): void;
  /** Deletes the first `count` entries, without waiting for the answer. */
  deleteNeighbours(entries: NeighbourRows, count: number): void;
  /**
   * Whether neighbour entries cannot be set here (no CAP_NET_ADMIN) and the helper sends frames instead:
   * sendFrames takes the place of the other two then.
   */
  readonly sendsFrames: boolean;
  /**
   * Sends replies to hardware addresses: the `count` (1..HELPER_BATCH) of `replies` whose numbers are in
   * `chosen`, octets in `arena`. `done` as for setNeighbours; `ok` means
   * that the frame has left. A frame whose answer is late may have left all the same.
   */
  sendFrames(
    arena: Uint8Array,
    replies: ReplyRows,
    chosen: Uint32Array,
    count: number,
    done: (results: Uint8Array) => void,
  ): void;
  /**
   * Waits HELPER_WAIT_US at most for an answer that setNeighbours or sendFrames has asked for, and calls `done` before it returns true.
   * False if none has come, if none is due, or if the helper has been slow lately: then it comes by the event loop.
   */
  awaitAnswer(): boolean;
  /** Takes how long answers about neighbour entries and frames took, if metrics want to know. */
  latency?: LatencyHistogram;
  /** Called once when the helper is gone. */
  onGone: (reason: string) => void;
  close(): void;
}
