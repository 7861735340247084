// A UdpSocket of the addon with everything it has received, and rows to send by it.

import { RECEIVE_COLUMNS, REPLY_COLUMNS, ReceiveColumn, ReplyColumn } from "../../src/native/columns.ts";
import { ReceiveRows, ReplyRows } from "../../src/native/rows.ts";
import { UdpSocket } from "../../src/native/udp-socket.ts";
import { withDeadline } from "./deadline.ts";

/** A received datagram, copied out of the arena. */
export interface Datagram {
  readonly payload: string;
  readonly flags: number;
  readonly ifindex: number;
  readonly destination: number;
  readonly source: number;
  readonly sourcePort: number;
  readonly lost: number;
}

/** What to send; columns that are left out are 0. */
export type Row = Partial<Record<keyof typeof ReplyColumn, number>>;

/** See the head of this file. */
export class DatagramBox {
  readonly socket: UdpSocket;
  readonly received: Datagram[] = [];
  /** Sizes of the batches in which they came. */
  readonly batches: number[] = [];
  readonly errors: number[] = [];
  #wake: () => void = () => undefined;

  constructor(fd: number, options: { slots?: number; slotOctets?: number } = {}) {
    const slots = options.slots ?? 64;
    const slotOctets = options.slotOctets ?? 2048;
    const arena = new Uint8Array(slots * slotOctets);
    const received = new ReceiveRows(slots);
    const { columns } = received;
    this.socket = new UdpSocket(
      fd,
      arena,
      slotOctets,
      received,
      (count) => {
        this.batches.push(count);
        for (let slot = 0; slot < count; slot++) {
          const column = (name: keyof typeof ReceiveColumn) =>
            columns[slot * RECEIVE_COLUMNS + ReceiveColumn[name]] ?? -1;
          const start = slot * slotOctets;
          this.received.push({
            payload: Buffer.from(arena.subarray(start, start + column("length"))).toString("latin1"),
            flags: column("flags"),
            ifindex: column("ifindex"),
            destination: column("destination"),
            source: column("source"),
            sourcePort: column("sourcePort"),
            lost: column("lost"),
          });
        }
        this.#wake();
      },
      (errno) => {
        this.errors.push(errno);
        this.#wake();
      },
    );
  }

  /** Resolves when `condition` holds, looked at after each batch and error. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const holds = (async () => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    })();
    await withDeadline(holds, what);
  }

  /** Resolves with all datagrams once there are `count`. */
  async datagrams(count: number): Promise<readonly Datagram[]> {
    await this.until(() => this.received.length >= count, `${count} datagrams`);
    return this.received;
  }

  /** Sends `payload` once per row; returns what the kernel took and each row's errno. */
  send(payload: string, rows: readonly Row[]): { taken: number; results: number[] } {
    const arena = Buffer.from(payload, "latin1");
    const replies = new ReplyRows(rows.length);
    const { columns } = replies;
    rows.forEach((row, index) => {
      const filled: Row = { length: arena.length, result: 9999, ...row };
      for (const [name, value] of Object.entries(filled)) {
        columns[index * REPLY_COLUMNS + ReplyColumn[name as keyof Row]] = value;
      }
    });
    const taken = this.socket.send(arena, replies, 0, rows.length);
    return { taken, results: rows.map((_row, index) => columns[index * REPLY_COLUMNS + ReplyColumn.result] ?? -1) };
  }
}
