// Where Kea looks for reservations: in the subnet of the client, at the top level, or in both.

import type { Ipv4 } from "../base/ipv4.ts";
import type { KeaMap } from "./kea-map.ts";
import { parseEnds } from "./kea-values.ts";

/** Which reservations count for clients of a block. */
export interface ReservationMode {
  readonly inSubnet: boolean;
  readonly global: boolean;
}

/** The value in force in a block; `around` is the value of the block around it. */
export function modeOf(map: KeaMap, around: ReservationMode): ReservationMode {
  const mode = map.text("reservation-mode");
  const isInSubnet = mode === undefined ? undefined : mode === "all" || mode === "out-of-pool";
  return {
    inSubnet: map.flag("reservations-in-subnet") ?? isInSubnet ?? around.inSubnet,
    global: map.flag("reservations-global") ?? (mode === undefined ? undefined : mode === "global") ?? around.global,
  };
}

/** Where reservations of the top level count. */
export interface GlobalUse {
  readonly isAnywhere: boolean;
  readonly isEverywhere: boolean;
  /** Whether they do in the subnet of an address. */
  isAt(address: Ipv4): boolean;
}

/** Where the reservations of the top level of a file count. */
export function globalUseOf(map: KeaMap): GlobalUse {
  const top = modeOf(map, { inSubnet: true, global: false });
  const alone = map.maps("subnet4").map((subnet) => ({ subnet, mode: modeOf(subnet, top) }));
  const shared = map.maps("shared-networks").flatMap((network) => {
    const around = modeOf(network, top);
    return network.maps("subnet4").map((subnet) => ({ subnet, mode: modeOf(subnet, around) }));
  });
  const all = [...alone, ...shared];
  const using = all.filter(({ mode }) => mode.global);
  return {
    isAnywhere: using.length > 0,
    isEverywhere: using.length === all.length,
    isAt: (address) =>
      using.some(({ subnet }) => {
        const ends = parseEnds(subnet.text("subnet") ?? "");
        return ends !== undefined && ends.first <= address && address <= ends.last;
      }),
  };
}

/** Reports where a host counts here and does not in Kea, or the other way round. */
export function tellWhereItCounts(map: KeaMap, subnet: string | undefined): void {
  const hasAddress = map.has("ip-address");
  if (subnet !== undefined && !hasAddress)
    map.changeAll(`without an address the host counts on every network, in Kea in ${subnet} only`);
  if (subnet === undefined && hasAddress)
    map.change("ip-address", "on other networks the host gets one of their addresses, in Kea this one everywhere");
}
