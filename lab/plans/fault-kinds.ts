// The kinds of faults that a cluster is put through: how each is made, and what ends it.

import type { Cluster, NodeName } from "../network/cluster.ts";

/** The server that has the faults of servers. */
const FAULTY: NodeName = "b";
const HOUR = 3600;

/** One kind of fault. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** Seconds that it lasts, or may. */
  readonly seconds: number;
  /** The share of exchanges that are new leases; default half. */
  readonly newShare?: number;
  readonly hasClocks?: boolean;
  /** Makes it, and resolves with what ends it; `turn` counts from 0. */
  begin(cluster: Cluster, turn: number): Promise<() => Promise<void>>;
}

/** All kinds of faults, in the order of the page. */
export const FAULTS: readonly Fault[] = [
  {
    id: "none",
    title: "no fault",
    seconds: 5,
    begin: async () => async () => undefined,
  },
  {
    id: "server-killed",
    title: "a server is killed (SIGKILL), and started again",
    seconds: 4,
    async begin(cluster) {
      await cluster.stopNode(FAULTY, "SIGKILL");
      return () => cluster.startNode(FAULTY);
    },
  },
  {
    id: "server-stopped",
    title: "a server hangs for 5 s (SIGSTOP)",
    seconds: 5,
    async begin(cluster) {
      cluster.signalNode(FAULTY, "SIGSTOP");
      return async () => cluster.signalNode(FAULTY, "SIGCONT");
    },
  },
  {
    id: "server-cut",
    title: "a server's cable is cut without a signal for 8 s: BGP's hold time of 3 s ends its route",
    seconds: 8,
    async begin(cluster) {
      await cluster.cut(FAULTY, "all");
      return () => cluster.mend();
    },
  },
  {
    id: "leader-killed",
    title: "etcd's leader is killed, and started again",
    seconds: 4,
    async begin(cluster) {
      const leader = await cluster.leader();
      await cluster.killMember(leader);
      return () => cluster.startMember(leader);
    },
  },
  {
    id: "leader-stopped",
    title: "etcd's leader hangs for 5 s",
    seconds: 5,
    async begin(cluster) {
      const leader = await cluster.leader();
      cluster.signalMember(leader, "SIGSTOP");
      return async () => cluster.signalMember(leader, "SIGCONT");
    },
  },
  {
    id: "follower-killed",
    title: "a follower of etcd's is killed, and started again",
    seconds: 4,
    async begin(cluster, turn) {
      const follower = await followerOf(cluster, turn);
      await cluster.killMember(follower);
      return () => cluster.startMember(follower);
    },
  },
  {
    id: "follower-stopped",
    title: "a follower of etcd's hangs for 5 s",
    seconds: 5,
    async begin(cluster, turn) {
      const follower = await followerOf(cluster, turn);
      cluster.signalMember(follower, "SIGSTOP");
      return async () => cluster.signalMember(follower, "SIGCONT");
    },
  },
  {
    id: "store-cut",
    title: "a server is cut off from etcd for 8 s",
    seconds: 8,
    async begin(cluster) {
      await cluster.cut(FAULTY, "etcd");
      return () => cluster.mend();
    },
  },
  {
    id: "clock-stepped",
    title: "a server's clock is set by an hour, forward and back in turn, and set right after 6 s",
    seconds: 6,
    hasClocks: true,
    async begin(cluster, turn) {
      cluster.stepClock(FAULTY, turn % 2 === 0 ? HOUR : -HOUR);
      return async () => cluster.stepClock(FAULTY, 0);
    },
  },
  {
    id: "upgrade",
    title: "servers are drained for 2 s, stopped and started, one after another",
    seconds: 36,
    async begin(cluster) {
      for (const name of cluster.names) {
        await cluster.stopNode(name, "SIGTERM");
        await cluster.startNode(name);
        await cluster.healthy(name);
      }
      return async () => undefined;
    },
  },
  {
    id: "quorum-lost",
    title: "two of etcd's three members are killed, and started again after 60 s",
    seconds: 60,
    newShare: 0.1,
    async begin(cluster, turn) {
      const lost = [turn % 3, (turn + 1) % 3];
      for (const member of lost) await cluster.killMember(member);
      return async () => {
        for (const member of lost) await cluster.startMember(member);
      };
    },
  },
];

/** One of the two members of etcd that do not lead, another one each turn. */
async function followerOf(cluster: Cluster, turn: number): Promise<number> {
  const leader = await cluster.leader();
  return (leader + 1 + (turn % 2)) % 3;
}
