// The sender of floods (lab/load/flood.c) inside a lab: its orders as a command line, what it has sent as values.

import { z } from "zod";
import { builtProgram } from "../programs.ts";
import type { LabNamespace } from "./lab.ts";

/** One port of a relay whose clients flood: the server's hardware address, and addresses of the relay's host and the server. */
export interface FloodingPort {
  readonly hardware: string;
  readonly source: string;
  readonly server: string;
  readonly giaddr: string;
}

/** What a flood is of. Each frame has another hardware address. */
export interface FloodOrders {
  /** The interface by which frames leave. */
  readonly interface: string;
  /**
   * DHCPDISCOVERs, DHCPREQUESTs that take another server's offer, replies, or frames of a protocol that the kernel does not
   * have, broadcast; or DHCPDISCOVERs by a relay.
   */
  readonly kind: "discover" | "other-server" | "reply" | "no-protocol" | FloodingPort;
  readonly seconds: number;
  /** Frames a second; 0: as fast as they go. */
  readonly rate: number;
  /** The processor that it is kept to. */
  readonly processor: string;
}

const FloodReport = z.object({
  sent: z.number().positive(),
  seconds: z.number().positive(),
  /** The sender's, with that of the receiving kernel as far as it works within the sender's calls. */
  processorSeconds: z.number(),
});
/** What was sent, and what it took. */
export type FloodReport = z.infer<typeof FloodReport>;

/** Sends a flood to its end. */
export async function sendFlood(namespace: LabNamespace, orders: FloodOrders): Promise<FloodReport> {
  const { kind, seconds, rate, processor } = orders;
  const [name, relay] =
    typeof kind === "string"
      ? [kind, []]
      : (["relayed", [kind.hardware, kind.source, kind.server, kind.giaddr]] as const);
  const words = [orders.interface, name, String(seconds), String(rate), ...relay];
  const output = await namespace.exec(["taskset", "-c", processor, builtProgram("anydhcpd-flood"), ...words]);
  return FloodReport.parse(JSON.parse(output));
}
