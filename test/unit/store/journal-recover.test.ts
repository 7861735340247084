// Recovery of lease files, octet by octet: cut, flipped, spliced, edited and foreign ones.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { formatLeaseRecord } from "../../../src/lease/file/leases-file.ts";
import { JournalReader } from "../../../src/store/journal/journal-recover.ts";
import { journalOf, LATER, leasesOf, numberedRecord, recover } from "../../support/journal.ts";
import { octets } from "../../support/lease-clients.ts";

const FIRST = [0, 1, 2].map((n) => numberedRecord(n));
const SECOND = [3, 4].map((n) => numberedRecord(n));
const LAST = [5, 1, 6].map((n, i) => ({ ...numberedRecord(n), startsAt: 1_750_000_000 + i }));
const ALL = [...FIRST, ...SECOND, ...LAST];
const HEADER_OCTETS = journalOf([]).length;

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function kindsOf(bytes: Uint8Array): string[] {
  return recover(bytes).recovery.findings.map((finding) => finding.kind);
}

describe("a whole file", () => {
  it.each([1, 7, 64, 1000, 100_000])("is read without a finding in pieces of %d octets", (pieceOctets) => {
    const { recovery, leases } = recover(journalOf([FIRST, SECOND, LAST], 41), pieceOctets);
    expect(recovery).toMatchObject({ findings: [], records: ALL.length, sequence: 44, hasTrailers: true });
    expect(leases).toEqual(leasesOf(ALL));
  });

  it("may have batches without a record, and none at all", () => {
    expect(recover(journalOf([[], FIRST, []])).recovery).toMatchObject({ findings: [], sequence: 4, records: 3 });
    expect(recover(new Uint8Array(0)).recovery).toMatchObject({ findings: [], octets: 0, hasTrailers: false });
  });

  it("keeps a client's text in its place, even if it looks like a trailer or a record", () => {
    for (const text of [
      'a";}\nlease 10.9.0.99 {\x1b[31m',
      "\n#= 2 3 00000000\n",
      "}\n#= complete\n",
      "\0\xff\\",
      "#=",
    ]) {
      const hostile = {
        ...numberedRecord(7),
        hostName: octets(text),
        vendorClass: octets(text),
        clientId: octets(text),
      };
      const { recovery, leases } = recover(journalOf([[hostile], SECOND]));
      expect(recovery.findings).toEqual([]);
      expect(leases).toEqual(leasesOf([hostile, ...SECOND]));
    }
  });
});

describe("an interrupted append", () => {
  it("costs nothing but its own batch, wherever it was cut", () => {
    const before = journalOf([FIRST, SECOND]);
    const whole = journalOf([FIRST, SECOND, LAST]);
    for (let length = before.length; length < whole.length; length++) {
      const { recovery, leases } = recover(whole.subarray(0, length), 100);
      const cut = whole.subarray(before.length, length);
      // Whole records alone look like somebody's edit, and were about to be confirmed.
      const kept = /^(lease[^}]*\}\n?)+$/.test(Buffer.from(cut).toString("latin1"))
        ? LAST.slice(0, Buffer.from(cut).toString("latin1").split("}").length - 1)
        : [];
      expect(leases, `cut at ${length}`).toEqual(leasesOf([...FIRST, ...SECOND, ...kept]));
      const kinds = recovery.findings.map((finding) => finding.kind);
      expect(kinds, `cut at ${length}`).toEqual(
        length === before.length ? [] : [kept.length > 0 ? "unchecked" : "torn"],
      );
    }
  });

  it("may end in octets that never reached the disk", () => {
    const before = journalOf([FIRST, SECOND]);
    const whole = journalOf([FIRST, SECOND, LAST]);
    for (const length of [before.length, before.length + 10, whole.length - 5]) {
      const { recovery, leases } = recover(join(whole.subarray(0, length), new Uint8Array(4096)));
      expect(leases).toEqual(leasesOf([...FIRST, ...SECOND]));
      expect(recovery.findings.map((finding) => finding.kind)).toEqual(["torn"]);
    }
  });

  it("names the addresses of what is dropped, and where it was", () => {
    const whole = journalOf([FIRST, LAST]);
    const before = journalOf([FIRST]).length;
    const [finding] = recover(whole.subarray(0, whole.length - 4)).recovery.findings;
    expect(finding).toMatchObject({ start: before, end: whole.length - 4 });
    expect(finding?.message).toContain(`octets ${before} to ${whole.length - 4}`);
    for (const { address } of LAST) expect(finding?.message).toContain(formatIpv4(address));
  });
});

