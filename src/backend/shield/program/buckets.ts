// The part of the kernel shield's program that takes from buckets (program.ts says which). Goes on at "passed", or at "drop-"
// with the kind of the limit.

import { Offset } from "../../../wire/layout.ts";
import {
  call,
  compute,
  constant,
  exchangeIfSame,
  jump,
  jumpIf,
  label,
  load,
  STACK,
  type Statement,
  set,
  setLong,
  store,
  storeConstant,
} from "./assembler.ts";
import { LimitKind } from "./maps.ts";
import { AGENT_OCTETS_MAX, At, address, lookUp, message, update } from "./pieces.ts";

const ETHERNET_HARDWARE = 1;
const HARDWARE_OCTETS = 6;

/** Writes the limit's kind where `take` looks for it. */
function kind(which: keyof typeof LimitKind): Statement {
  return storeConstant(4, STACK, At.kind, LimitKind[which], `limit: ${which}`);
}

/** r8 = the limit of the kind on the stack, r9 = now. */
const PREPARE: readonly Statement[] = [
  ...lookUp("limits", At.kind, "the limit"),
  jumpIf("equal", 0, constant(0), "pass", "none"),
  set(8, 0, "limit"),
  call("nanoseconds", "now"),
  set(9, 0, "now"),
];

/** Takes from the bucket in r7 by the limit of the kind on the stack; goes on at `over` if there is nothing in it. */
function take(name: string, over: string): readonly Statement[] {
  const attempt = (number: number): readonly Statement[] => [
    load(8, 0, 7, 0, "theoretical arrival time"),
    set(4, 0, ""),
    jumpIf("atLeast", 4, 9, `${name}-ahead-${number}`, "in the future"),
    set(4, 9, "else now"),
    label(`${name}-ahead-${number}`),
    set(5, 4, ""),
    compute("subtract", 5, 9, "so far ahead"),
    jumpIf("greater", 5, 3, over, "more than is tolerated"),
    compute("add", 4, 2, "one interval later"),
    set(1, 0, "what it has to be still"),
    exchangeIfSame(7, 0, 4, "taken"),
    jumpIf("equal", 0, 1, `${name}-taken`, "nobody was faster"),
  ];
  return [
    ...PREPARE,
    load(8, 2, 8, 0, "interval"),
    load(8, 3, 8, 8, "tolerance"),
    jumpIf("equal", 2, constant(0), `${name}-taken`, "no limit"),
    ...attempt(1),
    ...attempt(2),
    // Another processor was faster twice: this is a flood.
    jump(over, "lost twice"),
    label(`${name}-taken`),
  ];
}

/** Makes an entry with a bucket that one was taken from. */
function enter(name: "recent" | "ports", key: number): readonly Statement[] {
  return [
    ...PREPARE,
    load(8, 1, 8, 0, "interval"),
    compute("add", 1, 9, "one interval from now"),
    store(8, STACK, At.value, 1, ""),
    ...update(name, key, "the entry"),
  ];
}

/** A client that has a lease: its own bucket and no other. */
export const CLIENT: readonly Statement[] = [
  storeConstant(8, STACK, At.hardware, 0, ""),
  load(1, 1, STACK, message + Offset.htype, "htype"),
  jumpIf("unequal", 1, constant(ETHERNET_HARDWARE), "relay", "not Ethernet"),
  load(1, 1, STACK, message + Offset.hlen, "hlen"),
  jumpIf("unequal", 1, constant(HARDWARE_OCTETS), "relay", "not Ethernet"),
  load(4, 1, STACK, message + Offset.chaddr, "hardware address"),
  store(4, STACK, At.hardware, 1, ""),
  load(2, 1, STACK, message + Offset.chaddr + 4, ""),
  store(2, STACK, At.hardware + 4, 1, ""),
  ...lookUp("clients", At.hardware, "a client with a lease"),
  jumpIf("equal", 0, constant(0), "relay", "none"),
  set(7, 0, "its bucket"),
  kind("hardwareAddress"),
  ...take("client", "drop-hardwareAddress"),
  jump("passed", ""),
];

const MIX_HIGH = 0x9e3779b97f4a7c15n;
const MIX_SHIFT = 29;

