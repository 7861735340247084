// The part of the kernel shield's program that reads a frame: whether it is a DHCPDISCOVER for this host. Goes on at "pass"
// if it is none, and at "other" if it is another message to port 67.

import { BOOTREQUEST, MAGIC_COOKIE, Offset, SERVER_PORT } from "../../../wire/layout.ts";
import { MessageType } from "../../../wire/message-type.ts";
import { OptionCode } from "../../../wire/options/option-code.ts";
import {
  compute,
  constant,
  fromNetwork,
  jump,
  jumpIf,
  label,
  load,
  STACK,
  type Statement,
  set,
  store,
  storeConstant,
} from "./assembler.ts";
import { At, HEAD_OCTETS, loadOctets, lookUp, message, UDP_OCTETS } from "./pieces.ts";

// struct xdp_md.
const CONTEXT = { data: 0, end: 4, ifindex: 12 } as const;

const ETHERTYPE = 12;
const ETHERNET_OCTETS = 14;
const TAG_OCTETS = 4;
const VLAN_TAG = 0x8100;
const VLAN_MASK = 0x0fff;
const IPV4 = 0x0800;
const IP = { octets: 20, fragment: 6, protocol: 9, destination: 16 } as const;
const UDP = { destination: 2, length: 4 } as const;
const PROTOCOL_UDP = 17;
/** More fragments, or an offset. */
const FRAGMENT_BITS = 0x3fff;
const END_OPTION = 255;
const OFFSET_MASK = 0xffff;

/** So many options are looked at, pads among them; real clients send fewer than 20. The verifier lets no more pads be passed over. */
const OPTIONS_MAX = 64;
/** r7 = where the UDP header is; a frame of something else passes. */
export const FRAME: readonly Statement[] = [
  set(6, 1, "frame"),
  load(4, 2, 1, CONTEXT.data, "its start"),
  load(4, 3, 1, CONTEXT.end, "its end"),
  set(4, 2, ""),
  compute("add", 4, constant(ETHERNET_OCTETS + TAG_OCTETS + IP.octets + UDP_OCTETS), "with the smallest headers"),
  jumpIf("greater", 4, 3, "pass", "shorter"),
  set(7, constant(ETHERNET_OCTETS), "IP header"),
  load(2, 5, 2, ETHERTYPE, "EtherType"),
  fromNetwork(16, 5, ""),
  jumpIf("unequal", 5, constant(VLAN_TAG), "untagged", "no VLAN tag"),
  load(2, 5, 2, ETHERNET_OCTETS, "tag"),
  fromNetwork(16, 5, ""),
  compute("and", 5, constant(VLAN_MASK), "VLAN"),
  jumpIf("unequal", 5, constant(0), "pass", "another interface's"),
  load(2, 5, 2, ETHERTYPE + TAG_OCTETS, "EtherType"),
  fromNetwork(16, 5, ""),
  compute("add", 2, constant(TAG_OCTETS), "behind the tag"),
  set(7, constant(ETHERNET_OCTETS + TAG_OCTETS), "IP header"),
  label("untagged"),
  jumpIf("unequal", 5, constant(IPV4), "pass", "not IPv4"),
  load(1, 5, 2, ETHERNET_OCTETS, "version and header length"),
  set(4, 5, ""),
  compute("and", 4, constant(0xf0), "version"),
  jumpIf("unequal", 4, constant(0x40), "pass", "not 4"),
  compute("and", 5, constant(0x0f), "words of the header"),
  jumpIf("less", 5, constant(IP.octets / 4), "pass", "too few"),
  compute("left", 5, constant(2), "octets of the header"),
  compute("add", 7, 5, "UDP header"),
  load(1, 4, 2, ETHERNET_OCTETS + IP.protocol, "protocol"),
  jumpIf("unequal", 4, constant(PROTOCOL_UDP), "pass", "not UDP"),
  load(2, 4, 2, ETHERNET_OCTETS + IP.fragment, "flags and fragment offset"),
  fromNetwork(16, 4, ""),
  compute("and", 4, constant(FRAGMENT_BITS), ""),
  jumpIf("unequal", 4, constant(0), "pass", "a fragment"),
  load(4, 4, 2, ETHERNET_OCTETS + IP.destination, "destination"),
  store(4, STACK, At.destination, 4, ""),
  storeConstant(4, STACK, At.destination + 4, 0, ""),
  // Without IP options, the port is at a known place and needs no call.
  jumpIf("unequal", 5, constant(IP.octets), "udp", "IP options"),
  load(2, 4, 2, ETHERNET_OCTETS + IP.octets + UDP.destination, "destination port"),
  fromNetwork(16, 4, ""),
  jumpIf("unequal", 4, constant(SERVER_PORT), "pass", "not 67"),
  label("udp"),
];

