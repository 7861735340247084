// The server's own log messages, beside those of its parts.

import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { Seconds } from "../base/time.ts";
import type { Logger } from "../log.ts";
import { describeClockStep } from "./clock-watch.ts";

/** Addresses of our own that are in a pool are kept from clients. */
export function tellWithheld(log: Logger, addresses: readonly Ipv4[]): void {
  for (const number of addresses) {
    const address = formatIpv4(number);
    const text = "is this server's own address and also in a range or a fixed-address: no client is given it";
    log.warn({ event: "own-address", address }, `${address} ${text}`);
  }
}

/** The wall clock was set. */
export function tellClockSet(log: Logger, step: Seconds, isShared: boolean): void {
  const { seconds, text } = describeClockStep(step, isShared);
  log.warn({ event: "clock", seconds }, text);
}
