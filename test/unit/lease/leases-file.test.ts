import { expect, test } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import {
  formatLeaseRecord,
  LEASE_RECORD_OCTETS_MAX,
  readLeases,
  writeLease,
  writeLeaseRecord,
} from "../../../src/lease/file/leases-file.ts";
import { OwnRecordReader } from "../../../src/lease/file/own-record-reader.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { address, KEYS, makePools, makeRecord, octets } from "../../support/lease-clients.ts";

/** 2026-11-21 02:36:07 UTC, a Saturday. */
const SATURDAY = Date.UTC(2026, 10, 21, 2, 36, 7) / 1000;

function read(text: string, start = 0): { records: LeaseRecord[]; errors: string[] } {
  const records: LeaseRecord[] = [];
  const errors: string[] = [];
  const bytes = octets(text);
  readLeases(
    bytes,
    start,
    bytes.length - start,
    (record) => records.push(record),
    (offset, message) => errors.push(`${offset}: ${message}`),
  );
  return { records, errors };
}

/** The addresses read, and what was complained of. */
function outline(text: string): { addresses: string[]; errors: string[] } {
  const { records, errors } = read(text);
  return { addresses: records.map((record) => formatIpv4(record.address)), errors };
}

/** The one record that stands in the text, with what the test says inside its braces. */
function readOne(statements: string): LeaseRecord | undefined {
  const { records, errors } = read(`lease 10.0.0.1 {\n  ends never;\n${statements}\n}\n`);
  expect(errors).toEqual([]);
  return records[0];
}

test.each([
  ["as octal text", 'uid "\\001\\002\\"\\\\A\\377";'],
  ["as hexadecimal octets", "uid 01:02:22:5c:41:ff;"],
])("a client identifier is read %s, by both readers [D11]", (_form, statement) => {
  const uid = [1, 2, 0x22, 0x5c, 0x41, 0xff];
  expect([...(readOne(`  ${statement}`)?.clientId ?? [])]).toEqual(uid);
  const text = formatLeaseRecord(makeRecord({ ...FULL, hostName: octets("a") })).replace(/uid .*;/, statement);
  const own = new OwnRecordReader();
  expect(own.read(octets(text), 0, text.length)).toBe(text.length);
  expect([...own.clientId.subarray(0, own.clientIdLength)]).toEqual(uid);
});

test.each(['uid "\\4000";', 'uid "\\08";', 'uid "\\0";', 'uid "a', 'uid "\\x41";'])(
  "%s is not for the reader of our own records [D11]",
  (statement) => {
    const text = formatLeaseRecord(makeRecord({ ...FULL, hostName: octets("a") })).replace(/uid .*;/, statement);
    expect(new OwnRecordReader().read(octets(text), 0, text.length)).toBe(-1);
  },
);

test.each([
  ["a name", 'client-hostname "a name";'],
  ['a"name', 'set client-name = "a\\042name";'],
  ["a\\name", 'set client-name = "a\\134name";'],
  ["caf\xe9", 'set client-name = "caf\\351";'],
])("the client's name %j is written as %s and read back [D12]", (name, statement) => {
  const text = formatLeaseRecord(makeRecord({ ...FULL, hostName: Uint8Array.from(name, (c) => c.charCodeAt(0)) }));
  expect(text).toContain(`  ${statement}\n`);
  expect(read(text).records[0]?.hostName).toEqual(Uint8Array.from(name, (c) => c.charCodeAt(0)));
});

const FULL = makeRecord({
  address: address("10.0.0.13"),
  state: BindingState.bound,
  startsAt: SATURDAY,
  endsAt: SATURDAY + 300,
  lastTransactionAt: SATURDAY,
  htype: 1,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 0xab),
  clientId: Uint8Array.of(1, 2, 0, 0, 0, 0, 0xab),
  hostName: octets('a"b\\c'),
  vendorClass: octets("MSFT 5.0"),
  agentInformation: Uint8Array.of(1, 4, ...octets("eth0"), 2, 3, 0, 1, 255),
});

test("a lease is written in ISC's words and form", () => {
  expect(formatLeaseRecord(FULL)).toBe(`lease 10.0.0.13 {
  starts 6 2026/11/21 02:36:07;
  ends 6 2026/11/21 02:41:07;
  cltt 6 2026/11/21 02:36:07;
  binding state active;
  hardware ethernet 02:00:00:00:00:ab;
  uid "\\001\\002\\000\\000\\000\\000\\253";
  set vendor-class-identifier = "MSFT 5.0";
  option agent.circuit-id "eth0";
  option agent.remote-id 00:01:ff;
  set client-name = "a\\042b\\134c";
}
`);
});

