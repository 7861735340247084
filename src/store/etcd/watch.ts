// A watch of everything below the prefix, from a revision on. Events are handed on in slices. A watch does not say of
// itself that its member has gone away: it is asked for its progress each second, and is dead when it does not answer.

import { PROGRESS_MS, WATCH_SILENCE_MS } from "../../base/limits/etcd.ts";
import type { GrpcStream } from "./grpc.ts";
import type { Keys } from "./keys.ts";
import type { FailureKind } from "./member.ts";
import { WireError } from "./protobuf.ts";
import { TurnShare } from "./turn-share.ts";
import { KeyValue, progressRequest, WatchMessage, watchRequest } from "./wire.ts";

/** Why a watch has ended. silent: no answer in time. compacted: its start is gone, so that events are missing. */
export type WatchEnd = "silent" | "lost" | "compacted";

/** What comes of a watch. Nothing is called after `onEnd`, nor after `close`. */
export interface WatchHandlers {
  onEvent(pair: KeyValue, isDeletion: boolean): void;
  /** All events up to a revision's have been handed on. */
  onReached(revision: number): void;
  onEnd(end: WatchEnd, reason: string): void;
}

/** One watch. */
export class Watch {
  /** The first revision whose events have not all been handed on. */
  nextRevision: number;
  private readonly stream: GrpcStream;
  private readonly leave: (kind: FailureKind) => void;
  private readonly handlers: WatchHandlers;
  private readonly pair = new KeyValue();
  private readonly share = new TurnShare();
  private readonly timer: NodeJS.Timeout;
  private turn: NodeJS.Immediate | undefined;
  private heardAt = performance.now();
  private isOver = false;

  /** `opened`: a stream of Endpoints.open. */
  constructor(
    opened: { readonly stream: GrpcStream; readonly leave: (kind: FailureKind) => void },
    keys: Keys,
    startRevision: number,
    handlers: WatchHandlers,
  ) {
    this.stream = opened.stream;
    this.leave = opened.leave;
    this.handlers = handlers;
    this.nextRevision = startRevision;
    this.stream.on("data", (octets) => this.receive(octets));
    this.stream.on("error", (error) => this.end("lost", error.message));
    this.stream.on("end", () => this.end("lost", "the member has ended the watch"));
    this.stream.write(watchRequest(keys.first, keys.end, startRevision));
    this.timer = setInterval(() => this.askProgress(), PROGRESS_MS);
  }

  /** Ends it without a word. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    clearImmediate(this.turn);
    this.stream.cancel();
  }

  private receive(octets: Buffer): void {
    if (this.isOver) return;
    this.stream.pause();
    this.guarded(() => {
      const message = new WatchMessage(octets);
      if (message.isCancelled) return this.endCancelled(message);
      this.takeSlice(message);
    });
  }

  private takeSlice(message: WatchMessage): void {
    if (this.isOver) return;
    this.heardAt = performance.now();
    for (this.share.begin(); !this.share.isUsed(); ) {
      if (!message.next(this.pair)) return this.finish();
      this.handlers.onEvent(this.pair, message.isDeletion);
      if (this.isOver) return;
    }
    this.turn = setImmediate(() => this.guarded(() => this.takeSlice(message)));
  }

  /** All events of a message have been handed on. The events of one revision are never in two messages. */
  private finish(): void {
    const { modRevision } = this.pair;
    this.stream.resume();
    if (modRevision < this.nextRevision) return;
    // Not the header's: etcd 3.4 tells its present revision before it has sent the events up to it.
    this.nextRevision = modRevision + 1;
    this.handlers.onReached(modRevision);
  }

  private endCancelled({ compactRevision, cancelReason }: WatchMessage): void {
    if (compactRevision > 0) this.end("compacted", `revisions before ${compactRevision} are compacted away`);
    else this.end("lost", cancelReason);
  }

  private askProgress(): void {
    const silence = performance.now() - this.heardAt;
    if (silence > WATCH_SILENCE_MS) this.end("silent", `no answer for ${Math.round(silence)} ms`);
    else this.stream.write(progressRequest());
  }

  private end(end: WatchEnd, reason: string): void {
    if (this.isOver) return;
    this.close();
    if (end !== "compacted") this.leave(end === "silent" ? "late" : "unreached");
    this.handlers.onEnd(end, reason);
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.end("lost", `a message of the watch is damaged: ${error.message}`);
    }
  }
}
