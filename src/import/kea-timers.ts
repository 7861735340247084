// When Kea's clients renew and rebind: seconds that a map sets, or shares of the lease time. Here only seconds can be
// written; the import writes them if the shares differ from this server's, half and seven eighths.

import type { Seconds } from "../base/time.ts";
import type { KeaMap } from "./kea-map.ts";
import { KEA_LIFETIME_SECONDS, type LifetimeLimits, type Statement } from "./kea-values.ts";

/** One of the two times, as a block has it. */
interface Timer {
  /** The share of the lease time. */
  readonly share: number;
  /** The seconds to write; undefined: none. */
  readonly seconds: Seconds | undefined;
  /** Whether seconds are set for it, so that shares do not count. */
  readonly isSet: boolean;
}

/** The times of a block. */
export interface Timers extends LifetimeLimits {
  readonly isComputed: boolean;
  readonly lifetime: Seconds;
  readonly renewal: Timer;
  readonly rebinding: Timer;
}

const RENEWAL_SHARE = 0.5;
const REBINDING_SHARE = 0.875;

/** The times outside of everything. */
export const OUTER_TIMERS: Timers = {
  hasLeast: false,
  hasMost: false,
  isComputed: false,
  lifetime: KEA_LIFETIME_SECONDS,
  renewal: { share: RENEWAL_SHARE, seconds: undefined, isSet: false },
  rebinding: { share: REBINDING_SHARE, seconds: undefined, isSet: false },
};

/** The times inside a map, by those around it. */
export function timersIn(map: KeaMap, around: Timers): Timers {
  const isComputed = map.flag("calculate-tee-times") ?? around.isComputed;
  const lifetime = map.number("valid-lifetime") ?? around.lifetime;
  const timer = (member: string, shareMember: string, outer: Timer, ours: number): Timer => {
    const share = map.number(shareMember) ?? outer.share;
    const set = map.number(member);
    if (set !== undefined) return { share, seconds: set, isSet: true };
    if (outer.isSet) return { ...outer, share };
    const inForce = isComputed ? share : ours;
    const isNeeded = inForce !== ours || outer.seconds !== undefined;
    return { share, seconds: isNeeded ? Math.round(inForce * lifetime) : undefined, isSet: false };
  };
  return {
    hasLeast: around.hasLeast || map.has("min-valid-lifetime"),
    hasMost: around.hasMost || map.has("max-valid-lifetime"),
    isComputed,
    lifetime,
    renewal: timer("renew-timer", "t1-percent", around.renewal, RENEWAL_SHARE),
    rebinding: timer("rebind-timer", "t2-percent", around.rebinding, REBINDING_SHARE),
  };
}

/** The statements for the times of a map that are not those around it. */
export function writeTimers(map: KeaMap, around: Timers): readonly Statement[] {
  const inside = timersIn(map, around);
  const write = (member: string, option: string, { seconds }: Timer, outer: Timer): readonly Statement[] =>
    seconds === undefined || seconds === outer.seconds
      ? []
      : [{ text: `option ${option} ${seconds};`, place: map.placeOf(member) }];
  return [
    ...write("renew-timer", "dhcp-renewal-time", inside.renewal, around.renewal),
    ...write("rebind-timer", "dhcp-rebinding-time", inside.rebinding, around.rebinding),
  ];
}
