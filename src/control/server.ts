// The control socket: one JSON request a line, one JSON answer a line (messages.ts). The launcher has made the socket;
// its file mode says which users may ask, and only root and the daemon's own user may change something.

import { createServer, type Server as NetServer, type Socket } from "node:net";
import { CONTROL_CLIENTS_MAX } from "../base/limits/control.ts";
import type { Logger } from "../log.ts";
import { ControlConnection, type Controlled } from "./connection.ts";

/** Serves the control socket. */
export class ControlServer {
  private readonly server: NetServer;
  private readonly controlled: Controlled;
  /** In the order in which they came. */
  private readonly connections = new Set<ControlConnection>();

  /** Takes over the listening descriptor `fd`. */
  constructor(fd: number, controlled: Controlled, log: Logger) {
    this.controlled = controlled;
    this.server = createServer((socket) => this.serve(socket));
    this.server.on("error", (error) => log.warn({ event: "control" }, `control socket: ${error.message}`));
    this.server.listen({ fd });
  }

  close(): void {
    this.server.close();
  }

  /** A client that has asked for nothing makes room for a new one, the oldest first: idle clients keep no other out. */
  private serve(socket: Socket): void {
    const { connections } = this;
    if (connections.size >= CONTROL_CLIENTS_MAX) {
      const idle = [...connections].find((connection) => !connection.isBusy);
      if (idle === undefined) return void socket.destroy();
      idle.close();
      connections.delete(idle);
    }
    const connection = new ControlConnection(socket, this.controlled);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  }
}
