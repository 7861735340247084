// What a server is asked to serve, in no server's language. Each server writes its own configuration
// from it. Addresses and hardware addresses are text, as configurations want them.

/** A range of addresses to give out, both ends included. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** An address kept for one client. */
export interface Reservation {
  readonly hardware: string;
  readonly address: string;
}

/** A network whose clients are served. */
export interface ServedSubnet {
  readonly network: string;
  readonly prefixLength: number;
  /** The server's interface in it; undefined where its clients are behind a relay. */
  readonly interface?: string;
  /** None: the server only learns that the network exists, for instance as the way to a relay. */
  readonly ranges: readonly AddressRange[];
  readonly routers?: readonly string[];
  readonly domainNameServers?: readonly string[];
  readonly domainName?: string;
  readonly reservations?: readonly Reservation[];
}

/** The whole task of one server. */
export interface Service {
  /** Interfaces to serve, by name: those of direct clients and those towards relays. */
  readonly interfaces: readonly string[];
  /** Addresses beside the primary ones of these interfaces that queries are sent to: secondary and anycast ones. */
  readonly addresses: readonly string[];
  /** Those of them that are on `lo`. */
  readonly loopbackAddresses?: readonly string[];
  readonly subnets: readonly ServedSubnet[];
  readonly leaseSeconds: number;
  /** Whether an address new to a client is checked before it is offered, where the server can. */
  readonly conflictCheck: boolean;
}

/** The netmask of a prefix length: 16 is "255.255.0.0". */
export function netmaskOf(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

/** Number of addresses in all ranges. */
export function addressCount(service: Service): number {
  const value = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const ranges = service.subnets.flatMap((subnet) => subnet.ranges);
  return ranges.reduce((sum, { first, last }) => sum + value(last) - value(first) + 1, 0);
}
