// Inputs with which something was wrong once, by what was wrong.

import { buildMessage, type MessageParts } from "../support/message-builder.ts";
import { joined, octetsOfText, pieceOf } from "./target.ts";

/** One of them. */
export interface Case {
  /** What was wrong. */
  readonly title: string;
  /** Name of its target. */
  readonly target: string;
  readonly octets: Uint8Array;
}

/** A message for the target `sequence`, as it comes from a client without an address on the first interface. */
function sent(parts: MessageParts): Uint8Array {
  return joined(Uint8Array.of(12), pieceOf(buildMessage(parts)), Uint8Array.of(0, 17));
}

const CAM = [[60, [...octetsOfText("CAM")]]] as const;

export const CASES: readonly Case[] = [
  {
    title: "a client whose lease is in a pool that it may not use any more is offered one address after another",
    target: "sequence",
    octets: joined(
      Uint8Array.of(1, 1),
      sent({ type: 3, requested: "10.0.0.10", serverId: "10.0.0.1" }),
      ...[1, 2, 3].map(() => sent({ type: 1, options: CAM })),
    ),
  },
  {
    title: "of a client without a hardware address the type is known until a restart only",
    target: "sequence",
    octets: Buffer.from("q6urq6urq6urq9LS0tLSAdLS0gEAABAIAAEJAAIAUQY=", "base64"),
  },
  {
    title: "a lease that had ended is taken for one that runs when the clock goes back (the target's own mistake)",
    target: "sequence",
    octets: Buffer.from(
      "AQEAAAAAAgABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAdXqwum+ndAAAAAAAAAAAAAAAACQwBLAEBAAASNFZ4AA" +
        "AAAAoAAAAAAABhLi5iAwkAAgIAAQIAAAEAAAg18/Pz8wAA",
      "base64",
    ),
  },
  {
    title:
      "a lease ends with the second that its client's time ends in, and another client gets the address before that",
    target: "sequence",
    octets: Buffer.from(
      "AQEAAAAAAgABAAAANwABCAAAAymAAQAAAAEAAAgLMgAAAAMRAAIAH0hmKSFQgdBfQkJCQkJCQkL8sTBGsSj9tRrqWQqwHuHHMZYTbMotJ7EAVB5o" +
        "658gaZhouaBMN/UTFHEeyzuVp6WmvRL8oPZE/eH1Fz5Nh/MAh4eHAQAACDXz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/Pz8w==",
      "base64",
    ),
  },
];
