// docs/man/dhcpd.leases.5 says what the daemon reads and writes.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { formatLeaseRecord, readLeases } from "../../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { JOURNAL_HEADER } from "../../../src/store/journal/journal-format.ts";
import { debianTool } from "../../support/debian-packages.ts";
import { address, makeRecord, octets } from "../../support/lease-clients.ts";

const PATH = new URL("../../../docs/man/dhcpd.leases.5", import.meta.url).pathname;
const PAGE = readFileSync(PATH, "utf8");

/** The records that the daemon writes, whatever a client may have said. */
const RECORDS = [
  ...Object.values(BindingState).map((state) => record({ state })),
  record({ hostName: octets('a"b'), agentInformation: Uint8Array.of(9, 1, 1) }),
  ...[6, 8, 32, 77].map((htype) => record({ htype })),
];

function record(more: Partial<LeaseRecord>): LeaseRecord {
  return makeRecord({
    address: address("192.0.2.1"),
    state: BindingState.bound,
    startsAt: 0,
    endsAt: 60,
    lastTransactionAt: 0,
    htype: 1,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
    clientId: Uint8Array.of(1, 2),
    hostName: octets("a"),
    vendorClass: octets("v"),
    agentInformation: Uint8Array.of(1, 1, 65, 2, 1, 66),
    ...more,
  });
}

it("names every statement and every word of a state or a hardware type that is written", () => {
  const written = RECORDS.flatMap((each) => formatLeaseRecord(each).split("\n").slice(1, -2));
  const names = new Set(
    written.map((line) => /^ {2}(set [\w-]+ =|option [\w.-]+|binding state|[\w-]+) /.exec(line)?.[1] ?? line),
  );
  expect(names.size).toBe(12);
  for (const name of names) expect(PAGE).toContain(`.It Ic ${name} Ar `);
  const words = written.flatMap((line) => /^ {2}(?:binding state|hardware) ([a-z-]+)/.exec(line)?.[1] ?? []);
  for (const word of new Set(words)) expect(PAGE, word).toMatch(new RegExp(`^\\.(?:It )?Ic ${word}(?= |$)`, "m"));
});

it("has a record as the daemon writes it", () => {
  const example = /^lease .*?^\}\n/ms.exec(PAGE)?.[0].replaceAll("\\e", "\\") ?? "";
  const records: LeaseRecord[] = [];
  readLeases(
    octets(example),
    0,
    example.length,
    (each) => records.push(each),
    (_offset, message) => expect.fail(message),
  );
  expect(records.map(formatLeaseRecord)).toEqual([example]);
});

it("is the page that the header of a lease file names", () => {
  expect(Buffer.from(JOURNAL_HEADER).toString()).toContain("dhcpd.leases(5)");
  expect(PAGE).toMatch(/^\.Dt DHCPD\.LEASES 5$/m);
});

it("is a page that mandoc has nothing to say of", { timeout: 120_000 }, async (context) => {
  const mandoc = await debianTool("mandoc", "usr/bin/mandoc");
  if (mandoc === undefined) return context.skip("mandoc cannot be had from Debian");
  expect(execFileSync(mandoc, ["-T", "lint", "-W", "warning", PATH], { encoding: "utf8" })).toBe("");
});
