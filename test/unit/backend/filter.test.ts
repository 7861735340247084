// The prefilter, run by a small interpreter of classic BPF on a UDP header and payload.

import { describe, expect, it } from "vitest";
import { prefilterProgram } from "../../../src/backend/filter.ts";

/** What the kernel would keep of a datagram with this payload: octets, 0 for dropped. */
function run(program: Uint8Array, payload: Uint8Array): number {
  const bytes = new Uint8Array([0, 68, 0, 67, 0, 0, 0, 0, ...payload]);
  const halves = new Uint16Array(program.buffer);
  const words = new Uint32Array(program.buffer);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const operand = words[at * 2 + 1] ?? 0;
    const jump = (isTrue: boolean): number => program[at * 8 + (isTrue ? 2 : 3)] ?? 0;
    switch (halves[at * 4]) {
      case 0x80:
        accumulator = bytes.length;
        break;
      case 0x30:
        if (operand >= bytes.length) return 0;
        accumulator = bytes[operand] ?? 0;
        break;
      case 0x35:
        at += jump(accumulator >= operand);
        break;
      case 0x15:
        at += jump(accumulator === operand);
        break;
      case 0x06:
        return operand;
      default:
        throw new Error(`unknown instruction ${halves[at * 4]}`);
    }
  }
  throw new Error("the program has no end");
}

function payload(length: number, op: number): Uint8Array {
  const octets = new Uint8Array(length);
  if (length > 0) octets[0] = op;
  return octets;
}

describe("the prefilter", () => {
  it.each([
    ["a DHCP message", payload(300, 1), true],
    ["a plain BOOTP request without a cookie", payload(236, 1), true],
    ["a long one, whole", payload(4000, 1), true],
    ["one octet less than a BOOTP header", payload(235, 1), false],
    ["an empty datagram", payload(0, 1), false],
    ["a reply", payload(300, 2), false],
    ["an unknown op", payload(300, 0), false],
  ])("judges %s", (_what, octets, isKept) => {
    const kept = run(prefilterProgram(), octets);
    expect(kept >= octets.length + 8).toBe(isKept);
  });
});
