// What etcd answers, and what other nodes have written into it: every answer and event of one node's life, with the real
// mirror, cluster, commits and lease table.

import { EventEmitter } from "node:events";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { Commits } from "../../../src/store/etcd/commit.ts";
import { readAlarms, readStatus } from "../../../src/store/etcd/condition.ts";
import type { CallDone, CallFailure } from "../../../src/store/etcd/endpoints.ts";
import { Keys } from "../../../src/store/etcd/keys.ts";
import { Learner } from "../../../src/store/etcd/learner.ts";
import {
  LEASE_VALUE_OCTETS_MAX,
  LeaseValueWriter,
  readLeaseValue,
  StoredLease,
} from "../../../src/store/etcd/lease-value.ts";
import { Link } from "../../../src/store/etcd/link.ts";
import { numberField, octetsField, WireError } from "../../../src/store/etcd/protobuf.ts";
import type { EtcdSettings } from "../../../src/store/etcd/settings.ts";
import {
  agreementOf,
  CLUSTER_FORMAT,
  octetsOfValue,
  readHeartbeat,
  readMetadata,
} from "../../../src/store/etcd/shared-values.ts";
import { KeyValue, readToken } from "../../../src/store/etcd/wire.ts";
import { CommitBatch, CommitOutcome } from "../../../src/store/store.ts";
import { numberedRecord } from "../../support/journal.ts";
import { KEYS, makePools } from "../../support/lease-clients.ts";
import { Deferred } from "../deferred.ts";
import { Choices, check, joined, octetsOfText, pieceOf, type Target } from "../target.ts";

const SETTINGS: EtcdSettings = {
  ...{ endpoints: ["http://127.0.0.1:1"], prefix: "test", name: "a", reserve: 600, guard: 70, clockSkew: 30 },
  ...{
    leaseMax: 3600,
    secret: new Uint8Array(16),
    configurationHash: "c",
    login: undefined,
    stateFile: "/nowhere/fuzz",
  },
  tls: { authority: undefined, certificate: undefined, key: undefined },
};
const NOW = 1_800_000_000;
const POOLS = makePools({ ranges: ["10.0.0.1-10.0.0.30"] });
/** Turns after one answer: what is endless is noticed. */
const TURNS_MAX = 2000;
const STEPS_MAX = 40;
const FAILURES: readonly [CallFailure, CallFailure, CallFailure] = [
  { kind: "unreached", code: 14, message: "no member answers" },
  { kind: "refused", code: 11, message: "etcdserver: mvcc: required revision has been compacted" },
  { kind: "late", code: 4, message: "no answer in time" },
];
const NOTHING = Buffer.alloc(0);

/** One node and the store that the input plays. */
class Node {
  private readonly choices: Choices;
  private readonly deferred: Deferred;
  private readonly asked: CallDone[] = [];
  private stream: EventEmitter | undefined;
  private readonly table = new LeaseTable(POOLS, KEYS, { findsHardware: false, isShared: true });
  private readonly link: Link;
  private readonly commits: Commits;
  private now = NOW;

  constructor(choices: Choices, deferred: Deferred) {
    this.choices = choices;
    this.deferred = deferred;
    const keys = new Keys(SETTINGS.prefix);
    const learner = new Learner(keys, this.table);
    const endpoints = {
      address: "127.0.0.1:1",
      call: (_method: unknown, _request: unknown, _deadline: unknown, done: CallDone) => void this.asked.push(done),
      open: () => ({ stream: this.open(), leave: () => undefined }),
      forgetToken: () => undefined,
    } as never;
    const clock = { wall: () => this.now, monotonic: () => this.now - NOW };
    const said = (): void => undefined;
    this.link = new Link(
      { settings: SETTINGS, clock, keys, endpoints, learner, onHealth: said, notify: said },
      this.table,
    );
    learner.onOtherFormat = () => this.link.refuseFormat("a lease of another format");
    const writer = new LeaseValueWriter(SETTINGS);
    this.commits = new Commits({
      ...{ endpoints, keys, learner, writer },
      revision: () => this.link.revision,
      isOurs: (header, floor) => this.link.isOurs(header, floor),
      onAnswer: (failure) => this.link.takeResult(failure),
    });
  }

