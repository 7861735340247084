// One client of the control socket. It is read only when its last answer has been taken, and has at most one answer
// in a turn of the event loop, so that whoever asks without end, or does not read, holds up no DHCP client. The
// first line that is no request ends the connection.

import type { Socket } from "node:net";
import { textOf } from "../base/errors.ts";
import { CONTROL_REQUEST_OCTETS_MAX } from "../base/limits/control.ts";
import { EVENT_READERS_MAX } from "../base/limits/events.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { peerUid } from "../native/system-calls.ts";
import { type EventFeed, EventStream } from "./event-stream.ts";
import type { AddressExplanation, Explanation } from "./explain-messages.ts";
import { describeLease, type LeasePlace } from "./lease-description.ts";
import { leaseTest } from "./lease-filter.ts";
import { streamLines } from "./lease-stream.ts";
import type { Health, OperationResult, Refusal, ReloadResult, Status } from "./messages.ts";
import { COMMANDS, otherVersion, parseRequest } from "./request.ts";
import type { ExplainQueryRequest, ExplainRequest, LeasesRequest } from "./requests.ts";
import { CONTROL_VERSION } from "./version.ts";

/** What the control socket can ask of the daemon. */
export interface Controlled {
  status(): Status;
  /** The status with the event loop's delay since the last time; measures on. */
  delayStatus(): Status;
  leases(): Iterable<{ readonly record: LeaseRecord; readonly place: LeasePlace }>;
  /** What happens to leases. */
  readonly events: EventFeed;
  health(): Promise<Health>;
  /** Undefined if it names an interface that is not there. */
  explain(request: ExplainRequest | ExplainQueryRequest): Promise<Explanation | undefined>;
  explainAddress(address: string): AddressExplanation;
  /** Ends the lease of an address, or the rest of an abandoned one. */
  release(address: string): Promise<OperationResult>;
  forgive(address: string): Promise<OperationResult>;
  /** Takes the server out of service, and back into it; returns its health then. */
  drain(): Promise<Health>;
  undrain(): Promise<Health>;
  /** Reads the configuration anew; never rejects. */
  reload(confirm?: number): Promise<ReloadResult>;
  /** Tells what a reload with this file would do; never rejects. */
  check(file: string): Promise<ReloadResult>;
}

/** However many clients are affected. */
const ALL = Number.POSITIVE_INFINITY;
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
    // Whoever ends its side behind its request (nc -N) still reads the answer.
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
    const { command } = request;
    switch (command) {
      case "status":
        this.write(controlled.status());
        return;
      case "delay":
        this.write(controlled.delayStatus());
        return;
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
        new EventStream(socket, controlled.events, () => controlled.leases(), resume);
        this.isLast = true;
        socket.resume();
        return;
      }
      case "release":
      case "forgive":
        if (!mayChange(socket)) return refuse(socket, `permission denied: only root may ask for ${command}`);
        void controlled[command](request.address).then((result) => this.write(result));
        return;
      case "health":
        void controlled.health().then((health) => this.write(health));
        return;
      case "explain":
      case "explain-query":
        void this.tell(() => controlled.explain(request), request.via);
        return;
      case "explain-address":
        void this.tell(() => controlled.explainAddress(request.address));
        return;
      case "drain":
      case "undrain":
        if (!mayChange(socket)) return refuse(socket, `permission denied: only root may ask for ${command}`);
        void (command === "drain" ? controlled.drain() : controlled.undrain()).then((health) => this.write(health));
        return;
      case "reload":
      case "check":
        if (!mayChange(socket))
          return refuse(socket, "permission denied: only root may have the configuration reloaded");
        void (command === "check" ? controlled.check(request.file) : controlled.reload(request.confirm ?? ALL)).then(
          (result) => this.write(result),
        );
        return;
    }
  }

  private streamLeases(request: LeasesRequest): void {
    const isWanted = leaseTest(request);
    streamLines(this.socket, this.controlled.leases(), ({ record, place }) => {
      const lease = describeLease(record, place);
      return isWanted(lease) ? lease : undefined;
    });
  }

  /** Whatever a made-up message makes our own code do wrong must not end the service. */
  private async tell(explain: () => AddressExplanation | Promise<Explanation | undefined>, via = ""): Promise<void> {
    try {
      const explanation = await explain();
      if (explanation === undefined)
        refuse(this.socket, via === "" ? "the server has no interface" : `there is no interface ${via}`);
      else this.write(explanation);
    } catch (error) {
      refuse(this.socket, `the daemon fails to explain it: ${textOf(error)}`);
    }
  }

  /** The next request has its turn when the kernel has taken this answer. */
  private write(answer: Status | Health | ReloadResult | Explanation | AddressExplanation | OperationResult): void {
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
