// A batch of received frames: what ReceiveBatch is for datagrams, after IP and UDP have been taken off
// as the kernel would have done it. The filter is no validation: here every length and checksum is
// looked at, and whether the frame is for us at all.
//
// Guarantees: nothing is copied and nothing is allocated per frame. Dropped besides what ReceiveBatch
// drops, each counted by its reason: new clients' frames, by chance, while there are too many; frames
// that are not what they say; frames of another interface (a VLAN's frame is shown to the socket of the
// interface below it too); unicasts to an address that is not on this host at present; on an interface
// that is not served, unicasts to an address that is not answered elsewhere.

import type { Ipv4 } from "../../base/ipv4.ts";
import { RECEIVE_SLOT_OCTETS, SHED_WHOLE } from "../../base/limits.ts";
import { Frame, type FrameFault, parseFrame } from "../../wire/frame.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { Count } from "../backend-counters.ts";
import { KEEP, ReceiveBatch, type Verdict } from "../receive-batch.ts";

const SERVER_PORT = 67;
const IP_HEADER = 14;
/** Version 4, five words. */
const SHORTEST_IP_HEADER = 0x45;
/** Behind the headers of Ethernet, IP and UDP and the fixed part of a DHCP message. */
const FIRST_OPTION = IP_HEADER + 20 + 8 + 240;

const FAULTS: Readonly<Record<FrameFault, Count>> = {
  "frame-truncated": Count.frameTruncated,
  "frame-not-ipv4": Count.frameNotIpv4,
  "frame-not-udp": Count.frameNotUdp,
  "frame-fragment": Count.frameFragment,
  "frame-length": Count.frameLength,
  "frame-ip-checksum": Count.frameIpChecksum,
  "frame-udp-checksum": Count.frameUdpChecksum,
};

/** The frames of one receive call. */
export class FrameBatch extends ReceiveBatch {
  private readonly frame = new Frame();
  /** Interface of the socket that has filled the slots: set before `take`. */
  ifindex = 0;
  /** How many of SHED_WHOLE new clients' frames are looked at. */
  share = SHED_WHOLE;

  protected override judge(slot: number): Verdict {
    const { rows, frame } = this;
    if (rows.isControlCut(slot) || rows.isCut(slot)) return super.judge(slot);
    if (rows.ifindex(slot) !== this.ifindex) return Count.frameOtherInterface;
    const start = slot * RECEIVE_SLOT_OCTETS;
    const length = rows.length(slot);
    if (this.share < SHED_WHOLE && isDiscover(this.arena, start, length) && Math.random() * SHED_WHOLE >= this.share)
      return Count.frameShed;
    const fault = parseFrame(this.arena, start, length, rows.isChecksumWhole(slot), frame);
    if (fault !== undefined) return FAULTS[fault];
    if (frame.destinationPort !== SERVER_PORT) return Count.receiveDestinationUnknown;
    rows.setPayload(slot, frame.payloadStart, frame.payloadLength);
    rows.setAddresses(slot, frame.source, frame.sourcePort, frame.destination);
    const verdict = super.judge(slot);
    return verdict === KEEP ? this.judgeDestination() : verdict;
  }

  /** Frames to foreign addresses pass by all the time: only one that we are told to listen on is worth a look. */
  protected override mayBeNew(destination: Ipv4): boolean {
    return this.view.local.has(destination) && !this.view.own.has(destination);
  }

  /** Of what ReceiveBatch would keep: broadcasts of an interface that is served, addresses of ours or configured. */
  private judgeDestination(): Verdict {
    const { view } = this;
    const { destination } = this.frame;
    if (view.broadcasts.has(destination)) return KEEP;
    // The kernel does not deliver to an absent address either: somebody else has it (VRRP) or will have.
    if (!view.own.has(destination)) return Count.receiveDestinationUnknown;
    const isAnswered = view.served.has(this.ifindex) || view.answered.has(destination);
    return isAnswered ? KEEP : Count.receiveInterfaceNotServed;
  }
}

/**
 * Whether it looks like a DHCPDISCOVER: option 53 first, behind the shortest IP header, as nearly every client has
 * it. A look at three octets: checksums cost more than the kernel takes to hand a frame over.
 */
function isDiscover(bytes: Uint8Array, start: number, length: number): boolean {
  const option = start + FIRST_OPTION;
  return (
    length > FIRST_OPTION + 2 &&
    bytes[option] === OptionCode.messageType &&
    bytes[option + 2] === MessageType.discover &&
    bytes[start + IP_HEADER] === SHORTEST_IP_HEADER
  );
}
