// The members of etcd. One channel for each, so that this file decides which member a request goes to: gRPC's own choice
// stays with a member that answers nothing.
//
//  - A member that did not answer in time is left alone for a while, one that could not be reached or has no leader for a
//    shorter while; requests go to the next one then, a failed one again within its own time.
//  - The requests to a member that is silent for a moment go to another one as well, and the first answer counts.
//  - While every member is left alone, requests wait for the first that answers a question, as long as they may.

import {
  ATTEMPT_MS_MIN,
  COMMIT_DEADLINE_MS,
  PROBE_MS,
  PROBES_UNDER_WAY_MAX,
  READ_DEADLINE_MS,
} from "../../base/limits/etcd.ts";
import {
  type Grpc,
  type GrpcCredentials,
  type GrpcError,
  type GrpcMetadata,
  GrpcStatus,
  type GrpcStream,
} from "./grpc.ts";
import { logIn } from "./login.ts";
import { type Asked, type FailureKind, kindOf, Member } from "./member.ts";
import type { EtcdLogin } from "./settings.ts";
import { Method, rangeRequest } from "./wire.ts";

/** What etcd says of a token that has run out, in words: the code alone is not enough. */
const STALE_TOKEN = /auth token|user name is empty|auth store is old/;
/** A read of a key that never exists, to find out whether a member has a leader again. */
const PROBE = rangeRequest(Buffer.from("anydhcpd"), undefined);

/** Why a request has no answer. */
export interface CallFailure {
  readonly kind: FailureKind;
  readonly code: number;
  /** The member's words, with its address in front. */
  readonly message: string;
}

/** Takes the answer, or the failure. */
export type CallDone = (failure: CallFailure | undefined, answer: Buffer) => void;

/** A request on its way. */
interface Call extends Asked {
  /** Milliseconds of the monotonic clock. */
  readonly endsAt: number;
  readonly done: CallDone;
  /** How often a new token was asked for. */
  logins: number;
  /** Members that have it and have not answered. */
  copies: number;
  wasCopied: boolean;
  isOver: boolean;
}

const NOTHING = Buffer.alloc(0);

/** All members. */
export class Endpoints {
  /** A member answers again after none did. */
  onBack: () => void = () => undefined;
  private readonly grpc: Grpc;
  private readonly members: readonly Member<Call>[];
  private readonly login: EtcdLogin | undefined;
  private current = 0;
  private token: string | undefined;
  /** Calls that wait for a token; undefined: none is asked for. */
  private waiting: Call[] | undefined;
  /** Calls that wait for a member, and what ends their waiting. */
  private readonly held = new Map<Call, NodeJS.Timeout>();
  private probing: NodeJS.Timeout | undefined;
  /** The member that a stream comes from. */
  private followed: { readonly member: Member<Call>; readonly onLeft: () => void } | undefined;
  /** The failure of the last request that failed. */
  private trouble: CallFailure = {
    kind: "unreached",
    code: GrpcStatus.unavailable,
    message: "no member of etcd answers",
  };
  private isClosed = false;

  /** `endpoints` as EtcdSettings has them. */
  constructor(grpc: Grpc, endpoints: readonly string[], credentials: GrpcCredentials, login: EtcdLogin | undefined) {
    this.grpc = grpc;
    this.login = login;
    this.members = endpoints.map(
      (endpoint) => new Member(grpc, endpoint, credentials, (member, calls) => this.copy(member, calls)),
    );
  }

  /** Address of the member that the next request goes to. */
  get address(): string {
    return this.choose().address;
  }

  /** Sends a request; `done` is called once, from the event loop, after `deadlineMs` at the latest (and a little). */
  call(method: Method, request: Buffer, deadlineMs: number, done: CallDone): void {
    const isUrgent = deadlineMs <= COMMIT_DEADLINE_MS;
    const endsAt = performance.now() + deadlineMs;
    this.send({ method, request, isUrgent, endsAt, done, logins: 0, copies: 0, wasCopied: false, isOver: false });
  }

  /** The same to every member, for answers about the member itself. */
  callEach(method: Method, request: Buffer, done: (address: string, answer: Buffer | undefined) => void): void {
    for (const member of this.members) {
      member.send(method, request, this.metadata(), READ_DEADLINE_MS, (error, answer) => {
        if (!this.isClosed) done(member.address, error === null ? answer : undefined);
      });
    }
  }

  /**
   * Opens a stream to the chosen member. The caller reports its failure by `leave`. `onLeft` is called when the member is
   * left alone and there is another one, unless a later stream was opened.
   */
  open(
    method: Method,
    onLeft: () => void = () => undefined,
  ): { readonly stream: GrpcStream; readonly leave: (kind: FailureKind) => void } {
    const member = this.choose();
    this.followed = { member, onLeft };
    return { stream: member.open(method, this.metadata()), leave: (kind) => member.rest(kind) };
  }

  /** Asks for a new token before the next request. */
  forgetToken(): void {
    this.token = undefined;
  }

