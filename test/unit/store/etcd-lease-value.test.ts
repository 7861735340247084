// Leases as values of etcd: what is written is read back, and no octets make the reader throw.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import {
  LEASE_VALUE_OCTETS_MAX,
  LeaseValueWriter,
  readLeaseValue,
  StoredLease,
} from "../../../src/store/etcd/lease-value.ts";
import { KEYS, makeClient, makePools, octets } from "../../support/lease-clients.ts";

const writer = new LeaseValueWriter({ reserve: 600, name: "north" });
const target = new Uint8Array(LEASE_VALUE_OCTETS_MAX);

const octetsUpTo = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const time = fc.oneof(fc.integer({ min: 0, max: 0xffff_fffe }), fc.constant(Number.POSITIVE_INFINITY));

/** Any lease that a table can hold. */
const anyLease = fc
  .record({
    state: fc.constantFrom(BindingState.bound, BindingState.released, BindingState.abandoned),
    startsAt: time,
    endsAt: time,
    lastTransactionAt: time,
    htype: fc.integer({ min: 0, max: 255 }),
    chaddr: octetsUpTo(16),
    clientId: octetsUpTo(255),
    hostName: octetsUpTo(255),
    agentInformation: octetsUpTo(255),
    vendorClass: octetsUpTo(255),
  })
  .map(({ chaddr, clientId, hostName, agentInformation, vendorClass, ...plain }) => {
    const lease = Object.assign(new StoredLease(), plain);
    lease.hlen = fill(lease.chaddr, chaddr);
    lease.clientIdLength = fill(lease.clientId, clientId);
    lease.hostNameLength = fill(lease.hostName, hostName);
    lease.agentInformationLength = fill(lease.agentInformation, agentInformation);
    lease.vendorClassLength = fill(lease.vendorClass, vendorClass);
    return lease;
  });

function fill(into: Uint8Array, from: Uint8Array): number {
  into.set(from);
  return from.length;
}

/** What a lease says, without what stands behind its lengths. */
function plain(lease: StoredLease): Record<string, unknown> {
  const { state, startsAt, endsAt, lastTransactionAt, htype } = lease;
  return {
    state,
    startsAt,
    endsAt,
    lastTransactionAt,
    htype,
    hardware: formatHex(lease.chaddr.subarray(0, lease.hlen)),
    clientId: formatHex(lease.clientId.subarray(0, lease.clientIdLength)),
    hostName: formatHex(lease.hostName.subarray(0, lease.hostNameLength)),
    agentInformation: formatHex(lease.agentInformation.subarray(0, lease.agentInformationLength)),
    vendorClass: formatHex(lease.vendorClass.subarray(0, lease.vendorClassLength)),
  };
}

describe("a lease as a value of etcd", () => {
  it("is read back as it was written, wherever it stands in a message, with the reserve and the writer's name", () => {
    fc.assert(
      fc.property(anyLease, octetsUpTo(9), (lease, before) => {
        const length = writer.write(lease, target);
        const message = Uint8Array.of(...before, ...target.subarray(0, length), 1, 2, 3);
        const read = new StoredLease();
        expect(readLeaseValue(message, before.length, before.length + length, read)).toBe("lease");
        expect(plain(read)).toEqual(plain(lease));
        expect(read.reserve).toBe(600);
        expect(String.fromCharCode(...read.writer.subarray(0, read.writerLength))).toBe("north");
      }),
    );
  });

  it("has the layout that the documentation gives", () => {
    const lease = Object.assign(new StoredLease(), {
      state: BindingState.bound,
      startsAt: 0x01020304,
      endsAt: Number.POSITIVE_INFINITY,
      lastTransactionAt: 0x05060708,
      htype: 1,
    });
    lease.hlen = fill(lease.chaddr, Uint8Array.of(2, 0, 0, 0, 0, 7));
    lease.clientIdLength = fill(lease.clientId, Uint8Array.of(1, 2));
    lease.hostNameLength = fill(lease.hostName, octets("h"));
    lease.agentInformationLength = fill(lease.agentInformation, Uint8Array.of(1, 1, 9));
    lease.vendorClassLength = fill(lease.vendorClass, octets("v"));
    const length = writer.write(lease, target);
    expect(formatHex(target.subarray(0, length))).toBe(
      "01" +
        "01" +
        "01020304" +
        "ffffffff" +
        "05060708" +
        "00000258" +
        "01" +
        "06" +
        "02" +
        "01" +
        "03" +
        "01" +
        "05" +
        "020000000007" +
        "0102" +
        "68" +
        "010109" +
        "76" +
        "6e6f727468",
    );
  });

  it("shows what a slot of the table is, its client's details included", () => {
    const table = new LeaseTable(makePools({ ranges: ["10.0.0.1-10.0.0.9"] }), KEYS);
    const client = makeClient({
      chaddr: Uint8Array.of(2, 0, 0, 0, 0, 7),
      clientId: Uint8Array.of(1, 2, 0, 0, 0, 0, 7),
      hostName: octets("laptop"),
      agentInformation: Uint8Array.of(1, 2, 65, 66),
      vendorClass: octets("MSFT 5.0"),
    });
    table.begin(3);
    table.bind(3, client, 1000, 4000);
    const lease = new StoredLease();
    lease.takeSlot(table, 3);
    expect(lease.address).toBe(table.addressOf(3));
    expect(plain(lease)).toEqual({
      state: BindingState.bound,
      startsAt: 1000,
      endsAt: 4000,
      lastTransactionAt: 1000,
      htype: 1,
      hardware: "020000000007",
      clientId: "01020000000007",
      hostName: formatHex(octets("laptop")),
      agentInformation: "01024142",
      vendorClass: formatHex(octets("MSFT 5.0")),
    });
    table.begin(4);
    table.abandon(4, 1000, 1600);
    lease.takeSlot(table, 4);
    expect(plain(lease)).toMatchObject({ state: BindingState.abandoned, endsAt: 1600, hardware: "", clientId: "" });
  });

  it("is told from one of a later release", () => {
    const length = writer.write(Object.assign(new StoredLease(), { state: BindingState.bound }), target);
    const later = Uint8Array.of(2, ...target.subarray(1, length));
    expect(readLeaseValue(later, 0, length, new StoredLease())).toBe("other-format");
  });

  it("is malformed when octets are missing or too many, or when its state is none", () => {
    const lease = Object.assign(new StoredLease(), { state: BindingState.bound });
    lease.hlen = fill(lease.chaddr, Uint8Array.of(1, 2, 3));
    const value = Uint8Array.of(...target.subarray(0, writer.write(lease, target)), 0);
    const read = new StoredLease();
    for (let end = 0; end < value.length - 1; end++)
      expect([end, readLeaseValue(value, 0, end, read)]).toEqual([end, "malformed"]);
    expect(readLeaseValue(value, 0, value.length - 1, read)).toBe("lease");
    expect(readLeaseValue(value, 0, value.length, read)).toBe("malformed");
    value[1] = 9;
    expect(readLeaseValue(value, 0, value.length - 1, read)).toBe("malformed");
  });

  it("may be any octets: reading says what they are and does not throw", () => {
    fc.assert(
      fc.property(octetsUpTo(80), (value) => {
        expect(["lease", "other-format", "malformed"]).toContain(
          readLeaseValue(value, 0, value.length, new StoredLease()),
        );
      }),
    );
  });
});
