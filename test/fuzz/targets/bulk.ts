// Bulk leasequeries (RFC 6926): what comes over a requestor's connection, in whatever pieces, and all answers to it.

import type { Socket } from "node:net";
import { BulkConnection, type BulkContext } from "../../../src/leasequery/bulk-connection.ts";
import { decodeMessage } from "../../support/decode-message.ts";
import { EngineWorld, KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip } from "../../support/message-builder.ts";
import { Deferred } from "../deferred.ts";
import { MESSAGE_SEEDS, MESSAGE_WORDS } from "../messages.ts";
import { Choices, check, joined, pieceOf, type Target } from "../target.ts";

/** Turns of the event loop that one connection may take. */
const TURNS_MAX = 4000;

const world = new EngineWorld(
  `allow bulk-leasequery; ping-check off; default-lease-time 4294967295; max-lease-time 4294967295;
   subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.40; option routers 10.0.0.1; option domain-search "a.example"; }
   subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.20; }`,
  [testInterface(2, "lan0", "10.0.0.1")],
);
for (let n = 1; n < 10; n++)
  world.lease(`02:00:00:00:00:0${n}`, n % 2 === 0 ? { clientId: [0, n, 3] } : { options: [[12, [0x61, n]]] });
world.lease(
  "02:00:00:00:00:0a",
  { giaddr: "10.1.0.1", agentInformation: [1, 2, 0, 7, 2, 3, 1, 2, 3, 12, 2, 9, 9] },
  { from: "10.1.0.1", port: 67 },
);
world.send({ type: 7, chaddr: "02:00:00:00:00:03", ciaddr: world.lease("02:00:00:00:00:03"), serverId: "10.0.0.1" });

/** A requestor's end of a connection, which takes everything at once. */
class StandInSocket {
  destroyed = false;
  isEnded = false;
  readonly sent: Uint8Array[] = [];
  private readonly handlers = new Map<string, (value?: unknown) => void>();

  on(event: string, handler: (value?: unknown) => void): this {
    this.handlers.set(event, handler);
    return this;
  }

  emit(event: string, value?: unknown): void {
    if (!this.destroyed) this.handlers.get(event)?.(value);
  }

  write(octets: Uint8Array, done: () => void): boolean {
    this.sent.push(octets.slice());
    setImmediate(done);
    return true;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  setTimeout(): void {}
  pause(): void {}
  resume(): void {}
}

const quiet = (): void => undefined;
const context: BulkContext = {
  ...{ serving: world.serving, keys: KEYS, clock: { wall: () => world.now, monotonic: () => world.now }, count: quiet },
  log: { info: quiet, warn: quiet } as unknown as BulkContext["log"],
};

/** Every message that was sent is one, behind its length. */
function checkAnswers(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) {
    const length = (octets[at] ?? 0) * 256 + (octets[at + 1] ?? 0);
    check(length >= 240 && at + 2 + length <= octets.length, () => `an answer of ${length} octets`);
    const { messageType } = decodeMessage(octets.slice(at + 2, at + 2 + length));
    check(messageType >= 11 && messageType <= 15, () => `an answer of the type ${messageType}`);
    at += 2 + length;
  }
}

const ABOUT: readonly Parameters<typeof buildMessage>[0][] = [
  { type: 14, hlen: 0, htype: 0 },
  { type: 14, chaddr: "02:00:00:00:00:01" },
  { type: 14, hlen: 0, htype: 0, clientId: [0, 2, 3], requestList: [1, 3, 51, 82, 151, 152, 153] },
  { type: 14, hlen: 0, htype: 0, agentInformation: [2, 3, 1, 2, 3] },
  {
    type: 14,
    hlen: 0,
    htype: 0,
    options: [
      [154, [0, 0, 0, 1]],
      [155, [0xff, 0xff, 0xff, 0xff]],
      [221, [255]],
    ],
  },
];
const QUERIES = [...ABOUT.map(buildMessage), ...MESSAGE_SEEDS.slice(0, 2)];

export const bulkTarget: Target = {
  name: "bulk",
  unit: "connections",
  seeds: [
    ...QUERIES.map((query) => joined(Uint8Array.of(0, 60), pieceOf(query))),
    joined(Uint8Array.of(1, 9), ...QUERIES.slice(0, 4).map(pieceOf)),
  ],
  words: [
    ...MESSAGE_WORDS,
    ...[
      [53, 1, 14],
      [82, 5, 2, 3, 1, 2, 3],
      [82, 4, 12, 2, 9, 9],
      [154, 4, 0, 0, 0, 1],
      [155, 4, 0, 0, 0, 0],
      [221, 1, 0],
      [0, 240],
      [4, 0],
    ].map((octets) => Uint8Array.from(octets)),
  ],
  octetsMax: 3000,
  run(octets) {
    const choices = new Choices(octets);
    const cut = choices.short();
    const stream = octets.subarray(2);
    const deferred = new Deferred();
    return deferred.within(() => {
      const socket = new StandInSocket();
      new BulkConnection(context, socket as unknown as Socket, ip("10.9.0.1"), ip("10.0.0.1"), quiet);
      const at = cut % (stream.length + 1);
      for (const chunk of [stream.subarray(0, at), stream.subarray(at)]) {
        if (chunk.length > 0) socket.emit("data", chunk);
        check(deferred.runTurns(TURNS_MAX) < TURNS_MAX, () => "answers have no end");
      }
      socket.emit("end");
      check(socket.destroyed || socket.isEnded, () => "a connection outlives its requestor");
      checkAnswers(joined(...socket.sent));
      return 1;
    });
  },
};
