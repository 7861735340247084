// A member's report about itself: the size of its database, its alarms.

import { MessageReader } from "./protobuf.ts";

/** A member's answer to a status request. */
export interface MemberStatus {
  readonly version: string;
  /** Octets of the database, free pages included. */
  readonly databaseOctets: number;
  /** Identifier of the leader in hexadecimal; "0": there is none. */
  readonly leader: string;
  /** What the member reports as wrong. */
  readonly errors: readonly string[];
}

/** Reads the answer. Throws a WireError if it is none. */
export function readStatus(octets: Uint8Array): MemberStatus {
  const reader = new MessageReader(octets);
  let [version, databaseOctets, leader] = ["", 0, "0"];
  const errors: string[] = [];
  while (reader.nextField()) {
    if (reader.field === 2) version = reader.text();
    else if (reader.field === 3) databaseOctets = reader.number();
    else if (reader.field === 4) leader = reader.identifier();
    else if (reader.field === 8) errors.push(reader.text());
    else reader.skip();
  }
  return { version, databaseOctets, leader, errors };
}

/** An alarm that stands in the cluster. */
export type Alarm = "no-space" | "corrupt" | "unknown";

const ALARMS: readonly (Alarm | undefined)[] = [undefined, "no-space", "corrupt"];

/** Reads the answer to a request for alarms (an empty one). Throws a WireError if it is none. */
export function readAlarms(octets: Uint8Array): readonly Alarm[] {
  const reader = new MessageReader(octets);
  const alarms = new Set<Alarm>();
  while (reader.nextField()) {
    if (reader.field !== 2) {
      reader.skip();
      continue;
    }
    const member = reader.message();
    while (member.nextField()) {
      if (member.field === 2) alarms.add(ALARMS[member.number()] ?? "unknown");
      else member.skip();
    }
  }
  return [...alarms];
}
