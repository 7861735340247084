// The TCP listeners for bulk leasequeries (RFC 6926 section 8.1), open only if the configuration allows a requestor.
// The helper binds them, since port 67 is privileged; listening and accepting is ours.
//
// Guarantees: nothing is read from a requestor that may not ask; connections are bounded over all listeners; a listener
// that cannot be opened costs no client its lease, is logged, and is tried again when the configuration is loaded.

import { createServer, type Server, type Socket } from "node:net";
import { formatIpv4, type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import { BULK_CONNECTIONS_MAX } from "../base/limits/leasequery.ts";
import { mayAskForMany } from "../engine/leasequery/bulk-leasequery.ts";
import type { Helper } from "../helper/helper.ts";
import { BulkConnection, type BulkContext } from "./bulk-connection.ts";

/** The listeners and their connections. */
export class BulkListeners {
  private readonly helper: Helper;
  private readonly listeners = new Map<Ipv4, Server>();
  private readonly connections = new Set<BulkConnection>();
  /** Ends when all changes so far are done: they follow one another. */
  private work: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(helper: Helper) {
    this.helper = helper;
  }

  /** Those that are open, as status pages show them. */
  get status(): readonly { description: string; address: Ipv4; interface: string }[] {
    return [...this.listeners.keys()].map((address) => ({ description: nameOf(address), address, interface: "" }));
  }

  /** Opens and closes sockets so that it listens at these addresses (0: at all). Never rejects. */
  follow(addresses: readonly Ipv4[], context: BulkContext): Promise<void> {
    this.work = this.work.then(() => this.apply(addresses, context));
    return this.work;
  }

  /** Ends all listeners and connections. */
  close(): void {
    this.isClosed = true;
    for (const listener of this.listeners.values()) listener.close();
    for (const connection of this.connections) connection.close();
  }

  private async apply(addresses: readonly Ipv4[], context: BulkContext): Promise<void> {
    for (const [address, listener] of this.listeners) {
      if (addresses.includes(address)) continue;
      listener.close();
      this.listeners.delete(address);
      context.log.info({ event: "listen" }, `no longer listening on ${nameOf(address)}`);
    }
    if (addresses.length === 0) for (const connection of this.connections) connection.close();
    for (const address of addresses) {
      if (!this.isClosed && !this.listeners.has(address)) await this.open(address, context);
    }
  }

  private async open(address: Ipv4, context: BulkContext): Promise<void> {
    const result = await this.helper.listen({ kind: "tcp", address, freebind: address !== 0 });
    if ("code" in result) {
      context.log.error({ event: "listen" }, `cannot listen on ${nameOf(address)}: ${result.reason}`);
      return;
    }
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket, context));
    listener.on("error", (error) => {
      context.log.error({ event: "listen" }, `no longer listening on ${nameOf(address)}: ${error.message}`);
      listener.close();
      this.listeners.delete(address);
    });
    listener.listen({ fd: result.fd });
    if (this.isClosed) return void listener.close();
    this.listeners.set(address, listener);
    context.log.info({ event: "listen" }, `listening on ${nameOf(address)}`);
  }

  private accept(socket: Socket, context: BulkContext): void {
    const remote = parseIpv4(socket.remoteAddress ?? "");
    const local = parseIpv4(socket.localAddress ?? "");
    const reason = this.refusal(remote, context);
    if (remote === undefined || local === undefined || reason !== undefined) {
      context.count(reason ?? "bulk-leasequery-gone");
      socket.on("error", () => undefined);
      socket.destroy();
      return;
    }
    const connection = new BulkConnection(context, socket, remote, local, () => this.connections.delete(connection));
    this.connections.add(connection);
  }

  private refusal(remote: Ipv4 | undefined, context: BulkContext): string | undefined {
    if (remote === undefined || !mayAskForMany(context.serving, remote)) return "bulk-leasequery-denied";
    return this.connections.size >= BULK_CONNECTIONS_MAX ? "bulk-leasequery-too-many" : undefined;
  }
}

function nameOf(address: Ipv4): string {
  return `${formatIpv4(address)} port 67 (TCP, bulk leasequeries)`;
}
