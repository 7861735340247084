// Wrong rules, each of which the simulation must find. What is passed to the server is made wrongly, or what it reads and
// says is changed; the server itself stays as it is.

import { getUint32, putUint32 } from "../../src/base/bytes.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import { type LeaseSlot, LeaseTable } from "../../src/lease/table/table.ts";
import { type CommitBatch, CommitOutcome, type StoreHealth } from "../../src/store/store.ts";
import { decodeAnswer, encodeMessage, MessageKind } from "./messages.ts";
import type { Scenario } from "./scenario.ts";
import { StoreClient, type StoreClientParts } from "./store-client.ts";
import { ANYCAST, EPOCH } from "./world.ts";

type TableArguments = ConstructorParameters<typeof LeaseTable>;

/** How a node is made and what it hears. */
export interface Mutant {
  /** What of the scenario is different with it. */
  readonly scenario: Partial<Scenario>;
  /** Seconds of the guard that nodes are given, if it is not the scenario's. */
  readonly guardSeconds: number | undefined;
  /** Name of a node in its cluster. */
  nameOf(name: string): string;
  makeTable(...parts: TableArguments): LeaseTable;
  makeStore(parts: StoreClientParts, table: LeaseTable): StoreClient;
  /** Returns what a node reads of a query. */
  rewriteQuery(bytes: Uint8Array, health: StoreHealth): Uint8Array;
  /** Has a node handle a query. */
  handle(bytes: Uint8Array, table: LeaseTable, handle: () => void): void;
  /** Changes a reply in place, before it leaves. */
  rewriteReply(bytes: Uint8Array, scenario: Scenario): void;
}

/** The right rules. */
export const NO_MUTANT: Mutant = {
  scenario: {},
  guardSeconds: undefined,
  nameOf: (name) => name,
  makeTable: (...parts) => new LeaseTable(...parts),
  makeStore: (parts, table) => new StoreClient(parts, table),
  rewriteQuery: (bytes) => bytes,
  handle: (_bytes, _table, handle) => handle(),
  rewriteReply: () => undefined,
};

/** Takes what others have written for the content of a slot whose own change is under way. */
class OverwritingTable extends LeaseTable {
  private readonly overwritten = new Map<LeaseSlot, number>();

  override learn(address: number, record: LeaseRecord | undefined, revision: number): boolean {
    const slot = this.slotOf(address);
    const isNews = super.learn(address, record, revision);
    this.overwritten.delete(slot);
    if (!isNews || record === undefined || !this.isPending(slot)) return isNews;
    this.load(record);
    this.overwritten.set(slot, revision);
    return isNews;
  }

  override revisionOf(slot: LeaseSlot): number {
    return (this.isPending(slot) ? this.overwritten.get(slot) : undefined) ?? super.revisionOf(slot);
  }
}

/** Believes a read after a commit that was not answered: what it shows of the client counts, and what it does not show will never be. */
class ReadingStore extends StoreClient {
  protected override giveUp(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    const slots = [...batch.slots.subarray(0, batch.count)];
    const wanted = slots.map((slot) => this.table.record(slot));
    this.ask(
      1000,
      (store) => ({ revision: store.revision, found: wanted.map(({ address }) => store.read(address)) }),
      ({ revision, found }) => {
        batch.revision = revision;
        for (const [i, { record }] of found.entries()) {
          const isThere = record !== undefined && isSameClient(record, wanted[i]);
          batch.outcomes[i] = isThere ? CommitOutcome.ok : CommitOutcome.failed;
        }
        done(batch);
      },
      () => super.giveUp(batch, done),
    );
  }
}

/** Says at once that a commit is done. */
class HastyStore extends StoreClient {
  override commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    const perform = this.writesOf(batch);
    batch.outcomes.fill(CommitOutcome.ok, 0, batch.count);
    batch.revision = this.parts.memory.revision + 1;
    setImmediate(() => {
      done(batch);
      this.ask(
        400,
        perform,
        () => undefined,
        () => undefined,
      );
    });
  }
}

/** Reads nothing and says that it has. */
class StaleStore extends StoreClient {
  override refresh(_slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    setImmediate(() => done(true));
  }
}

/** Gives a lease back as if it were old, whenever it began. */
function releaseAtAnyAge(bytes: Uint8Array, table: LeaseTable, handle: () => void): void {
  if (decodeAnswer(bytes, 0, bytes.length).type !== MessageKind.release) return handle();
  const old = Object.assign(table, { lastTransactionAt: () => EPOCH - 1_000_000 });
  try {
    handle();
  } finally {
    Reflect.deleteProperty(old, "lastTransactionAt");
  }
}

/** While the store is away every client is answered as if it renewed. */
function renewAnybody(bytes: Uint8Array, health: StoreHealth): Uint8Array {
  const { type, xid, giaddr, about } = decodeAnswer(bytes, 0, bytes.length);
  if (health !== "away" || type !== MessageKind.request) return bytes;
  const chaddr = bytes.slice(28, 34);
  const clientId = chaddr[5] === undefined || chaddr[5] % 2 === 0 ? new Uint8Array(0) : Uint8Array.of(1, ...chaddr);
  return encodeMessage({ type, xid, chaddr, clientId, ciaddr: about, giaddr, requested: 0, serverId: 0 });
}

/** Tells a client of the whole promise. */
function tellReserve(bytes: Uint8Array, { reserveSeconds }: Scenario): void {
  const { type, leaseSeconds, serverId } = decodeAnswer(bytes, 0, bytes.length);
  if (type !== MessageKind.ack || serverId !== ANYCAST) return;
  for (let at = 240; at < bytes.length && bytes[at] !== 255; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === 51 && getUint32(bytes, at + 2) === leaseSeconds) {
      putUint32(bytes, at + 2, leaseSeconds + reserveSeconds);
    }
  }
}

function isSameClient(one: LeaseRecord, other: LeaseRecord | undefined): boolean {
  if (other === undefined || one.state !== other.state) return false;
  return one.hardwareAddress.every((octet, i) => octet === other.hardwareAddress[i]);
}

const WRONG: Readonly<Record<string, Partial<Mutant>>> = {
  "learn-over-pending": { makeTable: (...parts) => new OverwritingTable(...parts) },
  "read-back-as-truth": { makeStore: (parts, table) => new ReadingStore(parts, table) },
  "nak-without-refresh": { makeStore: (parts, table) => new StaleStore(parts, table) },
  "guard-0": { guardSeconds: 0 },
  "same-checked-addresses": { nameOf: () => "node" },
  "ack-before-commit": { makeStore: (parts, table) => new HastyStore(parts, table) },
  "ack-in-any-state": { rewriteQuery: renewAnybody },
  "release-without-age": { handle: releaseAtAnyAge },
  "reserve-given-away": { rewriteReply: tellReserve },
};

/** The wrong rules, by name. */
export const MUTANTS: ReadonlyMap<string, Mutant> = new Map(
  Object.entries(WRONG).map(([name, parts]) => [name, { ...NO_MUTANT, ...parts }]),
);