test("agent information that ISC's two statements cannot hold is written whole besides", () => {
  const text = formatLeaseRecord({ ...FULL, agentInformation: Uint8Array.of(1, 1, 5, 9, 2, 0, 1) });
  expect(text).toContain("  option agent.circuit-id 05;\n");
  expect(text).toContain('  set agent-information = "\\001\\001\\005\\011\\002\\000\\001";\n');
});

test("a lease that nobody has says nothing of a client", () => {
  const record = makeRecord({
    address: address("10.0.0.7"),
    state: BindingState.abandoned,
    startsAt: SATURDAY,
    endsAt: Number.POSITIVE_INFINITY,
  });
  expect(formatLeaseRecord(record)).toBe(
    "lease 10.0.0.7 {\n  starts 6 2026/11/21 02:36:07;\n  ends never;\n  cltt 4 1970/01/01 00:00:00;\n  binding state abandoned;\n}\n",
  );
});

test.each([
  [BindingState.bound, "active"],
  [BindingState.expired, "expired"],
  [BindingState.released, "released"],
  [BindingState.abandoned, "abandoned"],
  [BindingState.free, "free"],
])("state %i is written as %s", (state, word) => {
  expect(formatLeaseRecord({ ...FULL, state })).toContain(`  binding state ${word};\n`);
});

test("instants are written as they are, whichever were written before", () => {
  const seconds = (text: string): string[] => [...text.matchAll(/ \d\d:(\d\d:\d\d);/g)].map((match) => match[1] ?? "");
  const moments = [0, 1, 6, 7, 8, 14, 0, 7, 14, 0];

  for (const moment of moments) {
    const [startsAt, endsAt, lastTransactionAt] = [SATURDAY + moment, SATURDAY + moment + 7, SATURDAY + moment + 14];
    const text = formatLeaseRecord({ ...FULL, startsAt, endsAt, lastTransactionAt });
    const expected = [startsAt, endsAt, lastTransactionAt].map((at) => new Date(at * 1000).toISOString().slice(14, 19));
    expect(seconds(text)).toEqual(expected);
  }
});

test("an end is never written earlier than it is", () => {
  expect(formatLeaseRecord({ ...FULL, endsAt: SATURDAY + 0.25 })).toContain("ends 6 2026/11/21 02:36:08;");
});

test("the longest lease fits into the room that a writer asks for", () => {
  const worst = new Uint8Array(255).fill(1);
  const hardwareAddress = new Uint8Array(16).fill(255);
  const record = {
    ...FULL,
    hardwareAddress,
    clientId: worst,
    hostName: worst,
    vendorClass: worst,
    agentInformation: worst,
  };
  expect(formatLeaseRecord(record).length).toBeLessThan(LEASE_RECORD_OCTETS_MAX);
  // The agent information that takes most: sub-options of one octet, and one that has to be kept whole.
  const information = Uint8Array.from({ length: 255 }, (_, i) => (i % 3 === 2 ? 0 : 1));
  expect(formatLeaseRecord({ ...record, agentInformation: information }).length).toBeLessThan(LEASE_RECORD_OCTETS_MAX);
});

test("dates are those of the calendar, on every day of 130 years", () => {
  const target = new Uint8Array(LEASE_RECORD_OCTETS_MAX);
  for (let day = 0; day < 47_500; day++) {
    const startsAt = day * 86_400 + ((day * 7919) % 86_400);
    const end = writeLeaseRecord(makeRecord({ address: 1, startsAt, endsAt: startsAt }), target, 0);
    const date = new Date(startsAt * 1000);
    const [text = ""] = /[0-9] [0-9/]+ [0-9:]+/.exec(String.fromCharCode(...target.subarray(0, end))) ?? [];
    expect(text).toBe(`${date.getUTCDay()} ${date.toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ")}`);
  }
});

test("a slot is written like its record", () => {
  const table = new LeaseTable(makePools({ ranges: ["10.0.0.0-10.0.0.255"] }), KEYS);
  table.load(FULL);
  const target = new Uint8Array(LEASE_RECORD_OCTETS_MAX);
  const end = writeLease(table, table.slotOf(FULL.address), target, 100);
  expect(String.fromCharCode(...target.subarray(100, end))).toBe(formatLeaseRecord(FULL));
});

test("what was written is read back", () => {
  expect(read(formatLeaseRecord(FULL))).toEqual({ records: [FULL], errors: [] });
});

