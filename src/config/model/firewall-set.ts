// A set of the firewall that has addresses of leases as elements.

/**
 * Which addresses: leased ones; those that rest because another host uses them; `changed` takes those out that go to
 * another client.
 */
export type FirewallAddresses = "leased" | "abandoned" | "changed";

/** Families of nftables whose sets may have IPv4 addresses. */
export const FIREWALL_FAMILIES: readonly string[] = ["ip", "inet", "arp", "bridge", "netdev"];

/** `firewall-set nft [FAMILY] TABLE SET { ... }` */
export interface FirewallSet {
  /** "FAMILY TABLE SET". */
  readonly name: string;
  readonly addresses: FirewallAddresses;
  /** Whether an ACK is held back as long as the set does not have the client's element. */
  readonly holdsAck: boolean;
}

/** Whether a configuration has a set of leased addresses. */
export function hasLeaseSets({ firewallSets }: { readonly firewallSets: readonly FirewallSet[] }): boolean {
  return firewallSets.some(({ addresses }) => addresses === "leased");
}
