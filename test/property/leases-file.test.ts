// The codec of dhcpd.leases(5): whatever a client sends comes back octet by octet, and damage stays
// inside the record it is in.

import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLeaseRecord, readLeases, writeLease } from "../../src/lease/file/leases-file.ts";
import { OwnRecordReader } from "../../src/lease/file/own-record-reader.ts";
import { NEVER } from "../../src/lease/file/stored-time.ts";
import { BindingState, type LeaseRecord } from "../../src/lease/lease.ts";
import { LeaseTable } from "../../src/lease/table/table.ts";
import { address, KEYS, makePools, makeRecord, octets } from "../support/lease-clients.ts";

const FIRST = address("10.0.0.0");
const bytesUpTo = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
/** Octets that are most likely to do harm, and any others. */
const nasty = fc
  .array(fc.oneof(fc.constantFrom(...octets('"\\{};#\n\r lease 10.0.0.1 {\n}')), fc.nat(255)), { maxLength: 255 })
  .map((list) => Uint8Array.from(list));
const clientId = fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 2, maxLength: 255 }));
const instant = fc.oneof(fc.integer({ min: 0, max: 253_402_300_799 }), fc.nat(0xffff_fffe));

const bound: fc.Arbitrary<LeaseRecord> = fc.record({
  address: fc.nat(999).map((n) => FIRST + n),
  state: fc.constantFrom(BindingState.bound, BindingState.expired, BindingState.released),
  startsAt: instant,
  endsAt: fc.oneof(instant, fc.constant(Number.POSITIVE_INFINITY)),
  lastTransactionAt: instant,
  htype: fc.nat(255),
  hardwareAddress: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  clientId,
  hostName: nasty,
  agentInformation: bytesUpTo(255),
  vendorClass: nasty,
});
const abandoned: fc.Arbitrary<LeaseRecord> = fc
  .record({
    address: fc.nat(999).map((n) => FIRST + n),
    startsAt: instant,
    endsAt: instant,
    lastTransactionAt: instant,
  })
  .map((parts) => makeRecord({ ...parts, state: BindingState.abandoned }));
/** Octets that need no escape. */
const plain = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.string({ unit: fc.constantFrom(..."abz019-./ :_"), minLength: 1, maxLength }).map((text) => octets(text));
/** Leases of Ethernet clients with plain text, and a relay's usual two sub-options. */
const ordinary: fc.Arbitrary<LeaseRecord> = fc.record({
  address: fc.nat(999).map((n) => FIRST + n),
  state: fc.constantFrom(BindingState.bound, BindingState.expired, BindingState.released),
  startsAt: instant,
  endsAt: fc.oneof(instant, fc.constant(Number.POSITIVE_INFINITY)),
  lastTransactionAt: instant,
  htype: fc.constant(1),
  hardwareAddress: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  clientId,
  hostName: fc.oneof(fc.constant(new Uint8Array(0)), plain(255)),
  agentInformation: fc
    .tuple(plain(100), plain(100))
    .map(([circuit, remote]) => Uint8Array.from([1, circuit.length, ...circuit, 2, remote.length, ...remote])),
  vendorClass: fc.oneof(fc.constant(new Uint8Array(0)), plain(255)),
});
const record = fc.oneof({ weight: 4, arbitrary: bound }, { weight: 1, arbitrary: abandoned });

/** Well-formed relay agent information: sub-options, the usual ones more often. */
const agentInformation = fc
  .array(
    fc.tuple(fc.oneof(fc.constantFrom(1, 2), fc.nat(255)), fc.oneof(bytesUpTo(40), fc.constant(octets("eth0/1:2")))),
    {
      maxLength: 6,
    },
  )
  .map((list) => Uint8Array.from(list.flatMap(([code, value]) => [code, value.length, ...value])))
  .filter((bytes) => bytes.length <= 255);

function readAll(bytes: Uint8Array): { records: LeaseRecord[]; errors: string[] } {
  const records: LeaseRecord[] = [];
  const errors: string[] = [];
  const count = readLeases(
    bytes,
    0,
    bytes.length,
    (each) => records.push(each),
    (offset, message) => errors.push(`${offset}: ${message}`),
  );
  expect(count).toBe(records.length);
  return { records, errors };
}

test("records come back as they were written, whatever octets clients sent", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const { records: read, errors } = readAll(octets(records.map(formatLeaseRecord).join("")));
      expect(errors).toEqual([]);
      expect(read).toEqual(records);
    }),
  );
});

test("agent information comes back octet by octet, in the order of the relay", () => {
  fc.assert(
    fc.property(bound, agentInformation, (parts, information) => {
      const text = formatLeaseRecord({ ...parts, agentInformation: information });
      expect(readAll(octets(text)).records[0]?.agentInformation).toEqual(information);
    }),
  );
});

test("a written record is printable text in which only statements end lines", () => {
  fc.assert(
    fc.property(record, (each) => {
      for (const line of formatLeaseRecord(each).trimEnd().split("\n")) {
        expect(line).toMatch(/^(lease [0-9.]+ \{|\}| {2}[a-z][ !-~]*;)$/);
      }
    }),
  );
});

