// The filters, run by an interpreter of classic BPF, and how they are listed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, encode, ifEqual, keep, label, listing, loadLength } from "../../../src/backend/filter/assembler.ts";
import {
  DROP_ALL,
  dropAllProgram,
  FRAME_FILTER,
  OBSERVE_FILTER,
  PREFILTER,
  prefilterProgram,
} from "../../../src/backend/filter/filter.ts";
import { putUint32 } from "../../../src/base/bytes.ts";
import { SHED_WHOLE } from "../../../src/base/limits/overload.ts";
import { SELF_XID } from "../../../src/wire/self-query.ts";
import { runFilter } from "../../support/classic-bpf.ts";
import { FRAME_CORPUS } from "../../support/frame-corpus.ts";
import { buildMessage } from "../../support/message-builder.ts";

function payload(length: number, op: number, xid = 0): Uint8Array {
  const octets = new Uint8Array(length);
  if (length > 0) octets[0] = op;
  if (xid !== 0) putUint32(octets, 4, xid);
  return octets;
}

describe("the prefilter of a UDP socket", () => {
  it.each([
    ["a DHCP message", payload(300, 1), true],
    ["a plain BOOTP request without a cookie", payload(236, 1), true],
    ["a long one, whole", payload(4000, 1), true],
    ["one octet less than a BOOTP header", payload(235, 1), false],
    ["an empty datagram", payload(0, 1), false],
    ["a reply", payload(300, 2), false],
    ["the reply to what the server has sent to itself", payload(300, 2, SELF_XID), true],
    ["one of them that is too short", payload(235, 2, SELF_XID), false],
    ["an unknown op", payload(300, 0), false],
  ])("judges %s", (_what, octets, isKept) => {
    const kept = runFilter(prefilterProgram(), new Uint8Array([0, 68, 0, 67, 0, 0, 0, 0, ...octets]));
    expect(kept >= octets.length + 8).toBe(isKept);
  });
});

describe("the prefilter that sheds new clients", () => {
  const BEHIND_HEADER = [0, 68, 0, 67, 0, 0, 0, 0];
  const judge = (octets: Uint8Array, share: number, random: number): boolean =>
    runFilter(prefilterProgram(share), Uint8Array.from([...BEHIND_HEADER, ...octets]), { random }) > 0;
  const discover = buildMessage({ type: 1 });

  it.each([SHED_WHOLE, SHED_WHOLE / 2, 100, 1])("lets a share of the DISCOVERs through: %i of 1024", (share) => {
    const chances = Array.from({ length: SHED_WHOLE }, (_, i) => i * (2 ** 32 / SHED_WHOLE));
    expect(chances.filter((random) => judge(discover, share, random))).toHaveLength(share);
  });

  it.each([
    ["a REQUEST", buildMessage({ type: 3 })],
    ["a RELEASE", buildMessage({ type: 7 })],
    [
      "a DISCOVER whose type is not its first option",
      buildMessage({
        type: 0,
        options: [
          [60, [1]],
          [53, [1]],
        ],
      }),
    ],
    ["a plain BOOTP request", payload(236, 1)],
    ["one with a vendor area and no options", payload(243, 1)],
  ])("lets %s through whatever the chance", (_what, octets) => {
    expect(
      [1, 512].flatMap((share) => [1, 0x7fffffff, 0xffffffff].map((random) => judge(octets, share, random))),
    ).not.toContain(false);
  });

  it("drops what the prefilter drops", () => {
    expect([payload(235, 1), payload(300, 2)].map((octets) => judge(octets, 3, 0))).toEqual([false, false]);
    expect(judge(payload(300, 2, SELF_XID), 3, 0)).toBe(true);
  });
});

describe("the frame filter", () => {
  it.each(FRAME_CORPUS.map((frame) => [frame.isTaken ? "takes" : "drops", frame.what, frame] as const))(
    "%s a frame: %s",
    (_verb, _what, { octets, facts, isTaken }) => {
      const kept = runFilter(encode(FRAME_FILTER), octets, facts);
      expect(kept).toBe(isTaken ? 0x40000 : 0);
    },
  );

  it.each([3, 4, 5, 6, 7])("drops what is for another host or our own: packet type %i", (packetType) => {
    const [good] = FRAME_CORPUS;
    expect(runFilter(encode(FRAME_FILTER), good?.octets ?? new Uint8Array(), { packetType })).toBe(0);
  });

  it("has an answer to any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
        expect([0, 0x40000]).toContain(runFilter(encode(FRAME_FILTER), octets));
      }),
    );
  });
});

describe("the filter of the sockets that look on", () => {
  it.each(FRAME_CORPUS.map((frame) => [frame.isObserved ? "takes" : "drops", frame.what, frame] as const))(
    "%s a frame: %s",
    (_verb, _what, { octets, facts, isObserved }) => {
      expect(runFilter(encode(OBSERVE_FILTER), octets, facts)).toBe(isObserved ? 0x40000 : 0);
    },
  );

  it("drops what we have sent ourselves", () => {
    for (const { octets } of FRAME_CORPUS) {
      expect(runFilter(encode(OBSERVE_FILTER), octets, { packetType: 4 })).toBe(0);
    }
  });
});

describe("the filter of the socket that holds the port", () => {
  it("drops everything", () => {
    expect(runFilter(dropAllProgram(), payload(300, 1))).toBe(0);
    expect(DROP_ALL).toHaveLength(1);
  });
});

describe("the assembler", () => {
  it("lists a program in the style of tcpdump -d", () => {
    expect(listing(PREFILTER).split("\n")).toEqual([
      "(000) ld       #pktlen                             ; UDP header and payload",
      "(001) jge      #0xf4               jt 2   jf 7     ; at least a BOOTP header",
      "(002) ldb      [8]                                 ; op",
      "(003) jeq      #0x1                jt 6   jf 4     ; BOOTREQUEST",
      "(004) ld       [12]                                ; transaction identifier",
      "(005) jeq      #0x73656c66         jt 6   jf 7     ; what the server has sent to itself",
      "(006) ret      #262144                             ; keep all of it",
      "(007) ret      #0                                  ; drop",
      "",
    ]);
    const lines = listing(FRAME_FILTER).split("\n");
    expect(lines[0]).toMatch(/^\(000\) ldh {6}type /);
    expect(lines[1]).toMatch(/^\(001\) jgt {6}#0x2 +jt 21 {2}jf 2 /);
    expect(lines[13]).toMatch(/^\(013\) ldxb {5}4\*\(\[14\]&0xf\) /);
    expect(lines[14]).toMatch(/^\(014\) ldh {6}\[x \+ 16\] /);
  });

  it("refuses a jump backwards, to nowhere or too far, and a program without an end", () => {
    const jump = ifEqual(1, { whenTrue: "there" }, "");
    const end = keep(0, "");
    expect(() => assemble([label("there"), loadLength(""), jump, end])).toThrow("there: no label ahead");
    expect(() => assemble([jump, end])).toThrow("there: no label ahead");
    const many = Array.from({ length: 256 }, () => loadLength(""));
    expect(() => assemble([jump, ...many, label("there"), end])).toThrow("there: no label ahead");
    expect(assemble([jump, ...many.slice(1), label("there"), end])[0]?.jt).toBe(255);
    expect(() => assemble([loadLength("")])).toThrow("must end in a return");
  });
});
