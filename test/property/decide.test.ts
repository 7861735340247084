// Deciding only reads: whatever the configuration, the leases and the query, deciding twice gives equal decisions, and
// nothing that was passed in has changed.

import fc from "fast-check";
import { expect, it } from "vitest";
import { decide } from "../../src/engine/decide.ts";
import { deliver } from "../../src/engine/deliver/delivery.ts";
import { Origin, receive } from "../../src/engine/exchange.ts";
import { identify } from "../../src/engine/identify.ts";
import { locate } from "../../src/engine/locate/locate.ts";
import { NO_LEASE } from "../../src/lease/table/table.ts";
import { ArrivalSlot } from "../../src/wire/arrival.ts";
import { EngineWorld, KEYS, testInterface } from "../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../support/message-builder.ts";

const CLIENTS = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"];
const ADDRESSES = ["10.0.0.9", "10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.1.0.20", "10.9.9.9"];

const STATEMENTS = [
  "authoritative;",
  "ping-check off;",
  "one-lease-per-client on;",
  "always-broadcast on;",
  "never-broadcast on;",
  "ignore-client-uids on;",
  "rapid-commit on;",
  "use-host-decl-names on;",
  "allow leasequery;",
  "deny unknown-clients;",
  'class "cam" { match if substring(option vendor-class-identifier, 0, 3) = "CAM"; max-lease-time 60; }',
  "host fixed { hardware ethernet 02:00:00:00:00:03; fixed-address 10.0.0.12; }",
  "option auto-config false;",
];
const POOLS = [
  "range 10.0.0.10 10.0.0.13;",
  "range dynamic-bootp 10.0.0.10 10.0.0.13;",
  'pool { range 10.0.0.10 10.0.0.11; deny members of "cam"; } pool { range 10.0.0.13; allow unknown-clients; }',
];

