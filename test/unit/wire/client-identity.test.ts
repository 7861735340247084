import { describe, expect, it } from "vitest";
import { ClientIdentity, readClientIdentity } from "../../../src/wire/client-identity.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { buildMessage, type MessageParts } from "../../support/message-builder.ts";

const KEYS = {
  table: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
  order: new Uint8Array(16),
};

function read(parts: Partial<MessageParts>, keys = KEYS): { identity: ClientIdentity; hasClient: boolean } {
  const query = new Query();
  const bytes = buildMessage({ type: 1, ...parts });
  expect(decodeQuery(bytes, 0, bytes.length, query)).toBeUndefined();
  const identity = new ClientIdentity();
  const hasClient = readClientIdentity(query, keys, identity);
  return { identity, hasClient };
}

const hash = (parts: Partial<MessageParts>, keys = KEYS): number => read(parts, keys).identity.orderHash;

describe("readClientIdentity", () => {
  it("takes over what is recorded with a lease", () => {
    const { identity, hasClient } = read({
      chaddr: "02:00:5e:00:00:01",
      clientId: [0, 1, 2],
      giaddr: "10.0.0.1",
      agentInformation: [1, 1, 9],
      options: [
        [12, [0x61, 0x62]],
        [60, [0x76]],
      ],
    });
    expect(hasClient).toBe(true);
    expect([identity.htype, identity.hlen]).toEqual([1, 6]);
    expect([...identity.chaddr.subarray(0, 6)]).toEqual([2, 0, 0x5e, 0, 0, 1]);
    expect([...identity.clientId.subarray(0, identity.clientIdLength)]).toEqual([0, 1, 2]);
    expect([...identity.hostName.subarray(0, identity.hostNameLength)]).toEqual([0x61, 0x62]);
    expect([...identity.vendorClass.subarray(0, identity.vendorClassLength)]).toEqual([0x76]);
    expect([...identity.agentInformation.subarray(0, identity.agentInformationLength)]).toEqual([1, 1, 9]);
  });

  it("forgets the client before", () => {
    const { identity } = read({ clientId: [1, 2, 3], options: [[12, [1]]] });
    const query = new Query();
    const bytes = buildMessage({ type: 1, withoutCookie: true });
    decodeQuery(bytes, 0, bytes.length, query);
    readClientIdentity(query, KEYS, identity);
    expect([identity.clientIdLength, identity.hostNameLength]).toEqual([0, 0]);
    expect(identity.orderHash).toBe(hash({}));
  });

  const text = (value: string): number[] => [...new TextEncoder().encode(value)];

  it.each<[string, number[], string]>([
    [
      "labels of a whole name",
      [5, 0, 0, 5, ...text("desk7"), 7, ...text("example"), 3, ...text("org"), 0],
      "desk7.example.org",
    ],
    ["labels of a part of a name", [4, 255, 255, 5, ...text("desk7")], "desk7"],
    ["text", [0, 0, 0, ...text("desk7.example.org")], "desk7.example.org"],
    ["text with a zero at its end", [1, 0, 0, ...text("desk7"), 0], "desk7"],
    ["labels of no name", [4, 0, 0, 0], ""],
    ["a label that ends early", [4, 0, 0, 9, ...text("desk7")], ""],
    ["a pointer", [4, 0, 0, 4, ...text("desk"), 0xc0, 3], ""],
    ["something behind the root", [4, 0, 0, 1, 0x61, 0, 1, 0x62], ""],
    ["flags alone", [4, 0, 0], ""],
    ["nothing", [], ""],
  ])("takes the name out of option 81 where there is no option 12: %s", (_, value, name) => {
    const nameOf = ({ identity }: { identity: ClientIdentity }): string =>
      new TextDecoder().decode(identity.hostName.subarray(0, identity.hostNameLength));
    expect(nameOf(read({ options: [[81, value]] }))).toBe(name);
    expect(
      nameOf(
        read({
          options: [
            [81, value],
            [12, text("other")],
          ],
        }),
      ),
    ).toBe("other");
  });

  it("takes no name of more than it can keep out of option 81", () => {
    const pieces = [[4, 0, 0], ...Array.from({ length: 20 }, () => [15, ...text("x".repeat(15))])];
    const long = pieces.map((piece) => [81, piece] as const);
    expect(read({ options: long }).identity.hostNameLength).toBe(0);
    expect(read({ options: long.slice(0, 16) }).identity.hostNameLength).toBe(15 * 16 - 1);
  });

  it("ignores agent information that no relay vouches for", () => {
    expect(read({ agentInformation: [1, 1, 9] }).identity.agentInformationLength).toBe(0);
  });

  it.each([[[]], [[7]]])("takes a client identifier of %j for none", (clientId) => {
    const { identity, hasClient } = read({ clientId });
    expect([identity.clientIdLength, hasClient]).toEqual([0, true]);
    expect(identity.orderHash).toBe(hash({}));
  });

  it("keeps a client identifier of 255 octets, and takes a longer one for none", () => {
    const long = Array.from({ length: 255 }, (_, i) => i);
    const { identity } = read({ clientId: long });
    expect([...identity.clientId]).toEqual(long);
    expect(identity.clientIdLength).toBe(255);
    expect(read({ clientId: long, options: [[61, [1]]] }).identity.clientIdLength).toBe(0);
  });

  it("finds no client without hardware address and client identifier", () => {
    expect(read({ hlen: 0 }).hasClient).toBe(false);
    expect(read({ hlen: 0, clientId: [7] }).hasClient).toBe(false);
    expect(read({ hlen: 0, clientId: [7, 8] }).hasClient).toBe(true);
  });
});

describe("the hashes of a client", () => {
  const clientId = [1, 2, 0, 0, 0, 0, 9];

  it("depend on the client identifier alone where there is one", () => {
    expect(hash({ clientId, chaddr: "02:00:00:00:00:01" })).toEqual(hash({ clientId, chaddr: "02:00:00:00:00:02" }));
    expect(hash({ clientId })).not.toEqual(hash({ clientId: [...clientId, 0] }));
  });

  it("depend on htype and the octets of chaddr that count otherwise", () => {
    const chaddr = "02:00:00:00:00:09";
    expect(hash({ chaddr })).not.toBe(hash({ chaddr, htype: 6 }));
    expect(hash({ chaddr })).not.toBe(hash({ chaddr: "02:00:00:00:00:08" }));
    expect(hash({ chaddr, hlen: 5 })).toEqual(hash({ chaddr: "02:00:00:00:00:08", hlen: 5 }));
    expect(hash({ chaddr, hlen: 5 })).not.toEqual(hash({ chaddr }));
  });

  it("tell a client identifier from a hardware address of the same octets", () => {
    expect(hash({ clientId, chaddr: "02:00:00:00:00:09" })).not.toEqual(hash({ chaddr: "02:00:00:00:00:09" }));
  });

  it("depend on all 16 octets of their own key only", () => {
    for (const octet of [0, 7, 8, 15]) {
      const table = KEYS.table.slice();
      table[octet] = 0xee;
      const order = KEYS.order.slice();
      order[octet] = 0xee;
      expect(hash({}, { table, order: KEYS.order })).toBe(hash({}));
      expect(hash({}, { table: KEYS.table, order })).not.toBe(hash({}));
    }
  });
});
