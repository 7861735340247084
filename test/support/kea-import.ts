// Kea's configurations, imported and asked: the result, the messages, and the replies to a client.

import { getUint32 } from "../../src/base/bytes.ts";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { findKeaIssues } from "../../src/cli/kea-schema.ts";
import { importKeaConfig } from "../../src/import/kea-config.ts";
import { EngineWorld, testInterface } from "./engine-world.ts";
import type { MessageParts } from "./message-builder.ts";

/** Octets of a text. */
export const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

/** The result for the map `Dhcp4`, and the messages. */
export function importOf(dhcp4: object): { text: string; said: string[] } {
  const imported = importKeaConfig("kea.json", JSON.stringify({ Dhcp4: dhcp4 }, undefined, 1), { findKeaIssues });
  if ("problem" in imported) throw new TypeError(imported.problem);
  return { text: imported.text, said: imported.notices.map(({ subject, reason }) => `${subject}: ${reason}`) };
}

/** A reply's header fields, lease time and options as text, from a server with that configuration. */
export function told(
  dhcp4: object,
  parts: Partial<MessageParts> = {},
): { address: string; file: string; next: string; lease: number; option: (code: number) => string } {
  const world = new EngineWorld(importOf(dhcp4).text, [testInterface(2, "lan0", "10.1.0.1")]);
  const { bytes, leaseSeconds, hasReply, yiaddr } = world.send({ type: 1, chaddr: "02:00:00:00:00:0a", ...parts });
  const field = bytes.subarray(108, 236);
  return {
    address: hasReply ? yiaddr : "",
    file: String.fromCharCode(...field.subarray(0, Math.max(0, field.indexOf(0)))),
    next: formatIpv4(getUint32(bytes, 20)),
    lease: hasReply ? leaseSeconds : 0,
    option: (code) => {
      for (let at = 240; at < bytes.length && bytes[at] !== 255; at += 2 + (bytes[at + 1] ?? 0)) {
        if (bytes[at] === code) return String.fromCharCode(...bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0)));
      }
      return "";
    },
  };
}