test("what a configuration makes ISC's server add to its leases is passed over", () => {
  const { records, errors } = read(`server-duid "\\000\\001\\000\\0012\\224\\024\\006";
failover peer "pair" state {
  my state communications-interrupted at 6 2026/11/21 02:36:07;
  partner state normal at 6 2026/11/21 02:36:07;
  mclt 1800;
}
lease 10.0.0.10 {
  starts 6 2026/11/21 02:36:07;
  ends 6 2026/11/21 02:41:07;
  cltt 6 2026/11/21 02:36:07;
  binding state active;
  next binding state expired;
  rewind binding state backup;
  billing subclass "sub" 01:0a:a8:fd:4b:2b:44;
  hardware ethernet 0a:a8:fd:4b:2b:44;
  uid "\\001\\012\\250\\375K+D";
  set mac = "x\\"y\\\\a:a8;}";
  set vendor-class-identifier = "foo";
  set ddns-rev-name = "10.0.0.10.in-addr.arpa.";
  client-hostname "lap";
  on commit {
    set clip = binary-to-ascii(10, 8, ".", leased-address);
    execute ("/bin/true", "}", clip);
  }
  on expiry or release {
    if exists host-name {
      log (info, "over;");
    }
  }
}
`);
  expect(errors).toEqual([]);
  expect(records).toEqual([
    makeRecord({
      address: address("10.0.0.10"),
      state: BindingState.bound,
      startsAt: SATURDAY,
      endsAt: SATURDAY + 300,
      lastTransactionAt: SATURDAY,
      htype: 1,
      hardwareAddress: Uint8Array.of(0x0a, 0xa8, 0xfd, 0x4b, 0x2b, 0x44),
      clientId: Uint8Array.of(1, 0x0a, 0xa8, 0xfd, 0x4b, 0x2b, 0x44),
      vendorClass: octets("foo"),
      hostName: octets("lap"),
    }),
  ]);
});

test("a file that ISC's server wrote is read", () => {
  const { records, errors } = read(`# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\001,\\352\\"K\\264\\016;\\\\{";

failover peer "pair" state {
  my state normal at 6 2026/11/21 02:36:07;
  partner state normal at 6 2026/11/21 02:36:07;
}
host dynamic-one {
  dynamic;
  hardware ethernet 02:00:00:00:00:01;
}
lease 10.0.0.13 {
  starts 6 2026/11/21 02:36:07;
  ends 6 2026/11/21 02:41:07;
  tstp 6 2026/11/21 02:41:07;
  tsfp 6 2026/11/21 02:41:07;
  atsfp 6 2026/11/21 02:41:07;
  cltt 6 2026/11/21 02:36:09;
  binding state active;
  next binding state free;
  rewind binding state free;
  reserved;
  hardware ethernet 2:0:0:0:0:ab;
  uid "\\001\\002\\000\\000\\000\\000\\253";
  set ddns-fwd-name = "a;}b.example.org";
  set vendor-class-identifier = "udhcp 1.30.1";
  option agent.circuit-id "eth0";
  option agent.remote-id 0:1:ff;
  option agent.unknown-9 "x";
  option agent.link-selection 10.0.0.0;
  client-hostname "laptop";
  on expiry {
    if (1 = 1) {
      log(info, "}");
    }
  }
}
lease 10.0.0.14 {
  starts epoch 1795228567; # Sat Nov 21 02:36:07 2026
  ends never;
  binding state free;
  hardware token-ring 02:00:00:00:00:02;
}
lease 10.0.0.15 {
  starts 6 2026/11/21 02:36:07;
  ends 6 2026/11/21 02:36:07;
  binding state free;
}
lease 10.0.0.16 {
  ends 6 2026/11/21 02:36:07;
  binding state backup;
  uid "ab";
}
`);
  expect(errors).toEqual([]);
  expect(records).toEqual([
    {
      ...FULL,
      lastTransactionAt: SATURDAY + 2,
      hostName: octets("laptop"),
      vendorClass: octets("udhcp 1.30.1"),
      agentInformation: Uint8Array.of(1, 4, ...octets("eth0"), 2, 3, 0, 1, 255, 9, 1, 120),
    },
    // A free lease whose client is known is one that is over.
    makeRecord({
      address: address("10.0.0.14"),
      state: BindingState.expired,
      startsAt: SATURDAY,
      endsAt: Number.POSITIVE_INFINITY,
      lastTransactionAt: SATURDAY,
      htype: 6,
      hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2),
    }),
    makeRecord({
      address: address("10.0.0.15"),
      state: BindingState.free,
      startsAt: SATURDAY,
      endsAt: SATURDAY,
      lastTransactionAt: SATURDAY,
    }),
    makeRecord({
      address: address("10.0.0.16"),
      state: BindingState.expired,
      endsAt: SATURDAY,
      clientId: octets("ab"),
    }),
  ]);
});

