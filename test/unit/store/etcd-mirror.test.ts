// In which order a node finds out what there is in the store.

import { afterEach, describe, expect, it } from "vitest";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import type { CallDone, CallFailure } from "../../../src/store/etcd/endpoints.ts";
import { Keys } from "../../../src/store/etcd/keys.ts";
import { Learner } from "../../../src/store/etcd/learner.ts";
import { Mirror } from "../../../src/store/etcd/mirror.ts";
import { rangeRequest } from "../../../src/store/etcd/wire.ts";
import { KEYS, makePools } from "../../support/lease-clients.ts";

const SHARED = { isShared: true, findsHardware: false };
const REVISION = 7;
/** A range answer of cluster 1 at that revision, without a pair. */
const NOTHING = Buffer.of(0x0a, 4, 0x08, 1, 0x18, REVISION);
const UNREACHED: CallFailure = { kind: "unreached", code: 14, message: "no member answers" };

describe("a node that starts", () => {
  let mirror: Mirror | undefined;
  afterEach(() => mirror?.close());

  /** A mirror of a store that answers when the test does, what it has asked, and what it has told. */
  function makeMirror(): { asked: { request: Buffer; done: CallDone }[]; told: string[] } {
    const asked: { request: Buffer; done: CallDone }[] = [];
    const told: string[] = [];
    const table = new LeaseTable(makePools({ ranges: ["10.0.0.1-10.0.0.16"] }), KEYS, SHARED);
    const keys = new Keys("test");
    const call = (_method: unknown, request: Buffer, _deadline: number, done: CallDone): unknown =>
      asked.push({ request, done });
    mirror = new Mirror(
      {
        endpoints: { call } as never,
        ...{ keys, learner: new Learner(keys, table) },
        events: {
          ...{ revision: 0, identify: () => true, onShared: () => undefined },
          onSnapshot: () => told.push("snapshot"),
          onFollowing: () => told.push("following"),
          onLost: (reason) => told.push(reason),
          ...{ onCompacted: () => undefined, onRefused: () => undefined },
        },
      },
      table,
    );
    mirror.start();
    asked.shift()?.done(undefined, NOTHING);
    return { asked, told };
  }

  it("knows which other nodes there are before it reads leases and listens", () => {
    const { asked, told } = makeMirror();
    const keys = new Keys("test");
    expect(asked.map(({ request }) => request)).toEqual([
      rangeRequest(keys.firstNode, keys.endNode, { revision: REVISION }),
    ]);
    asked.shift()?.done(undefined, NOTHING);
    expect(asked.length).toBeGreaterThan(0);
    expect(told).toEqual([]);
  });

  it("does not go on without knowing", () => {
    const { asked, told } = makeMirror();
    asked.shift()?.done(UNREACHED, Buffer.alloc(0));
    expect([asked, told]).toEqual([[], [UNREACHED.message]]);
  });
});
