// What the log says of a query that was seen on the wire, should it not be delivered: kept as numbers, a record for each
// place of sightings.ts, so that nothing is made per query.

import { getUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { Frame } from "../../wire/frame.ts";
import { Offset } from "../../wire/layout.ts";
import { messageTypeName } from "../../wire/message-type.ts";

/** Where records keep what the log line says of a query. */
const Fact = { source: 0, destination: 1, ifindex: 2, xid: 3, type: 4, hardwareHigh: 5, hardwareLow: 6 } as const;
const FACTS = 7;

/** The records of so many places. */
export class QueryFacts {
  private readonly numbers: Uint32Array;

  constructor(places: number) {
    this.numbers = new Uint32Array(places * FACTS);
  }

  /** Keeps what the log says of a query: its frame, the message at `message` of `bytes`, its option 53 (0 for none). */
  record(place: number, frame: Frame, ifindex: number, bytes: Uint8Array, message: number, type: number): void {
    const { numbers } = this;
    const base = place * FACTS;
    numbers[base + Fact.source] = frame.source;
    numbers[base + Fact.destination] = frame.destination;
    numbers[base + Fact.ifindex] = ifindex;
    numbers[base + Fact.xid] = getUint32(bytes, message + Offset.xid);
    numbers[base + Fact.type] = type;
    numbers[base + Fact.hardwareHigh] = getUint32(bytes, message + Offset.chaddr) >>> 16;
    numbers[base + Fact.hardwareLow] = getUint32(bytes, message + Offset.chaddr + 2);
  }

  /** Source address of the query. */
  source(place: number): Ipv4 {
    return this.read(place, Fact.source);
  }

  /** Destination address of the query. */
  destination(place: number): Ipv4 {
    return this.read(place, Fact.destination);
  }

  /** Interface that it came in by. */
  ifindex(place: number): number {
    return this.read(place, Fact.ifindex);
  }

  /** The query in words. */
  describe(place: number): string {
    const hex = (fact: number, digits: number): string => this.read(place, fact).toString(16).padStart(digits, "0");
    const digits = `${hex(Fact.hardwareHigh, 4)}${hex(Fact.hardwareLow, 8)}`;
    const chaddr = [0, 2, 4, 6, 8, 10].map((at) => digits.slice(at, at + 2)).join(":");
    return `a ${messageTypeName(this.read(place, Fact.type))} of ${chaddr} (xid 0x${hex(Fact.xid, 8)})`;
  }

  private read(place: number, fact: number): number {
    return this.numbers[place * FACTS + fact] ?? 0;
  }
}
