// The way to etcd's members: which one is asked, and who asks.

import { afterEach, describe, expect, it, vi } from "vitest";
import { COMMIT_DEADLINE_MS, SILENCE_MS } from "../../src/base/limits/etcd.ts";
import { readAlarms, readStatus } from "../../src/store/etcd/condition.ts";
import { makeCredentials } from "../../src/store/etcd/credentials.ts";
import { type CallFailure, Endpoints } from "../../src/store/etcd/endpoints.ts";
import { loadGrpc } from "../../src/store/etcd/grpc.ts";
import type { EtcdSettings } from "../../src/store/etcd/settings.ts";
import { EMPTY_REQUEST, Method, RangeAnswer, rangeRequest } from "../../src/store/etcd/wire.ts";
import { EtcdCluster, type EtcdOptions, enableAuth, hasEtcd, settingsOf } from "../support/etcd.ts";
import { makeTlsFiles, tlsOf } from "../support/etcd-tls.ts";
import { ScratchFolder } from "../support/journal.ts";
import { octets } from "../support/lease-clients.ts";

const KEY = octets("/anydhcpd/x");
/** Longer than what is asked of two members at once. */
const PATIENT_MS = COMMIT_DEADLINE_MS + 100;

describe.skipIf(!hasEtcd)("the way to etcd (skipped where Debian's etcd cannot be had)", () => {
  const clusters: EtcdCluster[] = [];
  const opened: Endpoints[] = [];

  afterEach(async () => {
    for (const endpoints of opened.splice(0)) endpoints.close();
    for (const cluster of clusters.splice(0)) await cluster.dispose();
  });

  async function start(options: EtcdOptions = {}): Promise<EtcdCluster> {
    const cluster = await EtcdCluster.start(options);
    clusters.push(cluster);
    return cluster;
  }

  async function connect(settings: EtcdSettings): Promise<Endpoints> {
    const grpc = await loadGrpc();
    const endpoints = new Endpoints(grpc, settings.endpoints, makeCredentials(grpc, settings), settings.login);
    opened.push(endpoints);
    return endpoints;
  }

  /** Endpoints that ask these members of a cluster first to last. */
  async function inOrder(cluster: EtcdCluster, members: readonly number[]): Promise<Endpoints> {
    return await connect(settingsOf(cluster, { endpoints: members.map((member) => cluster.endpoints[member] ?? "") }));
  }

  /** Reads a key; the failure, or undefined. */
  function read(endpoints: Endpoints, deadlineMs = 1000): Promise<CallFailure | undefined> {
    return new Promise((resolve) => {
      endpoints.call(Method.range, rangeRequest(KEY, undefined), deadlineMs, (failure, answer) => {
        if (failure === undefined) new RangeAnswer(answer);
        resolve(failure);
      });
    });
  }

  it("goes on at the next member when one is killed, within the same request", async () => {
    const cluster = await start({ members: 3 });
    const endpoints = await connect(settingsOf(cluster));
    const leader = await cluster.leader();
    const follower = (leader + 1) % 3;
    const ordered = [follower, leader, (leader + 2) % 3].map((index) => cluster.endpoints[index] ?? "");
    const grpc = await loadGrpc();
    const followed = new Endpoints(grpc, ordered, grpc.credentials.createInsecure(), undefined);
    opened.push(followed);
    expect(await read(followed)).toBeUndefined();
    expect(followed.address).toBe(ordered[0]?.slice("http://".length));
    await cluster.kill(follower);
    expect(await read(followed)).toBeUndefined();
    expect(followed.address).toBe(ordered[1]?.slice("http://".length));
    expect(await read(endpoints)).toBeUndefined();
  });

  it("leaves a member that does not answer alone after one request, whose outcome nobody knows", async () => {
    const cluster = await start({ members: 3 });
    const leader = await cluster.leader();
    const stopped = (leader + 1) % 3;
    const ordered = [stopped, leader].map((index) => cluster.endpoints[index] ?? "");
    const grpc = await loadGrpc();
    const endpoints = new Endpoints(grpc, ordered, grpc.credentials.createInsecure(), undefined);
    opened.push(endpoints);
    expect(await read(endpoints)).toBeUndefined();
    cluster.stop(stopped);
    expect(await read(endpoints, PATIENT_MS)).toMatchObject({ kind: "late", code: 4 });
    for (let i = 0; i < 20; i++) expect(await read(endpoints, 200)).toBeUndefined();
    expect(endpoints.address).toBe(ordered[1]?.slice("http://".length));
    cluster.resume(stopped);
  });

  it("asks another member the same when one is silent, and takes the answer that comes", async () => {
    const cluster = await start({ members: 3 });
    const leader = await cluster.leader();
    const stopped = (leader + 1) % 3;
    const endpoints = await inOrder(cluster, [stopped, leader]);
    expect(await read(endpoints)).toBeUndefined();
    cluster.stop(stopped);
    expect(await read(endpoints, COMMIT_DEADLINE_MS)).toBeUndefined();
    cluster.resume(stopped);
  });

  it("waits for the only member where it is silent for a moment, and follows it as before", async () => {
    const cluster = await start();
    const endpoints = await inOrder(cluster, [0]);
    expect(await read(endpoints)).toBeUndefined();
    let times = 0;
    endpoints.onBack = () => {
      times += 1;
    };
    cluster.stop(0);
    const answered = read(endpoints, COMMIT_DEADLINE_MS);
    await new Promise((resolve) => setTimeout(resolve, 1.5 * SILENCE_MS));
    cluster.resume(0);
    expect(await answered).toBeUndefined();
    expect(await read(endpoints)).toBeUndefined();
    expect(times).toBe(0);
  });

  it("finds a member that is back while every one is left alone, although another one is gone", async () => {
    const cluster = await start({ members: 3 });
    const leader = await cluster.leader();
    const followers = [(leader + 1) % 3, (leader + 2) % 3];
    const endpoints = await inOrder(cluster, [leader, ...followers]);
    let times = 0;
    endpoints.onBack = () => {
      times += 1;
    };
    for (const follower of followers) cluster.stop(follower);
    for (let i = 0; i < 3; i++) expect((await read(endpoints, PATIENT_MS))?.kind).toBe("late");
    await cluster.kill(leader);
    for (const follower of followers) cluster.resume(follower);
    await vi.waitFor(() => cluster.ctl(["get", "none"], followers[0]), { timeout: 15_000 });
    expect(await read(endpoints)).toBeUndefined();
    expect(times).toBe(1);
  });

  it("says that a member without a quorum cannot be used", async () => {
    const cluster = await start({ members: 3 });
    const leader = await cluster.leader();
    const settings = settingsOf(cluster, { endpoints: [cluster.endpoints[leader] ?? ""] });
    const endpoints = await connect(settings);
    expect(await read(endpoints)).toBeUndefined();
    await cluster.kill((leader + 1) % 3);
    await cluster.kill((leader + 2) % 3);
    expect((await read(endpoints, 500))?.kind).not.toBe("refused");
  });

  it("speaks TLS with certificates of both sides", async () => {
    using folder = new ScratchFolder();
    const files = await makeTlsFiles(folder.path);
    if (files === undefined) return;
    const cluster = await start({ tls: files });
    const tls = tlsOf(files);
    expect(await read(await connect(settingsOf(cluster, { tls })))).toBeUndefined();
    const without = { ...tls, certificate: undefined, key: undefined };
    expect((await read(await connect(settingsOf(cluster, { tls: without })), 500))?.kind).toBeDefined();
    const swapped = { ...tls, key: tls.certificate };
    await expect(connect(settingsOf(cluster, { tls: swapped }))).rejects.toThrow("cannot be used for TLS");
  });

  it("logs in with user and password, and again when its token has run out", async () => {
    const cluster = await start({ flags: ["--auth-token-ttl", "1"] });
    await enableAuth(cluster);
    const login = { user: "dhcp", password: "secret" };
    const endpoints = await connect(settingsOf(cluster, { login }));
    expect(await read(endpoints)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await read(endpoints)).toBeUndefined();
    const wrong = await connect(settingsOf(cluster, { login: { ...login, password: "guess" } }));
    expect(await read(wrong)).toMatchObject({ kind: "refused", message: expect.stringContaining("failed") });
    expect((await read(await connect(settingsOf(cluster))))?.kind).toBe("refused");
  });

  it("asks each member for its own condition and for alarms", async () => {
    const cluster = await start({ members: 1, flags: ["--quota-backend-bytes", "200000"] });
    const endpoints = await connect(settingsOf(cluster));
    const ask = (method: Method): Promise<Buffer | undefined> =>
      new Promise((resolve) => {
        endpoints.callEach(method, Buffer.from(EMPTY_REQUEST), (_address, answer) => resolve(answer));
      });
    const before = readStatus((await ask(Method.status)) ?? Buffer.alloc(0));
    expect(before.version).toMatch(/^3\.\d/);
    expect(before.databaseOctets).toBeGreaterThan(0);
    expect(before.leader).not.toBe("0");
    expect(readAlarms((await ask(Method.alarm)) ?? Buffer.alloc(0))).toEqual([]);
    // etcd raises the alarm when the first put does not fit, by an entry of its log that follows.
    await vi.waitFor(
      async () => {
        await cluster.ctl(["put", "large", "x".repeat(100_000)]).catch(() => undefined);
        expect(readAlarms((await ask(Method.alarm)) ?? Buffer.alloc(0))).toEqual(["no-space"]);
      },
      { timeout: 10_000, interval: 100 },
    );
  });
});
