// Replies to whatever was asked: what is encoded fits, is read back by another decoder, and says what it was to say.

import { MESSAGE_OCTETS_MIN, REPLY_OCTETS_MAX } from "../../../src/base/limits/wire.ts";
import { encodeReply } from "../../../src/wire/encode/encode-reply.ts";
import { MessageType } from "../../../src/wire/message-type.ts";
import { DEFAULT_ORDER } from "../../../src/wire/options/option-code.ts";
import { OptionSet } from "../../../src/wire/options/option-set.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { Reply } from "../../../src/wire/reply.ts";
import { decodeMessage } from "../../support/decode-message.ts";
import { MESSAGE_SEEDS, MESSAGE_WORDS } from "../messages.ts";
import { Choices, check, joined, pieceOf, type Target } from "../target.ts";
import { readMessage } from "./packet.ts";

const GUARD = 0xa5;
const OPTIONS_MAX = 20;
/** Options whose value the server makes itself or copies from the query, whatever is configured. */
const COMPUTED: ReadonlySet<number> = new Set([51, 52, 53, 54, 56, 58, 59, 61, 82, 97, 118]);

const query = new Query();
const answer = new Query();
const reply = new Reply();
const target = new Uint8Array(REPLY_OCTETS_MAX + 64);
const turned = new Uint8Array(REPLY_OCTETS_MAX);

function chooseReply(choices: Choices): void {
  const address = (): number => choices.short() * 0x1_0000 + choices.short();
  reply.reset();
  reply.messageType = choices.of([MessageType.offer, MessageType.ack, MessageType.nak, MessageType.bootp]);
  reply.yiaddr = address();
  reply.serverId = address();
  reply.leaseSeconds = choices.of([-1, 0, 600, 0xffff_fffe, Number.POSITIVE_INFINITY]);
  reply.subnetMask = choices.of([0, 0xffff_ff00]);
  const flags = choices.octet();
  reply.routerIsLease = (flags & 1) !== 0;
  reply.echoClientId = (flags & 2) !== 0;
  reply.rapidCommit = (flags & 4) !== 0;
  reply.forceBroadcastFlag = (flags & 8) !== 0;
  reply.hostName = choices.take(choices.below(80)).slice();
  reply.message = choices.take(choices.octet()).slice();
  reply.fileName = choices.take(choices.below(140)).slice();
  reply.serverName = choices.take(choices.below(70)).slice();
  const options: [number, Uint8Array][] = [];
  for (let left = choices.below(OPTIONS_MAX); left > 0; left--) {
    const code = 1 + choices.below(254);
    options.push([code, choices.take(choices.octet() * choices.of([1, 1, 1, 4])).slice()]);
  }
  reply.options = new OptionSet(options, DEFAULT_ORDER);
}

function checkReply(octets: Uint8Array): void {
  const message = decodeMessage(octets);
  check(
    message.options.get(53)?.[0] === (reply.messageType === MessageType.bootp ? undefined : reply.messageType),
    () => "option 53 is another one",
  );
  const information = query.option(82);
  const echoed = message.options.get(82);
  const isEchoed =
    echoed === undefined
      ? (information?.length ?? 0) === 0
      : Buffer.from(echoed).equals(Buffer.from(information ?? []));
  check(isEchoed, () => "option 82 is not what the relay sent");
  for (const [code, value] of message.options) {
    const configured = reply.options.get(code);
    if (configured === undefined || COMPUTED.has(code) || (code === 80 && reply.rapidCommit)) continue;
    // A zero follows a text where the client's own name has one.
    const isPadded = value.length === configured.length + 1 && value.at(-1) === 0;
    const said = isPadded ? value.slice(0, -1) : value;
    check(Buffer.from(said).equals(Buffer.from(configured)), () => `option ${code} is not what was configured`);
  }
  // Read by our own decoder too, as if it were a query.
  turned.set(octets);
  turned[0] = 1;
  const fault = decodeQuery(turned, 0, octets.length, answer);
  check(fault === undefined || (query.hops > 16 && fault === "malformed-hops"), () => `our own decoder finds ${fault}`);
  if (fault === undefined) {
    check(answer.xid === query.xid && answer.yiaddr === reply.yiaddr, () => "it is not the answer to the query");
    readMessage(answer);
  }
}

export const replyTarget: Target = {
  name: "reply",
  unit: "replies",
  seeds: MESSAGE_SEEDS.map((message, i) =>
    joined(
      pieceOf(message),
      Uint8Array.from({ length: 60 }, (_, at) => at * i),
    ),
  ),
  words: MESSAGE_WORDS,
  octetsMax: 3000,
  run(octets) {
    const choices = new Choices(octets);
    const message = choices.piece();
    if (decodeQuery(message, 0, message.length, query) !== undefined) return 1;
    chooseReply(choices);
    const at = choices.below(64);
    target.fill(GUARD);
    const length = encodeReply(query, reply, target, at);
    check(length >= MESSAGE_OCTETS_MIN && length <= REPLY_OCTETS_MAX, () => `a reply of ${length} octets`);
    check(
      target.subarray(0, at).every((octet) => octet === GUARD),
      () => "octets were written in front of the reply",
    );
    check(
      target.subarray(at + Math.max(length, REPLY_OCTETS_MAX)).every((octet) => octet === GUARD),
      () => "octets were written behind the reply",
    );
    checkReply(target.subarray(at, at + length));
    return 1;
  },
};
