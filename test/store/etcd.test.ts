// The store on real etcd of one member: the contracts of every store and of every shared one, what nodes agree on, and
// stores that are other ones than before.

import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { EtcdStore } from "../../src/store/etcd/etcd-store.ts";
import type { EtcdSettings } from "../../src/store/etcd/settings.ts";
import { CommitOutcome, type StoreHealth, type StoreReport } from "../../src/store/store.ts";
import { EtcdCluster, enableAuth, hasEtcd, putRaw, settingsOf } from "../support/etcd.ts";
import { makeTlsFiles, tlsOf } from "../support/etcd-tls.ts";
import { bindSlots, commit, contentOf, LATER, makeTable, ScratchFolder } from "../support/journal.ts";
import { describeStore } from "./contract.ts";
import { describeSharedStore } from "./shared-contract.ts";

const { ok, conflict, unknown } = CommitOutcome;
const WAIT_MS = 20_000;

/** Clocks that a test can set. */
class SettableClock {
  wallAhead = 0;
  monotonicAhead = 0;
  readonly wall = (): number => Date.now() / 1000 + this.wallAhead;
  readonly monotonic = (): number => performance.now() + this.monotonicAhead;
}

/** One server's store with its table, and what it has said. */
class Node {
  readonly clock = new SettableClock();
  readonly store: EtcdStore;
  readonly table: LeaseTable = makeTable(true);
  readonly said: string[] = [];
  readonly healths: StoreHealth[] = [];
  report: StoreReport | undefined;

  constructor(settings: EtcdSettings) {
    this.store = new EtcdStore(settings, this.clock);
    this.store.onNotice = ({ message }) => void this.said.push(message);
    this.store.onHealth = (health) => void this.healths.push(health);
  }

  async open(): Promise<this> {
    this.report = await this.store.open(this.table);
    return this;
  }

  /** Binds slots and commits them; the outcomes. */
  bind(slots: readonly number[], endsAt = LATER): Promise<CommitOutcome[]> {
    return commit(this.store, this.table, bindSlots(this.table, slots, endsAt));
  }

  /** Waits until something is so. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const until = performance.now() + WAIT_MS;
    while (!isSo()) {
      if (performance.now() > until) throw new Error(`${what}: not so; it said: ${this.said.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Key of the lease of 10.0.0.`octet`. */
function leaseKey({ prefix }: EtcdSettings, octet: number): Buffer {
  return Buffer.concat([Buffer.from(`${prefix}/l/`), Buffer.of(10, 0, 0, octet)]);
}

/** Whether two tables' contents are the same. */
function isSame(a: ReadonlyMap<number, string>, b: ReadonlyMap<number, string>): boolean {
  return a.size === b.size && [...a].every(([address, text]) => b.get(address) === text);
}

describe.skipIf(!hasEtcd)("the store on etcd (skipped where Debian's etcd cannot be had)", () => {
  let cluster: EtcdCluster;
  let places = 0;
  const nodes: Node[] = [];

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });

  afterAll(async () => {
    await cluster.dispose();
  });

  afterEach(async () => {
    // A test that has failed may have left it stopped.
    cluster.resume(0);
    for (const node of nodes.splice(0)) await node.store.close();
  });

  /** Settings of a place of its own in the common etcd. */
  function newPlace(): (more?: Partial<EtcdSettings>) => EtcdSettings {
    const prefix = `/anydhcpd/${places++}`;
    return (more = {}) =>
      settingsOf(cluster, {
        prefix,
        stateFile: join(cluster.directory, `state${prefix.replaceAll("/", "-")}-${more.name ?? "a"}`),
        ...more,
      });
  }

  function makeNode(settings: EtcdSettings): Node {
    const node = new Node(settings);
    nodes.push(node);
    return node;
  }

  const openNode = (settings: EtcdSettings): Promise<Node> => makeNode(settings).open();

  describeStore(() => {
    const place = newPlace();
    return {
      name: "etcd",
      isDurable: true,
      make: () => new EtcdStore(place(), new SettableClock()),
      dispose: () => undefined,
    };
  });

  describeSharedStore(() => {
    const place = newPlace();
    let made = 0;
    return {
      make: () => new EtcdStore(place({ name: `node${made++}` }), new SettableClock()),
      dispose: () => undefined,
    };
  });