  run(): void {
    const { choices, deferred } = this;
    // A node that the store refuses does not start.
    this.link.open().catch(() => undefined);
    for (let step = 0; step < STEPS_MAX && !choices.isEmpty; step++) {
      this.step(choices.below(8));
      check(deferred.runTurns(TURNS_MAX) < TURNS_MAX, () => "the node goes on by itself for ever");
    }
    this.link.close();
    this.checkTable();
  }

  private step(kind: number): void {
    const { choices, deferred } = this;
    if (kind <= 2) this.asked.shift()?.(undefined, Buffer.from(choices.piece()));
    else if (kind === 3) this.asked.shift()?.(choices.of(FAILURES), NOTHING);
    else if (kind === 4) this.stream?.emit("data", Buffer.from(choices.piece()));
    else if (kind === 5) deferred.runTimer(choices.octet());
    else if (kind === 6) this.now += choices.octet();
    else this.commit();
  }

  private open(): EventEmitter {
    this.stream = Object.assign(new EventEmitter(), {
      write: () => true,
      cancel: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    });
    return this.stream;
  }

  /** One lease is written; whatever is answered, each slot has an outcome. */
  private commit(): void {
    const { table } = this;
    const slot = this.choices.below(table.size);
    if (table.isPending(slot)) return;
    const batch = new CommitBatch(1);
    batch.slots[0] = slot;
    batch.count = 1;
    let isDone = false;
    this.commits.commit(table, batch, ({ outcomes }) => {
      check(!isDone, () => "a commit is answered twice");
      isDone = true;
      check(Object.values(CommitOutcome).includes(outcomes[0] as never), () => `the outcome ${outcomes[0]}`);
    });
  }

  private checkTable(): void {
    const { table } = this;
    for (let slot = 0; slot < table.size; slot++) {
      const { startsAt, endsAt, hardwareAddress } = table.record(slot);
      check(
        startsAt >= 0 && endsAt >= 0 && hardwareAddress.length <= 16,
        () => `slot ${slot} has a lease that is none`,
      );
    }
  }
}