  /** Closes all channels; calls under way end as failures. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.probing);
    for (const call of [...this.held.keys()]) this.giveUp(call);
    for (const member of this.members) member.close();
  }

  private send(call: Call): void {
    if (this.login !== undefined && this.token === undefined) return this.authenticate(this.login, call);
    const member = this.choose();
    if (member.isFree) this.sendTo(member, call);
    else this.hold(call);
  }

  private sendTo(member: Member<Call>, call: Call): void {
    call.copies += 1;
    member.ask(call, this.metadata(), call.endsAt - performance.now(), (error, answer) => {
      call.copies -= 1;
      if (error !== null) this.fail(call, member, error);
      else this.end(call, undefined, answer ?? NOTHING);
    });
  }

  private end(call: Call, failure: CallFailure | undefined, answer: Buffer): void {
    if (call.isOver) return;
    call.isOver = true;
    call.done(failure, answer);
  }

  private fail(call: Call, member: Member<Call>, { code, details }: GrpcError): void {
    const kind = kindOf(code);
    const failure = { kind, code, message: `${member.address}: ${details}` };
    if (kind !== "refused") {
      this.trouble = failure;
      member.rest(kind);
      this.leaveStream();
    }
    if (call.isOver || call.copies > 0) return;
    if (!this.isClosed && this.canRepeat(call, kind, code, details)) return this.send(call);
    this.end(call, failure, NOTHING);
  }

  /** Every request may be sent twice: writes are conditional. */
  private canRepeat(call: Call, kind: FailureKind, code: number, details: string): boolean {
    if (call.endsAt - performance.now() < ATTEMPT_MS_MIN) return false;
    if (kind === "unreached") return this.choose().isFree;
    if (kind === "late" || this.login === undefined || call.logins > 0) return false;
    if (code !== GrpcStatus.unauthenticated && !STALE_TOKEN.test(details)) return false;
    call.logins += 1;
    this.token = undefined;
    return true;
  }

  /**
   * A member is silent: another one gets the same request, once, and all later ones. If there is no other member, the
   * request keeps waiting for the answer.
   */
  private copy(member: Member<Call>, calls: readonly Call[]): void {
    if (this.isClosed || !this.members.some((other) => other !== member && other.isFree)) return;
    member.rest("unreached");
    this.leaveStream();
    const other = this.choose();
    for (const call of calls) {
      if (call.isOver || call.wasCopied || call.endsAt - performance.now() < ATTEMPT_MS_MIN) continue;
      call.wasCopied = true;
      this.sendTo(other, call);
    }
  }

  /** Keeps a request until a member is back. */
  private hold(call: Call): void {
    if (this.isClosed) return this.end(call, this.trouble, NOTHING);
    const timer = setTimeout(() => this.giveUp(call), Math.max(1, call.endsAt - performance.now()));
    this.held.set(call, timer);
    this.probe();
  }

  private giveUp(call: Call): void {
    clearTimeout(this.held.get(call));
    this.held.delete(call);
    this.end(call, this.trouble, NOTHING);
  }

  /** Asks all members whether they are back, again and again until one is: an answer that does not come holds up nothing. */
  private probe(): void {
    if (this.probing !== undefined || this.isClosed) return;
    for (const member of this.members) {
      if (member.probes >= PROBES_UNDER_WAY_MAX) continue;
      member.probes += 1;
      member.send(Method.range, PROBE, this.metadata(), COMMIT_DEADLINE_MS, (error) => {
        member.probes -= 1;
        if (error === null || kindOf(error.code) === "refused") this.welcome(member);
      });
    }
    this.probing = setTimeout(() => {
      this.probing = undefined;
      if (!this.choose().isFree) this.probe();
    }, PROBE_MS);
  }

  /** A member answers again. */
  private welcome(member: Member<Call>): void {
    if (this.isClosed || member.isFree) return;
    const hadNone = !this.choose().isFree;
    member.restsUntil = 0;
    if (!hadNone) return;
    const calls = [...this.held.keys()];
    for (const timer of this.held.values()) clearTimeout(timer);
    this.held.clear();
    for (const call of calls) this.send(call);
    this.leaveStream();
    this.onBack();
  }

  /** A stream of a member that is left alone may be as silent as the member is. */
  private leaveStream(): void {
    const { followed } = this;
    if (followed === undefined || followed.member.isFree || !this.choose().isFree) return;
    this.followed = undefined;
    setImmediate(followed.onLeft);
  }

  private authenticate(login: EtcdLogin, call: Call): void {
    if (this.waiting !== undefined) {
      this.waiting.push(call);
      return;
    }
    this.waiting = [call];
    const member = this.choose();
    logIn(member, login, new this.grpc.Metadata(), (token, { code, details }) => {
      const calls = this.waiting ?? [];
      this.waiting = undefined;
      this.token = token;
      const kind = kindOf(code);
      if (token === undefined && kind !== "refused") member.rest(kind);
      for (const waiting of calls) {
        if (token !== undefined) this.send(waiting);
        else this.end(waiting, { kind, code, message: `${member.address}: ${details}` }, NOTHING);
      }
    });
  }

  private metadata(): GrpcMetadata {
    const metadata = new this.grpc.Metadata();
    // A member without a leader answers at once that it has none.
    metadata.set("hasleader", "true");
    if (this.token !== undefined) metadata.set("token", this.token);
    return metadata;
  }

  /** The member in use, as long as it is not left alone; else the next one, or the one whose rest ends first. */
  private choose(): Member<Call> {
    const { members } = this;
    let best = this.current;
    for (let i = 0; i < members.length; i++) {
      const index = (this.current + i) % members.length;
      const member = members[index];
      if (member?.isFree) {
        best = index;
        break;
      }
      if ((member?.restsUntil ?? 0) < (members[best]?.restsUntil ?? 0)) best = index;
    }
    this.current = best;
    return members[best] as Member<Call>;
  }
}
