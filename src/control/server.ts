// The control socket: one JSON request a line, one JSON answer a line. Read-only for now. The
// launcher has made the socket; who may connect is its file mode's business.

import { createServer, type Server as NetServer, type Socket } from "node:net";
import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { CONTROL_CLIENTS_MAX, CONTROL_REQUEST_OCTETS_MAX } from "../base/limits.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import type { Logger } from "../log.ts";
import { streamLines } from "./lease-stream.ts";
import type { Lease } from "./messages.ts";
import { COMMANDS, parseRequest } from "./request.ts";

/** What the control socket can ask of the daemon. */
export interface Controlled {
  status(): unknown;
  /** The status with the event loop's delay since the last time; measures on. */
  delayStatus(): unknown;
  leases(): Iterable<LeaseRecord>;
}

const IDLE_MS = 10_000;
const STATE_NAMES = new Map(
  Object.entries(BindingState).map(([name, state]) => [state, name as keyof typeof BindingState]),
);

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
        this.answer(socket, line);
      }
    });
  }

  private answer(socket: Socket, line: string): void {
    const request = parseRequest(line);
    if (request === undefined) {
      socket.end(`${JSON.stringify({ error: `not a request: {"command":"NAME"}, one of ${COMMANDS.join(", ")}` })}\n`);
      return;
    }
    if (request !== "leases") {
      const status = request === "status" ? this.controlled.status() : this.controlled.delayStatus();
      socket.write(`${JSON.stringify(status)}\n`);
      return;
    }
    streamLines(socket, this.controlled.leases(), describeLease);
  }
}

/** A lease as the control socket and `anydhcpctl leases --json` show it; octets in hexadecimal, times as ISO text of whole seconds. */
export function describeLease(record: LeaseRecord): Lease {
  return {
    address: formatIpv4(record.address),
    state: STATE_NAMES.get(record.state) ?? "free",
    starts: isoTime(record.startsAt),
    ends: isoTime(record.endsAt),
    lastTransaction: isoTime(record.lastTransactionAt),
    hardware: formatHex(record.hardwareAddress, ":"),
    clientId: formatHex(record.clientId, ":"),
    hostName: printable(record.hostName),
    agentInformation: formatHex(record.agentInformation, ":"),
  };
}

function isoTime(seconds: number): string {
  return Number.isFinite(seconds) ? new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z") : "never";
}

/** Client octets as text: printable ASCII as it is, everything else as \xNN. */
function printable(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) {
    const isPlain = octet >= 0x20 && octet < 0x7f && octet !== 0x5c;
    text += isPlain ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, "0")}`;
  }
  return text;
}