/** Reads octets as every kind of answer: they are one, or a WireError. */
function readAlone(octets: Uint8Array): void {
  for (const read of [readStatus, readAlarms, readToken]) {
    try {
      read(octets);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }
  const lease = new StoredLease();
  if (readLeaseValue(octets, 0, octets.length, lease) === "lease") {
    const target = new Uint8Array(LEASE_VALUE_OCTETS_MAX);
    const length = new LeaseValueWriter(SETTINGS).write(lease, target);
    const again = new StoredLease();
    const kind = readLeaseValue(target, 0, length, again);
    check(
      kind === "lease" && again.endsAt === lease.endsAt && again.clientIdLength === lease.clientIdLength,
      () => "a lease is not read as it is written",
    );
  }
  for (const shared of [readMetadata(octets), readHeartbeat(octets)])
    check(
      shared === undefined || typeof shared === "number" || typeof shared.format === "number",
      () => "metadata without a format",
    );
  check(Object.keys(Object.prototype).length === 0, () => "metadata have changed all objects");
}

const keys = new Keys(SETTINGS.prefix);
const HEADER = octetsField(1, joined(numberField(1, 1), numberField(3, 7)));

function pair(key: Uint8Array, value: Uint8Array, revision = 7): Buffer {
  return octetsField(
    2,
    joined(octetsField(1, key), numberField(2, 1), numberField(3, revision), octetsField(5, value)),
  );
}

function leaseValue(n: number): Uint8Array {
  const table = new LeaseTable(POOLS, KEYS);
  table.load(numberedRecord(n));
  const lease = new StoredLease();
  lease.takeSlot(table, n);
  const target = new Uint8Array(LEASE_VALUE_OCTETS_MAX);
  return target.slice(0, new LeaseValueWriter(SETTINGS).write(lease, target));
}

const META = octetsOfValue({ format: CLUSTER_FORMAT, ...agreementOf(SETTINGS, "c"), renewOnlyUntil: 0 });
const BEAT = octetsOfValue({
  format: CLUSTER_FORMAT,
  instance: "b",
  wall: NOW,
  isClockTrusted: true,
  ...agreementOf(SETTINGS, "c"),
});
const EMPTY = HEADER;
const WITH_META = joined(HEADER, pair(keys.meta, META));
const WITH_NODES = joined(HEADER, pair(keys.heartbeat("b"), BEAT));
const WITH_LEASES = joined(
  HEADER,
  ...[0, 1, 2].map((n) => pair(Buffer.from(keys.lease(0x0a00_0001 + n)), leaseValue(n))),
  numberField(4, 3),
);
const WRITTEN = joined(HEADER, octetsField(3, octetsField(4, joined(HEADER, numberField(2, 1)))));
const CONFLICT = joined(
  HEADER,
  octetsField(
    3,
    octetsField(
      4,
      joined(
        HEADER,
        octetsField(3, octetsField(1, joined(HEADER, pair(Buffer.from(keys.lease(0x0a00_0001)), leaseValue(0))))),
      ),
    ),
  ),
);
const CREATED = joined(HEADER, numberField(3, 1));
const EVENTS = joined(
  HEADER,
  ...[WITH_NODES, WITH_LEASES].map(() => octetsField(11, pair(keys.heartbeat("a"), BEAT, 8))),
  octetsField(
    11,
    joined(
      numberField(1, 1),
      octetsField(2, joined(octetsField(1, Buffer.from(keys.lease(0x0a00_0001))), numberField(3, 9))),
    ),
  ),
);
const CANCELLED = joined(HEADER, numberField(4, 1), numberField(5, 5), octetsField(6, "compacted"));

const answer = (octets: Uint8Array): Uint8Array => joined(Uint8Array.of(0), pieceOf(octets));
const event = (octets: Uint8Array): Uint8Array => joined(Uint8Array.of(4), pieceOf(octets));
const START = joined(answer(WITH_META), answer(WITH_NODES), answer(WITH_LEASES), answer(EMPTY));

export const storeTarget: Target = {
  name: "store",
  unit: "nodes",
  seeds: [
    joined(
      START,
      event(CREATED),
      answer(WRITTEN),
      event(EVENTS),
      Uint8Array.of(7, 1),
      answer(WRITTEN),
      Uint8Array.of(7, 0),
      answer(CONFLICT),
    ),
    joined(
      answer(EMPTY),
      answer(EMPTY),
      answer(WRITTEN),
      answer(EMPTY),
      event(CREATED),
      event(CANCELLED),
      Uint8Array.of(5, 0, 3, 1, 5, 1),
    ),
    joined(START, event(CREATED), event(EVENTS), Uint8Array.of(3, 0, 5, 0, 6, 9, 5, 1, 3, 2, 5, 2)),
    ...[META, BEAT, leaseValue(3), WITH_META, CONFLICT].map((octets) => new Uint8Array(octets)),
  ],
  words: [
    ...[HEADER, META, BEAT, keys.meta, keys.heartbeat("b"), leaseValue(1), WRITTEN, CREATED].map(
      (octets) => new Uint8Array(octets),
    ),
    ...[
      [0x0a],
      [0x12],
      [0x1a],
      [0x22],
      [0x08, 1],
      [0x18, 7],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
      [5, 0],
      [7, 3],
      [3, 0],
    ].map((octets) => Uint8Array.from(octets)),
    ...[
      '"format":2',
      '"format":1e999',
      "1e999",
      "-1",
      "null",
      '"renewOnlyUntil":1e300',
      '"wall":-1e308',
      '{"__proto__":{}}',
    ].map(octetsOfText),
  ],
  octetsMax: 2500,
  run(octets) {
    const deferred = new Deferred();
    deferred.within(() => new Node(new Choices(octets), deferred).run());
    readAlone(octets);
    const value = new KeyValue();
    check(value.key.length === 0, () => "a new pair has a key");
    return 1;
  },
};
