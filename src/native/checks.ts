// Values that reach C++ have the right type and are in range: a TypeError otherwise. The checks cost per batch, never
// per datagram.

import { ReceiveRows, ReplyRows } from "./rows.ts";

/** Refuses a value that is no integer from 0 to `highest`. `what` names it. */
export function requireInteger(value: number, highest: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value > highest) {
    throw new TypeError(`${what}: not an integer from 0 to ${highest}: ${value}`);
  }
}

/** Refuses a value that can be no descriptor. */
export function requireDescriptor(fd: number): void {
  requireInteger(fd, 0x7fffffff, "descriptor");
}

/** Refuses a value that is no array of at least `length` octets. */
export function requireBytes(value: Uint8Array, length: number, what: string): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what}: not a Uint8Array`);
  requireInteger(length, value.length, `length of ${what}`);
}

/** Refuses what cannot be called. */
export function requireFunction(value: unknown, what: string): void {
  if (typeof value !== "function") throw new TypeError(`${what}: not a function`);
}

/** Longest batch of one receive call (the kernel takes no more). */
const SLOTS_MAX = 1024;

/** Refuses an arena that is not of 1 to SLOTS_MAX slots, and too few rows for them. */
export function requireSlots(arena: Uint8Array, slotOctets: number, rows: ReceiveRows): void {
  requireBytes(arena, slotOctets, "arena");
  const slots = slotOctets === 0 ? 0 : Math.floor(arena.length / slotOctets);
  if (slots < 1 || slots > SLOTS_MAX) throw new TypeError(`arena: not of 1 to ${SLOTS_MAX} slots: ${slots}`);
  if (!(rows instanceof ReceiveRows) || rows.count < slots) throw new TypeError(`rows: not for ${slots} slots`);
}

/** Refuses what no socket that fills slots can be made of. */
export function requireReceiver(
  fd: number,
  arena: Uint8Array,
  slotOctets: number,
  rows: ReceiveRows,
  onReadable: unknown,
  onError: unknown,
): void {
  requireDescriptor(fd);
  requireSlots(arena, slotOctets, rows);
  requireFunction(onReadable, "onReadable");
  requireFunction(onError, "onError");
}

/** Refuses rows that are not there. */
export function requireRows(rows: ReplyRows, first: number, count: number): void {
  if (!(rows instanceof ReplyRows)) throw new TypeError("rows: not ReplyRows");
  requireInteger(first, rows.count, "first row");
  requireInteger(count, rows.count - first, "number of rows");
}
