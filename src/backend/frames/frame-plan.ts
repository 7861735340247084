// Which packet sockets the bpf backend wants. Pure: data in, data out.
//
// The bpf backend serves the interfaces and answers at the addresses of the udp backend: one plan, read in another way.
// The socket of the interface that a frame comes in by hears it, so that one frame is one query. The backend also
// listens on interfaces that it does not serve, because routing may bring a relay's query in by any of them: those with
// an address, and all if an address is configured, which may be on `lo` behind interfaces without any. Only Ethernet:
// the filter counts from its header.

import type { Interface } from "../../base/interface.ts";
import { formatIpv4, IPV4_NONE } from "../../base/ipv4.ts";
import type { WantedListeners } from "../backend.ts";
import { boundTo, type ListenerPlan, type PlanNote, type PlannedListener, planListeners } from "../listen/listeners.ts";

/** Octets of an Ethernet hardware address. */
const ETHERNET_OCTETS = 6;

/**
 * The UDP socket that holds port 67, so that no other server takes it and the kernel sends no "port unreachable", and
 * that sends routed replies.
 */
const PORT_HOLDER = boundTo(IPV4_NONE, "port", " (held, and for what is routed: nothing is read from it)");

/** Plans the sockets. The notes are the same as long as the picture is. */
export function planFrames(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan {
  const plan = planListeners(interfaces, wanted);
  const notes = [...plan.notes];
  const served = plan.served.filter((entry) => isEthernet(entry, notes));
  if (plan.listeners.length === 0) return { ...plan, served, notes };
  const isAnywhere = wanted.wildcard || wanted.addresses.length > 0;
  const others = interfaces.filter(
    (entry) =>
      !entry.loopback && !plan.served.includes(entry) && (isAnywhere || entry.addresses.length > 0) && hasMac(entry),
  );
  if (served.length + others.length === 0) {
    notes.push({ level: "warn", message: "no Ethernet interface to hear frames on: use --backend=udp" });
  }
  const listeners = [
    PORT_HOLDER,
    ...served.map((entry) => framesOn(entry, "")),
    ...others.map((entry) => framesOn(entry, ", for relays")),
  ];
  return { listeners, served, answered: plan.answered, notes };
}

function framesOn(entry: Interface, purpose: string): PlannedListener {
  const address = entry.addresses[0]?.address ?? IPV4_NONE;
  return {
    kind: "frames",
    key: entry.ifindex,
    address,
    interface: entry.name,
    freebind: false,
    description: `frames on ${entry.name} (${formatIpv4(address)}${purpose})`,
  };
}

function hasMac(entry: Interface): boolean {
  return entry.hardwareAddress.length === ETHERNET_OCTETS;
}

function isEthernet(entry: Interface, notes: PlanNote[]): boolean {
  if (hasMac(entry)) return true;
  notes.push({
    level: "error",
    message: `${entry.name}: not Ethernet: the bpf backend cannot serve it: use --backend=udp`,
  });
  return false;
}
