// The settings of the etcd store, from the `cluster` block of dhcpd.conf(5) and the command line.

import type { Seconds } from "../../base/time.ts";

/** For TLS, in PEM. */
export interface EtcdTls {
  /** Certificates that the members' certificates are checked with; undefined: those that Node.js ships. */
  readonly authority: Uint8Array | undefined;
  /** Certificate and key of this node, for members that ask for one; both or neither. */
  readonly certificate: Uint8Array | undefined;
  readonly key: Uint8Array | undefined;
}

/** A user of etcd. */
export interface EtcdLogin {
  readonly user: string;
  readonly password: string;
}

/** How to reach the cluster's leases, and what its nodes have to agree on. */
export interface EtcdSettings {
  /** The members of etcd: `http://HOST:PORT` or `https://HOST:PORT`, all with the same scheme, at least one. */
  readonly endpoints: readonly string[];
  /** What the key of everything begins with, such as `anydhcpd`; without a slash at its end. */
  readonly prefix: string;
  /** Name of this node, which no other node of the cluster has: printable ASCII. */
  readonly name: string;
  /** Seconds that a stored lease lasts longer than its client knows. */
  readonly reserve: Seconds;
  /** Seconds that have to pass after the stored end of a lease before another client gets its address. */
  readonly guard: Seconds;
  /** The largest difference between the clocks of two nodes that is taken as usual. */
  readonly clockSkew: Seconds;
  /** The longest lease that a client can have; Infinity: without end. With reserve and guard, how long a restored store only renews. */
  readonly leaseMax: Seconds;
  /** What keys the order of candidate addresses; the same on every node. */
  readonly secret: Uint8Array;
  /** A hash of the statements that decide about addresses: equal if they are. */
  readonly configurationHash: string;
  /** For endpoints with `https`. */
  readonly tls: EtcdTls;
  /** Undefined: without authentication. */
  readonly login: EtcdLogin | undefined;
  /** File that this node remembers the cluster's identity in. It is written and replaced, so its directory has to be the daemon's. */
  readonly stateFile: string;
}