describe("a file that is cut", () => {
  it("has every lease of the batches before the cut, whichever octet it is", () => {
    const batches = [[], FIRST, SECOND, LAST];
    const whole = journalOf([FIRST, SECOND, LAST]);
    const ends = [HEADER_OCTETS, journalOf([FIRST]).length, journalOf([FIRST, SECOND]).length, whole.length];
    for (let length = 0; length < whole.length; length++) {
      const { recovery, leases } = recover(whole.subarray(0, length), 200);
      const before = batches.filter((_, i) => (ends[i] ?? 0) <= length).flat();
      for (const [address, text] of leasesOf(before)) {
        // A lease that the torn batch has as well may be read from there where that is whole.
        const isLater = LAST.some(
          (record) => record.address === address && formatLeaseRecord(record) === leases.get(address),
        );
        if (!isLater) expect(leases.get(address), `cut at ${length}`).toBe(text);
      }
      expect(recovery.otherFile, `cut at ${length}`).toBeUndefined();
      if (!ends.includes(length) && length > 0) expect(recovery.findings.length, `cut at ${length}`).toBeGreaterThan(0);
    }
  });
});

describe("damage", () => {
  it("is never silent: any bit that is flipped is reported, and costs no lease of another batch", () => {
    const whole = journalOf([FIRST, SECOND, LAST]);
    const expected = leasesOf(ALL);
    const ends = [HEADER_OCTETS, journalOf([FIRST]).length, journalOf([FIRST, SECOND]).length, whole.length];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { recovery, leases } = recover(flipped, 512);
      expect(recovery.findings.length, `bit ${bit}`).toBeGreaterThan(0);
      const batch = ends.findIndex((end) => bit >> 3 < end);
      // In the last batch an address may be read that another batch has as well.
      const untouched = batch < 3 ? [[], FIRST, SECOND, LAST].filter((_, i) => i > batch).flat() : SECOND;
      for (const { address } of untouched) {
        expect(leases.get(address) ?? "", `bit ${bit}`).toBe(expected.get(address));
      }
      const isLoss = [...expected].some(([address, text]) => leases.get(address) !== text);
      if (isLoss) expect(kindsOf(flipped), `bit ${bit}`).toContain("damaged");
    }
  });

  it("keeps every record that can still be read and names the others", () => {
    const whole = Buffer.from(journalOf([FIRST, SECOND, LAST]));
    const at = whole.indexOf("ends ", whole.indexOf("lease 10.0.0.2 "));
    whole.write("ends ?", at);
    const { recovery, leases } = recover(whole);
    expect(leases.get(FIRST[0]?.address ?? 0)).toBe(leasesOf(FIRST).get(FIRST[0]?.address ?? 0));
    expect(leases.size).toBe(7);
    expect(recovery.findings).toHaveLength(1);
    const [finding] = recovery.findings;
    expect(finding?.kind).toBe("damaged");
    expect(finding?.message).toMatch(/lost: 10\.0\.0\.2;/);
    expect(finding?.message).toMatch(/octet \d+: date expected/);
    expect(finding).toMatchObject({ start: HEADER_OCTETS, end: journalOf([FIRST]).length });
  });

  it("does not give an address to another client while a good record says whose it is", () => {
    const whole = Buffer.from(journalOf([FIRST, [numberedRecord(5)]]));
    whole.write("10.0.0.2", whole.lastIndexOf("10.0.0.6"));
    const { recovery, leases } = recover(whole);
    expect(leases).toEqual(leasesOf(FIRST));
    expect(recovery.findings[0]?.message).toContain("not believed, for the address had another client: 10.0.0.2");
  });

  it("takes a renewal from a damaged part", () => {
    const renewed = { ...numberedRecord(1), endsAt: LATER + 1000 };
    const whole = Buffer.from(journalOf([FIRST, [renewed, numberedRecord(5)]]));
    whole.write("?", whole.lastIndexOf("ends "));
    expect(recover(whole).leases.get(renewed.address)).toBe(formatLeaseRecord(renewed));
  });

  it("is a batch that is missing, doubled or out of order", () => {
    const one = journalOf([FIRST]);
    const two = journalOf([FIRST, SECOND]);
    const three = journalOf([FIRST, SECOND, LAST]);
    const second = two.subarray(one.length);
    const third = three.subarray(two.length);
    expect(kindsOf(join(one, third))).toEqual(["damaged"]);
    expect(kindsOf(join(two, second, third))).toEqual(["damaged"]);
    expect(kindsOf(join(one, third, second))).toEqual(["damaged", "damaged"]);
  });

  it("is a hole of zeros, and the batches around it count", () => {
    const whole = journalOf([FIRST, SECOND, LAST]);
    const from = journalOf([FIRST]).length;
    whole.fill(0, from + 30, from + 200);
    const { recovery, leases } = recover(whole, 50);
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["damaged"]);
    expect([...leases.keys()].sort()).toEqual(
      expect.arrayContaining([...FIRST, ...LAST].map((record) => record.address)),
    );
  });

  it("is a bad checksum under a complete trailer at the end, which no interrupted append leaves", () => {
    const whole = Buffer.from(journalOf([FIRST, LAST]));
    whole.write("9", whole.lastIndexOf("2023/"));
    const { recovery, leases } = recover(whole);
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["damaged"]);
    expect(leases.size).toBe(5);
  });
});

