import { describe, expect, it } from "vitest";
import { CLIENT_ID_KIND, HostIndex } from "../../../src/config/host-index.ts";
import type { Host } from "../../../src/config/model.ts";

function makeHost(index: number, clientId: number[] | undefined, ...hardware: [number, ...number[]][]): Host {
  return {
    index,
    name: `h${index}`,
    hardware: hardware.map(([htype, ...octets]) => ({ htype, address: Uint8Array.from(octets) })),
    clientId: clientId && Uint8Array.from(clientId),
    agentOptions: [],
    fixedAddresses: [],
    at: { file: "f", line: 1, column: 1 },
  };
}

describe("HostIndex", () => {
  it("finds nothing in an empty index", () => {
    expect(new HostIndex([]).find(1, new Uint8Array(6), 6)).toBeUndefined();
  });

  it("tells kinds apart, whatever slot they fall in", () => {
    const index = new HostIndex([makeHost(0, undefined, [1, 2, 3, 4])]);
    const octets = Uint8Array.of(2, 3, 4);
    const kinds = Array.from({ length: CLIENT_ID_KIND + 1 }, (_, kind) => kind);
    expect(kinds.filter((kind) => index.find(kind, octets, 3) !== undefined)).toEqual([1]);
  });

  it("tells every length apart that shares a beginning", () => {
    const lengths = Array.from({ length: 16 }, (_, i) => i + 1);
    const index = new HostIndex(lengths.map((length) => makeHost(length, undefined, [31, ...Array(length).fill(7)])));
    for (const length of lengths) expect(index.find(31, new Uint8Array(20).fill(7), length)?.index).toBe(length);
    expect(index.find(31, new Uint8Array(20).fill(7), 17)).toBeUndefined();
  });

  it("finds the first of two hosts with one key", () => {
    const index = new HostIndex([makeHost(0, [1, 2]), makeHost(1, [1, 2])]);
    expect(index.find(CLIENT_ID_KIND, Uint8Array.of(1, 2), 2)?.index).toBe(0);
  });
});
