// The members of etcd. One channel for each, so that this file decides which member a request goes to: gRPC's own choice
// stays with a member that answers nothing. A member that did not answer in time is left alone for a while, one that
// could not be reached for a shorter while; requests go to the next one then, a failed one again within its own time.

import {
  KEEPALIVE_MS,
  QUARANTINE_MS,
  READ_DEADLINE_MS,
  RECONNECT_MS_MAX,
  RECONNECT_MS_MIN,
  UNREACHED_MS,
} from "../../base/limits/etcd.ts";

import {
  type Grpc,
  type GrpcClient,
  type GrpcCredentials,
  type GrpcError,
  type GrpcMetadata,
  GrpcStatus,
  type GrpcStream,
} from "./grpc.ts";
import type { EtcdLogin } from "./settings.ts";
import { authenticateRequest, Method, readToken } from "./wire.ts";

const CHANNEL_OPTIONS = {
  // Without, two channels share a connection.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": RECONNECT_MS_MIN,
  "grpc.min_reconnect_backoff_ms": RECONNECT_MS_MIN,
  "grpc.max_reconnect_backoff_ms": RECONNECT_MS_MAX,
  // A watch that catches up sends a thousand revisions in one message.
  "grpc.max_receive_message_length": -1,
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.enable_retries": 0,
  "grpc.enable_channelz": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
} as const;

/** Less time than this is not worth another attempt. */
const ATTEMPT_MS_MIN = 30;
/** What etcd says of a token that has run out, in words: the code alone is not enough. */
const STALE_TOKEN = /auth token|user name is empty|auth store is old/;

/**
 * late: no answer in time; unreached: the link or the member failed, or there is no leader. Of both nobody knows whether
 * the request took place. refused: it did not.
 */
export type FailureKind = "late" | "unreached" | "refused";

/** Why a request has no answer. */
export interface CallFailure {
  readonly kind: FailureKind;
  readonly code: number;
  /** The member's words, with its address in front. */
  readonly message: string;
}

/** Takes the answer, or the failure. */
export type CallDone = (failure: CallFailure | undefined, answer: Buffer) => void;

/** One member. */
interface Member {
  readonly address: string;
  readonly client: GrpcClient;
  /** Milliseconds of the monotonic clock. */
  restsUntil: number;
}

/** A request on its way. */
interface Call {
  readonly method: string;
  readonly request: Buffer;
  readonly endsAt: number;
  readonly done: CallDone;
  /** How often a new token was asked for. */
  logins: number;
}

const NOTHING = Buffer.alloc(0);
const pass = (message: Buffer): Buffer => message;

/** All members. */
export class Endpoints {
  private readonly grpc: Grpc;
  private readonly members: readonly Member[];
  private readonly login: EtcdLogin | undefined;
  private current = 0;
  private token: string | undefined;
  /** Calls that wait for a token; undefined: none is asked for. */
  private waiting: Call[] | undefined;
  private isClosed = false;

