// One member of etcd: its channel, the requests that it has not answered, and how long it is left alone.

import {
  KEEPALIVE_MS,
  QUARANTINE_MS,
  RECONNECT_MS_MAX,
  RECONNECT_MS_MIN,
  SILENCE_ANSWERS,
  SILENCE_MS,
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
import type { Method } from "./wire.ts";

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

/**
 * late: no answer in time; unreached: the link or the member failed, or there is no leader. After both it is unknown
 * whether the request took place. refused: it did not.
 */
export type FailureKind = "late" | "unreached" | "refused";

/** A request, as far as a member has to know it. */
export interface Asked {
  readonly method: Method;
  readonly request: Buffer;
  /** Whether a member that does not answer it for a moment counts as silent. */
  readonly isUrgent: boolean;
}

/** Takes an answer or an error. */
export type Answered = (error: GrpcError | null, answer: Buffer | undefined) => void;

/** The weight of the past in the average of answers. */
const ANSWERS_AVERAGED = 8;
const pass = (message: Buffer): Buffer => message;

/** See the head of this file. `T` are the requests. */
export class Member<T extends Asked> {
  readonly address: string;
  /** Milliseconds of the monotonic clock. */
  restsUntil = 0;
  /** Questions under way whether it is back. */
  probes = 0;
  private readonly client: GrpcClient;
  /** Urgent requests without an answer, the oldest first, and when they were sent. */
  private readonly unanswered = new Map<T, number>();
  private readonly onSilence: (member: Member<T>, unanswered: readonly T[]) => void;
  private heardAt = 0;
  /** Milliseconds that an urgent request takes, the last ones above all. */
  private answerMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `onSilence` is called when the member is silent, with the requests that it has not answered. */
  constructor(
    grpc: Grpc,
    endpoint: string,
    credentials: GrpcCredentials,
    onSilence: (member: Member<T>, unanswered: readonly T[]) => void,
  ) {
    this.address = endpoint.replace(/^https?:\/\//, "");
    this.client = new grpc.Client(this.address, credentials, CHANNEL_OPTIONS);
    this.onSilence = onSilence;
  }

  /** Whether requests may go to it. */
  get isFree(): boolean {
    return this.restsUntil <= performance.now();
  }

  /** Sends a request; `done` is called once, `deadlineMs` from now at the latest. */
  ask(asked: T, metadata: GrpcMetadata, deadlineMs: number, done: Answered): void {
    const sentAt = performance.now();
    if (asked.isUrgent) {
      this.unanswered.set(asked, sentAt);
      this.listen(this.silenceMs);
    }
    this.send(asked.method, asked.request, metadata, deadlineMs, (error, answer) => {
      this.unanswered.delete(asked);
      if (error === null) {
        this.heardAt = performance.now();
        if (asked.isUrgent) this.answerMs += (this.heardAt - sentAt - this.answerMs) / ANSWERS_AVERAGED;
      }
      done(error, answer);
    });
  }

  /** The same without a look at how long it takes. */
  send(method: Method, request: Buffer, metadata: GrpcMetadata, deadlineMs: number, done: Answered): void {
    // gRPC counts by the wall clock.
    const deadline = Date.now() + Math.max(1, deadlineMs);
    this.client.makeUnaryRequest(method, pass, pass, request, metadata, { deadline }, done);
  }

  /** Opens a stream. */
  open(method: Method, metadata: GrpcMetadata): GrpcStream {
    return this.client.makeBidiStreamRequest(method, pass, pass, metadata);
  }

  /** It is left alone for a while. */
  rest(kind: FailureKind): void {
    this.restsUntil = performance.now() + (kind === "late" ? QUARANTINE_MS : UNREACHED_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.client.close();
  }

  private get silenceMs(): number {
    return Math.max(SILENCE_MS, SILENCE_ANSWERS * this.answerMs);
  }

  private listen(milliseconds: number): void {
    // Where this process was late itself, answers are there that it has not looked at.
    this.timer ??= setTimeout(() => setImmediate(() => this.judge()), milliseconds);
  }

  private judge(): void {
    this.timer = undefined;
    const [sentAt] = this.unanswered.values();
    if (sentAt === undefined) return;
    const quietMs = performance.now() - Math.max(sentAt, this.heardAt);
    if (quietMs < this.silenceMs) return this.listen(this.silenceMs - quietMs);
    const unanswered = [...this.unanswered.keys()];
    // Another member answers them now: the silence has been reported.
    this.unanswered.clear();
    this.onSilence(this, unanswered);
  }
}

/** What a status code of gRPC means for a request. */
export function kindOf(code: number): FailureKind {
  if (code === GrpcStatus.deadlineExceeded) return "late";
  const isLost =
    code === GrpcStatus.unavailable ||
    code === GrpcStatus.cancelled ||
    code === GrpcStatus.internal ||
    code === GrpcStatus.unknown;
  return isLost ? "unreached" : "refused";
}
