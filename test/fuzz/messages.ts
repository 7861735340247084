// DHCP messages that fuzzing begins with, and pieces of such.

import { buildMessage, type MessageParts } from "../support/message-builder.ts";
import { octetsOfText } from "./target.ts";

const OVERLOADED = buildMessage({ type: 1, options: [[52, [3]]] });
OVERLOADED.set([12, 3, 0x61, 0x62, 0x63, 255], 108);
OVERLOADED.set([61, 4, 1, 2, 3, 4, 12, 1, 0x64, 255], 44);

const PARTS: readonly MessageParts[] = [
  { type: 1, clientId: [1, 2, 0, 0, 0, 0, 1], requestList: [1, 3, 6, 12, 15, 42, 51, 54, 58, 59, 108, 119, 121, 249] },
  {
    type: 3,
    requested: "10.0.0.10",
    serverId: "10.0.0.1",
    options: [
      [12, [0x70, 0x63]],
      [57, [5, 0xdc]],
    ],
  },
  { type: 3, ciaddr: "10.0.0.10", leaseSeconds: 0xffff_ffff },
  { type: 4, requested: "10.0.0.10", serverId: "10.0.0.1", clientId: [255, 1, 2, 3, 4, 0, 1, 0, 1, 9, 9] },
  { type: 7, ciaddr: "10.0.0.10", serverId: "10.0.0.1" },
  { type: 8, ciaddr: "10.0.0.10", requestList: [252, 43, 60] },
  {
    ...{
      type: 1,
      giaddr: "10.1.0.1",
      hops: 1,
      agentInformation: [1, 4, 0, 2, 0, 7, 2, 6, 2, 0, 0, 0, 0, 9, 5, 4, 10, 1, 0, 0, 11, 4, 10, 1, 0, 1],
    },
    options: [
      [60, [...octetsOfText("PXEClient:Arch:00007")]],
      [93, [0, 7]],
      [97, [0, ...new Array(16).fill(3)]],
    ],
  },
  {
    type: 1,
    options: [
      [81, [4, 0, 0, 2, 0x70, 0x63, 3, 0x6c, 0x61, 0x6e, 0]],
      [77, [3, 0x61, 0x62, 0x63]],
      [80, []],
    ],
  },
  {
    type: 1,
    options: [
      [43, [1, 2, 3]],
      [43, [4, 5]],
      [124, [0, 0, 1, 0x37, 2, 9, 9]],
      [125, [0, 0, 1, 0x37, 3, 1, 1, 7]],
    ],
  },
  { type: 10, ciaddr: "10.0.0.10", giaddr: "10.1.0.1", hlen: 0 },
  { type: 0, options: [[12, [0x62]]] },
  { type: 0, withoutCookie: true },
];

/** Sound messages of every kind. */
export const MESSAGE_SEEDS: readonly Uint8Array[] = [...PARTS.map(buildMessage), OVERLOADED];

/** Pieces of messages. */
export const MESSAGE_WORDS: readonly Uint8Array[] = [
  [99, 130, 83, 99],
  [53, 1, 1],
  [53, 1, 3],
  [53, 1, 8],
  [52, 1, 1],
  [52, 1, 2],
  [52, 1, 3],
  [255],
  [0],
  [82, 6, 1, 4, 0, 1, 2, 3],
  [82, 6, 5, 4, 10, 1, 0, 0],
  [82, 6, 11, 4, 10, 1, 0, 1],
  [61, 0],
  [61, 1, 0],
  [61, 7, 1, 2, 0, 0, 0, 0, 1],
  [12, 0],
  [12, 4, 0x61, 0x2e, 0x2e, 0x62],
  [81, 8, 4, 0, 0, 64, 0x61, 0x61, 0x61, 0x61],
  [81, 6, 0, 0, 0, 0x61, 0, 0],
  [55, 4, 108, 121, 249, 82],
  [57, 2, 0, 0],
  [57, 2, 0xff, 0xff],
  [50, 4, 10, 0, 0, 10],
  [54, 4, 10, 0, 0, 1],
  [51, 4, 0xff, 0xff, 0xff, 0xff],
  [118, 4, 10, 1, 0, 0],
  [121, 5, 0, 10, 0, 0, 1],
].map((octets) => Uint8Array.from(octets));