  /** `endpoints` as EtcdSettings has them. */
  constructor(grpc: Grpc, endpoints: readonly string[], credentials: GrpcCredentials, login: EtcdLogin | undefined) {
    this.grpc = grpc;
    this.login = login;
    this.members = endpoints.map((endpoint) => {
      const address = endpoint.replace(/^https?:\/\//, "");
      return { address, client: new grpc.Client(address, credentials, CHANNEL_OPTIONS), restsUntil: 0 };
    });
  }

  /** Address of the member that the next request goes to. */
  get address(): string {
    return this.choose().address;
  }

  /** Sends a request; `done` is called once, from the event loop, after `deadlineMs` at the latest (and a little). */
  call(method: Method, request: Buffer, deadlineMs: number, done: CallDone): void {
    this.send({ method, request, endsAt: performance.now() + deadlineMs, done, logins: 0 });
  }

  /** The same of every member, for what each one says of itself. */
  callEach(method: Method, request: Buffer, done: (address: string, answer: Buffer | undefined) => void): void {
    for (const { address, client } of this.members) {
      const deadline = Date.now() + READ_DEADLINE_MS;
      client.makeUnaryRequest(method, pass, pass, request, this.metadata(), { deadline }, (error, answer) => {
        if (!this.isClosed) done(address, error === null ? answer : undefined);
      });
    }
  }

  /** Opens a stream to the chosen member. The caller reports its failure by `leave`. */
  open(method: Method): { readonly stream: GrpcStream; readonly leave: (kind: FailureKind) => void } {
    const member = this.choose();
    const stream = member.client.makeBidiStreamRequest(method, pass, pass, this.metadata());
    return { stream, leave: (kind) => this.rest(member, kind) };
  }

  /** Asks for a new token before the next request. */
  forgetToken(): void {
    this.token = undefined;
  }

  /** Closes all channels; calls under way end as failures. */
  close(): void {
    this.isClosed = true;
    for (const { client } of this.members) client.close();
  }

  private send(call: Call): void {
    if (this.login !== undefined && this.token === undefined) return this.authenticate(this.login, call);
    const member = this.choose();
    // gRPC counts by the wall clock from here on.
    const deadline = Date.now() + Math.max(1, call.endsAt - performance.now());
    const { method, request } = call;
    member.client.makeUnaryRequest(method, pass, pass, request, this.metadata(), { deadline }, (error, answer) => {
      if (error === null) call.done(undefined, answer ?? NOTHING);
      else this.fail(call, member, error);
    });
  }

  private fail(call: Call, member: Member, error: GrpcError): void {
    const { code } = error;
    const message = `${member.address}: ${error.details}`;
    const kind = kindOf(code);
    if (kind !== "refused") this.rest(member, kind);
    if (!this.isClosed && this.canRepeat(call, kind, code, error.details)) return this.send(call);
    call.done({ kind, code, message }, NOTHING);
  }

  /** Every request may be sent twice: writes are conditional. */
  private canRepeat(call: Call, kind: FailureKind, code: number, details: string): boolean {
    if (call.endsAt - performance.now() < ATTEMPT_MS_MIN) return false;
    if (kind === "unreached") return this.choose().restsUntil <= performance.now();
    if (kind === "late" || this.login === undefined || call.logins > 0) return false;
    if (code !== GrpcStatus.unauthenticated && !STALE_TOKEN.test(details)) return false;
    call.logins += 1;
    this.token = undefined;
    return true;
  }

  private authenticate({ user, password }: EtcdLogin, call: Call): void {
    if (this.waiting !== undefined) {
      this.waiting.push(call);
      return;
    }
    this.waiting = [call];
    const member = this.choose();
    const deadline = Date.now() + READ_DEADLINE_MS;
    const request = authenticateRequest(user, password);
    const metadata = new this.grpc.Metadata();
    member.client.makeUnaryRequest(
      Method.authenticate,
      pass,
      pass,
      request,
      metadata,
      { deadline },
      (error, answer = NOTHING) => {
        const calls = this.waiting ?? [];
        this.waiting = undefined;
        this.token = error === null ? tokenIn(answer) : undefined;
        if (this.token !== undefined) {
          for (const waiting of calls) this.send(waiting);
          return;
        }
        const code = error?.code ?? GrpcStatus.internal;
        const kind = kindOf(code);
        if (kind !== "refused") this.rest(member, kind);
        const message = `${member.address}: ${error?.details ?? "the answer to a login is none"}`;
        for (const waiting of calls) waiting.done({ kind, code, message }, NOTHING);
      },
    );
  }

  private metadata(): GrpcMetadata {
    const metadata = new this.grpc.Metadata();
    // A member without a leader answers at once that it has none.
    metadata.set("hasleader", "true");
    if (this.token !== undefined) metadata.set("token", this.token);
    return metadata;
  }

  private rest(member: Member, kind: FailureKind): void {
    member.restsUntil = performance.now() + (kind === "late" ? QUARANTINE_MS : UNREACHED_MS);
  }

  /** The member that is used, as long as it is not left alone; else the next one, or the one whose rest ends first. */
  private choose(): Member {
    const { members } = this;
    const now = performance.now();
    let best = this.current;
    for (let i = 0; i < members.length; i++) {
      const index = (this.current + i) % members.length;
      const restsUntil = members[index]?.restsUntil ?? 0;
      if (restsUntil <= now) {
        best = index;
        break;
      }
      if (restsUntil < (members[best]?.restsUntil ?? 0)) best = index;
    }
    this.current = best;
    return members[best] as Member;
  }
}

/** The token of an answer; undefined if it is none. */
function tokenIn(answer: Uint8Array): string | undefined {
  try {
    return readToken(answer);
  } catch {
    return undefined;
  }
}

function kindOf(code: number): FailureKind {
  if (code === GrpcStatus.deadlineExceeded) return "late";
  const isLost =
    code === GrpcStatus.unavailable ||
    code === GrpcStatus.cancelled ||
    code === GrpcStatus.internal ||
    code === GrpcStatus.unknown;
  return isLost ? "unreached" : "refused";
}
