// The parameters in force at one place of a configuration.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../../base/time.ts";
import type { OptionSet } from "../../wire/options/option-set.ts";

/** A network, or a single address with a mask of ones. */
export interface Network {
  readonly network: Ipv4;
  readonly mask: Ipv4;
}

/**
 * Every parameter in force at one place of the configuration, inheritance already applied:
 * host (and the groups around it), then classes, pool, subnet, shared-network, group, global; the nearest
 * that sets a value wins.
 */
export interface Scope {
  readonly options: OptionSet;
  readonly defaultLeaseSeconds: Seconds;
  readonly maxLeaseSeconds: Seconds;
  /** No lease is shorter, unless the maximum is. */
  readonly minLeaseSeconds: Seconds;
  readonly authoritative: boolean;
  /** `server-identifier`; undefined: the address the query was sent to or the interface's. */
  readonly serverIdentifier: Ipv4 | undefined;
  /** `next-server`; undefined: our own address. */
  readonly nextServer: Ipv4 | undefined;
  /** `server-name`, at most 63 octets; empty if not set. */
  readonly serverName: Uint8Array;
  /** `filename`, at most 255 octets; empty if not set. */
  readonly fileName: Uint8Array;
  readonly allowUnknownClients: boolean;
  readonly allowBooting: boolean;
  readonly allowBootp: boolean;
  readonly allowDynamicBootp: boolean;
  /** `dynamic-bootp-lease-length`; Infinity: for ever. */
  readonly dynamicBootpLeaseSeconds: Seconds;
  /** `dynamic-bootp-lease-cutoff`: no such lease lasts beyond; Infinity: no end. */
  readonly dynamicBootpCutoff: EpochSeconds;
  readonly useLeaseAddressForDefaultRoute: boolean;
  readonly useHostDeclNames: boolean;
  readonly alwaysReplyRfc1048: boolean;
  readonly echoClientId: boolean;
  /** `always-broadcast`: replies to clients on our links are broadcast, those to relays ask for it. */
  readonly alwaysBroadcast: boolean;
  /** `never-broadcast`: the client's broadcast flag is not heeded. */
  readonly neverBroadcast: boolean;
  /** Clients are told apart by hardware address alone. */
  readonly ignoreClientUids: boolean;
  /** `allow leasequery` (RFC 4388): who may ask for leases, by giaddr; nobody by default. */
  readonly leasequeryRequestors: readonly Network[];
  /** `allow bulk-leasequery` (RFC 6926): who may ask for many leases at once, over TCP; nobody by default. */
  readonly bulkLeasequeryRequestors: readonly Network[];
  /** `rapid-commit` (RFC 4039): a DISCOVER that asks for it is answered with an ACK. */
  readonly rapidCommit: boolean;
  /** `subnet-selection` (RFC 3011): clients behind the relays of this network may name another subnet. */
  readonly subnetSelection: boolean;
  /** `requested-options-only`: clients get the options that they ask for; else all that are set. `options` has it, too. */
  readonly requestedOptionsOnly: boolean;
  readonly pingCheck: boolean;
  /** `dont-use-fsync`, at the top level only: an ACK does not wait until its lease is on disk. */
  readonly dontUseFsync: boolean;
  /** `ping-ahead`: free addresses are pinged before a client asks for them. */
  readonly pingAhead: boolean;
  /** `ping-timeout`, ISC's statement: seconds to wait for an echo. */
  readonly pingTimeoutSeconds: Seconds;
}