test("a file that OpenBSD's server wrote is read", () => {
  const { records, errors } = read(`lease 10.0.0.13 {
	starts 6 2026/11/21 02:36:07 UTC;
	ends 6 2026/11/21 02:41:07 UTC;
	hardware ethernet 02:00:00:00:00:ab;
	uid 01:02:00:00:00:00:ab;
	dynamic-bootp;
	client-hostname "laptop";
	hostname "from-reverse-dns";
}
lease 10.0.0.14 {
	starts 6 2026/11/21 02:36:07 UTC;
	ends 6 2026/11/21 02:41:07 UTC;

	abandoned;
}
lease 10.0.0.15 {
	starts 6 2026/11/21 02:36:07;
	ends 2 2038/01/19 03:14:07;
	hardware ipsec-tunnel 0a:01;
}
`);
  expect(errors).toEqual([]);
  expect(records).toEqual([
    { ...FULL, hostName: octets("laptop"), vendorClass: octets(""), agentInformation: octets("") },
    makeRecord({
      address: address("10.0.0.14"),
      state: BindingState.abandoned,
      startsAt: SATURDAY,
      endsAt: SATURDAY + 300,
      lastTransactionAt: SATURDAY,
    }),
    makeRecord({
      address: address("10.0.0.15"),
      startsAt: SATURDAY,
      endsAt: 0x7fffffff,
      lastTransactionAt: SATURDAY,
      htype: 31,
      hardwareAddress: Uint8Array.of(10, 1),
    }),
  ]);
});

test("strings are read with octal digits, letters and plain characters behind a backslash", () => {
  expect(readOne('  client-hostname "\\0\\12x\\1778\\377\\n\\t\\r\\b\\"\\\\\\q";')?.hostName).toEqual(
    Uint8Array.of(0, 10, 120, 127, 56, 255, 10, 9, 13, 8, 34, 92, 113),
  );
});

test.each([
  ["binding state released;", { state: BindingState.released }],
  ["binding state bootp;", { state: BindingState.bound }],
  ["binding state abandoned;", { state: BindingState.abandoned }],
  ["binding  state\tactive ;", { state: BindingState.bound }],
  ["hardware unknown-200 1;", { htype: 200, hardwareAddress: Uint8Array.of(1) }],
  ['uid "";', { clientId: octets("") }],
  ["starts 4 1970/01/01 00:00:01;", { startsAt: 1, lastTransactionAt: 1 }],
  ["tstp 1 nonsense of later versions { with ; blocks }", { state: BindingState.bound }],
])("%s is understood", (statement, expected) => {
  expect(readOne(statement)).toMatchObject(expected);
});

const GOOD = formatLeaseRecord(FULL);
const NEXT = GOOD.replace("10.0.0.13", "10.0.0.14");

