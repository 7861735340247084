// Values that several maps of a Kea configuration can set: lease times, and the fields of a message's
// header; and networks and ranges as Kea writes them.

import { broadcastOf, type Ipv4, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import type { KeaMap } from "./kea-map.ts";
import type { Position } from "./notice.ts";
import { quote } from "./written.ts";

/** A statement to write, with the place that it comes from. */
export interface Statement {
  readonly text: string;
  readonly place: Position;
}

/** Kea's own lease time. */
export const KEA_LIFETIME_SECONDS = 7200;

/** Which limits of the lease time the blocks around a map set: these hold inside, too. */
export interface LifetimeLimits {
  readonly hasLeast: boolean;
  readonly hasMost: boolean;
}

/** The lease times of a map; without limits, clients can have only that time. */
export function lifetimesOf(map: KeaMap, isTop: boolean, around: LifetimeLimits): readonly Statement[] {
  const usual = map.number("valid-lifetime") ?? (isTop ? KEA_LIFETIME_SECONDS : undefined);
  const least = map.number("min-valid-lifetime") ?? (around.hasLeast ? undefined : usual);
  const most = map.number("max-valid-lifetime") ?? (around.hasMost ? undefined : usual);
  const place = map.placeOf("valid-lifetime");
  const statements: Statement[] = [];
  if (usual !== undefined) statements.push({ text: `default-lease-time ${usual};`, place });
  if (least !== undefined && least > 0) statements.push({ text: `min-lease-time ${least};`, place });
  if (most !== undefined) statements.push({ text: `max-lease-time ${most};`, place });
  return statements;
}

/** Fields of a message's header. */
export function headerOf(map: KeaMap): readonly Statement[] {
  const statements: Statement[] = [];
  const server = map.text("next-server") ?? "";
  if (server !== "" && server !== "0.0.0.0")
    statements.push({ text: `next-server ${server.trim()};`, place: map.placeOf("next-server") });
  const name = map.text("server-hostname") ?? "";
  if (name !== "") statements.push({ text: `server-name ${quote(name)};`, place: map.placeOf("server-hostname") });
  const file = map.text("boot-file-name") ?? "";
  if (file !== "") statements.push({ text: `filename ${quote(file)};`, place: map.placeOf("boot-file-name") });
  return statements;
}

/** `ADDRESS/LENGTH`; host bits are left out. */
export function parseNetwork(text: string): { readonly address: Ipv4; readonly prefixLength: number } | undefined {
  const [, dotted = "", digits = ""] = /^\s*([0-9.]+)\s*\/\s*([0-9]{1,2})\s*$/.exec(text) ?? [];
  const address = parseIpv4(dotted);
  const prefixLength = Number(digits);
  if (address === undefined || prefixLength > 32) return undefined;
  return { address: (address & maskOfLength(prefixLength)) >>> 0, prefixLength };
}

/** `FIRST - LAST`, or a network. */
export function parseEnds(text: string): { first: Ipv4; last: Ipv4 } | undefined {
  const network = parseNetwork(text);
  if (network !== undefined)
    return { first: network.address, last: broadcastOf(network.address, maskOfLength(network.prefixLength)) };
  const [first, last] = text.split("-").map((end) => parseIpv4(end.trim()));
  return first === undefined || last === undefined ? undefined : { first, last };
}
