// The leases in a lease file, for commands that need no daemon.

import { DaemonError } from "../base/daemon-error.ts";
import { fileFailure } from "../base/errors.ts";
import { beginsAsLeaseFile, describeOtherFile, LEASE_FILE_HEAD_OCTETS } from "../lease/file/lease-file-start.ts";
import { readLeases } from "../lease/file/leases-file.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { describeDeclarations } from "../store/journal/journal-declarations.ts";
import { readToEnd } from "./endless-file.ts";

/** The last record of each address in a lease file, ours, OpenBSD's or ISC's; troubles with it go to standard error. Throws a DaemonError. */
export function latestRecords(path: string): LeaseRecord[] {
  let bytes: Uint8Array;
  try {
    bytes = readToEnd(path);
  } catch (error) {
    throw new DaemonError("lease-file-unreadable", `${path}: ${fileFailure(error)}`);
  }
  const latest = new Map<number, LeaseRecord>();
  const declarations = new Map<string, number>();
  const troubles: string[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => latest.set(record.address, record),
    (offset, message) => troubles.push(`${path}: octet ${offset}: ${message}\n`),
    (word) => declarations.set(word, (declarations.get(word) ?? 0) + 1),
  );
  const head = bytes.subarray(0, LEASE_FILE_HEAD_OCTETS);
  if (latest.size === 0 && !beginsAsLeaseFile(head)) {
    const looks = describeOtherFile(head, path);
    throw new DaemonError("lease-file-foreign", `${path}: nothing in this file is a lease${looks ? `: ${looks}` : ""}`);
  }
  for (const trouble of troubles) process.stderr.write(trouble);
  const declared = describeDeclarations(declarations, path);
  if (declared !== undefined) process.stderr.write(`${path}: ${declared}\n`);
  return [...latest.values()];
}
