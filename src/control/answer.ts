// Requests that have one answer, and which users may send which: the same for the control socket and the status page.

import { textOf } from "../base/errors.ts";
import type { AddressExplanation, Explanation } from "./explain-messages.ts";
import type { Health } from "./health-messages.ts";
import type { LeaseSource } from "./lease-page.ts";
import type { LeasePage, OperationResult, RefusedClients, ReloadResult, Status } from "./messages.ts";
import type { ExplainQueryRequest, ExplainRequest, LeasePageRequest, Request, ReserveRequest } from "./requests.ts";

/** The daemon's functions behind requests that have one answer. */
export interface Answering {
  status(): Status;
  /** The status with the event loop's delay since the last time; measures on. */
  delayStatus(): Status;
  /** All leases behind an address. */
  leases: LeaseSource;
  leasePage(request: LeasePageRequest): Promise<LeasePage>;
  /** Undefined where nothing is kept of refused clients. */
  refused(): RefusedClients | undefined;
  health(): Promise<Health>;
  /** Undefined if it names an interface that is not there. */
  explain(request: ExplainRequest | ExplainQueryRequest): Promise<Explanation | undefined>;
  explainAddress(address: string): AddressExplanation;
  /** Ends the lease of an address, or the rest of an abandoned one. */
  release(address: string): Promise<OperationResult>;
  forgive(address: string): Promise<OperationResult>;
  /** Lets a device keep an address. */
  reserve(request: ReserveRequest): Promise<OperationResult>;
  /** Takes the server out of service, and back into it; returns its health then. */
  drain(): Promise<Health>;
  undrain(): Promise<Health>;
  /** Reads the configuration anew; never rejects. */
  reload(confirm?: number): Promise<ReloadResult>;
  /** Says what a reload with this file would do; never rejects. */
  check(file: string): Promise<ReloadResult>;
}

/** However many clients are affected. */
const ALL = Number.POSITIVE_INFINITY;

/** The answer; a text: why there is none. */
export type Answer =
  | Status
  | Health
  | LeasePage
  | RefusedClients
  | ReloadResult
  | Explanation
  | AddressExplanation
  | OperationResult
  | string;

/** A request that has one answer. */
export type SingleRequest = Exclude<Request, { command: "leases" | "events" }>;

/** Commands that change something, with the refusal for a user who may not send them. */
const CHANGES: ReadonlySet<string> = new Set<SingleRequest["command"]>([
  "release",
  "forgive",
  "reserve",
  "drain",
  "undrain",
  "reload",
  "check",
]);

/** Whether the request changes something, which not every user may do. */
export function isChange({ command }: Request): boolean {
  return CHANGES.has(command);
}

/** Answers, at once if nothing has to be waited for. A failure of explain is an answer; other failures reject. */
export function answerTo(daemon: Answering, request: SingleRequest): Answer | Promise<Answer> {
  const { command } = request;
  switch (command) {
    case "status":
      return daemon.status();
    case "delay":
      return daemon.delayStatus();
    case "health":
      return daemon.health();
    case "lease-page":
      return daemon.leasePage(request);
    case "refused":
      return daemon.refused() ?? "refused clients are remembered only for a status page, and the server has none";
    case "explain":
    case "explain-query":
      return told(async () => (await daemon.explain(request)) ?? withoutInterface(request.via));
    case "explain-address":
      return told(() => daemon.explainAddress(request.address));
    case "release":
    case "forgive":
      return daemon[command](request.address);
    case "reserve":
      return daemon.reserve(request);
    case "drain":
    case "undrain":
      return daemon[command]();
    case "reload":
      return daemon.reload(request.confirm ?? ALL);
    case "check":
      return daemon.check(request.file);
  }
}

function withoutInterface(via: string | undefined): string {
  return via === undefined || via === "" ? "the server has no interface" : `there is no interface ${via}`;
}

/** A made-up message that meets a fault in our code must not end the service. */
async function told(explain: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await explain();
  } catch (error) {
    return `the daemon fails to explain it: ${textOf(error)}`;
  }
}
