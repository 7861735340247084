// Which received frames the server gets to see. It takes IP and UDP off as the kernel would. The filter does not
// validate: the code here checks every length and checksum, and whether the frame is for us at all.
//
// Guarantees: nothing is copied and nothing is allocated per frame. It drops, beside the datagrams that ReceiveBatch
// drops, and counts by reason: new clients' frames, by chance, while there are too many; frames with wrong lengths or
// checksums; frames of another interface (the socket of the interface below a VLAN sees the VLAN's frame too); unicasts
// to an address that is not on this host at present; on an interface that is not served, unicasts to an address at
// which the server answers on served interfaces only.

import type { Ipv4 } from "../../base/ipv4.ts";
import { RECEIVE_SLOT_OCTETS } from "../../base/limits/backend.ts";
import { SHED_WHOLE } from "../../base/limits/overload.ts";
import type { ReceiveRows } from "../../native/rows.ts";
import { FRAME_HEADER_OCTETS, Frame, type FrameFault, parseFrame } from "../../wire/frame.ts";
import { SERVER_PORT } from "../../wire/layout.ts";
import { MessageType, peekMessageType } from "../../wire/message-type.ts";
import { Count } from "../backend-counters.ts";
import type { LocalView } from "../listen/local-view.ts";
import { type Admission, judgeDatagram, KEEP, type Verdict } from "../receive-batch.ts";

const IP_HEADER = 14;
/** Version 4, five words. */
const SHORTEST_IP_HEADER = 0x45;

const FAULTS: Readonly<Record<FrameFault, Count>> = {
  "frame-truncated": Count.frameTruncated,
  "frame-not-ipv4": Count.frameNotIpv4,
  "frame-not-udp": Count.frameNotUdp,
  "frame-fragment": Count.frameFragment,
  "frame-length": Count.frameLength,
  "frame-ip-checksum": Count.frameIpChecksum,
  "frame-udp-checksum": Count.frameUdpChecksum,
};

/** The Admission of frames. */
export class FrameAdmission implements Admission {
  private readonly frame = new Frame();
  /** How many of SHED_WHOLE new clients' frames are looked at. */
  share = SHED_WHOLE;

  unwrap(arena: Uint8Array, rows: ReceiveRows, slot: number, ifindex: number): Verdict {
    const { frame, share } = this;
    if (rows.ifindex(slot) !== ifindex) return Count.frameOtherInterface;
    const start = slot * RECEIVE_SLOT_OCTETS;
    const length = rows.length(slot);
    if (share < SHED_WHOLE && isDiscover(arena, start, length) && Math.random() * SHED_WHOLE >= share)
      return Count.frameShed;
    const fault = parseFrame(arena, start, length, rows.isChecksumWhole(slot), frame);
    if (fault !== undefined) return FAULTS[fault];
    if (frame.destinationPort !== SERVER_PORT) return Count.receiveDestinationUnknown;
    rows.setPayload(slot, frame.payloadStart, frame.payloadLength);
    rows.setAddresses(slot, frame.source, frame.sourcePort, frame.destination);
    return KEEP;
  }

  /** Frames to foreign addresses pass by all the time: only one to a configured address is worth a look. */
  mayBeNew(destination: Ipv4, { ownOrConfigured, interfaces }: LocalView): boolean {
    return ownOrConfigured.has(destination) && !interfaces.own.has(destination);
  }

  /**
   * Takes what a UDP socket would hear: broadcasts of served interfaces, and frames to addresses that the server
   * answers at.
   */
  judge(rows: ReceiveRows, slot: number, view: LocalView): Verdict {
    const verdict = judgeDatagram(rows, slot, view);
    const destination = rows.destination(slot);
    if (verdict !== KEEP || view.interfaces.broadcasts.has(destination)) return verdict;
    // The kernel does not deliver to an absent address either: another host has it (VRRP) or will have it.
    if (!view.interfaces.own.has(destination)) return Count.receiveDestinationUnknown;
    const isAnswered = view.servedInterfaces.has(rows.ifindex(slot)) || view.answeredAnywhere.has(destination);
    return isAnswered ? KEEP : Count.receiveInterfaceNotServed;
  }
}

/**
 * Whether it looks like a DHCPDISCOVER: option 53 first, behind the shortest IP header, as nearly every client has
 * it. A look at three octets: checksums cost more than the kernel takes to hand a frame over.
 */
function isDiscover(bytes: Uint8Array, start: number, length: number): boolean {
  if (bytes[start + IP_HEADER] !== SHORTEST_IP_HEADER) return false;
  const message = start + FRAME_HEADER_OCTETS;
  return peekMessageType(bytes, message, length - FRAME_HEADER_OCTETS, 1) === MessageType.discover;
}
