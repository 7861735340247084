// Client identifiers that come with two hardware addresses in turn: copies of one machine, each of which takes the
// other's address away, or a machine with two cards. One change of the card is ignored; a change back is logged.

import { formatHex } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { SHARED_IDENTIFIER_MS, SHARED_IDENTIFIERS_WATCHED } from "../../base/limits/server.ts";
import type { Clock } from "../../base/time.ts";
import type { Exchange } from "../../engine/exchange.ts";
import type { Serving } from "../../engine/serving.ts";
import { BindingState } from "../../lease/lease.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";
import type { Logger } from "../../log.ts";
import type { Counters } from "../counters.ts";

/** What it looks at, and where it tells. */
export interface SharedIdentifiersParts {
  readonly serving: Serving;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: Counters;
}

/** A lease that went over to another card. */
interface Change {
  /** The card that had it before, in hexadecimal. */
  readonly before: string;
  readonly atMs: number;
  readonly saidAtMs: number;
}

/** See the head of this file. */
export class SharedIdentifiers {
  private readonly parts: SharedIdentifiersParts;
  /** By address, the oldest change first. */
  private readonly changes = new Map<Ipv4, Change>();

  constructor(parts: SharedIdentifiersParts) {
    this.parts = parts;
  }

  /** The client of `exchange` is about to be given the lease of a slot. */
  compareClients({ client }: Exchange, slot: LeaseSlot): void {
    const { table } = this.parts.serving;
    if (client.clientIdLength === 0 || client.hlen === 0 || table.state(slot) !== BindingState.bound) return;
    if (table.hasHardwareOf(slot, client) || !table.isClient(slot, client)) return;
    this.warnOfSharing(
      table.addressOf(slot),
      formatHex(table.record(slot).hardwareAddress, ":"),
      hardwareOf(client),
      client,
    );
  }

  private warnOfSharing(address: Ipv4, before: string, card: string, client: Exchange["client"]): void {
    const { clock, log, counters } = this.parts;
    const now = clock.monotonic();
    const last = this.changes.get(address);
    const isBack = last?.before === card && now - last.atMs <= SHARED_IDENTIFIER_MS;
    const saidAtMs = last?.saidAtMs ?? Number.NEGATIVE_INFINITY;
    const isDue = isBack && now - saidAtMs >= SHARED_IDENTIFIER_MS;
    this.changes.delete(address);
    this.changes.set(address, { before, atMs: now, saidAtMs: isDue ? now : saidAtMs });
    if (this.changes.size > SHARED_IDENTIFIERS_WATCHED) this.forgetOldest();
    if (!isBack) return;
    counters.count("identifier-shared");
    if (!isDue) return;
    const clientId = formatHex(client.clientId.subarray(0, client.clientIdLength), ":");
    log.warn(
      { event: "identifier-shared", address: formatIpv4(address), clientId, hardware: [before, card] },
      `${formatIpv4(address)}: ${before} and ${card} take this lease from each other, because both send the client identifier ${clientId}: if they are two machines, give each an identifier of its own, or set ignore-client-uids`,
    );
  }

  private forgetOldest(): void {
    for (const address of this.changes.keys()) {
      this.changes.delete(address);
      return;
    }
  }
}

function hardwareOf({ chaddr, hlen }: Exchange["client"]): string {
  return formatHex(chaddr.subarray(0, hlen), ":");
}