/** A BOOTREQUEST with options to port 67 of ours, by an interface with the shield; r8 = its end, r7 = its options. */
export const REQUEST: readonly Statement[] = [
  ...loadOctets(HEAD_OCTETS, At.head, "pass", "UDP header, op to chaddr"),
  load(2, 4, STACK, At.head + UDP.destination, "destination port"),
  fromNetwork(16, 4, ""),
  jumpIf("unequal", 4, constant(SERVER_PORT), "pass", "not 67"),
  load(1, 4, STACK, message + Offset.op, "op"),
  jumpIf("unequal", 4, constant(BOOTREQUEST), "pass", "no BOOTREQUEST"),
  load(2, 8, STACK, At.head + UDP.length, "UDP length"),
  fromNetwork(16, 8, ""),
  compute("add", 8, 7, "end of the datagram"),
  ...lookUp("destinations", At.destination, "whether it is for us"),
  jumpIf("equal", 0, constant(0), "pass", "for somebody else"),
  load(4, 1, 6, CONTEXT.ifindex, "interface"),
  store(4, STACK, At.ifindex, 1, ""),
  store(4, STACK, At.recentInterface, 1, ""),
  storeConstant(4, STACK, At.recentInterface + 4, 0, ""),
  ...lookUp("interfaces", At.ifindex, "its bucket for clients without a lease"),
  jumpIf("equal", 0, constant(0), "pass", "without the shield"),
  store(8, STACK, At.bucket, 0, ""),
  compute("add", 7, constant(UDP_OCTETS + Offset.cookie), "magic cookie"),
  ...loadOctets(4, At.value, "other", "magic cookie"),
  load(4, 4, STACK, At.value, ""),
  fromNetwork(32, 4, ""),
  jumpIf("unequal", 4, constant(MAGIC_COOKIE), "other", "BOOTP"),
  compute("add", 7, constant(Offset.options - Offset.cookie), "options"),
];

/** Looks for options 53 and 82. */
export const OPTIONS: readonly Statement[] = [
  storeConstant(8, STACK, At.isDiscover, 0, ""),
  storeConstant(8, STACK, At.agent, 0, ""),
  storeConstant(8, STACK, At.agentOctets, 0, ""),
  set(9, constant(0), "options seen"),
  label("next"),
  jumpIf("atLeast", 9, constant(OPTIONS_MAX), "read", "enough"),
  compute("add", 9, constant(1), ""),
  jumpIf("atLeast", 7, 8, "read", "end of the datagram"),
  ...loadOctets(3, At.option, "read", "code, length, first octet"),
  load(1, 1, STACK, At.option, "code"),
  jumpIf("equal", 1, constant(END_OPTION), "read", "end"),
  set(2, constant(-1), ""),
  jumpIf("equal", 1, constant(0), "step", "pad: one octet"),
  load(1, 2, STACK, At.option + 1, "length"),
  jumpIf("equal", 1, constant(OptionCode.messageType), "type", "message type"),
  jumpIf("unequal", 1, constant(OptionCode.relayAgentInformation), "step", "neither of them"),
  set(3, 7, ""),
  compute("add", 3, constant(2), "value"),
  store(8, STACK, At.agent, 3, ""),
  store(8, STACK, At.agentOctets, 2, ""),
  jump("step", ""),
  label("type"),
  jumpIf("unequal", 2, constant(1), "other", "malformed"),
  load(1, 3, STACK, At.option + 2, "message type"),
  jumpIf("unequal", 3, constant(MessageType.discover), "other", "no DISCOVER"),
  storeConstant(8, STACK, At.isDiscover, 1, ""),
  load(4, 3, STACK, message + Offset.giaddr, "giaddr"),
  jumpIf("equal", 3, constant(0), "read", "nothing else is looked for"),
  label("step"),
  compute("add", 7, 2, "behind the value"),
  compute("add", 7, constant(2), ""),
  compute("and", 7, constant(OFFSET_MASK), "for the verifier"),
  jump("next", ""),
  label("read"),
  load(8, 1, STACK, At.isDiscover, ""),
  jumpIf("equal", 1, constant(0), "other", "no DISCOVER"),
];