describe("an edited file", () => {
  const edit = octets(formatLeaseRecord(numberedRecord(9)));
  const comment = octets("# kept for the printer\n");

  it("is read with its prefix, its insertions and its suffix, with a notice each", () => {
    const one = journalOf([FIRST]);
    const two = journalOf([FIRST, SECOND]);
    const { recovery, leases } = recover(join(comment, edit, one, edit, two.subarray(one.length), comment, edit), 200);
    expect(leases).toEqual(leasesOf([...FIRST, ...SECOND, numberedRecord(9)]));
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["unchecked", "unchecked", "unchecked"]);
  });

  it("is read where the last record of an address is the edited one", () => {
    const other = { ...numberedRecord(1), hostName: octets("edited") };
    const { leases } = recover(join(journalOf([FIRST]), octets(formatLeaseRecord(other))));
    expect(leases.get(other.address)).toBe(formatLeaseRecord(other));
  });
});

describe("a file of another program", () => {
  const OPENBSD = `lease 10.0.0.13 {
\tstarts 6 2026/11/21 02:36:07 UTC;
\tends 6 2026/11/21 02:41:07 UTC;
\thardware ethernet 02:00:00:00:00:02;
\tuid 01:02:00:00:00:00:02;
\tclient-hostname "abc";
}
lease 10.0.0.14 {
\tstarts 6 2026/11/21 02:36:07 UTC;
\tends 2 2038/01/19 03:14:07 UTC;

\tabandoned;
}
`;

  it.each([3, 10_000])("is read as it is, with one notice, in pieces of %d", (pieceOctets) => {
    const { recovery, leases } = recover(octets(OPENBSD), pieceOctets);
    expect([...leases.keys()].map(formatIpv4)).toEqual(["10.0.0.13", "10.0.0.14"]);
    expect(recovery).toMatchObject({ hasTrailers: false, sequence: 0, records: 2 });
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["unchecked"]);
  });

  it("may be ISC's, with what else ISC writes into it", () => {
    const ISC = `# The format of this file is documented in the dhcpd.leases(5) manual page.
# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\001+\\301x\\217\\002B\\254\\021\\000\\002";

lease 10.0.0.20 {
  starts 6 2026/11/21 02:36:07;
  ends never;
  cltt 6 2026/11/21 02:36:07;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 02:00:00:00:00:02;
  uid "\\001\\002\\000\\000\\000\\000\\002";
  on expiry {
    log(info, "gone");
  }
  client-hostname "abc";
}
failover peer "a" state {
  my state normal at 6 2026/11/21 02:36:07;
}
lease 10.0.0.20 {
  starts 6 2026/11/21 02:36:07;
  ends 6 2026/11/21 03:36:07;
  binding state released;
  hardware ethernet 02:00:00:00:00:02;
}
`;
    const { recovery, leases } = recover(octets(ISC), 90);
    expect(recovery).toMatchObject({ records: 2, hasTrailers: false });
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["unchecked"]);
    expect([...leases.values()][0]).toContain("binding state released");
  });

  it("counts as damaged where it cannot be read", () => {
    const { recovery, leases } = recover(octets(OPENBSD.replace("starts 6 2026", "starts 6 x026")));
    expect([...leases.keys()].map(formatIpv4)).toEqual(["10.0.0.14"]);
    expect(recovery.findings.map((finding) => finding.kind)).toEqual(["damaged"]);
    expect(recovery.findings[0]?.message).toContain("lost: 10.0.0.13");
  });

  it("may be longer than memory should hold at once", () => {
    const piece = octets(Array.from({ length: 1000 }, () => formatLeaseRecord(numberedRecord(0))).join(""));
    let records = 0;
    const reader = new JournalReader({ take: () => void records++, known: () => undefined });
    for (let i = 0; i < 150; i++) reader.push(piece);
    expect(reader.finish()).toMatchObject({ records: 150_000, octets: piece.length * 150 });
    expect(records).toBe(150_000);
  });
});
