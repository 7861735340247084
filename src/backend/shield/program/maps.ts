// The maps of the kernel shield's program: what it remembers, and what the daemon tells it.

import {
  SHIELD_CLIENTS_MAX,
  SHIELD_DESTINATIONS_MAX,
  SHIELD_INTERFACES_MAX,
  SHIELD_PORTS_MAX,
  SHIELD_RECENT_MAX,
} from "../../../base/limits/shield.ts";

/** A map of the program, as the kernel makes it (linux/bpf.h). */
export interface MapShape {
  readonly name: string;
  readonly type: "ARRAY" | "HASH" | "PERCPU_HASH" | "LRU_HASH";
  readonly keyOctets: number;
  readonly valueOctets: number;
  readonly entries: number;
  /** Memory is taken when an entry comes. */
  readonly isLazy: boolean;
}

/** Kinds of limits: their places in the map of limits. */
export const LimitKind = { hardwareAddress: 0, relayPort: 1, relay: 2, newClient: 3 } as const;

/** The counts of each interface: their places. The four of drops follow the kinds of limits. */
export const ShieldCount = { passed: 0, hardwareAddress: 1, relayPort: 2, relay: 3, newClient: 4, other: 5 } as const;
export const SHIELD_COUNTS = 6;

/** Octets of an interval and a tolerance, both nanoseconds. */
const LIMIT_OCTETS = 16;
const KEY_OCTETS = 8;
const LONG_KEY_OCTETS = 16;
const TIME_OCTETS = 8;

const map = (
  name: string,
  type: MapShape["type"],
  keyOctets: number,
  valueOctets: number,
  entries: number,
): MapShape => ({
  ...{ name, type, keyOctets, valueOctets, entries },
  isLazy: type === "HASH",
});

/** The maps, by position. */
export const SHIELD_MAPS = [
  map("limits", "ARRAY", 4, LIMIT_OCTETS, Object.keys(LimitKind).length),
  map("interfaces", "HASH", 4, TIME_OCTETS, SHIELD_INTERFACES_MAX),
  map("counts", "PERCPU_HASH", 4, SHIELD_COUNTS * 8, SHIELD_INTERFACES_MAX),
  map("destinations", "HASH", KEY_OCTETS, 4, SHIELD_DESTINATIONS_MAX),
  map("clients", "HASH", KEY_OCTETS, TIME_OCTETS, SHIELD_CLIENTS_MAX),
  map("recent", "LRU_HASH", LONG_KEY_OCTETS, TIME_OCTETS, SHIELD_RECENT_MAX),
  map("ports", "LRU_HASH", LONG_KEY_OCTETS, TIME_OCTETS, SHIELD_PORTS_MAX),
] as const;

/** The name of a map. */
export type MapName = "limits" | "interfaces" | "counts" | "destinations" | "clients" | "recent" | "ports";

/** Where a map is among them. */
export function positionOf(name: MapName): number {
  return SHIELD_MAPS.findIndex((shape) => shape.name === name);
}
