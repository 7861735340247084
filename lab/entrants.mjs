// Who is measured: ours in several ways, the C programs, and the other servers, each as peers of src/compare.

import { anydhcpd } from "./build/js/lab/servers/anydhcpd.js";
import { baselineEcho } from "./build/js/lab/servers/baseline-echo.js";
import { dnsmasq } from "./build/js/lab/servers/dnsmasq.js";
import { iscDhcpServer } from "./build/js/lab/servers/isc-dhcp-server.js";
import { keaDhcp4 } from "./build/js/lab/servers/kea-dhcp4.js";
import { udhcpd } from "./build/js/lab/servers/udhcpd.js";

const same = (peer) => ({ relayed: peer, direct: peer });
const kea = (threads) => ({
  // With UDP sockets Kea hears relays only.
  relayed: keaDhcp4({ threads, sockets: "udp" }),
  direct: keaDhcp4({ threads }),
  // To clients with the broadcast flag it sends to 255.255.255.255, but at their own hardware addresses.
  orders: { anyDestination: true },
});

/**
 * All, ours beside their limits first. `relayed` and `direct`: the peer in that scene. `quick`: part of a quick run; `isLimit`: no server at all, but what none is
 * expected to pass; `cores`: how many it is given; `addresses`: of its range, where it cannot cope with a million;
 * `orders`: what the generator must not ask of it; `conflictDetection`: what it does about addresses in use, undefined
 * where first OFFERs are not measured; `slowFirstOffer`: they take so long that few clients have to do.
 */
export const ENTRANTS = [
  {
    id: "anydhcpd",
    title: "anydhcpd",
    ...same(anydhcpd()),
    quick: true,
    conflictDetection: "ARP or ping ahead of time",
  },
  {
    id: "baseline-echo-journal",
    title: "C echo + append + fdatasync",
    ...same(baselineEcho({ journal: true })),
    quick: true,
    isLimit: true,
  },
  {
    id: "anydhcpd-bpf",
    title: "anydhcpd --backend=bpf",
    ...same(anydhcpd({ backend: "bpf" })),
    conflictDetection: "ARP or ping ahead of time",
  },
  {
    id: "anydhcpd-unsynced",
    title: "anydhcpd, dont-use-fsync",
    ...same(anydhcpd({ durable: false })),
    quick: true,
  },
  { id: "baseline-echo", title: "C echo", ...same(baselineEcho()), quick: true, isLimit: true },
  { id: "kea", title: "kea-dhcp4, 1 thread", ...kea(1), quick: true, conflictDetection: "none" },
  { id: "kea-2", title: "kea-dhcp4, 2 threads", ...kea(2), cores: 2 },
  {
    id: "isc",
    title: "isc-dhcp-server",
    ...same(iscDhcpServer({ storesEarlyRenewals: true })),
    addresses: 8000,
    conflictDetection: "ping, then OFFER",
    slowFirstOffer: true,
  },
  {
    id: "isc-65k",
    title: "isc-dhcp-server",
    ...same(iscDhcpServer({ storesEarlyRenewals: true })),
    addresses: 65_000,
  },
  {
    id: "dnsmasq",
    title: "dnsmasq",
    ...same(dnsmasq()),
    conflictDetection: "ping, then OFFER, but for many newcomers at once",
    slowFirstOffer: true,
  },
  {
    id: "udhcpd",
    title: "udhcpd",
    ...same(udhcpd()),
    // It hands back no option 82.
    orders: { anyAgent: true },
    addresses: 65_000,
    conflictDetection: "ARP, then OFFER",
    slowFirstOffer: true,
  },
];
