// The rates of the kernel shield, as the configuration and the process that holds it know them.

/** A bucket: so many DHCPDISCOVERs a second on average, and so many at once. */
export interface Rate {
  /** 0: without a limit. */
  readonly perSecond: number;
  /** At least 1. */
  readonly burst: number;
}

/** The senders whose DHCPDISCOVERs are limited. */
export interface ShieldRates {
  /** One hardware address. */
  readonly hardwareAddress: Rate;
  /** One port of a relay: giaddr and option 82. */
  readonly relayPort: Rate;
  /** One relay that sends no option 82. */
  readonly relay: Rate;
  /** All clients without a lease, by one interface. */
  readonly newClient: Rate;
}

/** Where the configuration says nothing. dhcpd.conf(5) has the reasons. */
export const DEFAULT_SHIELD_RATES: ShieldRates = {
  hardwareAddress: { perSecond: 1, burst: 10 },
  relayPort: { perSecond: 20, burst: 100 },
  relay: { perSecond: 500, burst: 2000 },
  newClient: { perSecond: 1000, burst: 4000 },
};