/** What OwnRecordReader has read, as a value. */
function recordOf(own: OwnRecordReader): LeaseRecord {
  return {
    address: own.address,
    state: own.state,
    startsAt: own.startsAt,
    endsAt: own.endsAt,
    lastTransactionAt: own.lastTransactionAt,
    htype: own.htype,
    hardwareAddress: own.chaddr.slice(0, own.hlen),
    clientId: own.clientId.slice(0, own.clientIdLength),
    hostName: own.hostName.slice(0, own.hostNameLength),
    agentInformation: own.agentInformation.slice(0, own.agentInformationLength),
    vendorClass: own.vendorClass.slice(0, own.vendorClassLength),
  };
}

test("what the reader of our own layout takes, it takes as the general one does", () => {
  const own = new OwnRecordReader();
  const change = fc.record({ at: fc.nat(600), removed: fc.nat(3), inserted: fc.oneof(nasty, bytesUpTo(3)) });
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(bound, ordinary), fc.option(change), fc.nat(50), (each, changed, padding) => {
      const text = [...octets(formatLeaseRecord(each))];
      if (changed !== null) text.splice(changed.at, changed.removed, ...changed.inserted);
      const bytes = Uint8Array.from([...new Array(padding).fill(0x23), ...text]);
      const next = own.read(bytes, padding, bytes.length);
      if (next < 0) return;
      taken += 1;
      const { records, errors } = readAll(bytes.subarray(padding, next));
      expect(errors).toEqual([]);
      expect(records).toEqual([recordOf(own)]);
    }),
  );
  expect(taken).toBeGreaterThan(0);
});

test("the reader of our own layout takes every ordinary record", () => {
  const own = new OwnRecordReader();
  fc.assert(
    fc.property(ordinary, (each) => {
      const bytes = octets(formatLeaseRecord(each));
      expect(own.read(bytes, 0, bytes.length)).toBe(bytes.length);
      expect(recordOf(own)).toEqual(each);
    }),
  );
});

test("a slot is written like its record", () => {
  const table = new LeaseTable(makePools({ ranges: ["10.0.0.0-10.0.3.255"] }), KEYS);
  const target = new Uint8Array(16_384);
  fc.assert(
    fc.property(record, fc.nat(1000), (each, at) => {
      expect(table.load(each)).toBe(true);
      const end = writeLease(table, table.slotOf(each.address), target, at);
      // The table knows no time after 2106 but never.
      const inTable = (time: number): number => (time < NEVER ? time : Number.POSITIVE_INFINITY);
      const kept = {
        ...each,
        startsAt: inTable(each.startsAt),
        endsAt: inTable(each.endsAt),
        lastTransactionAt: inTable(each.lastTransactionAt),
      };
      expect(String.fromCharCode(...target.subarray(at, end))).toBe(formatLeaseRecord(kept));
    }),
  );
});

test("damage inside one record costs no other record", () => {
  const damage = fc.record({
    at: fc.nat(100_000),
    removed: fc.nat(200),
    inserted: fc.oneof(nasty, bytesUpTo(20)),
  });
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 3, maxLength: 6 }),
      fc.nat(5),
      damage,
      (records, which, { at, removed, inserted }) => {
        const texts = records.map((each) => octets(formatLeaseRecord(each)));
        const damaged = which % records.length;
        const text = texts[damaged] ?? new Uint8Array(0);
        // All but the last line end, which is the next record's as well.
        const start = at % (text.length - 1);
        const end = Math.min(text.length - 1, start + removed);
        texts[damaged] = Uint8Array.from([...text.subarray(0, start), ...inserted, ...text.subarray(end)]);
        const { records: read } = readAll(Uint8Array.from(texts.flatMap((each) => [...each])));
        const others = records.filter((_, index) => index !== damaged);
        let next = 0;
        for (const each of read) {
          const wanted = others[next];
          if (wanted !== undefined && same(each, wanted)) next++;
        }
        expect(next).toBe(others.length);
      },
    ),
    { numRuns: 300 },
  );
});

test("any cut leaves the whole records before it, and tells of the one that is cut", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(100_000), (records, cut) => {
      const texts = records.map(formatLeaseRecord);
      const bytes = octets(texts.join(""));
      const length = cut % bytes.length;
      let whole = 0;
      // The last line end is not needed.
      for (let end = -1; whole < texts.length; whole++) {
        end += (texts[whole] ?? "").length;
        if (end > length) break;
      }
      const { records: read, errors } = readAll(bytes.subarray(0, length));
      expect(read).toEqual(records.slice(0, whole));
      const rest = bytes.subarray(texts.slice(0, whole).join("").length, length);
      expect(errors.length > 0).toBe(rest.length > 0);
    }),
  );
});

test("no octets make the reader throw or stand still", () => {
  const words = fc.constantFrom(
    "lease ",
    "10.0.0.1",
    " {\n",
    "}\n",
    "starts 6 2026/11/21 02:36:07;\n",
    "ends never;\n",
    '"',
    "set x = ",
    "uid ",
    "#",
    ";",
    "\n",
    "option agent.circuit-id ",
    "binding state ",
    "failover peer {",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        bytesUpTo(400),
        nasty,
        fc.array(words, { maxLength: 40 }).map((list) => octets(list.join(""))),
      ),
      (bytes) => {
        readAll(bytes);
      },
    ),
    { numRuns: 1000 },
  );
});

function same(a: LeaseRecord, b: LeaseRecord): boolean {
  return formatLeaseRecord(a) === formatLeaseRecord(b);
}
