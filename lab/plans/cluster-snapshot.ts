// Takes a snapshot of all leases in an etcd, by the server's own code into a lease table of its own, as a server does when
// it starts; writes how many leases there were, how long it took and how late the event loop was meanwhile. A program of
// its own, so that its process has done nothing else. Arguments: the first address of the range and the last, as numbers,
// and where the members of etcd are.

import { LeaseTable } from "../../src/lease/table/table.ts";
import { LoopDelayMeter } from "../../src/server/overload/loop-delay.ts";
import { Endpoints } from "../../src/store/etcd/endpoints.ts";
import { loadGrpc } from "../../src/store/etcd/grpc.ts";
import { Keys } from "../../src/store/etcd/keys.ts";
import { Learner } from "../../src/store/etcd/learner.ts";
import { Snapshot, type SnapshotResult } from "../../src/store/etcd/snapshot.ts";
import { KeyValue, Method, RangeAnswer, rangeRequest } from "../../src/store/etcd/wire.ts";

const DEADLINE_MS = 5000;
const [first = "", last = "", ...members] = process.argv.slice(2);

const range = { first: Number(first), last: Number(last) };
const hashKeys = { table: new Uint8Array(16).fill(7), order: new Uint8Array(16) };
const pools = [{ index: 0, sharedNetwork: 0, subnet: 0, reserved: false, ranges: [range] }];
const table = new LeaseTable(pools, hashKeys, { findsHardware: false, isShared: true });
const grpc = await loadGrpc();
const endpoints = new Endpoints(grpc, members, grpc.credentials.createInsecure(), undefined);
const keys = new Keys("anydhcpd");

/** The present revision of the store. */
function presentRevision(): Promise<number> {
  return new Promise((resolve, reject) => {
    endpoints.call(Method.range, rangeRequest(keys.meta, undefined), DEADLINE_MS, (failure, octets) => {
      if (failure !== undefined) return reject(new Error(failure.message));
      const answer = new RangeAnswer(octets);
      answer.next(new KeyValue());
      resolve(answer.header.revision);
    });
  });
}

const revision = await presentRevision();
const meter = new LoopDelayMeter();
meter.restart();
const startedAt = performance.now();
const result = await new Promise<SnapshotResult>((done) => {
  new Snapshot({ endpoints, keys, table, revision, learner: new Learner(keys, table), done }).start();
});
const milliseconds = performance.now() - startedAt;
const eventLoopDelay = meter.restart();
meter.stop();
endpoints.close();
if (result.kind !== "done") throw new Error(JSON.stringify(result));
process.stdout.write(`${JSON.stringify({ leases: result.leases, milliseconds, eventLoopDelay })}\n`);
