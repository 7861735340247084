// How a comparison is measured, in sentences for its readers. Pure.

/** What differs from run to run. */
export interface MethodSettings {
  readonly rounds: number;
  readonly quick: boolean;
  /** Exchanges under way in the loads that ask for all there is. */
  readonly window: number;
}

/** The sentences. */
export function methodOf({ rounds, quick, window }: MethodSettings): readonly string[] {
  return [
    "Everything ran in network namespaces joined by virtual cables (veth), made for the occasion: a server with direct clients on one cable and a relay on another. No packet left the machine, so what a network card does is not in the figures.",
    "Every server got the same service, written in its own language from one description: leases of an hour, no conflict check, no log line a query beyond what is usual. Under load there was one network with a million addresses, fewer for servers that search their leases one by one (ISC dhcpd 8,000, udhcpd 65,000); else a network on each side with 130,000. udhcpd, which serves one interface, was given the direct clients there.",
    `As fast as it goes: ${window} exchanges were under way at any time, for every server.`,
    "Packets were sent and looked at by a program that shares no code with any server. For the behaviours the server had a secondary address on each interface and an anycast address on lo; for the measurements only its primary addresses.",
    "Where root ran the comparison, servers had the privileges that Debian's packages give them while behaviours were looked at: Kea a user without privileges and NET_BIND_SERVICE and NET_RAW, dnsmasq what it keeps when it changes to its user, ISC dhcpd and udhcpd root's. Without root they have those of the only user there is.",
    `${rounds === 1 ? "There was one round" : `There were ${rounds} rounds`}; in each the servers took turns, another one first each time, every one started anew for each load with no lease. Figures are medians of the rounds, with the lowest and the highest. A ratio is that of two medians; it is given only where there are three rounds or more and those of the two servers do not overlap.`,
    "The server was kept to one processor and what sends to another, where there are two. CPU time is the kernel's count for all threads of all of the server's processes, in nanoseconds (schedstat); it leaves out what the kernel does for packets before a socket has them.",
    "Lease files were on the disk (or what the folder for temporary files is). anydhcpd, ISC dhcpd and dnsmasq sync a lease before its ACK leaves, dnsmasq by writing its whole file anew; Kea writes and does not sync, udhcpd writes now and then.",
    "Background traffic: datagrams of 64 octets in small batches, 20 000 a second at most, as a card that gathers interrupts would hand them over. Nanoseconds a packet: the same sender as fast as it can; what the kernel does on the receiver's side runs on the sender's processor there, so the difference to \"nobody listens\" is the listener's share, filter and copies included.",
    ...(quick ? ["It was a quick run, with short measurements."] : []),
  ];
}