  it("gives what was deleted by hand to the next client, in every mirror", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = await openNode(place({ name: "b" }));
    await a.bind([1, 2]);
    await b.until("mirrored", () => b.table.state(2) === BindingState.bound);
    await cluster.ctl(["del", "--prefix", `${place().prefix}/l/`]);
    for (const { table } of [a, b])
      await a.until("deleted", () => table.state(1) === BindingState.free && table.revisionOf(1) === 0);
    expect(await b.bind([1])).toEqual([ok]);
  });

  it("has the end state of every lease when it is opened while another server writes", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const slots = Array.from({ length: 120 }, (_, n) => n);
    for (let block = 0; block < 20; block++) await a.bind(slots.map((slot) => slot + block * 120));
    let isWriting = true;
    const writing = (async () => {
      for (let round = 1; isWriting; round++)
        expect(
          await a.bind(
            slots.map((slot) => slot + (round % 20) * 120),
            LATER + round,
          ),
        ).not.toContain(conflict);
    })();
    const b = await openNode(place({ name: "b" }));
    const c = await openNode(place({ name: "c" }));
    isWriting = false;
    await writing;
    const last = contentOf(a.table);
    for (const node of [b, c]) {
      await node.until("mirrored", () => node.table.revisionOf(0) === a.table.revisionOf(0));
      await node.until("equal", () => isSame(contentOf(node.table), last));
    }
    expect(b.report?.loaded).toBe(2400);
  });

  it("serves no lease of a later release, and says which release is needed", async () => {
    const place = newPlace();
    await putRaw(cluster, leaseKey(place(), 1), Uint8Array.of(2, 1, 2, 3));
    await expect(openNode(place())).rejects.toThrow(/the lease of 10\.0\.0\.1 has another format, .*other servers run/);
  });

  it("gives an address whose lease cannot be read to nobody, and says so", async () => {
    const place = newPlace();
    await putRaw(cluster, leaseKey(place(), 1), Uint8Array.of(1, 9));
    const node = await openNode(place());
    const slot = node.table.slotOf(0x0a000001);
    expect([node.table.state(slot), node.table.endsAt(slot)]).toEqual([
      BindingState.abandoned,
      Number.POSITIVE_INFINITY,
    ]);
    expect(node.said.join()).toContain("1 keys of leases have values that are no leases");
  });

  it("waits for a store that is not there yet, and then serves", async () => {
    const place = newPlace();
    const node = makeNode(place());
    cluster.stop(0);
    const opening = node.open();
    await node.until("a word", () => node.said.length > 0);
    expect(node.said[0]).toContain("etcd cannot be read");
    expect(node.healths).toEqual([]);
    cluster.resume(0);
    await opening;
    expect(node.healths).toEqual(["ready"]);
  });

  it("does not know what became of a commit that is not answered, and is away until etcd answers again", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = await openNode(place({ name: "b" }));
    await a.bind([1]);
    cluster.stop(0);
    expect(await a.bind([2])).toEqual([unknown]);
    expect(a.table.state(2)).toBe(BindingState.free);
    await a.until("away", () => a.store.health === "away");
    expect(await a.bind([3])).toEqual([CommitOutcome.failed]);
    cluster.resume(0);
    await a.until("ready", () => a.store.health === "ready");
    await b.until("ready", () => b.store.health === "ready");
    // The commit may have been applied late: whoever had slot 2 then, a and b agree, and one client has it at the end.
    const outcomes = [await a.bind([2], LATER + 1), await b.bind([2], LATER + 2)];
    expect(outcomes.flat()).toContain(ok);
    await a.until("mirrored", () => a.table.revisionOf(2) === b.table.revisionOf(2));
    expect(contentOf(a.table)).toEqual(contentOf(b.table));
  });

  it("reads everything anew when events are missing, and goes on", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = await openNode(place({ name: "b" }));
    await a.bind([1, 2, 3]);
    await b.until("mirrored", () => b.table.state(3) === BindingState.bound);
    // b hears nothing of what follows, and etcd forgets it.
    const mirror = b.store["parts"]?.link.mirror;
    mirror?.["watch"]?.close();
    await a.bind([2], LATER + 5);
    await cluster.ctl(["del", "--prefix", `${place().prefix}/l/`]);
    await a.until("deleted", () => a.table.revisionOf(3) === 0);
    await a.bind([2, 4], LATER + 6);
    await cluster.ctl(["compact", String(await cluster.revision())]);
    mirror?.["follow"]();
    await b.until("read anew", () => b.table.state(4) === BindingState.bound && b.table.state(3) === BindingState.free);
    expect(b.healths).toEqual(["ready"]);
    expect(b.said.join()).toContain("all leases are read again while the server serves");
    expect(contentOf(b.table)).toEqual(contentOf(a.table));
    await a.bind([5]);
    await b.until("followed", () => b.table.state(5) === BindingState.bound);
  });

  it("gives addresses only where all have the same reserve, guard, secret and configuration", async () => {
    const place = newPlace();
    const a = await openNode(place());
    await a.until("agreed", () => a.store.mayAllocate);
    const more = { name: "b", reserve: 300, guard: 80, secret: new Uint8Array(16), configurationHash: "d" };
    const b = await openNode(place(more));
    await b.until("said", () => b.said.length > 0);
    expect(b.store.mayAllocate).toBe(false);
    expect(b.said[0]).toBe(
      "cluster: this server renews leases but gives no address to new clients: the reserve is 300 seconds here and 600 in " +
        "the cluster; the guard is 80 seconds here and 70 in the cluster; the secret is another one than the cluster's; " +
        "subnets, pools or reservations differ from the cluster's",
    );
    expect(await b.bind([1])).toEqual([ok]);
  });

  it("takes a new configuration over when the last server has it", async () => {
    const place = newPlace();
    const a = await openNode(place());
    await a.until("agreed", () => a.store.mayAllocate);
    const b = await openNode(place({ name: "b" }));
    await b.until("agreed", () => b.store.mayAllocate);
    // Each has heard the other, and both are old enough to know who is alive.
    for (const node of [a, b]) node.clock.monotonicAhead += 15_000;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    b.store.useConfiguration("new");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect([a.store.mayAllocate, b.store.mayAllocate]).toEqual([true, false]);
    a.store.useConfiguration("new");
    await a.until("agreed", () => a.store.mayAllocate && b.store.mayAllocate);
    expect(b.said.at(-1)).toBe("cluster: this server gives addresses to new clients again");
  });

  it("notices that two servers have one name", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = await openNode(place({ stateFile: join(cluster.directory, "state-rival") }));
    await a.until("said", () => a.said.join().includes("another server of the cluster is called a too"));
    await b.until("said", () => b.said.join().includes("another server of the cluster is called a too"));
    expect(a.store.mayAllocate).toBe(false);
  });

  it("writes nothing from the moment in which its clock is set, until it is set back or others agree with it", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = await openNode(place({ name: "b" }));
    expect([a.store.reclaimGuard, b.store.reclaimGuard]).toEqual([70, 70]);
    b.clock.wallAhead = -3600;
    expect([b.store.health, b.store.reclaimGuard]).toEqual(["failing", Number.POSITIVE_INFINITY]);
    expect(await b.bind([1])).toEqual([CommitOutcome.failed]);
    await b.until("said", () => b.said.join().includes("cluster: this server's clock was set, or differs"));
    // The other one goes by its own clock, and by nobody's who writes nothing.
    expect([a.store.health, a.store.reclaimGuard]).toEqual(["ready", 70]);
    expect(await a.bind([2])).toEqual([ok]);
    b.clock.wallAhead = 0;
    expect(b.store.health).toBe("ready");
    expect(await b.bind([1])).toEqual([ok]);
    // Both are set: each agrees with the other.
    b.clock.wallAhead = 3600;
    expect(b.store.health).toBe("failing");
    a.clock.wallAhead = 3600;
    expect(a.store.health).toBe("failing");
    await a.until("agree", () => a.store.health === "ready" && b.store.health === "ready");
  });

  it("does not serve with a clock that differs from the others' when it is started", async () => {
    const place = newPlace();
    const a = await openNode(place());
    const b = makeNode(place({ name: "b" }));
    b.clock.wallAhead = -3600;
    const opened = b.open();
    await b.until("said", () => b.said.join().includes("cluster: this server's clock was set, or differs"));
    expect([a.store.health, a.store.reclaimGuard]).toEqual(["ready", 70]);
    expect(b.store.health).not.toBe("ready");
    b.clock.wallAhead = 0;
    await opened;
    expect([b.store.health, await b.bind([1])]).toEqual(["ready", [ok]]);
  });

  it("only renews when it is started with another cluster, and tells servers that are new", async () => {
    const own = await EtcdCluster.start();
    try {
      const a = new Node(settingsOf(own));
      await a.open();
      await a.until("agreed", () => a.store.mayAllocate);
      await a.bind([1]);
      await a.store.close();
      await own.restore(undefined, "another");
      const again = new Node(settingsOf(own));
      nodes.push(again);
      await again.open();
      expect(again.said[0]).toContain("etcd is not the store that it was: it is the cluster");
      expect(again.store.mayAllocate).toBe(false);
      const fresh = new Node(settingsOf(own, { name: "fresh" }));
      nodes.push(fresh);
      await fresh.open();
      await fresh.until("told", () => fresh.said.join().includes("only renewals until"));
      expect(fresh.store.mayAllocate).toBe(false);
      expect(await again.bind([1])).toEqual([ok]);
      // Time passes: it is not that the clock is set.
      for (const node of [again, fresh]) {
        node.clock.wallAhead += 3600 + 600 + 70;
        node.clock.monotonicAhead += (3600 + 600 + 70) * 1000;
      }
      await fresh.until("over", () => fresh.store.mayAllocate);
    } finally {
      for (const node of nodes.splice(0)) await node.store.close();
      await own.dispose();
    }
  });

  it("follows no older state of the store that it was: it reads it anew and only renews", async () => {
    const own = await EtcdCluster.start();
    try {
      const a = new Node(settingsOf(own));
      nodes.push(a);
      await a.open();
      await a.until("agreed", () => a.store.mayAllocate);
      await a.bind([1, 2], LATER);
      const saved = join(own.directory, "saved");
      await own.ctl(["snapshot", "save", saved]);
      for (let round = 0; round < 20; round++) await a.bind([2, 3], LATER + 10);
      await own.restore(saved);
      await a.until("noticed", () => a.said.join().includes("restored to an older state"));
      await a.until("ready", () => a.store.health === "ready");
      expect(a.store.mayAllocate).toBe(false);
      await a.until("read anew", () => a.table.endsAt(2) === LATER);
      // What it knew and the store has lost is still the client's, and can be written again.
      expect([a.table.state(1), a.table.endsAt(2), a.table.state(3)]).toEqual([
        BindingState.bound,
        LATER,
        BindingState.bound,
      ]);
      expect(a.table.revisionOf(3)).toBe(0);
      expect(await a.bind([2, 3], LATER + 20)).toEqual([ok, ok]);
    } finally {
      for (const node of nodes.splice(0)) await node.store.close();
      await own.dispose();
    }
  });

  it("is reached by TLS with user and password, and says what is refused", async () => {
    using folder = new ScratchFolder();
    const files = await makeTlsFiles(folder.path);
    if (files === undefined) return;
    const own = await EtcdCluster.start({ tls: files });
    try {
      await enableAuth(own);
      const tls = tlsOf(files);
      const login = { user: "dhcp", password: "secret" };
      const node = new Node(settingsOf(own, { tls, login, prefix: "/anydhcpd/x" }));
      nodes.push(node);
      await node.open();
      expect(await node.bind([1, 2])).toEqual([ok, ok]);
      const wrong = new Node(settingsOf(own, { tls, login: { ...login, password: "guess" }, name: "wrong" }));
      await expect(wrong.open()).rejects.toThrow(/etcd refuses this server: .*authentication failed/);
      const elsewhere = new Node(settingsOf(own, { tls, login, prefix: "/other", name: "elsewhere" }));
      await expect(elsewhere.open()).rejects.toThrow(/etcd refuses this server: .*permission denied/);
    } finally {
      for (const node of nodes.splice(0)) await node.store.close();
      await own.dispose();
    }
  });

  it("says that the database has reached its quota", async () => {
    const own = await EtcdCluster.start({ flags: ["--quota-backend-bytes", "200000"] });
    try {
      const fill = (): Promise<unknown> => own.ctl(["put", "large", "x".repeat(100_000)]).catch(() => undefined);
      // It goes by a size that it looks at now and then.
      const isFull = async (): Promise<void> => {
        await fill();
        expect(await own.ctl(["alarm", "list"])).toContain("NOSPACE");
      };
      await vi.waitFor(isFull, { timeout: WAIT_MS, interval: 100 });
      const node = new Node(settingsOf(own));
      nodes.push(node);
      await node.open();
      await node.until("said", () => node.said.join().includes("the database has reached its quota"));
      // etcd counts what is put, and not what is put by a transaction within a transaction.
      expect(await node.bind([1])).toEqual([ok]);
    } finally {
      for (const node of nodes.splice(0)) await node.store.close();
      await own.dispose();
    }
  });
});
