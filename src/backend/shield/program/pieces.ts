// Pieces that the parts of the kernel shield's program share: where things are on its stack, maps, octets of the frame. r6 has
// the frame all the time.

import { Offset } from "../../../wire/layout.ts";
import { call, compute, constant, jumpIf, STACK, type Statement, set, setMap } from "./assembler.ts";
import { type MapName, positionOf } from "./maps.ts";

/** Octets of the UDP header. */
export const UDP_OCTETS = 8;

/** So many octets of option 82 tell relay ports apart. */
export const AGENT_OCTETS_MAX = 128;

/** Octets read of a message at once: the UDP header, and the BOOTP header up to the end of chaddr. */
export const HEAD_OCTETS = UDP_OCTETS + Offset.sname;

/** Where things are on the stack. */
export const At = {
  head: -56,
  destination: -64,
  isDiscover: -72,
  agent: -80,
  agentOctets: -88,
  option: -92,
  ifindex: -96,
  bucket: -104,
  hardware: -120,
  recentInterface: -112,
  port: -136,
  portHash: -128,
  kind: -140,
  isNewPort: -144,
  value: -152,
  agentValue: -152 - AGENT_OCTETS_MAX,
  isNewAddress: -156 - AGENT_OCTETS_MAX,
} as const;

/** Where the message is on the stack. */
export const message = At.head + UDP_OCTETS;

/** r0 = the entry of a map for the key on the stack, or 0. */
export function lookUp(name: MapName, key: number, note: string): readonly Statement[] {
  return [...setMap(1, positionOf(name), `map ${name}`), ...address(2, key), call("lookUp", note)];
}

/** Sets the entry of a map for the key on the stack to the value on the stack. */
export function update(name: MapName, key: number, note: string): readonly Statement[] {
  return [
    ...setMap(1, positionOf(name), `map ${name}`),
    ...address(2, key),
    ...address(3, At.value),
    set(4, constant(0), "there or not"),
    call("update", note),
  ];
}

/** register = an address on the stack. */
export function address(register: 2 | 3, at: number): readonly Statement[] {
  return [set(register, STACK, "stack"), compute("add", register, constant(at), "")];
}

/** Reads octets of the frame at r7 onto the stack; goes on at a label if they are not there. */
export function loadOctets(octets: number, at: number, otherwise: string, note: string): readonly Statement[] {
  return [
    set(1, 6, "frame"),
    set(2, 7, "where"),
    ...address(3, at),
    set(4, constant(octets), "so many"),
    call("loadOctets", note),
    jumpIf("unequal", 0, constant(0), otherwise, "not there"),
  ];
}
