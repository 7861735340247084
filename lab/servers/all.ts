// Every server in every way of running it that comparisons are made with.

import { anydhcpd } from "./anydhcpd.ts";
import { dnsmasq } from "./dnsmasq.ts";
import { iscDhcpServer } from "./isc-dhcp-server.ts";
import { keaDhcp4 } from "./kea-dhcp4.ts";
import type { Server } from "./server.ts";
import { udhcpd } from "./udhcpd.ts";

/** Ours first, then the others as they come installed. */
export const SERVERS: readonly Server[] = [
  anydhcpd({ backend: "udp" }),
  anydhcpd({ backend: "bpf" }),
  anydhcpd({ backend: "udp", durable: false }),
  anydhcpd({ backend: "bpf", durable: false }),
  iscDhcpServer(),
  iscDhcpServer({ delayedAck: 28 }),
  keaDhcp4({ threads: 1 }),
  keaDhcp4({ threads: 2 }),
  keaDhcp4({ threads: 1, sockets: "udp" }),
  keaDhcp4({ threads: 2, sockets: "udp" }),
  dnsmasq(),
  udhcpd(),
];
