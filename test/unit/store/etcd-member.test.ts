// When a member of etcd counts as silent: it answers nothing for longer than its answers usually take.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SILENCE_ANSWERS, SILENCE_MS } from "../../../src/base/limits/etcd.ts";
import type { Grpc, GrpcClient, GrpcCredentials, GrpcMetadata } from "../../../src/store/etcd/grpc.ts";
import { type Asked, Member } from "../../../src/store/etcd/member.ts";
import { Method } from "../../../src/store/etcd/wire.ts";

const METADATA: GrpcMetadata = { set: () => undefined };
const request = (isUrgent = true): Asked => ({ method: Method.range, request: Buffer.alloc(0), isUrgent });

describe("a member of etcd", () => {
  const silent: Asked[][] = [];
  /** Milliseconds until a request is answered. */
  let answerMs: number;
  let member: Member<Asked>;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance", "Date"] });
    silent.length = 0;
    const client: GrpcClient = {
      makeUnaryRequest: (_method, _serialize, _deserialize, _request, _metadata, _options, done) => {
        setTimeout(() => done(null, Buffer.alloc(0)), answerMs);
        return { cancel: () => undefined };
      },
      makeBidiStreamRequest: () => {
        throw new Error("no stream is asked for");
      },
      close: () => undefined,
    };
    const grpc = {
      Client: class {
        constructor() {
          // biome-ignore lint/correctness/noConstructorReturn: stands in for a class of gRPC's
          return client;
        }
      },
    } as unknown as Grpc;
    member = new Member(grpc, "http://10.0.0.1:2379", {} as GrpcCredentials, (_, asked) => silent.push([...asked]));
  });
  afterEach(() => vi.useRealTimers());

  /** Asks and lets so much time pass. */
  async function ask(asked: Asked, ms: number): Promise<void> {
    member.ask(asked, METADATA, 10_000, () => undefined);
    await vi.advanceTimersByTimeAsync(ms);
  }

  it("is silent when it has answered nothing for a moment, and tells once what it was asked", async () => {
    answerMs = 5000;
    const asked = request();
    await ask(asked, SILENCE_MS - 10);
    expect(silent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(silent).toEqual([[asked]]);
  });

  it("is not silent while it answers other requests", async () => {
    answerMs = 5000;
    await ask(request(), SILENCE_MS / 2);
    answerMs = 10;
    for (let i = 0; i < 10; i++) await ask(request(), SILENCE_MS / 2);
    expect(silent).toEqual([]);
  });

  it("is not silent as long as its answers usually take, as they do while all members are busy", async () => {
    answerMs = SILENCE_MS - 10;
    for (let i = 0; i < 40; i++) await ask(request(), SILENCE_MS);
    answerMs = 5000;
    await ask(request(), (SILENCE_ANSWERS - 0.5) * (SILENCE_MS - 10));
    expect(silent).toEqual([]);
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(silent).toHaveLength(1);
  });

  it("may take its time for what is not urgent", async () => {
    answerMs = 5000;
    await ask(request(false), 4000);
    expect(silent).toEqual([]);
  });
});