/** The key of the relay port: giaddr and a hash of option 82. */
export const PORT_KEY: readonly Statement[] = [
  label("relay"),
  storeConstant(4, STACK, At.isNewPort, 0, ""),
  load(4, 1, STACK, message + Offset.giaddr, "giaddr"),
  store(4, STACK, At.port, 1, ""),
  storeConstant(4, STACK, At.port + 4, 0, ""),
  storeConstant(8, STACK, At.portHash, 0, ""),
  jumpIf("equal", 1, constant(0), "recent", "no relay"),
  kind("relay"),
  load(8, 4, STACK, At.agentOctets, "octets of option 82"),
  jumpIf("equal", 4, constant(0), "port", "none"),
  jumpIf("atMost", 4, constant(AGENT_OCTETS_MAX), "agent", ""),
  set(4, constant(AGENT_OCTETS_MAX), "as many as count"),
  label("agent"),
  ...Array.from({ length: AGENT_OCTETS_MAX / 8 }, (_, i) => storeConstant(8, STACK, At.agentValue + i * 8, 0, "")),
  set(1, 6, "frame"),
  load(8, 2, STACK, At.agent, "value"),
  ...address(3, At.agentValue),
  call("loadOctets", "value of option 82"),
  jumpIf("unequal", 0, constant(0), "port", "not there"),
  kind("relayPort"),
  ...setLong(2, MIX_HIGH, "mixes"),
  load(8, 1, STACK, At.agentOctets, "octets"),
  ...Array.from({ length: AGENT_OCTETS_MAX / 8 }, (_, i) => [
    load(8, 3, STACK, At.agentValue + i * 8, ""),
    compute("xor", 1, 3, ""),
    compute("multiply", 1, 2, ""),
    set(3, 1, ""),
    compute("right", 3, constant(MIX_SHIFT), ""),
    compute("xor", 1, 3, ""),
  ]).flat(),
  store(8, STACK, At.portHash, 1, "hash"),
];

/** Takes from the relay port's bucket, if it has one. */
export const PORT: readonly Statement[] = [
  label("port"),
  ...lookUp("ports", At.port, "the relay port's bucket"),
  jumpIf("unequal", 0, constant(0), "known-port", ""),
  storeConstant(4, STACK, At.isNewPort, 1, "gets one if it passes"),
  jump("recent", ""),
  label("known-port"),
  set(7, 0, "bucket"),
  ...take("port", "over-port"),
  jump("recent", ""),
  label("over-port"),
  load(4, 1, STACK, At.kind, ""),
  jumpIf("equal", 1, constant(LimitKind.relayPort), "drop-relayPort", ""),
  jump("drop-relay", ""),
];

/** A client without a lease: its own bucket if it was seen lately, and the interface's bucket for all such clients. */
export const NEWCOMER: readonly Statement[] = [
  label("recent"),
  storeConstant(4, STACK, At.isNewAddress, 0, ""),
  load(8, 1, STACK, At.hardware, "hardware address"),
  jumpIf("equal", 1, constant(0), "newClient", "none"),
  ...lookUp("recent", At.hardware, "seen lately"),
  jumpIf("equal", 0, constant(0), "new-address", "no"),
  set(7, 0, "its bucket"),
  kind("hardwareAddress"),
  ...take("recent", "drop-hardwareAddress"),
  jump("newClient", ""),
  label("new-address"),
  storeConstant(4, STACK, At.isNewAddress, 1, "gets a bucket if it passes"),
  label("newClient"),
  load(8, 7, STACK, At.bucket, "for clients without a lease"),
  kind("newClient"),
  ...take("newClient", "drop-newClient"),
  load(4, 1, STACK, At.isNewAddress, ""),
  jumpIf("equal", 1, constant(0), "new-port", ""),
  kind("hardwareAddress"),
  ...enter("recent", At.hardware),
  label("new-port"),
  load(4, 1, STACK, At.isNewPort, ""),
  jumpIf("equal", 1, constant(0), "passed", ""),
  kind("relayPort"),
  load(8, 1, STACK, At.portHash, ""),
  jumpIf("unequal", 1, constant(0), "enter-port", ""),
  kind("relay"),
  label("enter-port"),
  ...enter("ports", At.port),
];
