// The classic BPF programs that keep datagrams that can be no DHCP or BOOTP request out of a socket, before they cost a
// wake-up. They do not validate: wire/frame.ts and decodeQuery do that.
//
// 236 octets are the fixed header of BOOTP (RFC 951): the filter does not ask for the magic cookie behind it, so that a
// plain BOOTP client still gets through. `anydhcpctl filter` prints the programs. The programs for packet sockets are
// compiled into the helper, since it does not trust main with them: `npm run filters` writes helper/packet_filters.h,
// and a test compares.

import { SHED_WHOLE } from "../../base/limits/overload.ts";
import { BOOTREPLY, BOOTREQUEST, CLIENT_PORT, HEADER_OCTETS, Offset, SERVER_PORT } from "../../wire/layout.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { SELF_XID } from "../../wire/self-query.ts";
import {
  Ancillary,
  and,
  assemble,
  encode,
  type Instruction,
  ifAnyBit,
  ifAtLeast,
  ifEqual,
  ifGreater,
  keep,
  label,
  load,
  loadBehindIndex,
  loadIndexFromNibble,
  loadLength,
} from "./assembler.ts";

const UDP_HEADER_OCTETS = 8;
const MESSAGE_OCTETS_MIN = UDP_HEADER_OCTETS + HEADER_OCTETS;
/** Where the IP header begins in an Ethernet frame; the index register leads to the headers behind it. */
const IP = 14;
const ETHERTYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
/** More fragments, or an offset. */
const FRAGMENT_BITS = 0x3fff;
/** More than any datagram: keep all of it. */
const WHOLE = 0x40000;

const DROP = [label("drop"), keep(0, "drop")] as const;

/** What both programs for UDP sockets ask first. */
const REQUEST = [
  loadLength("UDP header and payload"),
  ifAtLeast(MESSAGE_OCTETS_MIN, { whenFalse: "drop" }, "at least a BOOTP header"),
  load(1, UDP_HEADER_OCTETS, "op"),
  ifEqual(BOOTREQUEST, { whenTrue: "request" }, "BOOTREQUEST"),
  // Lets through the replies to the server's own queries to itself (wire/self-query.ts), and no others.
  load(4, UDP_HEADER_OCTETS + Offset.xid, "transaction identifier"),
  ifEqual(SELF_XID, { whenTrue: "keep", whenFalse: "drop" }, "what the server has sent to itself"),
  label("request"),
] as const;

const KEEP = [label("keep"), keep(WHOLE, "keep all of it"), ...DROP] as const;

/** For a UDP socket, where offset 0 is the UDP header. Datagrams that it rejects count as lost by the socket. */
export const PREFILTER: readonly Instruction[] = assemble([...REQUEST, ...KEEP]);

/** Option 53, of one octet, DHCPDISCOVER: as the first option, which peekMessageType looks at too. */
const DISCOVER_FIRST = (OptionCode.messageType << 24) | (1 << 16) | (MessageType.discover << 8);
const FIRST_OPTION = UDP_HEADER_OCTETS + Offset.options;

/** The prefilter that lets a share of the DISCOVERs (of SHED_WHOLE) through, by chance, and everything else; PREFILTER for all. */
export function shedding(share: number): readonly Instruction[] {
  if (share >= SHED_WHOLE) return PREFILTER;
  return assemble([
    ...REQUEST,
    loadLength("UDP header and payload"),
    ifAtLeast(FIRST_OPTION + 4, { whenFalse: "keep" }, "with options"),
    load(4, FIRST_OPTION, "first option"),
    and(0xffffff00, "code, length and value"),
    ifEqual(DISCOVER_FIRST, { whenFalse: "keep" }, "DHCPDISCOVER"),
    load(4, Ancillary.random, "chance"),
    ifAtLeast(share * (2 ** 32 / SHED_WHOLE), { whenTrue: "drop" }, `${share} of ${SHED_WHOLE}`),
    ...KEEP,
  ]);
}

