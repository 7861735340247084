// The control socket: one JSON request a line, one JSON answer a line (messages.ts). The launcher has made the
// socket; its file mode says who may ask, and only root and the daemon's own user may have something done.

import { createServer, type Server as NetServer, type Socket } from "node:net";
import { CONTROL_CLIENTS_MAX, CONTROL_REQUEST_OCTETS_MAX } from "../base/limits.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import type { Logger } from "../log.ts";
import { peerUid } from "../native.ts";
import { describeLease, type LeasePlace } from "./lease-description.ts";
import { streamLines } from "./lease-stream.ts";
import type { Refusal, ReloadResult, Status } from "./messages.ts";
import { COMMANDS, type Command, parseRequest } from "./request.ts";

/** What the control socket can ask of the daemon. */
export interface Controlled {
  status(): Status;
  /** The status with the event loop's delay since the last time; measures on. */
  delayStatus(): Status;
  leases(): Iterable<{ readonly record: LeaseRecord; readonly place: LeasePlace }>;
  /** Reads the configuration anew; never rejects. */
  reload(): Promise<ReloadResult>;
}

const IDLE_MS = 10_000;

/** Serves the control socket. */
export class ControlServer {
  private readonly server: NetServer;
  private readonly controlled: Controlled;

  /** Takes over the listening descriptor `fd`. */
  constructor(fd: number, controlled: Controlled, log: Logger) {
    this.controlled = controlled;
    this.server = createServer((socket) => this.serve(socket));
    this.server.maxConnections = CONTROL_CLIENTS_MAX;
    this.server.on("error", (error) => log.warn({ event: "control" }, `control socket: ${error.message}`));
    this.server.listen({ fd });
  }

  close(): void {
    this.server.close();
  }

  private serve(socket: Socket): void {
    let received = "";
    socket.setEncoding("utf8");
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      received += chunk;
      if (received.length > CONTROL_REQUEST_OCTETS_MAX) {
        socket.destroy();
        return;
      }
      for (let end = received.indexOf("\n"); end >= 0; end = received.indexOf("\n")) {
        const line = received.slice(0, end);
        received = received.slice(end + 1);
        this.answer(socket, parseRequest(line));
      }
    });
  }

  private answer(socket: Socket, command: Command | undefined): void {
    switch (command) {
      case "status":
        write(socket, this.controlled.status());
        return;
      case "delay":
        write(socket, this.controlled.delayStatus());
        return;
      case "leases":
        streamLines(socket, this.controlled.leases(), ({ record, place }) => describeLease(record, place));
        return;
      case "reload":
        if (!mayChange(socket))
          return refuse(socket, "permission denied: only root may have the configuration reloaded");
        // A configuration may take longer to read than a client may be silent.
        socket.setTimeout(0);
        void this.controlled.reload().then((result) => write(socket, result));
        return;
      default:
        refuse(socket, `not a request: {"command":"NAME"}, one of ${COMMANDS.join(", ")}`);
    }
  }
}

function write(socket: Socket, answer: Status | ReloadResult): void {
  socket.write(`${JSON.stringify(answer)}\n`);
}

function refuse(socket: Socket, error: string): void {
  socket.end(`${JSON.stringify({ error } satisfies Refusal)}\n`);
}

/** Whether the client is root or the daemon's own user. Node keeps a socket's descriptor to itself, but for this. */
function mayChange(socket: Socket): boolean {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd: number } | null };
  const uid = handle === undefined || handle === null ? -1 : peerUid(handle.fd);
  return uid === 0 || uid === process.getuid?.();
}
