// One client of the control socket. The server reads it only when the client has taken the last answer, and gives it at
// most one answer in a turn of the event loop, so that a client that asks without end, or does not read, holds up no
// DHCP client. The first line that is no request ends the connection.

import type { Socket } from "node:net";
import { CONTROL_REQUEST_OCTETS_MAX } from "../base/limits/control.ts";
import { EVENT_READERS_MAX } from "../base/limits/events.ts";
import type { Pace } from "../base/pace.ts";
import { peerUid } from "../native/system-calls.ts";
import { type Answer, type Answering, answerTo, isChange } from "./answer.ts";
import { type EventFeed, EventStream } from "./event-stream.ts";
import { describeLease } from "./lease-description.ts";
import { leaseTest } from "./lease-filter.ts";
import { streamLines } from "./lease-stream.ts";
import type { Refusal } from "./messages.ts";
import { COMMANDS, otherVersion, parseRequest } from "./request.ts";
import type { LeasesRequest } from "./requests.ts";
import { CONTROL_VERSION } from "./version.ts";

/** The daemon's functions for the control socket. */
export interface Controlled extends Answering {
  /** What happens to leases. */
  readonly events: EventFeed;
  /** The pace of the parts that follow leases. */
  readonly pace: Pace;
}

const IDLE_MS = 10_000;

/** Answers the requests of one socket, in order. */
export class ControlConnection {
  /** Whether a request is being answered. */
  isBusy = false;
  private readonly socket: Socket;
  private readonly controlled: Controlled;
  private received = "";
  /** The answer under way is the last. */
  private isLast = false;

  constructor(socket: Socket, controlled: Controlled) {
    this.socket = socket;
    this.controlled = controlled;
    // A client that ends its side behind its request (nc -N) still reads the answer.
    socket.allowHalfOpen = true;
    socket.setEncoding("utf8");
    socket.setTimeout(IDLE_MS);
    socket.on("timeout", () => {
      // An answer may take longer; its reader may not.
      if (!this.isBusy || socket.writableLength > 0 || socket.writableEnded) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      if (this.isLast) return;
      this.received += chunk;
      if (!this.isBusy) this.next();
    });
    socket.on("end", () => {
      if (!this.isBusy) socket.end();
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /** Answers the next request if it is there, else reads on. */
  private readonly next = (): void => {
    const { socket, received } = this;
    this.isBusy = false;
    if (socket.destroyed) return;
    const end = received.indexOf("\n");
    if (end < 0) {
      if (received.length > CONTROL_REQUEST_OCTETS_MAX) socket.destroy();
      else if (socket.readableEnded) socket.end();
      else socket.resume();
      return;
    }
    this.isBusy = true;
    socket.pause();
    this.received = received.slice(end + 1);
    this.runCommand(received.slice(0, end));
  };

  private runCommand(line: string): void {
    const { socket, controlled } = this;
    const request = parseRequest(line);
    if (request === undefined) return refuse(socket, whyNoRequest(line));
    switch (request.command) {
      case "leases":
        this.streamLeases(request);
        this.isLast = true;
        // What else comes is not answered; that the client goes away is to be noticed.
        socket.resume();
        return;
      case "events": {
        const { resume = "" } = request;
        if (controlled.events.followed >= EVENT_READERS_MAX)
          return refuse(socket, `${EVENT_READERS_MAX} clients follow the leases already`);
        socket.setTimeout(0);
        const { events: feed, pace } = controlled;
        new EventStream({ socket, feed, pace, leases: () => controlled.leases(undefined) }, resume);
        this.isLast = true;
        socket.resume();
        return;
      }
      default:
        if (isChange(request) && !mayChange(socket))
          return refuse(socket, `permission denied: only root may ask for ${request.command}`);
        this.tell(answerTo(controlled, request));
    }
  }

  private tell(answer: Answer | Promise<Answer>): void {
    if (typeof answer === "string") refuse(this.socket, answer);
    else if ("then" in answer) void answer.then((known) => this.tell(known));
    else this.write(answer);
  }

  private streamLeases(request: LeasesRequest): void {
    const isWanted = leaseTest(request);
    streamLines(this.socket, this.controlled.leases(undefined), ({ record, place }) => {
      const lease = describeLease(record, place);
      return isWanted(lease) ? lease : undefined;
    });
  }

  /** The next request has its turn when the kernel has taken this answer. */
  private write(answer: object): void {
    this.socket.write(`${JSON.stringify(answer)}\n`, () => setImmediate(this.next));
  }
}

function whyNoRequest(line: string): string {
  const version = otherVersion(line);
  return version === undefined
    ? `not a request: {"command":"NAME"}, one of ${COMMANDS.join(", ")}, and what it takes`
    : `the daemon speaks version ${CONTROL_VERSION} of the control protocol, and not version ${version}: use the anydhcpctl of its package`;
}

function refuse(socket: Socket, error: string): void {
  socket.end(`${JSON.stringify({ error, protocol: CONTROL_VERSION } satisfies Refusal)}\n`, () => socket.destroy());
}

/** Whether the client is root or the daemon's own user. Node keeps a socket's descriptor to itself, but for this. */
function mayChange(socket: Socket): boolean {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd: number } | null };
  const uid = handle === undefined || handle === null ? -1 : peerUid(handle.fd);
  return uid === 0 || uid === process.getuid?.();
}
