// A server's explanation of a query that a client might send (explain.ts).

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { PlacedLease } from "./lease-figures.ts";

/** The question: a client, and how its message comes. */
export interface ExplainedQuery {
  readonly hardware: Uint8Array;
  readonly type: "discover" | "request" | "inform" | "release" | "decline";
  /** The interface by which a message without a relay comes; by default the first that is served. */
  readonly via?: string | undefined;
  /** The relay by which it comes. */
  readonly giaddr?: Ipv4 | undefined;
  /** The address that the relay sends from; by default giaddr. */
  readonly from?: Ipv4 | undefined;
  /** The address that the client has, and renews. */
  readonly ciaddr?: Ipv4 | undefined;
  /** The address that the client asks for. */
  readonly requested?: Ipv4 | undefined;
  readonly isBroadcast?: boolean | undefined;
  readonly options: readonly { readonly code: number; readonly value: Uint8Array }[];
}

/** An option of the reply. */
export interface ExplainedOption {
  readonly code: number;
  readonly name: string;
  /** Its octets in hexadecimal. */
  readonly value: string;
  /** Where it is set; absent where the server makes it. */
  readonly at?: string;
  /** Places whose values are overridden. */
  readonly overrides: readonly string[];
}

/** A pool of the client's link. */
export interface ExplainedPool {
  readonly subnet: string;
  readonly at: string;
  readonly ranges: readonly string[];
  readonly isPermitted: boolean;
  /** Addresses that a client may get that has none: neither leased nor offered nor abandoned nor in use. */
  readonly free: number;
  /** Why the address is of this pool, or is not. */
  readonly because: string;
}

/** Something that the request leaves open about the client or its message, and that explain assumes. */
export interface Assumption {
  /** An option's name, or "interface". */
  readonly name: string;
  readonly value: string;
  /** What tells it: "from its lease of 192.0.2.7", "the first that is served". */
  readonly because: string;
}

/** The address that a client asks for or renews and does not get, or will not as it seems. */
export interface RequestedAddress {
  readonly address: string;
  /** Why: a sentence about the address, or about the client. */
  readonly because: string;
}

/** What would happen. Places are `file:line:column`. */
export interface Explanation {
  /** Absent where everything was said. */
  readonly assumed?: readonly Assumption[];
  /** The type of the message; empty: it is malformed, and `reason` says how. */
  readonly message: string;
  /** The listener that receives it; empty: there is none. */
  readonly listener: string;
  /** The address that the message is sent to. */
  readonly receivedAt: string;
  /** The shared network, and what tells it; empty if there is none. */
  readonly link: string;
  readonly linkBecause: string;
  readonly subnet?: { readonly name: string; readonly at: string };
  readonly host?: { readonly name: string; readonly at: string };
  readonly classes: readonly string[];
  readonly pools: readonly ExplainedPool[];
  readonly reason: string;
  /** Absent where the client gets the address that it asks for or renews, or asks for none. */
  readonly requested?: RequestedAddress;
  /** The firewall sets that have the address as long as the client has a lease of it; absent where it gets no address, or no set has leased addresses. */
  readonly firewallSets?: readonly string[];
  /** The type of the reply; empty: the client gets none. */
  readonly reply: string;
  readonly address?: string;
  readonly leaseSeconds?: number;
  /** Whether the address is checked for another user before the reply leaves. */
  readonly isChecked: boolean;
  readonly delivery?: { readonly how: string; readonly to: string; readonly port: number; readonly source: string };
  readonly nextServer?: string;
  readonly bootFile?: string;
  readonly serverName?: string;
  /** The blocks whose values hold for the client, nearest first. */
  readonly blocks: readonly { readonly name: string; readonly at: string }[];
  /** In the order of the reply. */
  readonly options: readonly ExplainedOption[];
  /** Where the other statements in force are set, by name. */
  readonly settings: readonly { readonly name: string; readonly at: string; readonly overrides: readonly string[] }[];
  readonly log: readonly string[];
}

/** What an address is, and which client may have it. Places are `file:line:column`. */
export interface AddressExplanation {
  readonly address: string;
  readonly subnet?: { readonly name: string; readonly at: string };
  /** The hosts that have it as a `fixed-address`. */
  readonly hosts: readonly { readonly name: string; readonly at: string }[];
  /** The pool that it is in; absent for reserved addresses, and for those in no range. */
  readonly pool?: {
    readonly ranges: readonly string[];
    readonly at: string;
    /** Each `allow` and `deny` of clients. */
    readonly permits: readonly { readonly name: string; readonly at: string }[];
  };
  /** Why no client gets it; absent where one may. */
  readonly withheld?: string;
  /** The lease that the server remembers for it; absent if there is none. */
  readonly lease?: Pick<PlacedLease, "record"> & Partial<PlacedLease>;
  /** Why it is abandoned. */
  readonly abandonedBecause?: string;
  /**
   * No client has it, and a host answers there: since when, if that is known, and until when no new client is offered
   * it.
   */
  readonly inUse?: { readonly since?: EpochSeconds; readonly until: EpochSeconds };
  /**
   * The firewall sets that are to have the address now; absent if it is in none and no client has a lease, or if no set
   * has leased addresses.
   */
  readonly firewallSets?: readonly string[];
  /** What its last client would get for a DHCPDISCOVER. */
  readonly client?: Explanation;
  /** What an unknown client would get for a DHCPDISCOVER that asks for it; absent where no subnet has it. */
  readonly newcomer?: Explanation;
}
