import { describe, expect, it } from "vitest";
import type { HostClient } from "../../../src/config/model/host-client.ts";
import { HostIndex } from "../../../src/config/model/host-index.ts";
import type { Host } from "../../../src/config/model/model.ts";

interface Identity {
  readonly clientId?: number[];
  readonly hardware?: [number, ...number[]][];
  readonly agent?: [number, ...number[]];
}

/** A host with fixed addresses on `links`. */
function makeHost(index: number, { clientId, hardware = [], agent }: Identity, ...links: number[]): Host {
  return {
    index,
    name: `h${index}`,
    hardware: hardware.map(([htype, ...octets]) => ({ htype, address: Uint8Array.from(octets) })),
    clientId: clientId && Uint8Array.from(clientId),
    agentOptions: agent === undefined ? [] : [{ code: agent[0], value: Uint8Array.from(agent.slice(1)) }],
    isFixed: links.length > 0,
    fixedAddresses: links.map((link) => 0x0a000005 + (link << 8)),
    links,
    at: { file: "f", line: 1, column: 1 },
  };
}

/** A client with octets behind all that count. */
function clientOf({ clientId = [], hardware: [card] = [], agent }: Identity): HostClient {
  const [htype = 1, ...octets] = card ?? [];
  const information = agent === undefined ? [] : [agent[0], agent.length - 1, ...agent.slice(1)];
  return {
    htype,
    hlen: octets.length,
    chaddr: Uint8Array.of(...octets, 0xee, 0xee),
    clientId: Uint8Array.of(...clientId, 0xee, 0xee),
    clientIdLength: clientId.length,
    agentInformation: Uint8Array.of(...information, 0xee, 0xee),
    agentInformationLength: information.length,
  };
}

describe("HostIndex", () => {
  it("finds nothing in an empty index", () => {
    const client = clientOf({ hardware: [[1, 0, 0, 0, 0, 0, 0]] });
    expect([new HostIndex([]).find(client, 0), new HostIndex([]).has(client)]).toEqual([undefined, false]);
  });

  it("tells kinds apart, whatever slot they fall in", () => {
    const index = new HostIndex([makeHost(0, { hardware: [[1, 2, 3, 4]] })]);
    const kinds = Array.from({ length: 256 }, (_, kind) => kind);
    expect(kinds.filter((kind) => index.has(clientOf({ hardware: [[kind, 2, 3, 4]] })))).toEqual([1]);
    expect(index.has(clientOf({ clientId: [2, 3, 4] }))).toBe(false);
  });

  it("tells every length apart that shares a beginning", () => {
    const lengths = Array.from({ length: 16 }, (_, i) => i + 1);
    const identity = (length: number): Identity => ({ hardware: [[31, ...Array<number>(length).fill(7)]] });
    const index = new HostIndex(lengths.map((length) => makeHost(length, identity(length))));
    for (const length of lengths) expect(index.find(clientOf(identity(length)), 0)?.index).toBe(length);
    expect(index.find(clientOf(identity(17)), 0)).toBeUndefined();
  });

  it("finds a host with fixed addresses on their links only [C6]", () => {
    const card: Identity = { hardware: [[1, 2, 0, 0, 0, 0, 1]] };
    const index = new HostIndex([makeHost(0, card, 1, 3)]);
    expect([-1, 0, 1, 2, 3].map((link) => index.find(clientOf(card), link)?.index)).toEqual([
      undefined,
      undefined,
      0,
      undefined,
      0,
    ]);
    expect(index.has(clientOf(card))).toBe(true);
  });

  it("finds of two hosts with one key the one with an address on the link, else the one without any [C16]", () => {
    const card: Identity = { hardware: [[1, 2, 0, 0, 0, 0, 1]] };
    const index = new HostIndex([makeHost(0, card, 1), makeHost(1, card), makeHost(2, card, 2)]);
    expect([-1, 0, 1, 2].map((link) => index.find(clientOf(card), link)?.index)).toEqual([1, 1, 0, 2]);
  });

  it("takes an address on the link before an identifier, and then goes by identifier, card and relay [C6]", () => {
    const all: Required<Identity> = { clientId: [1, 2], hardware: [[1, 2, 0, 0, 0, 0, 1]], agent: [1, 65] };
    const { clientId, hardware, agent } = all;
    const index = new HostIndex([
      makeHost(0, { agent }, 1),
      makeHost(1, { hardware }, 1, 2),
      makeHost(2, { clientId }, 2),
      makeHost(3, { agent }),
      makeHost(4, { hardware }),
    ]);
    const found = (identity: Identity, link: number): number | undefined => index.find(clientOf(identity), link)?.index;
    expect([found(all, 1), found(all, 2), found(all, 3)]).toEqual([1, 2, 4]);
    expect([found({ agent }, 1), found({ agent }, 2)]).toEqual([0, 3]);
  });
});
