// Loads a lease file into the table, and reports on it: notices for the log, the refusal of a strict start.

import { DaemonError } from "../../base/daemon-error.ts";
import { describeOtherFile } from "../../lease/file/lease-file-start.ts";
import { BindingState } from "../../lease/lease.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import { TableLoader } from "../../lease/table/table-loader.ts";
import type { StoreNotice } from "../store.ts";
import type { Declarations } from "./journal-declarations.ts";
import { type JournalFiles, type ReadOctets, refusal } from "./journal-files.ts";
import { JournalReader, type Recovery } from "./journal-recover.ts";

/** Reads the file that counts: leases into the table, other statements into `declarations`. Rejects with DaemonError when it cannot be read. */
export async function loadLeases(
  files: JournalFiles,
  table: LeaseTable,
  declarations: Declarations,
): Promise<Recovery> {
  const loader = new TableLoader(table);
  const reader = new JournalReader({
    take: (record) => loader.load(record),
    takeOwn: (lease) => loader.loadOwn(lease),
    declare: (word, text) => declarations.add(word, text),
    known: (address) => loader.known(address),
  });
  try {
    await files.read((octets) => reader.push(octets));
  } catch (error) {
    throw refusal(files.path, "cannot read the lease file", error);
  }
  const recovery = reader.finish();
  loader.finish();
  return recovery;
}

/** Asks for the file as it was to be kept when it is replaced; the notice says where. */
export function keepOriginal(files: JournalFiles, damaged: boolean): StoreNotice {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const kept = files.keepReplaced(damaged ? `.damaged-${stamp}` : "~");
  const level = damaged ? "error" : "info";
  return kept !== undefined
    ? { level, message: `${files.path}: the file as it was is kept as ${kept}` }
    : {
        level: damaged ? "error" : "warn",
        message: `${files.path}: written anew, and no copy of it is kept: the server cannot write in its directory`,
      };
}

/** What the findings mean to a reader of the log. */
export function noticesOf(path: string, recovery: Recovery): StoreNotice[] {
  if (recovery.octets === 0) return [{ level: "info", message: `${path}: empty: no lease is known` }];
  return recovery.findings.map(({ kind, message }) => {
    const isForeign = kind === "unchecked" && !recovery.hasTrailers;
    const level = kind === "damaged" ? "error" : isForeign ? "info" : "warn";
    return { level, message: `${path}: ${message}` };
  });
}

/** Why a strict start is refused. */
export function damageError(path: string, recovery: Recovery): DaemonError {
  const places = recovery.findings.filter((finding) => finding.kind === "damaged").map((finding) => finding.message);
  return new DaemonError(
    "lease-file-damaged",
    `${path}: ${places.join("\n")}: restore the file, or start without --strict to keep what can be read`,
  );
}

/** Why another program's file is left alone. */
export function otherFileError(path: string, head: Uint8Array): DaemonError {
  const looks = describeOtherFile(head, path);
  return new DaemonError(
    "lease-file-foreign",
    `${path}: nothing in this file is a lease, so it is left as it is${looks === undefined ? "" : `: ${looks}`}: ` +
      "move it away, or name another lease file with -l",
  );
}

/** Whether a FILE.new is whole: its last batch is the mark. */
export async function isMarked(read: ReadOctets): Promise<boolean> {
  const reader = new JournalReader({ take: () => undefined, known: () => undefined });
  await read((octets) => reader.push(octets));
  return reader.finish().isComplete;
}

/** Leases that a file must contain. */
export function countStored(table: LeaseTable): number {
  let count = 0;
  for (const { index } of table.pools) {
    for (const state of STORED_STATES) count += table.countInPool(index, state);
  }
  for (const _ of table.outside()) count += 1;
  return count;
}

const STORED_STATES = [BindingState.bound, BindingState.expired, BindingState.released, BindingState.abandoned];
