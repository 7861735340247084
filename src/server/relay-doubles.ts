// Relays whose clients' renewals and releases come twice: once from the client, whose packets the relay's host routes,
// and once more from the relay, whose raw socket heard them (ISC's dhcrelay). The log says so once for each relay, so
// that an operator who finds two lines for each message knows why.
//
// Bounded: a few of the last such messages are remembered, and a few relays. Nothing is allocated per message.

import { getUint32 } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { DOUBLE_WITHIN_SECONDS, DOUBLING_RELAYS_MAX, MESSAGES_COMPARED } from "../base/limits/server.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Logger } from "../log.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Query } from "../wire/query.ts";

/** Where chaddr's last four octets of a six-octet address begin. */
const HARDWARE_TAIL = 2;

/** See the head of this file. */
export class RelayDoubles {
  private readonly log: Logger;
  private readonly keys = new Uint32Array(MESSAGES_COMPARED);
  /** giaddr of each message, 0 if it came from the client itself. */
  private readonly relays = new Uint32Array(MESSAGES_COMPARED);
  private readonly times = new Float64Array(MESSAGES_COMPARED);
  private readonly said = new Set<Ipv4>();

  constructor(log: Logger) {
    this.log = log;
  }

  /** Notes a query; returns whether it has come by the other way just before. */
  isDouble(query: Query, now: EpochSeconds): boolean {
    const { messageType, giaddr } = query;
    if (query.ciaddr === 0 || (messageType !== MessageType.request && messageType !== MessageType.release))
      return false;
    const key = (query.xid ^ getUint32(query.chaddr, HARDWARE_TAIL) ^ messageType) >>> 0;
    const place = key % MESSAGES_COMPARED;
    const before = this.relays[place] ?? 0;
    const isOther = (before === 0) !== (giaddr === 0);
    const isRecent = Math.abs(now - (this.times[place] ?? 0)) <= DOUBLE_WITHIN_SECONDS;
    if (this.keys[place] === key && isOther && isRecent) {
      this.say(giaddr === 0 ? before : giaddr);
      return true;
    }
    this.keys[place] = key;
    this.relays[place] = giaddr;
    this.times[place] = now;
    return false;
  }

  private say(relay: Ipv4): void {
    if (this.said.has(relay) || this.said.size >= DOUBLING_RELAYS_MAX) return;
    this.said.add(relay);
    const address = formatIpv4(relay);
    this.log.info(
      { event: "relay", relay: address },
      `the relay ${address} also relays what its clients send straight to us, so each of their renewals and releases comes twice; both are answered, and the lease is stored once. If ${address} is dhcrelay's address on its uplink, name that interface with -iu and the clients' with -id`,
    );
  }
}
