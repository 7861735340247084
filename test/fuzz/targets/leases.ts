// Lease files, whatever happened to them: reading ends, keeps whole records, and gives what can be written and read again.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatLeaseRecord, readLeases } from "../../../src/lease/file/leases-file.ts";
import { OwnRecordReader } from "../../../src/lease/file/own-record-reader.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { TableLoader } from "../../../src/lease/table/table-loader.ts";
import { JournalReader } from "../../../src/store/journal/journal-recover.ts";
import { journalOf, numberedRecord } from "../../support/journal.ts";
import { KEYS, makePools, octets as octetsOf } from "../../support/lease-clients.ts";
import { ROOT } from "../root.ts";
import { check, octetsOfText, type Target } from "../target.ts";

const POOLS = makePools({ ranges: ["10.0.0.1-10.0.0.60"] });
const KINDS = new Set(["torn", "unchecked", "damaged"]);

const own = new OwnRecordReader();

/** What is read of the octets, in pieces as a file is read. */
function recover(octets: Uint8Array, pieceOctets: number): string[] {
  const records = new Map<number, LeaseRecord>();
  const reader = new JournalReader({
    take: (record) => records.set(record.address, record),
    known: (address) => records.get(address),
  });
  for (let at = 0; at < octets.length; at += pieceOctets) reader.push(octets.subarray(at, at + pieceOctets));
  const { findings, octets: length } = reader.finish();
  check(length === octets.length, () => `${length} octets of ${octets.length} were read`);
  for (const { kind, start, end, message } of findings) {
    check(
      KINDS.has(kind) && start >= 0 && start <= end && end <= octets.length,
      () => `a finding of octets ${start} to ${end}`,
    );
    check(!/[\p{Cc}]/u.test(message), () => "a finding has what a terminal obeys");
  }
  return [...records.values()].map(formatLeaseRecord).sort();
}

function checkRecord(record: LeaseRecord): void {
  check(Object.values(BindingState).includes(record.state), () => `the state ${record.state}`);
  check(record.address >= 0 && record.address <= 0xffff_ffff, () => `the address ${record.address}`);
  const text = formatLeaseRecord(record);
  const again: LeaseRecord[] = [];
  const damage: string[] = [];
  const octets = octetsOf(text);
  readLeases(
    octets,
    0,
    octets.length,
    (each) => again.push(each),
    (_at, message) => damage.push(message),
  );
  const isSame =
    damage.length === 0 && again.length === 1 && again[0] !== undefined && formatLeaseRecord(again[0]) === text;
  check(
    isSame || record.state === BindingState.free,
    () => `a record is not read as it is written: ${damage.join()}\n${text}`,
  );
}

export const leasesTarget: Target = {
  name: "leases",
  unit: "lease files",
  seeds: [
    journalOf([
      [0, 1].map((n) => numberedRecord(n)),
      [numberedRecord(2)],
      [numberedRecord(1, { state: BindingState.released })],
    ]),
    journalOf([]),
    octetsOfText(
      [3, 4]
        .map((n) =>
          formatLeaseRecord(
            numberedRecord(n, { agentInformation: Uint8Array.of(1, 2, 0, 7), clientId: octetsOf('a"b\n') }),
          ),
        )
        .join(""),
    ),
    octetsOfText(
      formatLeaseRecord(numberedRecord(5, { endsAt: Number.POSITIVE_INFINITY, vendorClass: octetsOf("PXE}\n#= 1 1") })),
    ),
    new Uint8Array(readFileSync(join(ROOT, "test/imports/isc-omapi.leases"))).slice(0, 900),
    octetsOfText(
      'lease 10.0.0.9 {\n  starts 6 2026/11/21 02:36:07;\n  ends never;\n  tstp epoch 1795228567; # x\n  binding state active;\n  hardware ethernet 2:0:0:0:0:9;\n  uid "\\001\\002";\n  set vendor-class-identifier = "MSFT 5.0";\n  option agent.circuit-id 1:2;\n  client-hostname "pc";\n}\n',
    ),
  ],
  words: [
    ..."lease |10.0.0.1| {\n|}\n|\n}\n|starts 6 2026/11/21 02:36:07;\n|ends never;\n|epoch |hardware ethernet |hardware unknown-9 |uid |binding state |active|free|abandoned|expired;|client-hostname |set |option agent.circuit-id |option agent.unknown-9 |failover peer {|host x {|dynamic;|deleted;|#= 1 0 00000000\n|#= complete\n|\\001|\\377|never|99999999999999".split(
      "|",
    ),
  ].map(octetsOfText),
  octetsMax: 1500,
  run(octets) {
    const records: LeaseRecord[] = [];
    const count = readLeases(
      octets,
      0,
      octets.length,
      (record) => records.push(record),
      (at, message) => {
        check(at >= 0 && at <= octets.length && message !== "", () => `damage at ${at}: ${message}`);
      },
    );
    check(count === records.length, () => `${count} records are ${records.length}`);
    for (const record of records) checkRecord(record);
    for (let at = 0; at >= 0 && at < octets.length; ) {
      const next = own.read(octets, at, octets.length);
      check(
        next < 0 || (next > at && next <= octets.length),
        () => `the reader of our own layout goes from ${at} to ${next}`,
      );
      at = next;
    }
    const loader = new TableLoader(new LeaseTable(POOLS, KEYS));
    for (const record of records) loader.load(record);
    loader.finish();
    const whole = recover(octets, octets.length || 1);
    if (octets.length % 4 !== 0) return 1;
    const pieces = recover(octets, 37);
    check(whole.join("") === pieces.join(""), () => "what is read depends on the pieces that it is read in");
    return 1;
  },
};
