// Tells the kernel shield which hardware addresses have a lease or a host declaration, so that a flood of new ones does
// not keep their clients from asking again. The lease table reports each changed slot; client-keys.ts counts leases and
// hosts by hardware address, and the differences from what the kernel knows go to the kernel, one message in a while.
// No reply waits for it.
//
// At the start and after a reload all leases and hosts are counted anew, a few in a turn. Changes are followed
// meanwhile; addresses that no lease or host has any more are removed at the end.

import { KeyAction } from "../backend/shield/protocol.ts";
import { SHIELD_BATCH, SHIELD_LOOKED_AT, SHIELD_RETRY_MS, SHIELD_TELL_MS } from "../base/limits/shield.ts";
import { BindingState } from "../lease/lease.ts";
import { hardwareAt, hlenAt, htypeAt } from "../lease/table/details-block.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE, type SlotFollower } from "../lease/table/table.ts";
import { type ClientKeys, ETHERNET_OCTETS, NO_KEY } from "./client-keys.ts";

const ETHERNET = 1;

/** A hardware address of a host declaration. */
interface Declared {
  readonly htype: number;
  readonly hardwareAddress: Uint8Array;
}

/** What it is made of. */
export interface KnownClientsParts {
  readonly keys: ClientKeys;
  /** The leases that count now: a reload replaces them. */
  readonly table: () => LeaseTable;
  /** Those that the configuration declares. */
  readonly hosts: () => Iterable<Declared>;
  /** Changes keys of the shield's clients; resolves with how many failed, or undefined if the shield is gone. */
  readonly change: (action: KeyAction, keys: Uint8Array) => Promise<number | undefined>;
  /** The shield knows all clients, or is gone; called again after each change. */
  readonly onTold?: () => void;
  /** So many clients more have no room in the shield. */
  readonly onFull: (clients: number) => void;
}

/** Follows until the process ends, or the shield is gone. */
export class KnownClients implements SlotFollower {
  private readonly parts: KnownClientsParts;
  private table: LeaseTable;
  /** By slot: what it was added to the keys as. */
  private places: Int32Array;
  private walk: Iterator<void> | undefined;
  private isBusy = false;
  private withoutRoom = 0;

  constructor(parts: KnownClientsParts) {
    this.parts = parts;
    this.table = parts.table();
    this.places = new Int32Array(0);
    this.lookAtAll();
  }

  /** Another configuration is in force, with a lease table and hosts of its own. */
  lookAtAll(): void {
    const { keys, table } = this.parts;
    this.table.followedBy(undefined);
    this.table = table();
    this.places = new Int32Array(this.table.size);
    keys.beginCount();
    this.walk = this.all();
    this.table.followedBy(this);
    this.wakeIn(SHIELD_TELL_MS);
  }

  /** A slot has changed. A renewal of a client that is known ends at the comparison of its hardware address. */
  follow(slot: LeaseSlot): void {
    const { table, places } = this;
    const { keys } = this.parts;
    const { details } = table;
    const before = places[slot] ?? NO_KEY;
    const handle = table.state(slot) === BindingState.bound ? table.detailsOf(slot) : 0;
    if (handle === 0 && before === NO_KEY) return;
    let place = NO_KEY;
    if (handle !== 0) {
      const page = details.pageOf(handle);
      const at = details.offsetOf(handle);
      if (htypeAt(page, at) === ETHERNET && hlenAt(page, at) === ETHERNET_OCTETS) {
        if (before !== NO_KEY && keys.is(before, page, hardwareAt(at))) return;
        place = this.add(page, hardwareAt(at));
      }
    }
    if (before !== NO_KEY) keys.drop(before);
    places[slot] = place;
    if (keys.waiting > 0 || this.withoutRoom > 0) this.wakeIn(SHIELD_TELL_MS);
  }

  private add(octets: Uint8Array, from: number): number {
    const place = this.parts.keys.add(octets, from);
    if (place === NO_KEY) this.withoutRoom++;
    return place;
  }

  private wakeIn(milliseconds: number): void {
    if (this.isBusy) return;
    this.isBusy = true;
    setTimeout(() => void this.turn(), milliseconds).unref();
  }

  private async turn(): Promise<void> {
    const { keys, change, onFull } = this.parts;
    this.lookOn();
    keys.take();
    const [remove, put] = await Promise.all([
      keys.removes.length === 0 ? 0 : change(KeyAction.remove, keys.removes),
      keys.puts.length === 0 ? 0 : change(KeyAction.put, keys.puts),
    ]);
    if (remove === undefined || put === undefined) return this.end();
    keys.settle({ [KeyAction.put]: put > 0, [KeyAction.remove]: remove > 0 });
    const withoutRoom = this.withoutRoom + put;
    this.withoutRoom = 0;
    if (withoutRoom > 0) onFull(withoutRoom);
    this.isBusy = false;
    if (this.walk === undefined && (keys.waiting === 0 || remove + put > 0)) this.parts.onTold?.();
    if (keys.waiting > 0 || this.walk !== undefined) this.wakeIn(remove + put > 0 ? SHIELD_RETRY_MS : SHIELD_TELL_MS);
  }

  /** The shield is gone: leases are followed no more. */
  private end(): void {
    this.table.followedBy(undefined);
    this.parts.onTold?.();
  }

  /** Goes on with the walk until there is enough for a message. */
  private lookOn(): void {
    for (let looked = 0; looked < SHIELD_LOOKED_AT && this.parts.keys.waiting < SHIELD_BATCH; looked++) {
      if (this.walk?.next().done !== true) continue;
      this.walk = undefined;
      return;
    }
  }

  private *all(): Generator<void> {
    const { hosts, keys } = this.parts;
    const { table } = this;
    for (const { htype, hardwareAddress } of hosts()) {
      if (htype === ETHERNET && hardwareAddress.length === ETHERNET_OCTETS) this.add(hardwareAddress, 0);
      yield;
    }
    for (let slot = table.nextStored(NO_LEASE); slot !== NO_LEASE; slot = table.nextStored(slot)) {
      this.follow(slot);
      yield;
    }
    yield* keys.endCount();
  }
}