test.each([
  ["a date with a month 13", GOOD.replace("2026/11", "2026/13"), "date expected"],
  ["a date without a year", GOOD.replace("6 2026/11/21", "6"), "date expected"],
  ["another time zone", GOOD.replace("02:41:07;", "02:41:07 CET;"), "date expected"],
  ["a binding state that nobody knows", GOOD.replace("active", "actiye"), "binding state expected"],
  ["no end", GOOD.replace(/ {2}ends .*\n/, ""), "lease record without 'ends'"],
  ["a hardware type that nobody knows", GOOD.replace("ethernet", "ethernot"), "hardware type expected"],
  ["a hardware address that is none", GOOD.replace("02:00:00", "02:0x:00"), "';' expected"],
  [
    "a hardware address that is too long",
    GOOD.replace("02:00", "1:2:3:4:5:6:7:8:9:a:b:c:d"),
    "hardware address is too long",
  ],
  ["a client identifier that is none", GOOD.replace(/uid .*;/, "uid xx;"), "client identifier expected"],
  [
    "a client identifier that is too long",
    GOOD.replace(/uid .*;/, `uid ${"01:".repeat(255)}01;`),
    "client identifier is too long",
  ],
  ["no address", GOOD.replace("10.0.0.13", ""), "lease without an address"],
  ["an octet above 255", GOOD.replace("10.0.0.13", "10.0.0.256"), "lease without an address"],
  ["no opening brace", GOOD.replace("{", ""), "'{' expected"],
  ["no closing brace", GOOD.replace("}\n", ""), "lease record without end"],
  ["an opening brace too many", GOOD.replace("cltt", "cltt {"), "date expected"],
  [
    "an unknown statement that does not end",
    GOOD.replace(/ {2}cltt.*;\n[\s\S]*\}/, "  later {\n"),
    "statement without end",
  ],
  ["a quote that swallows its end", GOOD.replace(/ {2}uid .*;/, '  uid "01;'), "client identifier expected"],
  ["nothing behind 'binding'", GOOD.replace(/binding[\s\S]*/, "binding\n"), "'state' expected"],
  ["nothing behind 'state'", GOOD.replace(/state[\s\S]*/, "state\n"), "binding state expected"],
  ["nothing behind 'hardware'", GOOD.replace(/hardware[\s\S]*/, "hardware\n"), "hardware type expected"],
  ["nothing behind 'ends'", GOOD.replace(/ends[\s\S]*/, "ends\n"), "date expected"],
  ["nothing behind 'set'", GOOD.replace(/set[\s\S]*/, "set\n"), "statement without end"],
  ["nothing behind 'option'", GOOD.replace(/option[\s\S]*/, "option\n"), "statement without end"],
  ["zeros instead of its end", `${GOOD.slice(0, -40)}${"\0".repeat(40)}\n`, "lease record without end"],
  ["a statement that is only a sign", GOOD.replace("cltt", "=cltt"), "statement expected"],
])("a record with %s is told with its offset, and the next is read", (_, damaged, message) => {
  const { addresses, errors } = outline(`${NEXT.replace("10.0.0.14", "10.0.0.12")}${damaged}${NEXT}`);
  expect(addresses).toEqual(["10.0.0.12", "10.0.0.14"]);
  const last = errors.at(-1) ?? "";
  expect(last.slice(last.indexOf(" ") + 1)).toBe(message);
  const offset = Number.parseInt(last, 10);
  expect(offset).toBeGreaterThan(GOOD.length);
  expect(offset).toBeLessThanOrEqual(GOOD.length + damaged.length);
});

test.each([
  ['client-hostname "x"y";'],
  ['client-hostname "x'],
  ["client-hostname ;"],
  ["client-hostname"],
  [`client-hostname "${"x".repeat(256)}";`],
  ['set vendor-class-identifier "x";'],
  ["option agent.circuit-id eth0;"],
  [`option agent.circuit-id ${"1:".repeat(253)}1;`],
])("a damaged description is lost, but not the lease (%#)", (statement) => {
  const text = `lease 10.0.0.1 {\n  ends never;\n  ${statement}\n  binding state released;\n}\n${GOOD}`;
  const { records, errors } = read(text);
  expect(errors.length).toBe(1);
  expect(records.map((record) => record.state)).toEqual([BindingState.released, BindingState.bound]);
  expect(records[0]).toMatchObject({ hostName: octets(""), vendorClass: octets(""), agentInformation: octets("") });
});

test.each([
  ["garbage", "\0\0\xff garbage\n", "not a statement"],
  ["a brace", "}\n", "not a statement"],
  ["a statement that does not end", "server-duid\n", "statement without end"],
  ["a string that does not end", 'server-duid "abc;\n', "statement without end"],
  ["a lease whose first word is damaged", GOOD.replace("lease", "leese"), "unknown block passed over"],
])("%s between records is told, and the next record is read", (_, between, message) => {
  const { addresses, errors } = outline(`${GOOD}${between}${NEXT}`);
  expect(addresses).toEqual(["10.0.0.13", "10.0.0.14"]);
  expect(errors.map((error) => error.replace(/^\d+: /, ""))).toEqual([message]);
});

test("comment lines between records and behind statements are nothing", () => {
  expect(
    outline(`#= 1 300 deadbeef\n${GOOD}#= 2 "\n# lease 10.9.9.9 {\n${NEXT.replaceAll(";\n", "; # }\n")}#`),
  ).toEqual({
    addresses: ["10.0.0.13", "10.0.0.14"],
    errors: [],
  });
});

test("only the part that is asked for is read, and offsets count from the start of all", () => {
  const text = `${GOOD}${NEXT.replace("active", "actiye")}`;
  const { records, errors } = read(text, GOOD.length);
  expect(records).toEqual([]);
  expect(errors).toEqual([`${text.indexOf("actiye") + 6}: binding state expected`]);
});

test("an empty file has no leases", () => {
  expect(outline("")).toEqual({ addresses: [], errors: [] });
});
