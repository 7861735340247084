// Changes of elements on their way to the process that makes them, gathered to batches of as many as a message holds.

import type { Ipv4 } from "../../base/ipv4.ts";
import { emptyList } from "../../base/shapes.ts";
import type { Seconds } from "../../base/time.ts";
import type { FirewallClient } from "../../firewall/client.ts";
import type { ChangeBatch } from "../../firewall/protocol.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";

/** See the head of this file. */
export class ChangeSender {
  /** Which lease table slots are of: changes of an earlier one mean nothing any more. */
  epoch = 0;
  /** Batches that were sent, and how many of them are answered. */
  sent = 0;
  answered = 0;
  /** A batch could not be sent: as if nothing had become of its changes. */
  onUnsent: (batch: ChangeBatch) => void = () => undefined;
  private readonly client: FirewallClient;
  /** Filled, and not sent. */
  private readonly open = emptyList<ChangeBatch>();
  private turn: NodeJS.Immediate | undefined;
  private readonly onTurn = (): void => {
    this.turn = undefined;
    this.flush();
  };

  constructor(client: FirewallClient) {
    this.client = client;
  }

  /** Adds a change of an element of the set at a position; false, with nothing done, if as many are under way as may be. */
  add(
    action: number,
    position: number,
    slot: LeaseSlot,
    address: Ipv4,
    hardwareHigh: number,
    hardwareLow: number,
    seconds: Seconds,
  ): boolean {
    const batch = this.open[0] ?? this.take();
    if (batch === undefined) return false;
    batch.add(action, position, slot, address, hardwareHigh, hardwareLow, seconds);
    if (batch.isFull) this.flush();
    return true;
  }

  /** Sends the added changes. */
  flush(): void {
    const batch = this.open.pop();
    if (batch === undefined) return;
    if (this.client.send(batch)) {
      this.sent += 1;
      return;
    }
    this.onUnsent(batch);
    this.client.giveBack(batch);
  }

  /** Sends the added changes at the end of this turn of the event loop. */
  flushSoon(): void {
    if (this.turn !== undefined || this.open.length === 0) return;
    this.turn = setImmediate(this.onTurn);
  }

  stop(): void {
    clearImmediate(this.turn);
  }

  private take(): ChangeBatch | undefined {
    const batch = this.client.take();
    if (batch === undefined) return undefined;
    batch.epoch = this.epoch;
    this.open.push(batch);
    return batch;
  }
}
