// Tells the kernel shield which hardware addresses have a lease, so that a flood of new ones does not keep their clients from
// asking again: all leases and declared hosts at the start and whenever events were missed, then each event. One message is
// under way at a time, and none is made before the last one is answered: no reply waits for it.
//
// An address that loses one of its leases is new until it renews another one.

import { KeyAction, Layout } from "../backend/shield/protocol.ts";
import { SHIELD_BATCH } from "../base/limits/shield.ts";
import { BindingState } from "../lease/lease.ts";
import type { LeaseEvent } from "./lease-events.ts";

const ETHERNET = 1;
const ETHERNET_OCTETS = 6;

/** Whose hardware address a lease has. */
interface Client {
  readonly htype: number;
  readonly hardwareAddress: Uint8Array;
}

/** What it is made of. */
export interface KnownClientsParts {
  /** Events of the running server: numbers from `first` to `next` - 1 are known. */
  readonly feed: {
    readonly first: number;
    readonly next: number;
    at(number: number): LeaseEvent | undefined;
    follow(wake: () => void): () => void;
  };
  readonly leases: () => Iterable<{ readonly record: Client & { readonly state: BindingState } }>;
  /** Those that the configuration declares. */
  readonly hosts: () => Iterable<Client>;
  /** Changes keys of the shield's clients; resolves with how many failed, or undefined if the shield is gone. */
  readonly change: (action: KeyAction, keys: Uint8Array) => Promise<number | undefined>;
  /** The shield has no room for so many clients. */
  readonly onFull: (clients: number) => void;
}

/** Follows until the process ends. */
export class KnownClients {
  private readonly parts: KnownClientsParts;
  private readonly keys = new Uint8Array(SHIELD_BATCH * Layout.key.octets);
  private count = 0;
  private action: KeyAction = KeyAction.put;
  /** Number of the event that is looked at next; 0: all leases are. */
  private next = 0;
  private walk: Iterator<Client> | undefined;
  private isBusy = false;

  constructor(parts: KnownClientsParts) {
    this.parts = parts;
    parts.feed.follow(() => this.wake());
    this.wake();
  }

  /** Another configuration declares hosts: looks at all of them again. */
  lookAtAll(): void {
    this.next = 0;
    this.walk = undefined;
    this.wake();
  }

  private wake(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    setImmediate(() => void this.turn());
  }

  private async turn(): Promise<void> {
    this.count = 0;
    const isThrough = this.fill();
    const failed = this.count === 0 ? 0 : await this.send();
    if (failed === undefined) return;
    if (failed > 0) this.parts.onFull(failed);
    this.isBusy = false;
    if (!isThrough || this.hasNews()) this.wake();
  }

  private send(): Promise<number | undefined> {
    return this.parts.change(this.action, this.keys.subarray(0, this.count * Layout.key.octets));
  }

  private hasNews(): boolean {
    const { feed } = this.parts;
    return this.next < feed.first || this.next < feed.next;
  }

  /** Fills a message; false: there is more. */
  private fill(): boolean {
    const { feed } = this.parts;
    if (this.walk === undefined && this.next < feed.first) {
      // What happens from here on is looked at after the walk.
      this.next = feed.next;
      this.walk = this.all();
    }
    return this.walk === undefined ? this.takeEvents() : this.walkOn(this.walk);
  }

  private *all(): Generator<Client> {
    yield* this.parts.hosts();
    for (const { record } of this.parts.leases()) if (record.state === BindingState.bound) yield record;
  }

  private walkOn(walk: Iterator<Client>): boolean {
    this.action = KeyAction.put;
    while (this.count < SHIELD_BATCH) {
      const { done, value } = walk.next();
      if (done === true) {
        this.walk = undefined;
        break;
      }
      this.add(value);
    }
    return false;
  }

  private takeEvents(): boolean {
    const { feed } = this.parts;
    while (this.next >= feed.first && this.next < feed.next && this.count < SHIELD_BATCH) {
      const event = feed.at(this.next);
      const action = event === undefined ? undefined : actionOf(event);
      if (action !== undefined && this.count > 0 && action !== this.action) return false;
      this.next++;
      if (event === undefined || action === undefined) continue;
      this.action = action;
      this.add(event.lease.record);
    }
    return this.next >= feed.next;
  }

  private add({ htype, hardwareAddress }: Client): void {
    if (htype !== ETHERNET || hardwareAddress.length !== ETHERNET_OCTETS) return;
    const at = this.count++ * Layout.key.octets;
    this.keys.fill(0, at, at + Layout.key.octets);
    this.keys.set(hardwareAddress, at);
  }
}

function actionOf({ kind }: LeaseEvent): KeyAction | undefined {
  if (kind === "added" || kind === "renewed") return KeyAction.put;
  return kind === "expired" || kind === "released" ? KeyAction.remove : undefined;
}
