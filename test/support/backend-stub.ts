// A program with the real udp backend and a server of a few lines: it answers every query with an
// OFFER of 100 plus the last octet of chaddr in the network of its interface, by the delivery that
// RFC 2131 section 4.1 asks for. What it does is one JSON line each on standard output.
// Arguments: the wishes (JSON) and the descriptor of test/support/helper-double.py.

import { type Backend, type BackendEvents, ReplyBatch, type WantedListeners } from "../../src/backend/backend.ts";
import { udpBackend } from "../../src/backend/udp/udp.ts";
import { getUint16, getUint32, putUint32 } from "../../src/base/bytes.ts";
import type { Interface } from "../../src/base/interface.ts";
import type { Interfaces } from "../../src/base/interfaces.ts";
import { formatIpv4, IPV4_BROADCAST, parseIpv4 } from "../../src/base/ipv4.ts";
import { HELPER_DEADLINE_MS } from "../../src/base/limits/helper.ts";
import { type Helper, type ListenRequest, type ListenResult, NeighbourResult } from "../../src/helper/helper.ts";
import { ENTRY_COLUMNS, REPLY_COLUMNS, ReplyColumn } from "../../src/native/columns.ts";
import type { NeighbourRows } from "../../src/native/rows.ts";
import { SeqpacketSocket } from "../../src/native/seqpacket-socket.ts";
import type { Arrival } from "../../src/wire/arrival.ts";
import { Delivery, deliveryName } from "../../src/wire/delivery.ts";

/** What the stub is started with. */
export interface StubWish {
  readonly interfaces?: readonly string[];
  readonly addresses?: readonly string[];
  readonly wildcard?: boolean;
  /** First three octets of the configured networks: "10.0.0." */
  readonly networks?: readonly string[];
  readonly portHolders?: string;
  /** Has no helper for neighbour entries, only for sockets. */
  readonly isWithoutHelper?: boolean;
  /** The wish after SIGHUP. */
  readonly reloaded?: StubWish;
}

interface Answer {
  readonly id: number;
  readonly code?: "in-use" | "no-address" | "no-permission" | "failed";
  readonly reason?: string;
  readonly results?: readonly number[];
}

function say(event: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
}

class DoubleHelper implements Helper {
  present: boolean;
  onGone: (reason: string) => void = () => undefined;
  private readonly channel: SeqpacketSocket;
  private readonly waiting = new Map<number, (answer: Answer, fd: number) => void>();
  private nextId = 1;

  constructor(fd: number, isPresent: boolean) {
    this.present = isPresent;
    this.channel = new SeqpacketSocket(
      fd,
      (bytes, received) => {
        const answer = JSON.parse(Buffer.from(bytes).toString()) as Answer;
        this.waiting.get(answer.id)?.(answer, received);
        this.waiting.delete(answer.id);
      },
      // The double is this process's parent: without it the test is over.
      () => process.exit(0),
    );
  }

  listen(request: ListenRequest): Promise<ListenResult> {
    return new Promise((resolve) => {
      this.ask({ verb: "listen", ...request }, ({ code, reason = "" }, fd) =>
        resolve(code === undefined ? { fd } : { fd: -1, code, reason }),
      );
    });
  }

  setNeighbours(entries: NeighbourRows, count: number, done: (results: Uint8Array) => void): void {
    const deadline = setTimeout(() => {
      this.waiting.delete(id);
      done(new Uint8Array(count).fill(NeighbourResult.unanswered));
    }, HELPER_DEADLINE_MS);
    const id = this.ask({ verb: "set", rows: rowsOf(entries, count) }, ({ results }) => {
      clearTimeout(deadline);
      done(Uint8Array.from(results ?? new Uint8Array(count).fill(NeighbourResult.unanswered)));
    });
  }

  deleteNeighbours(entries: NeighbourRows, count: number): void {
    this.ask({ verb: "delete", rows: rowsOf(entries, count) }, () => undefined);
  }

  readonly sendsFrames = false;

  awaitAnswer(): boolean {
    return false;
  }

  sendFrames(): void {
    throw new Error("not asked for here");
  }

  close(): void {
    this.channel.close();
  }

  private ask(request: object, done: (answer: Answer, fd: number) => void): number {
    const id = this.nextId++;
    this.waiting.set(id, done);
    const bytes = Buffer.from(JSON.stringify({ id, ...request }));
    this.channel.send(bytes, bytes.length);
    return id;
  }
}

function rowsOf({ columns }: NeighbourRows, count: number): number[][] {
  return Array.from({ length: count }, (_, i) => [...columns.subarray(i * ENTRY_COLUMNS, (i + 1) * ENTRY_COLUMNS)]);
}

const MESSAGE_OCTETS = 300;

