// Values that several maps of a Kea configuration can set: lease times, and the fields of a message's
// header.

import type { KeaMap } from "./kea-map.ts";
import type { Statement } from "./kea-options.ts";
import { quote } from "./written.ts";

/** Kea's own lease time. */
const KEA_LIFETIME_SECONDS = 7200;

/** The lease times of a map; a time without limits is the only one that clients can have. */
export function lifetimesOf(map: KeaMap, isTop: boolean): readonly Statement[] {
  const usual = map.number("valid-lifetime") ?? (isTop ? KEA_LIFETIME_SECONDS : undefined);
  const least = map.number("min-valid-lifetime") ?? usual;
  const most = map.number("max-valid-lifetime") ?? usual;
  const line = map.lineOf("valid-lifetime");
  const statements: Statement[] = [];
  if (usual !== undefined) statements.push({ text: `default-lease-time ${usual};`, line });
  if (least !== undefined && least > 0) statements.push({ text: `min-lease-time ${least};`, line });
  if (most !== undefined) statements.push({ text: `max-lease-time ${most};`, line });
  return statements;
}

/** Fields of a message's header. */
export function headerOf(map: KeaMap): readonly Statement[] {
  const statements: Statement[] = [];
  const server = map.text("next-server") ?? "";
  if (server !== "" && server !== "0.0.0.0")
    statements.push({ text: `next-server ${plainAddress(server)};`, line: map.lineOf("next-server") });
  const name = map.text("server-hostname") ?? "";
  if (name !== "") statements.push({ text: `server-name ${quote(name)};`, line: map.lineOf("server-hostname") });
  const file = map.text("boot-file-name") ?? "";
  if (file !== "") statements.push({ text: `filename ${quote(file)};`, line: map.lineOf("boot-file-name") });
  return statements;
}

/** An address as it is, or something that the language itself will name as wrong. */
export function plainAddress(text: string): string {
  return /^[0-9.]+$/.test(text.trim()) ? text.trim() : quote(text);
}