/** What both programs for frames ask first: untagged, IPv4, UDP, no fragment; the index register is set after it. */
const WHOLE_UDP = [
  load(2, Ancillary.vlanTagPresent, "VLAN tag"),
  ifEqual(0, { whenFalse: "drop" }, "none"),
  load(2, Ancillary.protocol, "EtherType"),
  ifEqual(ETHERTYPE_IPV4, { whenFalse: "drop" }, "IPv4"),
  load(1, IP, "version and header length"),
  and(0xf0, "version"),
  ifEqual(0x40, { whenFalse: "drop" }, "4"),
  load(1, IP + 9, "protocol"),
  ifEqual(PROTOCOL_UDP, { whenFalse: "drop" }, "UDP"),
  load(2, IP + 6, "flags and fragment offset"),
  ifAnyBit(FRAGMENT_BITS, { whenTrue: "drop" }, "a fragment"),
  loadIndexFromNibble(IP, "length of the IP header, options included"),
] as const;

/** For a packet socket bound to one Ethernet interface, where offset 0 is the Ethernet header. */
export const FRAME_FILTER: readonly Instruction[] = assemble([
  load(2, Ancillary.packetType, "for whom it is"),
  ifGreater(PACKET_MULTICAST, { whenTrue: "drop" }, "another host, or our own"),
  ...WHOLE_UDP,
  loadBehindIndex(2, IP + 2, "destination port"),
  ifEqual(SERVER_PORT, { whenFalse: "drop" }, "67, both octets"),
  loadBehindIndex(2, IP + 4, "UDP length"),
  ifAtLeast(MESSAGE_OCTETS_MIN, { whenFalse: "drop" }, "at least a BOOTP header"),
  loadBehindIndex(1, IP + UDP_HEADER_OCTETS, "op"),
  ifEqual(BOOTREQUEST, { whenFalse: "drop" }, "BOOTREQUEST"),
  keep(WHOLE, "keep all of it"),
  ...DROP,
]);

/** The same for an observer: requests for us, and all servers' replies to clients and relays. */
export const OBSERVE_FILTER: readonly Instruction[] = assemble([
  load(2, Ancillary.packetType, "for whom it is"),
  ifGreater(PACKET_OTHERHOST, { whenTrue: "drop" }, "our own"),
  ...WHOLE_UDP,
  loadBehindIndex(2, IP + 4, "UDP length"),
  ifAtLeast(MESSAGE_OCTETS_MIN, { whenFalse: "drop" }, "at least a BOOTP header"),
  loadBehindIndex(1, IP + UDP_HEADER_OCTETS, "op"),
  ifEqual(BOOTREPLY, { whenTrue: "reply" }, "BOOTREPLY"),
  ifEqual(BOOTREQUEST, { whenFalse: "drop" }, "BOOTREQUEST"),
  load(2, Ancillary.packetType, "for whom it is"),
  ifGreater(PACKET_MULTICAST, { whenTrue: "drop" }, "another host"),
  loadBehindIndex(2, IP + 2, "destination port"),
  ifEqual(SERVER_PORT, { whenTrue: "keep", whenFalse: "drop" }, "67"),
  label("reply"),
  loadBehindIndex(2, IP, "source port"),
  ifEqual(SERVER_PORT, { whenFalse: "drop" }, "67: a server's, or a relay's"),
  loadBehindIndex(2, IP + 2, "destination port"),
  ifEqual(SERVER_PORT, { whenTrue: "keep" }, "67: to a relay"),
  ifEqual(CLIENT_PORT, { whenFalse: "drop" }, "68: to a client"),
  label("keep"),
  keep(WHOLE, "keep all of it"),
  ...DROP,
]);

/** For the UDP socket that only holds port 67 while frames are read: drops everything. */
export const DROP_ALL: readonly Instruction[] = assemble([keep(0, "drop")]);

/** The programs as the kernel takes them. */
export function prefilterProgram(share = SHED_WHOLE): Uint8Array {
  return encode(shedding(share));
}

/** See DROP_ALL. */
export function dropAllProgram(): Uint8Array {
  return encode(DROP_ALL);
}
