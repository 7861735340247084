// What a node of a cluster makes of the heartbeats of others.

import { describe, expect, it } from "vitest";
import { Cluster } from "../../../src/store/etcd/cluster.ts";
import { Keys } from "../../../src/store/etcd/keys.ts";
import type { EtcdSettings } from "../../../src/store/etcd/settings.ts";
import { agreementOf, CLUSTER_FORMAT, octetsOfValue } from "../../../src/store/etcd/shared-values.ts";
import { KeyValue } from "../../../src/store/etcd/wire.ts";

const SETTINGS: EtcdSettings = {
  ...{ endpoints: ["http://127.0.0.1:1"], prefix: "test", name: "a", reserve: 600, guard: 70, clockSkew: 30 },
  ...{ leaseMax: 3600, secret: new Uint8Array(16), configurationHash: "c", login: undefined, stateFile: "/nowhere" },
  tls: { authority: undefined, certificate: undefined, key: undefined },
};
const NOW = 1_000_000;
const keys = new Keys(SETTINGS.prefix);

/** Another node's heartbeat as the store tells it. */
function heartbeatOf(name: string, wall: number, isClockTrusted: boolean): KeyValue {
  const heartbeat = { format: CLUSTER_FORMAT, instance: name, wall, isClockTrusted };
  const key = keys.heartbeat(name);
  const value = octetsOfValue({ ...heartbeat, ...agreementOf(SETTINGS, SETTINGS.configurationHash) });
  return Object.assign(new KeyValue(), {
    octets: Buffer.concat([key, value]),
    ...{ keyStart: 0, keyEnd: key.length, valueStart: key.length, valueEnd: key.length + value.length },
    modRevision: 5,
  });
}

/** A node that has nothing to write to, and how often it was asked for a heartbeat of its own. */
function makeNode(): { cluster: Cluster; asked: () => number } {
  let asked = 0;
  const fail = (): never => {
    throw new Error("nothing is written or answered here");
  };
  const cluster = new Cluster({
    ...{ settings: SETTINGS, keys, clock: { wall: () => NOW, monotonic: () => 5000 } },
    endpoints: { call: fail } as never,
    ...{ revision: fail, isOurs: fail, notify: fail, onOtherFormat: fail },
    onDoubt: () => {
      asked += 1;
    },
  });
  return { cluster, asked: () => asked };
}

describe("a heartbeat of another node", () => {
  it("that is in doubt of its clock is answered at once by one whose clock is trusted, and by no other", () => {
    const { cluster, asked } = makeNode();
    cluster.takeShared(heartbeatOf("b", NOW, false), false, true);
    // It is in doubt itself.
    expect([cluster.isClockTrusted, asked()]).toEqual([false, 0]);
    const first = makeNode();
    first.cluster.startListening();
    expect(first.cluster.isClockTrusted).toBe(true);
    first.cluster.takeShared(heartbeatOf("b", NOW, true), false, true);
    expect(first.asked()).toBe(0);
    first.cluster.takeShared(heartbeatOf("b", NOW, false), false, true);
    expect(first.asked()).toBe(1);
  });

  it("that was there before this node listened is no proof of a clock", () => {
    const { cluster, asked } = makeNode();
    cluster.takeShared(heartbeatOf("b", NOW, true), false, false);
    cluster.startListening();
    expect([cluster.isClockTrusted, asked()]).toEqual([false, 0]);
  });
});
