// How a reply reaches its client, as data: decided by engine/deliver/delivery.ts, carried out by a backend.

/**
 * The ways a reply can go (RFC 2131 section 4.1).
 * - `relay`: to giaddr, by the routing table.
 * - `unicast`: to an address the client already uses (ciaddr), by the routing table and ordinary ARP.
 * - `broadcast`: to 255.255.255.255 out of the arrival interface.
 * - `neighbour`: to yiaddr at the hardware address chaddr, which the client cannot ARP for yet.
 */
export const Delivery = { none: 0, relay: 1, unicast: 2, broadcast: 3, neighbour: 4 } as const;
export type Delivery = (typeof Delivery)[keyof typeof Delivery];

/** The name of a delivery in logs and pages. */
export function deliveryName(delivery: Delivery): string {
  return ["none", "relay", "unicast", "broadcast", "neighbour"][delivery] ?? "none";
}