const message = fc.record({
  client: fc.constantFrom(0, 0, 0, 1, 2, 3),
  clientId: fc.constantFrom(undefined, undefined, undefined, 1, 2),
  type: fc.constantFrom(1, 1, 1, 3, 3, 3, 4, 4, 7, 7, 8, 0, 10, 9),
  address: fc.constantFrom(...ADDRESSES),
  /** Whether the address is the one that a client was told last. */
  followsReply: fc.constantFrom(true, true, true, false),
  named: fc.constantFrom("requested", "ciaddr", "both", "neither"),
  serverId: fc.constantFrom("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.99", ""),
  giaddr: fc.constantFrom("", "", "", "", "10.1.0.1", "192.0.2.1"),
  vendor: fc.constantFrom("", "CAM1"),
  rapid: fc.boolean(),
  broadcast: fc.boolean(),
  to: fc.constantFrom("255.255.255.255", "10.0.0.1"),
  seconds: fc.constantFrom(0, 0, 1, 31, 90, 700),
  /** Of a cluster: whether its store takes changes, and whether it has been read for the message. */
  isStoreAway: fc.constantFrom(false, false, true),
  isFresh: fc.boolean(),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** A conversation that comes to an offer, an ACK and a NAK, whatever else is drawn. */
const PLAIN: Message = {
  ...{ client: 0, clientId: undefined, type: 1, address: "10.0.0.9", followsReply: true, named: "requested" },
  ...{ serverId: "", giaddr: "", vendor: "", rapid: false, broadcast: false, to: "255.255.255.255", seconds: 0 },
  ...{ isStoreAway: false, isFresh: false },
};
const CONVERSATION: readonly Message[] = [
  { ...PLAIN, named: "neither" },
  { ...PLAIN, type: 3, serverId: "10.0.0.1" },
  { ...PLAIN, type: 3, address: "10.9.9.9", followsReply: false },
];

function partsOf(m: Message): MessageParts {
  const options: [number, number[]][] = [];
  if (m.vendor !== "") options.push([60, [...Buffer.from(m.vendor)]]);
  if (m.rapid) options.push([80, []]);
  if (m.giaddr !== "") options.push([82, [1, 1, m.client]]);
  return {
    type: m.type,
    chaddr: CLIENTS[m.client] ?? "",
    xid: m.client,
    broadcast: m.broadcast,
    options,
    ...(m.giaddr === "" ? {} : { giaddr: m.giaddr }),
    ...(m.clientId === undefined ? {} : { clientId: [0, m.clientId, 1] }),
    ...(m.named === "requested" || m.named === "both" ? { requested: m.address } : {}),
    ...(m.named === "ciaddr" || m.named === "both" ? { ciaddr: m.address } : {}),
    ...(m.serverId === "" ? {} : { serverId: m.serverId }),
  };
}

function fromOf(m: Message): string {
  if (m.giaddr !== "") return m.giaddr;
  return m.named === "ciaddr" || m.named === "both" ? m.address : "0.0.0.0";
}

/** All that can be seen of an object, but for what only saves work: each object once, functions by their name. */
function picture(value: unknown, seen = new Set<unknown>()): unknown {
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return "seen";
  seen.add(value);
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (value instanceof Map) return [...value].map((entry) => picture(entry, seen));
  if (value instanceof Set) return [...value].map((entry) => picture(entry, seen));
  return Object.entries(value).map(([key, inner]) => [key, picture(inner, seen)]);
}

/** What a decision comes to. */
function outcomeOf({ exchange }: EngineWorld): unknown {
  return picture([exchange.decision, exchange.delivery, exchange.destination, exchange.port]);
}

it("gives equal decisions twice, and changes nothing that it was given", () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(
      fc.subarray(STATEMENTS),
      fc.constantFrom(...POOLS),
      fc.array(message, { minLength: 1, maxLength: 25 }),
      fc.constantFrom(undefined, { reserveSeconds: 600, clockSkewSeconds: 30 }),
      (statements, pools, messages, cluster) => {
        const world = new EngineWorld(
          `${statements.join("\n")}
           ${statements.some((text) => text.startsWith("class")) ? "" : 'class "cam" { match if exists user-class; }'}
           subnet 10.0.0.0 netmask 255.255.255.0 { ${pools} }
           subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.20 10.1.0.22; }`,
          [testInterface(2, "lan0", "10.0.0.1")],
          cluster,
        );
        const { exchange, serving, sent, queryLimits } = world;
        let told = "";
        for (const drawn of messages) {
          const m = drawn.followsReply && told !== "" ? { ...drawn, address: told } : drawn;
          world.now += m.seconds;
          world.expire();
          const bytes = buildMessage(partsOf(m));
          const arrival = new ArrivalSlot();
          arrival.copyFrom({
            ifindex: 2,
            localAddress: ip(m.to),
            remoteAddress: ip(fromOf(m)),
            remotePort: 68,
          });
          exchange.begin(Origin.socket, world.monotonic, NO_LEASE, [], 0, m.isFresh);
          serving.isStoreAway = m.isStoreAway;
          expect(receive(exchange, bytes, 0, bytes.length, arrival)).toBeUndefined();
          locate(exchange, serving);
          identify(exchange, serving, KEYS);
          queryLimits.admit(exchange);
          const given = (): unknown =>
            picture([
              serving.table,
              serving.checked,
              sent,
              queryLimits,
              arrival,
              bytes,
              exchange.query,
              exchange.client,
            ]);
          const once = (): unknown => {
            decide(exchange, serving, world.now);
            if (exchange.decision.hasReply) deliver(exchange, serving, sent, world.now);
            return outcomeOf(world);
          };
          const before = given();
          const first = once();
          expect(given()).toEqual(before);
          // What only saves work has been worked out by now: nothing at all may change any more.
          const whole = picture(serving);
          expect(once()).toEqual(first);
          expect(picture(serving)).toEqual(whole);
          reasons.add(exchange.decision.reason);
          const { yiaddr } = world.send(partsOf(m), { to: m.to, from: fromOf(m) });
          if (yiaddr !== "0.0.0.0") told = yiaddr;
        }
      },
    ),
    { numRuns: 25, examples: [[["authoritative;", "ping-check off;"], POOLS[0] ?? "", [...CONVERSATION], undefined]] },
  );
  for (const reason of ["offer-new", "ack-selecting", "nak-wrong-link"]) expect(reasons).toContain(reason);
});