class StubServer implements BackendEvents {
  interfaces: readonly Interface[] = [];
  private readonly backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  onBatch(count: number): void {
    const batch = new ReplyBatch();
    const received = this.backend.batch;
    for (let slot = 0; slot < count; slot++) {
      const start = received.offsetOf(slot);
      const query = received.arena.subarray(start, start + received.lengthOf(slot));
      const arrival = received.arrivalOf(slot);
      const name = this.interfaces.find((entry) => entry.ifindex === arrival.ifindex)?.name ?? "?";
      say("arrival", {
        interface: name,
        to: formatIpv4(arrival.localAddress),
        from: formatIpv4(arrival.remoteAddress),
      });
      this.answer(batch, query, arrival);
    }
    this.backend.send(batch);
  }

  private answer(batch: ReplyBatch, query: Uint8Array, arrival: Arrival): void {
    const entry = this.interfaces.find((candidate) => candidate.ifindex === arrival.ifindex);
    const first = entry?.addresses[0]?.address ?? 0;
    const source = arrival.localAddress === IPV4_BROADCAST ? first : arrival.localAddress;
    const giaddr = getUint32(query, 24);
    const ciaddr = getUint32(query, 12);
    const network = (giaddr !== 0 ? giaddr : first) & 0xffffff00;
    const yiaddr = (network | (100 + (query[33] ?? 0))) >>> 0;
    const reply = batch.arena.subarray(batch.used, batch.used + MESSAGE_OCTETS).fill(0);
    reply.set(query.subarray(0, 44));
    reply[0] = 2;
    putUint32(reply, 16, yiaddr);
    reply.set([0x63, 0x82, 0x53, 0x63, 53, 1, 2, 54, 4], 236);
    putUint32(reply, 245, source);
    reply[249] = 255;
    const base = batch.add(MESSAGE_OCTETS) * REPLY_COLUMNS;
    const isBroadcast = (getUint16(query, 10) & 0x8000) !== 0;
    const [delivery, destination] =
      giaddr !== 0
        ? [Delivery.relay, giaddr]
        : ciaddr !== 0
          ? [Delivery.unicast, ciaddr]
          : isBroadcast
            ? [Delivery.broadcast, IPV4_BROADCAST]
            : [Delivery.neighbour, yiaddr];
    batch.rows.columns[base + ReplyColumn.destination] = destination;
    batch.rows.columns[base + ReplyColumn.port] = giaddr !== 0 ? 67 : 68;
    batch.rows.columns[base + ReplyColumn.source] = source;
    batch.rows.columns[base + ReplyColumn.ifindex] = arrival.ifindex;
    batch.rows.columns[base + ReplyColumn.delivery] = delivery;
    batch.rows.columns[base + ReplyColumn.hardwareHigh] = getUint16(query, 28);
    batch.rows.columns[base + ReplyColumn.hardwareLow] = getUint32(query, 30);
  }

  onSent(batch: ReplyBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const column = (name: keyof typeof ReplyColumn): number =>
        batch.rows.columns[row * REPLY_COLUMNS + ReplyColumn[name]] ?? 0;
      const delivery = deliveryName(column("delivery") as Delivery);
      say("sent", { delivery, result: column("result"), counters: Object.fromEntries(this.backend.counters) });
    }
  }

  onInterfaces(interfaces: Interfaces): void {
    this.interfaces = interfaces.list;
  }

  onSelf(): boolean {
    return false;
  }

  onListeners(): void {
    say("interfaces", { listeners: this.backend.listeners.map((listener) => formatIpv4(listener.address)) });
  }

  onFatal(error: Error): void {
    say("fatal", { message: error.message });
  }
}

const wish = JSON.parse(process.argv[2] ?? "{}") as StubWish;
function wantedOf(from: StubWish): WantedListeners {
  return {
    interfaces: from.interfaces ?? [],
    addresses: (from.addresses ?? []).map((text) => parseIpv4(text) ?? 0),
    wildcard: from.wildcard ?? false,
    networks: (from.networks ?? []).map((network) => `${network}0/24`),
    isServed: (address) => (from.networks ?? []).some((network) => formatIpv4(address).startsWith(network)),
  };
}

const backend = udpBackend({
  helper: new DoubleHelper(Number(process.argv[3]), wish.isWithoutHelper !== true),
  portHolders: wish.portHolders ?? "",
  notice: (level, message) => say("notice", { level, message }),
});
const server = new StubServer(backend);
try {
  await backend.reconfigure(wantedOf(wish));
  await backend.open(server);
  server.onListeners();
  process.on("SIGHUP", () => void backend.reconfigure(wantedOf(wish.reloaded ?? {})));
  say("ready", { pid: process.pid });
} catch (error) {
  say("refused", { code: (error as { code?: string }).code, message: (error as Error).message });
  process.exit(1);
}
